package mtdvat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// The marked points of a submission, in their order, and what the server's death at each
// leaves: nothing is ever sent a second time before HMRC was asked for the return.
var marks = []struct {
	name string
	// arrived: HMRC has the return. outcome is how that is known in the end.
	arrived bool
	outcome string
	story   func(t *testing.T, marc *accountant)
}{
	{"submit.checked", false, "receipt", nothingBegun},
	{"submit.intended", false, "receipt", nothingArrived},
	{"call.noted", false, "receipt", nothingArrived},
	{"call.answered", true, "read", readBack},
	{"call.concluded", true, "read", readBack},
	{"submit.kept", true, "receipt", receiptThere},
}

// The process is killed at each marked point of a submission, by SIGKILL, while Marc waits
// for the answer. The server is started again.
func TestKilledSubmitting(t *testing.T) {
	t.Parallel()
	for _, m := range marks {
		t.Run(m.name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				marc := w.accountant("marc@example.com")
				marc.toDeclare()
				form := marc.form("agreed", "1")
				w.Dying(m.name, marc.client, marc.run, form)
				if n := w.hmrc.Count(hmrcsim.ReturnSubmit); (n == 1) != m.arrived {
					t.Fatalf("%d submissions have arrived, want that one has: %v", n, m.arrived)
				}
				wants(t, marc.page(), "This is under way")
				w.now = w.now.Add(3 * time.Minute)
				m.story(t, marc)
				wants(t, marc.at("receipt"), "6,880.72")
				if n := w.hmrc.Count(hmrcsim.ReturnSubmit); n != 1 {
					t.Errorf("%d submissions, want 1", n)
				}
				filed := w.returns()
				if len(filed) != 1 || filed[0].Outcome != m.outcome || (filed[0].FormBundle == "") != (m.outcome == "read") || filed[0].Box5 != 688072 {
					t.Fatalf("kept is %+v, want one return known by its %s", filed, m.outcome)
				}
				period, err := record.Get[accounting.Period](w.System(), int64(filed[0].PeriodID))
				if err != nil || period.State != accounting.Closed || period.Reference == "" {
					t.Errorf("the period is %s, filed as %q (%v), want it closed", period.State, period.Reference, err)
				}
			})
		})
	}
}

// nothingBegun: HMRC was not spoken to and nothing was stored. He is told that it was
// interrupted, and submits.
func nothingBegun(t *testing.T, marc *accountant) {
	t.Helper()
	marc.at("declare")
	marc.post("agreed", "1")
}

// nothingArrived: the intent was stored and HMRC has no such return. Until it had the time
// to show one, nothing is sent; then he may submit again.
func nothingArrived(t *testing.T, marc *accountant) {
	t.Helper()
	wants(t, marc.at("declare"), "which does not show it yet", "15 minutes")
	marc.post("agreed", "1")
	marc.at("declare")
	if n := marc.hmrc.Count(hmrcsim.ReturnSubmit); n != 0 {
		t.Fatalf("%d submissions while nobody knows, want none", n)
	}
	marc.now = marc.now.Add(16 * time.Minute)
	marc.post("_do", "look")
	wants(t, marc.at("declare"), "HMRC has not received the return", "you can submit again")
	marc.post("agreed", "1")
}

// readBack: HMRC has the return and its answer is lost.
func readBack(t *testing.T, marc *accountant) {
	t.Helper()
	wants(t, marc.at("receipt"), "Its answer was lost on the way", "it matches in all nine boxes")
}

// receiptThere: the receipt was kept before the server died, and is shown.
func receiptThere(t *testing.T, marc *accountant) {
	t.Helper()
	page := marc.at("receipt")
	wants(t, page, "HMRC has your return.", "Form bundle number", "HMRC receipt number")
	if strings.Contains(text(page), "lost on the way") {
		t.Error("the receipt is there, and the page says that it was lost")
	}
}
