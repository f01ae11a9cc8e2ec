package wizard_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

func (h *house) allow(yes bool) { h.bank.set(func(b *bank) { b.allows = yes }) }

func TestDetour(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.allow(false)
		r := h.at("lookup")
		a := h.post(r.Handle, "lookup", url.Values{"agreed": {"1"}})
		if !strings.HasPrefix(a.Go, "/bank?run=") || h.bank.leaves != 1 {
			t.Fatalf("the detour leads to %q, want the bank", a.Go)
		}
		if r = h.load(r.Handle); r.Status != wizard.Parked || r.Step != "lookup" || r.Reason == nil || r.Reason.Key != "test.bank" {
			t.Fatalf("the run is %s at %s, reason %v; want parked at lookup with the bank's reason", r.Status, r.Step, r.Reason)
		}
		// He refused: back at the step he is told what it waits for, and not sent away again.
		if a := h.enter(r.Handle, "lookup"); a.Wait == nil || a.Wait.Key != "test.bank" || a.Go != "" || h.bank.leaves != 1 {
			t.Errorf("back without the permission: %+v after %d leaves, want the reason and no new detour", a, h.bank.leaves)
		}
		// He tries again: the next attempt.
		if a := h.post(r.Handle, "lookup", url.Values{ui.FieldDo: {ui.DoRetry}}); !strings.HasPrefix(a.Go, "/bank") || h.bank.leaves != 2 {
			t.Errorf("trying again leads to %q after %d leaves, want the bank a second time", a.Go, h.bank.leaves)
		}
		// He granted: what was posted at the Safe step runs by itself, with its inputs.
		h.allow(true)
		a = h.enter(r.Handle, "lookup")
		if r = h.load(r.Handle); a.Go != r.URL() || r.Step != "review" || r.Status != wizard.Open || r.Reason != nil {
			t.Errorf("back with the permission: %q, the run is %s at %s; want open at review", a.Go, r.Status, r.Step)
		}
		h.post(r.Handle, "review", url.Values{ui.FieldDo: {ui.DoBack}})
		if a := h.enter(r.Handle, "lookup"); !a.Page.Cards[0].Fields[0].Checked {
			t.Error("the inputs of the post that was left are lost")
		}
	})
}

// Whoever may not go there himself stays at the step and reads why; once somebody else has
// done it, the step goes on.
func TestDetourNotHis(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		h.allow(false)
		h.bank.set(func(b *bank) { b.closed = true })
		r := h.at("lookup")
		a := h.post(r.Handle, "lookup", url.Values{"agreed": {"1"}})
		if a.Go != "" || a.Wait == nil || a.Wait.Key != "test.closed" {
			t.Fatalf("got %+v, want the step with the reason", a)
		}
		if r = h.load(r.Handle); r.Status != wizard.Parked || r.Reason == nil || r.Reason.Key != "test.closed" {
			t.Errorf("the run is %s, reason %v; want parked with the reason", r.Status, r.Reason)
		}
		h.allow(true)
		h.enter(r.Handle, "lookup")
		if r = h.load(r.Handle); r.Step != "review" || r.Status != wizard.Open {
			t.Errorf("the run is %s at %s, want open at review", r.Status, r.Step)
		}
	})
}

// An unsafe step that sent its person away shows itself again and waits.
func TestUnsafeNeverRunsByItself(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.at("review")
		h.allow(false)
		if a := h.post(r.Handle, "review", nil); !strings.HasPrefix(a.Go, "/bank") {
			t.Fatalf("the detour leads to %q, want the bank", a.Go)
		}
		h.allow(true)
		a := h.enter(r.Handle, "review")
		if a.Page == nil || !a.Page.Returned || h.bank.payments != 0 {
			t.Fatalf("back: %+v after %d payments; want the page, and nothing paid", a, h.bank.payments)
		}
		h.enter(r.Handle, "review")
		if h.bank.payments != 0 {
			t.Error("looking at the page again has paid")
		}
		h.post(r.Handle, "review", nil)
		if h.bank.payments != 1 || h.load(r.Handle).Status != wizard.Done {
			t.Errorf("%d payments, want one by the person's own submit", h.bank.payments)
		}
	})
}

