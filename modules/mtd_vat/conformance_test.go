package mtdvat_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest"
	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
)

// The module passes the conformance suite, its wizard with a return that is filed.
func TestConformance(t *testing.T) {
	t.Parallel()
	form := func(fields ...string) url.Values {
		v := url.Values{"device": {device}}
		for i := 0; i < len(fields); i += 2 {
			v.Set(fields[i], fields[i+1])
		}
		return v
	}
	apptest.Module(t, modules(), "mtd_vat", apptest.WizardSample{Wizard: mtdvat.WizardName, Login: "marc@example.com", Posts: []apptest.WizardPost{
		{Step: "period", Form: form(), Before: func(a *apptest.App) { connected(t, a) }},
		{Step: "review", Form: form()},
		{Step: "declare", Form: form("agreed", "1")},
	}})
}

// connected connects the demo's company to a stand-in, as its form's tab does.
func connected(t *testing.T, a *apptest.App) {
	t.Helper()
	w := &world{App: a, t: t, hmrc: standIn(t, a, time.Now)}
	marc := w.accountant("marc@example.com")
	path := fmt.Sprintf("/connections/of/company/%d/%d/connect", a.ID("base.company", "main"), a.ID("oauth_consumer.api", "hmrc_standin"))
	status, body, to := a.Exchange(marc.client, http.MethodPost, path, url.Values{"next": {"/"}})
	if status != http.StatusSeeOther {
		t.Fatalf("connect: %d\n%s", status, text(body))
	}
	marc.run = to
	marc.connect(harrow)
}
