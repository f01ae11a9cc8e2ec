package accounting_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/ui"
)

// later is a clock that stands a minute ahead.
func later(a *apptest.App) func() time.Time {
	at := a.System().Now.Add(time.Minute)
	return func() time.Time { return at }
}

func nextMonth(day record.Date) record.Date {
	t, _ := time.Parse(time.DateOnly, string(day))
	return record.Date(t.AddDate(0, 0, 28).Format(time.DateOnly))
}

func page(t *testing.T, a *apptest.App, client *http.Client, path string) string {
	t.Helper()
	status, body := a.Get(client, path)
	if status != http.StatusOK {
		t.Errorf("%s answers %d, want 200", path, status)
	}
	return strings.ReplaceAll(body, "&amp;", "&")
}

// Marc writes a bill, posts it, and finds it in the boxes.
func TestScreens(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	a.Load(`- {model: base.user, id: marc, values: {lang: en}}`)
	second, _ := periods(t, a)
	client := a.SignIn(marc)
	bills := page(t, a, client, "/records/accounting.invoice?f.kind=bill&f.kind=refund")
	for _, want := range []string{"/records/accounting.invoice/new?kind=bill", `href="/records/accounting.invoice?f.kind=bill&f.kind=refund" data-palette-item="Documents" aria-current="page"`} {
		if !strings.Contains(bills, want) {
			t.Errorf("the supplier bills do not say %s", want)
		}
	}
	form := page(t, a, client, "/records/accounting.invoice/new?kind=bill")
	if !strings.Contains(form, `value="bill" selected`) && !strings.Contains(form, `value="bill" checked`) {
		t.Error("a new bill does not begin as one")
	}
	status, body := a.Post(client, "/records/accounting.invoice/new", url.Values{"kind": {"bill"}, "partner": {"Firm"}, "date": {string(second.Ends)}, "reference": {"X-1"},
		ui.FieldHas: {"lines"}, "lines.0.description": {"Tools"}, "lines.0.quantity": {"2"}, "lines.0.unit_price": {"1,050.50"}, "lines.0.tax": {"GB-S"}})
	if status != http.StatusSeeOther {
		t.Fatalf("a new bill answers %d: %s", status, errorsOf(body))
	}
	o, err := record.First[accounting.Invoice](a.System(), record.Query{Order: "id desc"})
	must(t, err)
	at := web.RecordPath("accounting.invoice", o.ID)
	if body := page(t, a, client, at); !strings.Contains(body, "2,521.20") || !strings.Contains(body, at+"/action/post") || strings.Contains(body, at+"/action/reverse") {
		t.Error("the draft does not show its total, or not what can be done with it")
	}
	if status, _ := a.Post(client, at+"/action/post", nil); status != http.StatusSeeOther {
		t.Errorf("Post answers %d, want 303", status)
	}
	if body := page(t, a, client, at); !strings.Contains(body, "1 document was posted.") || !strings.Contains(body, "BILL/") || !strings.Contains(body, at+"/action/reverse") {
		t.Error("the posted bill does not say so, or offers no way to take it back")
	}
	if body := page(t, a, client, at); strings.Contains(body, `name="date"`) || strings.Contains(body, `name="lines.0.quantity"`) {
		t.Error("the posted bill is shown as if it could be changed")
	}
	body = page(t, a, client, web.RecordPath("accounting.vat_period", second.ID))
	for _, want := range []string{"8,075.39", "44,374", "2 documents are not posted", "VAT reclaimed on purchases", "/records/accounting.invoice_line?filter="} {
		if !strings.Contains(body, want) {
			t.Errorf("the VAT period does not say %q", want)
		}
	}
	box, err := accounting.BoxURL(a.As(marc), second, 4)
	must(t, err)
	if body := page(t, a, client, box); !strings.Contains(body, "Tools") {
		t.Error("box 4 does not lead to the line")
	}
	if body := page(t, a, a.SignIn("admin@example.com"), web.RecordPath("base.company", a.ID("base.company", "main"))+"?tab=vat"); !strings.Contains(body, "123456789") || !strings.Contains(body, "vat_stagger") {
		t.Error("the company's form has no VAT registration to fill in")
	}
	if status, _ := a.Get(client, "/records/account.move"); status != http.StatusMovedPermanently {
		t.Errorf("the alias answers %d, want 301", status)
	}
	if status, _ := a.Get(a.SignIn(anna), "/records/accounting.invoice"); status != http.StatusForbidden {
		t.Errorf("the list answers Anna with %d, want 403", status)
	}
}

// errorsOf is what a page says to be wrong.
func errorsOf(body string) string {
	_, rest, _ := strings.Cut(body, "err-sum")
	return rest[:min(len(rest), 1200)]
}

// Who reads French is told in French why a program wrote something.
func TestHistorySpeaksFrench(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	second, _ := periods(t, a)
	body := page(t, a, a.SignIn(marc), web.RecordPath("accounting.vat_period", second.ID))
	if !strings.Contains(body, "Périodes de TVA de la société") || strings.Contains(body, "VAT periods of the company") {
		t.Error("the history of a period gives its reason in English")
	}
}
