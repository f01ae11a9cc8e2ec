package mtdvat_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/accounting"
)

// periods are the VAT periods of the demo's company, in the books.
func (w *world) periods() []accounting.Period {
	w.t.Helper()
	out, err := record.Find[accounting.Period](w.System(), record.Query{Order: "starts", Filter: domain.Cond{Path: "company", Op: domain.Eq, Value: w.ID("base.company", "main")}})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// states are the periods with what a return does to them.
func (w *world) states() string {
	w.t.Helper()
	var out []string
	for _, p := range w.periods() {
		line := string(p.Starts) + " " + p.State + " " + p.Reference
		if p.FrozenAt != nil {
			line += " frozen"
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// What is filed in a sandbox is kept and marked, and leaves the books as they are; the
// same period is then filed in production, which closes it.
func TestRehearsal(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.Demo = false // the stand-in is a sandbox then, and plays nothing
		before := w.states()
		marc := w.accountant("marc@example.com")
		marc.begin()
		wants(t, marc.at("period"), "A rehearsal in HMRC’s sandbox.")
		marc.post()
		marc.connect(harrow)
		marc.at("period")
		marc.post()
		marc.at("review")
		marc.post()
		wants(t, marc.at("declare"), "The period stays open, and its real return is still due.")
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "sandbox has taken the return. Nothing was filed.", "Form bundle number", "6,880.72")
		kept := w.returns()
		if len(kept) != 1 || kept[0].Environment != "sandbox" || kept[0].FormBundle == "" {
			t.Fatalf("kept is %+v", kept)
		}
		if after := w.states(); after != before {
			t.Errorf("the books went from\n%s\nto\n%s", before, after)
		}
		_, home := w.Get(marc.client, "/")
		wants(t, home, "VAT return", "Due")
		_, list := w.Get(marc.client, "/records/mtd_vat.return")
		wants(t, list, "Sandbox")
		_, form := w.Get(marc.client, "/records/mtd_vat.return/"+itoa(kept[0].ID))
		wants(t, form, "sandbox, no real return")
		_, receipt := w.Get(marc.client, "/vat-returns/"+itoa(kept[0].ID)+"/receipt.txt")
		wants(t, receipt, "sandbox, no real return")

		w.hmrc = standIn(t, w.App, w.Database.Clock, func(r *load.Record) { r.ID, r.Values["environment"] = "hmrc_live", "production" })
		marc.begin()
		marc.post()
		marc.connect(harrow)
		marc.at("period")
		marc.post()
		marc.at("review")
		marc.post()
		marc.at("declare")
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "HMRC has your return.")
		kept = w.returns()
		if len(kept) != 2 || kept[1].Environment != "production" || kept[1].Starts != kept[0].Starts {
			t.Fatalf("kept are %+v", kept)
		}
		for _, p := range w.periods() {
			if p.Starts == kept[1].Starts && (p.State != accounting.Closed || p.Reference != kept[1].FormBundle) {
				t.Errorf("the period is %s as %q, want closed as %s", p.State, p.Reference, kept[1].FormBundle)
			}
		}
	})
}

// A rehearsal that is refused, lost or overtaken by a posting changes nothing either, and
// goes on as a return does.
func TestRehearsalOutcomes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.Demo = false
		before := w.states()
		marc := w.accountant("marc@example.com")
		marc.toReview()
		marc.post("_do", "adjust", "box", "1", "amount", "24.00", "reason", "Fuel scale charge")
		wants(t, marc.at("review"), "the real return will have it too", "6,904.72")
		marc.post()
		marc.at("declare")
		adjustment, err := record.First[accounting.Adjustment](w.System(), record.Query{Filter: domain.Cond{Path: "reason", Op: domain.Eq, Value: "Fuel scale charge"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := record.Delete(w.As("marc@example.com"), &adjustment); err != nil {
			t.Fatal(err)
		}
		wants(t, marc.at("review"), "The books have changed since your review.", "Box 1: -24.00")
		marc.post()
		marc.at("declare")
		w.hmrc.Inject(insolvent)
		wants(t, marc.post("agreed", "1"), "Contact HMRC")
		w.hmrc.Inject(lostAnswer)
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "Nothing was filed.")
		if after := w.states(); after != before {
			t.Errorf("the books went from\n%s\nto\n%s", before, after)
		}
	})
}
