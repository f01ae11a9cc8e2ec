package mtdvat_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// What may become of one submission: HMRC refuses it, or takes it and the answer is lost.
var (
	insolvent  = hmrcsim.Fault{Endpoint: hmrcsim.ReturnSubmit, Times: 1, Status: http.StatusForbidden, Code: "RULE_INSOLVENT_TRADER", Message: "no"}
	lostAnswer = hmrcsim.Fault{Endpoint: hmrcsim.ReturnSubmit, Times: 1, Drop: hmrcsim.DropAfter}
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// HMRC has received the return and its answer was lost: it is read back and matches.
func TestOutcomeFiled(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		w.hmrc.Inject(lostAnswer)
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "Its answer was lost on the way", "it matches in all nine boxes")
		if got := w.returns(); len(got) != 1 || got[0].Outcome != "read" {
			t.Errorf("kept is %+v", got)
		}
		if n := w.hmrc.Count(hmrcsim.ReturnSubmit); n != 1 {
			t.Errorf("%d submissions, want 1", n)
		}
	})
}

// HMRC has not received it: that counts only after the stated wait, and then he may submit
// again. Until then nothing is sent.
func TestOutcomeNotFiled(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		w.hmrc.Inject(hmrcsim.TimedOut.At(hmrcsim.ReturnSubmit, 1))
		marc.post("agreed", "1")
		wants(t, marc.at("declare"), "which does not show it yet", "15 minutes")
		marc.post("agreed", "1")
		marc.at("declare")
		if n := w.hmrc.Count(hmrcsim.ReturnSubmit); n != 1 {
			t.Fatalf("%d submissions, want 1: the outcome is not known", n)
		}
		w.now = w.now.Add(16 * time.Minute)
		marc.post("_do", "look")
		wants(t, marc.at("declare"), "HMRC has not received the return", "you can submit again")
		marc.post("agreed", "1")
		wants(t, marc.at("receipt"), "Form bundle number")
		if n := w.hmrc.Count(hmrcsim.ReturnSubmit); n != 2 {
			t.Errorf("%d submissions, want 2", n)
		}
	})
}

// HMRC cannot be asked: it stays unknown, over a restart.
func TestOutcomeUnknown(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		w.hmrc.Inject(lostAnswer)
		healed := w.hmrc.Inject(hmrcsim.Broken.At(hmrcsim.ReturnView, 0))
		marc.post("agreed", "1")
		wants(t, marc.at("declare"), "nobody knows yet whether it arrived")
		w.Reopen()
		wants(t, marc.at("declare"), "nobody knows yet whether it arrived")
		healed()
		marc.post("_do", "look")
		wants(t, marc.at("receipt"), "it matches in all nine boxes")
	})
}

// HMRC refuses: the period is open again, the sentence has HMRC's id, nothing is lost.
func TestSubmitRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.toDeclare()
		w.hmrc.Inject(insolvent)
		wants(t, marc.post("agreed", "1"), "Contact HMRC")
		marc.post("agreed", "1")
		marc.at("receipt")
	})
}

// HMRC is being worked on: a plain sentence, the deadline is on the page, and what was
// chosen is kept, until it is back.
func TestMaintenance(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.begin()
		marc.post()
		over := w.hmrc.Inject(hmrcsim.Maintenance.At(hmrcsim.ObligationsGet, 0))
		marc.connect(harrow)
		_, page := w.Get(marc.client, marc.run)
		wants(t, page, "maintenance", "Due 7")
		over()
		marc.post()
		wants(t, marc.at("review"), "Due 7")
	})
}

// Somebody has filed the period elsewhere: what HMRC holds is compared.
func TestDuplicate(t *testing.T) {
	for _, c := range []struct{ name, sales, says string }{
		{"Matches", "14445.91", "it matches in all nine boxes"},
		{"Differs", "14445.90", "HMRC already holds a return for this period; it differs in box 1, 3, 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				marc := w.accountant("marc@example.com")
				marc.toDeclare()
				elsewhere(t, w, c.sales)
				marc.post("agreed", "1")
				wants(t, marc.page(), c.says)
				if c.name == "Differs" && strings.Contains(marc.at("declare"), "data-save") {
					t.Error("the return can be submitted all the same")
				}
			})
		})
	}
}

// elsewhere files the open period with other software.
func elsewhere(t *testing.T, w *world, sales string) {
	t.Helper()
	err := w.hmrc.Register(hmrcsim.Application{Name: "Other", ClientID: mtdvat.SimulatorClient, Secrets: []string{"secret", mtdvat.SimulatorSecret},
		RedirectURIs: []string{w.URL + "/oauth2/callback", redirect}, Scopes: []string{hmrc.ScopeRead, hmrc.ScopeWrite}})
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{t: t, sim: w.hmrc}
	x.token = x.grant()
	open := read[hmrc.Obligations](x, hmrc.PathObligations+"?status=O").Obligations
	pounds := func(s string) decimal.Decimal { return decimal.RequireFromString(s) }
	body, err := json.Marshal(hmrc.Return{Period: open[0].Period, Finalised: true, Boxes: hmrc.Boxes{VATDueSales: pounds(sales), VATDueAcquisitions: pounds("90.00"),
		VATReclaimed: pounds("7655.19"), SalesExVAT: pounds("79912"), PurchasesExVAT: pounds("42273"), GoodsSuppliedExVAT: pounds("975"), AcquisitionsExVAT: pounds("450")}})
	if err != nil {
		t.Fatal(err)
	}
	if a, text := x.call(x.token, http.MethodPost, hmrc.PathReturns, body, http.Header{"Content-Type": {"application/json"}}); a.StatusCode != http.StatusCreated {
		t.Fatalf("filing elsewhere: %d %s", a.StatusCode, text)
	}
}