func TestDetourInPrepare(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.at("review")
		h.allow(false)
		if a := h.enter(r.Handle, "review"); !strings.HasPrefix(a.Go, "/bank") {
			t.Fatalf("entering leads to %q, want the bank", a.Go)
		}
		if a := h.enter(r.Handle, "review"); a.Wait == nil {
			t.Errorf("entering again: %+v, want what it waits for", a)
		}
		if a := h.post(r.Handle, "review", url.Values{ui.FieldDo: {ui.DoBack}}); !strings.HasSuffix(a.Go, "/lookup") {
			t.Errorf("Back leads to %q, want lookup", a.Go)
		}
		if r = h.load(r.Handle); r.Status != wizard.Open || r.Reason != nil {
			t.Errorf("the run is %s, reason %v; want open", r.Status, r.Reason)
		}
	})
}

// A detour to another site is a link on the page: browsers hold redirects after a post
// to the policy of the page that posted.
func TestDetourAbroad(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		w := claim(h.bank)
		w.Steps[1].Post = nil
		w.Steps[2].Post = nil
		for _, to := range []string{"https://bank.example/ask", "//bank.example/ask"} {
			w.Steps[0].Prepare = abroad(h.bank, to)
			h.set = wizard.Set{w}
			r := h.start()
			if a := h.enter(r.Handle, "trip"); a.Go != "" || a.Wait == nil || !strings.HasPrefix(a.Away, to) {
				t.Errorf("the detour to %s gives %+v, want a link", to, a)
			}
		}
	})
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.at("review")
		h.bank.set(func(b *bank) { b.down = true })
		if a := h.enter(r.Handle, "review"); a.Wait == nil || a.Wait.Key != "test.down" || a.Go != "" {
			t.Errorf("with the bank down: %+v, want its sentence", a)
		}
		if r = h.load(r.Handle); r.Status != wizard.Open {
			t.Errorf("the run is %s, want open", r.Status)
		}
		h.bank.set(func(b *bank) { b.down = false })
		h.enter(r.Handle, "review")
		h.bank.set(func(b *bank) { b.down = true })
		r = h.load(r.Handle)
		if a := h.post(r.Handle, "review", nil); a.Wait == nil || h.bank.payments != 0 {
			t.Errorf("submitting with the bank down: %+v, want its sentence", a)
		}
		h.bank.set(func(b *bank) { b.down = false })
		h.post(r.Handle, "review", nil)
		if h.bank.payments != 1 {
			t.Errorf("%d payments once the bank is up, want 1", h.bank.payments)
		}
	})
}

// Of two submits of the same page one pays; the other one is told, also while the first
// is still under way.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.at("review")
		h.enter(r.Handle, "review")
		r = h.load(r.Handle)
		h.bank.set(func(b *bank) { b.hold, b.entered = make(chan struct{}), make(chan struct{}, 2) })
		var first sync.WaitGroup
		first.Go(func() {
			if _, err := h.load(r.Handle).Post(h.env(marc), h.text.For("en"), "review", versionOf(r), nil); err != nil {
				t.Errorf("the first submit: %v", err)
			}
		})
		<-h.bank.entered
		_, err := h.try(r.Handle, "review", versionOf(r), nil)
		wantCode(t, err, fault.Conflict, "wizard.moved")
		if a := h.enter(r.Handle, "review"); !a.Busy {
			t.Errorf("while it is under way the step shows %+v, want that it is busy", a)
		}
		close(h.bank.hold)
		first.Wait()
		if n := h.bank.count(func(b *bank) int { return b.payments }); n != 1 || h.load(r.Handle).Status != wizard.Done {
			t.Errorf("%d payments, want 1", n)
		}
	})
}

