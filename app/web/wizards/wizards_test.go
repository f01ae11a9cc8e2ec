package wizards_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/ui"
)

// The module of these tests passes the suite of all modules: texts in both languages, and
// its wizard survives a restart at every step, on both engines.
func TestConformance(t *testing.T) {
	t.Parallel()
	o := &office{granted: true}
	apptest.Module(t, []app.Module{base.Module(), module(o)}, "trial", sample(o))
}

func TestSurvivesRestartWhileAway(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		anna := h.tab("anna@example.com")
		at := anna.start()
		review := anna.post(at, url.Values{"period": {"q1"}, "note": {"kept"}}, http.StatusSeeOther)
		h.office.grant(false)
		office := h.Follow(anna.client, http.MethodGet, review, nil)
		anna.get(office, http.StatusOK, "The tax office")
		h.Reopen()
		anna.get(review, http.StatusOK, "The tax office wants you to sign in there first.", "Something is needed from elsewhere", "What you entered is kept")
		h.office.grant(true)
		anna.get(review, http.StatusOK, "VAT due on sales")
		anna.post(review, url.Values{ui.FieldDo: {ui.DoBack}}, http.StatusSeeOther)
		anna.get(at, http.StatusOK, `value="kept"`)
	})
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		one, two := h.tab("anna@example.com"), h.tab("anna@example.com")
		at := one.start()
		version := apptest.Version(two.get(at, http.StatusOK))
		review := one.post(at, url.Values{"period": {"q1"}, "note": {"from one"}}, http.StatusSeeOther)
		if to := two.send(at, version, url.Values{"period": {"q1"}, "note": {"from two"}}, http.StatusSeeOther); to != strings.TrimSuffix(review, "/review") {
			t.Errorf("the older tab is led to %s, want where the run stands", to)
		}
		two.get(review, http.StatusOK, "went on in another window", "Review")
		one.post(review, url.Values{ui.FieldDo: {ui.DoBack}}, http.StatusSeeOther)
		one.get(at, http.StatusOK, `value="from one"`)
	})
}

func TestWhose(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		admin, marc := h.tab("admin@example.com"), h.tab("marc@example.com")
		at := admin.start()
		marc.get(at, http.StatusNotFound)
		marc.send(at, "1", nil, http.StatusNotFound)
		marc.send(strings.TrimSuffix(at, "/period"), "1", url.Values{ui.FieldDo: {"discard"}}, http.StatusNotFound)
		if status, _, to := h.Exchange(h.Stranger(), http.MethodGet, at, nil); status != http.StatusFound && status != http.StatusSeeOther || !strings.HasPrefix(to, "/signin") {
			t.Errorf("a stranger gets %d to %q, want to be asked to sign in", status, to)
		}
		// The company in force has to be the run's; switching leads back to the step.
		france := h.ID("base.company", "france")
		if to := h.Follow(admin.client, http.MethodPost, "/company", url.Values{"company": {itoa(france)}, "next": {"/"}}); to != "/" {
			t.Fatalf("the switch leads to %s", to)
		}
		page := admin.get(at, http.StatusConflict, "This belongs to", "Nothing was changed")
		if !strings.Contains(page, `value="`+at+`"`) {
			t.Errorf("the switch does not lead back to the step:\n%s", page)
		}
		admin.send(at, "1", url.Values{"period": {"q1"}}, http.StatusConflict)
		h.Follow(admin.client, http.MethodPost, "/company", url.Values{"company": {itoa(h.ID("base.company", "main"))}, "next": {at}})
		admin.get(at, http.StatusOK, "Choose what you want to file.")
	})
}

func TestExpired(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		anna := h.tab("anna@example.com")
		at := anna.start()
		now := time.Now()
		// Later than the run is kept, within the session: both are moved back in time.
		env := h.System()
		if err := expire(env, now.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		anna.get(at, http.StatusNotFound, "was left alone for too long", "Start again", `action="`+start+`"`)
		anna.send(at, "1", nil, http.StatusNotFound, "was left alone for too long")
		anna.get(wizard.Prefix+"nosuchhandle/period", http.StatusNotFound, "There is no such task any more")
	})
}

