package wizard_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

func TestThrough(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		if a := h.enter(r.Handle, "trip"); value(t, a, "place") != "Leeds" || a.Page.Sub != "Leeds" {
			t.Errorf("the first step shows %q under %q, want what the run was started with", value(t, a, "place"), a.Page.Sub)
		}
		if a := h.post(r.Handle, "trip", url.Values{"place": {"York"}, "days": {"1,200"}, "cost": {"1,234.50"}, "start": {"2026-11-02"}, "extras": {"meals", "hotel"}}); len(a.Faults) != 1 || a.Faults[0].Field != "days" {
			t.Fatalf("1,200 days: faults %v, want one at days", a.Faults)
		}
		if a := h.post(r.Handle, "trip", url.Values{"days": {"12"}}); a.Go != h.load(r.Handle).URL() || !strings.HasSuffix(a.Go, "/lookup") {
			t.Errorf("the post leads to %q, want the step lookup", a.Go)
		}
		h.post(r.Handle, "lookup", url.Values{"agreed": {"1"}})
		h.enter(r.Handle, "review")
		h.post(r.Handle, "review", nil)
		got := h.load(r.Handle)
		if got.Status != wizard.Done || got.Step != "receipt" || h.bank.payments != 1 {
			t.Errorf("the run is %s at %s after %d payments, want done at receipt after one", got.Status, got.Step, h.bank.payments)
		}
		if a := h.enter(r.Handle, "receipt"); a.Page == nil {
			t.Error("the receipt cannot be read again")
		}
		if a := h.enter(r.Handle, "review"); a.Go != got.URL() {
			t.Errorf("a done run's review leads to %q, want the receipt", a.Go)
		}
	})
}

func TestFaultsKeepInputs(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		a := h.post(r.Handle, "trip", url.Values{"place": {""}, "days": {"three"}, "cost": {"12.345"}, "start": {"soon"}, "extras": {"yacht"}})
		fields := map[string]bool{}
		for _, f := range a.Faults {
			fields[f.Field] = f.Code == fault.Invalid
		}
		for _, name := range []string{"place", "days", "cost", "start", "extras"} {
			if !fields[name] {
				t.Errorf("no fault at %s", name)
			}
		}
		for range 2 { // as answered, and as read again later
			for name, want := range map[string]string{"days": "three", "cost": "12.345", "start": "soon"} {
				if got := value(t, a, name); got != want {
					t.Errorf("%s shows %q, want %q as it was typed", name, got, want)
				}
			}
			a = h.enter(r.Handle, "trip")
		}
	})
}

func TestBackWithoutLoss(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.at("lookup")
		h.post(r.Handle, "lookup", url.Values{"agreed": {"1"}, ui.FieldDo: {ui.DoBack}})
		if r = h.load(r.Handle); r.Step != "trip" {
			t.Fatalf("Back leads to %s, want trip", r.Step)
		}
		if a := h.enter(r.Handle, "trip"); value(t, a, "days") != "3" {
			t.Errorf("days show %q, want the 3 that were entered", value(t, a, "days"))
		}
		h.post(r.Handle, "trip", url.Values{"place": {"Leeds"}, "days": {"4"}})
		a := h.enter(r.Handle, "lookup")
		if !a.Page.Cards[0].Fields[0].Checked {
			t.Error("the tick of the later step is lost")
		}
		// What cannot be read is kept by Back too, and the browser's own Back works.
		h.post(r.Handle, "trip", url.Values{"days": {"many"}, ui.FieldDo: {ui.DoLeave}})
		if a := h.enter(r.Handle, "trip"); value(t, a, "days") != "many" {
			t.Errorf("days show %q, want what was typed before leaving", value(t, a, "days"))
		}
	})
}

func TestLoose(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		h.post(r.Handle, "trip", url.Values{"place": {"York"}, "cost": {"much"}, ui.FieldDo: {"week"}})
		a := h.enter(r.Handle, "trip")
		if value(t, a, "place") != "York" || value(t, a, "cost") != "much" || value(t, a, "days") != "7" {
			t.Errorf("the page shows %q, %q, %q; want York, much and the button's 7", value(t, a, "place"), value(t, a, "cost"), value(t, a, "days"))
		}
	})
}