// The program dies in the middle of an unsafe submit: afterwards the step says so, and
// nothing runs by itself.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.at("review")
		h.bank.set(func(b *bank) { b.crash = true })
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the payment did not crash")
				}
			}()
			h.post(r.Handle, "review", nil)
		}()
		if a := h.enter(r.Handle, "review"); !a.Busy {
			t.Errorf("at once: %+v, want busy: nobody knows that it is dead", a)
		}
		h.pass(3 * time.Minute)
		a := h.enter(r.Handle, "review")
		if a.Page == nil || !a.Page.Interrupted || h.bank.payments != 1 {
			t.Fatalf("later: %+v after %d payments, want the page that says what happened", a, h.bank.payments)
		}
		// Going back and forth does not make it forgotten.
		h.post(r.Handle, "review", url.Values{ui.FieldDo: {ui.DoBack}})
		if a := h.enter(r.Handle, "lookup"); a.Page.Interrupted {
			t.Error("another step claims to have been interrupted")
		}
		h.post(r.Handle, "lookup", url.Values{"agreed": {"1"}})
		if a := h.enter(r.Handle, "review"); !a.Page.Interrupted {
			t.Error("after going back and forth the step does not say any more what happened")
		}
		h.bank.crash = false
		h.post(r.Handle, "review", nil)
		if h.load(r.Handle).Status != wizard.Done {
			t.Error("the person cannot submit again after he has checked")
		}
	})
}

// A Prepare that finds out what became of an interrupted submit goes on, and nothing
// leads back before it.
func TestReconcile(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		w := claim(h.bank)
		w.Steps[2].Prepare = func(env *record.Env, s *wizard.State[trip]) error {
			if s.Interrupted(env.Now) {
				s.Data.Receipt = "found at the bank"
				return wizard.GoTo("receipt")
			}
			return nil
		}
		h.set = wizard.Set{w}
		r := h.at("review")
		h.bank.set(func(b *bank) { b.crash = true })
		func() {
			defer func() { _ = recover() }()
			h.post(r.Handle, "review", nil)
		}()
		h.pass(3 * time.Minute)
		a := h.enter(r.Handle, "review")
		r = h.load(r.Handle)
		if a.Go != r.URL() || r.Step != "receipt" || r.Status != wizard.Done || !strings.Contains(r.Stored(), "found at the bank") {
			t.Errorf("the run is %s at %s with %s, want done at the receipt that was found", r.Status, r.Step, r.Stored())
		}
		if h.bank.payments != 1 || r.Reaches("trip") {
			t.Errorf("%d payments, a way back: %v; want 1 and none", h.bank.payments, r.Reaches("trip"))
		}
	})
}

// The effect is that of what was pressed, not of the page it stands on.
func TestButtonEffects(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		w := claim(h.bank)
		w.Steps[1].Post = nil
		w.Steps[1].Buttons = []wizard.Button[trip]{{Name: "pay", Label: "Pay at once", Effect: wizard.Unsafe, Do: h.bank.pay}}
		w.Steps[2].Buttons = []wizard.Button[trip]{{Name: "change", Label: "Change the journey", Do: func(*record.Env, *wizard.State[trip]) (string, error) { return "trip", nil }}}
		h.set = wizard.Set{w}

		r := h.at("review")
		if a := h.post(r.Handle, "review", url.Values{ui.FieldDo: {"change"}}); !strings.HasSuffix(a.Go, "/trip") {
			t.Fatalf("the button leads to %q, want trip", a.Go)
		}
		h.post(r.Handle, "trip", nil)
		if r = h.load(r.Handle); !r.Back("lookup") {
			t.Error("a safe button of a page with an unsafe submit has closed the way back")
		}
		h.allow(false)
		h.post(r.Handle, "lookup", url.Values{ui.FieldDo: {"pay"}})
		h.allow(true)
		if a := h.enter(r.Handle, "lookup"); a.Page == nil || h.bank.payments != 0 {
			t.Errorf("coming back has pressed an unsafe button: %d payments", h.bank.payments)
		}
	})
}