func TestStart(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		anna := h.tab("anna@example.com")
		first := h.Follow(anna.client, http.MethodGet, start, nil)
		if again := h.Follow(anna.client, http.MethodGet, start, nil); again != first {
			t.Errorf("starting again without touching the first run leads to %s, want %s", again, first)
		}
		anna.post(first, url.Values{"period": {"q1"}}, http.StatusSeeOther)
		anna.get(start, http.StatusOK, "Go on where you were?", "Tax return · q1", "At “Review”, saved", "Start a new one", "/review")
		if second := anna.start(); second == first {
			t.Error("a new one is the old one")
		}
		anna.get("/wizards/trial.nothing/start", http.StatusNotFound, "There is no such task.")
		// A page of another site may lead here, but makes nothing by itself.
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+start+"?note=x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := h.tab("marc@example.com").client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("coming from another site answers %d, want the question", res.StatusCode)
		}
	})
}

func TestHome(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		anna := h.tab("anna@example.com")
		at := anna.start()
		if page := anna.get("/", http.StatusOK); strings.Contains(page, at) {
			t.Error("the home page lists a run that was only looked at")
		}
		if page := anna.get(at, http.StatusOK); !strings.Contains(page, `href="/records/base.company" data-palette-item="Companies" aria-current="page"`) {
			t.Errorf("the menu does not mark the line that the wizard belongs to:\n%s", page)
		}
		if home := anna.post(at, url.Values{"note": {"half of it"}, ui.FieldDo: {ui.DoLeave}}, http.StatusSeeOther); home != "/records/base.company" {
			t.Errorf("leaving leads to %s, want the wizard's home", home)
		}
		anna.get("/", http.StatusOK, "Tax return", "At “Period”, saved", `href="`+at+`"`, "Saved. You can go on")
		anna.get(at, http.StatusOK, `value="half of it"`)
		run := strings.TrimSuffix(at, "/period")
		anna.send(run, "", url.Values{ui.FieldDo: {"discard"}}, http.StatusSeeOther)
		if page := anna.get("/", http.StatusOK, "Discarded: Tax return.", "Undo"); strings.Contains(page, at) {
			t.Error("the home page lists a run that was discarded")
		}
		anna.get(at, http.StatusNotFound, "This was discarded.")
		anna.send(run, "", url.Values{ui.FieldDo: {"restore"}}, http.StatusSeeOther)
		anna.get(at, http.StatusOK, `value="half of it"`)
		to := anna.send(run, "", url.Values{ui.FieldDo: {"again"}}, http.StatusSeeOther)
		if to != start {
			t.Errorf("starting again leads to %s, want %s", to, start)
		}
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		anna := h.tab("anna@example.com")
		at := anna.start()
		anna.post(at, url.Values{"period": {"q2"}, "amount": {"12.5"}}, http.StatusBadRequest, "This period is filed already.", `href="#f-period"`, "Period: This period", `value="12.5"`)
		anna.post(at, url.Values{"amount": {"lots"}, "note": {strings.Repeat("x", 41)}}, http.StatusBadRequest,
			"Adjustment: Write a number.", "Note: This text is too long", `value="lots"`, `aria-invalid="true"`)
		anna.get(at, http.StatusOK, `value="lots"`)
	})
}

func TestUnsafe(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		anna := h.tab("anna@example.com")
		at := anna.start()
		review := anna.post(at, url.Values{"period": {"q1"}}, http.StatusSeeOther)
		declare := anna.post(review, nil, http.StatusSeeOther)
		h.office.grant(false)
		anna.post(declare, url.Values{"agreed": {"1"}}, http.StatusSeeOther)
		h.office.grant(true)
		anna.get(declare, http.StatusOK, "You are back.", "Nothing was submitted meanwhile", "File the return", "checked")
		if n := h.office.filings(); n != 0 {
			t.Fatalf("coming back has filed %d returns", n)
		}
		version := apptest.Version(anna.get(declare, http.StatusOK))
		receipt := anna.send(declare, version, url.Values{"agreed": {"1"}}, http.StatusSeeOther)
		anna.send(declare, version, url.Values{"agreed": {"1"}}, http.StatusSeeOther)
		if n := h.office.filings(); n != 1 {
			t.Errorf("two clicks have filed %d returns, want 1", n)
		}
		page := anna.get(receipt, http.StatusOK, "GB-1", "Done")
		if strings.Contains(page, ui.DoBack) || strings.Contains(page, ui.FieldGo) {
			t.Error("the receipt offers a way back before what was filed")
		}
	})
}