func TestTwoTabs(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		if _, err := h.try(r.Handle, "trip", "1", url.Values{"place": {"York"}}); err != nil {
			t.Fatal(err)
		}
		_, err := h.try(r.Handle, "trip", "1", url.Values{"place": {"Hull"}})
		wantCode(t, err, fault.Conflict, "wizard.moved")
		if !wizard.Moved(err) {
			t.Error("Moved does not know its own error")
		}
		if a := h.enter(r.Handle, "trip"); value(t, a, "place") != "York" {
			t.Errorf("the older tab has overwritten York by %q", value(t, a, "place"))
		}
	})
}

func TestOwner(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		_, err := wizard.Load(h.env(person{9, marc.groups}), h.set, r.Handle)
		wantCode(t, err, fault.NotFound, "wizard.none")
		_, err = wizard.Load(h.Env(t.Context(), marc, 2, []int64{2}), h.set, r.Handle)
		wantCode(t, err, fault.NotFound, "wizard.none")
		_, err = wizard.Load(h.Env(t.Context(), person{marc.id, nil}, 1, []int64{1}), h.set, r.Handle)
		wantCode(t, err, fault.Forbidden, "wizard.forbidden")
		_, err = wizard.Start(h.env(anna), h.set, "test.claim", nil)
		wantCode(t, err, fault.Forbidden, "wizard.forbidden")
		_, err = wizard.Start(h.env(marc), h.set, "test.nothing", nil)
		wantCode(t, err, fault.NotFound, "wizard.unknown")

		other := h.Env(t.Context(), marc, 2, []int64{1, 2})
		loaded, err := wizard.Load(other, h.set, r.Handle)
		if err != nil || loaded.InForce(other) {
			t.Fatalf("under another of the person's companies: %v, in force %v; want a run that says so", err, loaded.InForce(other))
		}
		_, err = loaded.Enter(other, h.text.For("en"), "trip")
		wantCode(t, err, fault.Conflict, "wizard.company")
		_, err = loaded.Post(other, h.text.For("en"), "trip", "1", nil)
		wantCode(t, err, fault.Conflict, "wizard.company")
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		h.pass(29 * 24 * time.Hour)
		h.post(r.Handle, "trip", url.Values{"place": {"York"}}) // touched: thirty more days
		h.pass(29 * 24 * time.Hour)
		h.load(r.Handle)
		h.pass(2 * 24 * time.Hour)
		_, err := wizard.Load(h.env(marc), h.set, r.Handle)
		wantCode(t, err, fault.NotFound, "wizard.expired")
		if mine, err := wizard.Mine(h.env(marc), h.set); err != nil || len(mine) != 0 {
			t.Errorf("the list has %d runs, %v; want none", len(mine), err)
		}
		purge := func() {
			t.Helper()
			if more, err := wizard.Purge(h.System(t.Context(), "test")); more || err != nil {
				t.Fatalf("purge: more %v, %v", more, err)
			}
		}
		purge()
		_, err = wizard.Load(h.env(marc), h.set, r.Handle)
		wantCode(t, err, fault.NotFound, "wizard.expired")
		h.pass(8 * 24 * time.Hour)
		purge()
		_, err = wizard.Load(h.env(marc), h.set, r.Handle)
		wantCode(t, err, fault.NotFound, "wizard.none")
	})
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r, other := h.start(), h.start()
		if err := h.load(r.Handle).Discard(h.env(marc)); err != nil {
			t.Fatal(err)
		}
		_, err := wizard.Load(h.env(marc), h.set, r.Handle)
		wantCode(t, err, fault.NotFound, "wizard.discarded")
		mine, err := wizard.Mine(h.env(marc), h.set)
		if err != nil || len(mine) != 1 || mine[0].Handle != other.Handle {
			t.Errorf("%d runs are listed (%v), want the other one", len(mine), err)
		}
		if _, err := wizard.Restore(h.env(marc), h.set, r.Handle); err != nil {
			t.Fatal(err)
		}
		h.load(r.Handle)
	})
}
