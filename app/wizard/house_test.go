package wizard_test

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// person is somebody who runs wizards.
type person struct {
	id     int64
	groups []string
}

func (p person) UserID() int64       { return p.id }
func (p person) DisplayName() string { return "Somebody" }
func (p person) Groups() []string    { return p.groups }

var (
	marc = person{7, []string{"accounting.user"}}
	anna = person{8, nil}
)

// trip is the data of the wizard of these tests: an expense claim for a journey.
type trip struct {
	Place   string
	Days    int64
	Cost    record.Money
	Start   record.Date
	Extras  []string
	Agreed  bool
	Rate    int64 // got from outside
	Receipt string
}

// bank is the outside of these tests: what the steps ask, and how often.
type bank struct {
	mu       sync.Mutex
	allows   bool // else a step that asks it detours
	down     bool
	leaves   int
	closed   bool // to this person
	rates    int
	payments int
	hold     chan struct{} // a payment waits here, when set
	entered  chan struct{}
	crash    bool
}

func (b *bank) set(change func(*bank)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

func (b *bank) count(what func(*bank) int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return what(b)
}

// away is the detour to the bank.
type away struct {
	bank *bank
	to   string
}

func (a *away) Error() string { return "the bank wants to be asked" }

func (a *away) Unwrap() error {
	return fault.New(fault.Unauthenticated, "The bank has not agreed yet.").Keyed("test.bank", nil)
}

func (a *away) Leave(_ *record.Env, r *wizard.Run) (string, error) {
	if a.bank.closed {
		return "", fault.New(fault.Forbidden, "You may not ask the bank.").Keyed("test.closed", nil)
	}
	a.bank.set(func(b *bank) { b.leaves++ })
	return a.to + "?run=" + r.Handle, nil
}

func (b *bank) ask() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.down:
		return fault.New(fault.Unavailable, "The bank did not answer.").Keyed("test.down", nil)
	case !b.allows:
		return &away{b, "/bank"}
	}
	return nil
}

func (b *bank) rate(_ *record.Env, s *wizard.State[trip]) error {
	if err := b.ask(); err != nil {
		return err
	}
	b.set(func(b *bank) { b.rates++ })
	s.Data.Rate = 42
	return nil
}

func (b *bank) pay(_ *record.Env, s *wizard.State[trip]) (string, error) {
	if err := b.ask(); err != nil {
		return "", err
	}
	var hold, entered chan struct{}
	b.set(func(b *bank) { b.payments++; hold, entered = b.hold, b.entered })
	if hold != nil {
		entered <- struct{}{}
		<-hold
	}
	if b.crash {
		panic("the machine stops")
	}
	s.Data.Receipt = "R-1"
	return "", nil
}

// claim is the wizard: fields, something from outside, a safe look-up, an unsafe payment, a receipt.
func claim(b *bank) wizard.Wizard[trip] {
	return wizard.Wizard[trip]{
		Name: "test.claim", Title: "Expense claim", Icon: "wallet", Start: "trip", Groups: []string{"accounting.user"}, Home: "/claims",
		Begin: func(_ *record.Env, s *wizard.State[trip], query url.Values) error {
			s.Data.Place = query.Get("place")
			return nil
		},
		Summary: func(_ *i18n.Printer, d *trip) string { return d.Place },
		Steps: []wizard.Step[trip]{
			{Name: "trip", Title: "Journey", Help: "Where and when.",
				Fields: func(d *trip) []wizard.Field {
					return []wizard.Field{
						{Name: "place", Label: "Place", Into: &d.Place, Required: true, Size: 40},
						{Name: "days", Label: "Days", Into: &d.Days},
						{Name: "cost", Label: "Cost", Into: &d.Cost, Suffix: "GBP"},
						{Name: "start", Label: "First day", Into: &d.Start},
						{Name: "extras", Label: "Extras", Into: &d.Extras, Options: []wizard.Option{{Value: "hotel", Label: "Hotel"}, {Value: "meals", Label: "Meals"}}},
					}
				},
				Check: func(d *trip) error {
					if d.Days > 30 {
						return fault.New(fault.Invalid, "A journey takes 30 days at most.").On("days")
					}
					return nil
				},
				Buttons: []wizard.Button[trip]{{Name: "week", Label: "A week", Loose: true, Do: func(_ *record.Env, s *wizard.State[trip]) (string, error) {
					s.Data.Days = 7
					return "", nil
				}}},
			},
			{Name: "lookup", Title: "Rate", Fields: func(d *trip) []wizard.Field {
				return []wizard.Field{{Name: "agreed", Label: "I want this rate", Into: &d.Agreed}}
			}, Post: func(env *record.Env, s *wizard.State[trip]) (string, error) { return "", b.rate(env, s) }},
			{Name: "review", Title: "Review", Effect: wizard.Unsafe, Prepare: b.rate, Post: b.pay, Continue: "Pay"},
			{Name: "receipt", Title: "Receipt", Final: true},
		},
	}
}

// house is a database with the table of runs, a clock that the test sets, and one wizard.
type house struct {
	*record.Database
	t    testing.TB
	bank *bank
	set  wizard.Set
	text *i18n.Bundle
	mu   sync.Mutex
	now  time.Time
}

func openHouse(t testing.TB, url string) *house {
	t.Helper()
	r := record.NewRegistry()
	if err := r.Seal(); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	sets := []db.MigrationSet{{Module: "kernel", Migrations: slices.Concat(record.Migrations(), wizard.Migrations())}}
	if err := d.Migrate(t.Context(), sets); err != nil {
		t.Fatal(err)
	}
	text, err := i18n.New(wizard.Locales)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Database: record.NewDatabase(d, r), t: t, bank: &bank{allows: true}, text: text, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	h.Clock = func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.now
	}
	h.set = wizard.Set{claim(h.bank)}
	if err := h.set.Check(); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) env(p person) *record.Env {
	return h.Env(context.Background(), p, 1, []int64{1, 2})
}

func (h *house) start() *wizard.Run {
	h.t.Helper()
	r, err := wizard.Start(h.env(marc), h.set, "test.claim", url.Values{"place": {"Leeds"}})
	if err != nil {
		h.t.Fatalf("start: %v", err)
	}
	return r
}

// load reads the run from the database, as every request does.
func (h *house) load(handle string) *wizard.Run {
	h.t.Helper()
	r, err := wizard.Load(h.env(marc), h.set, handle)
	if err != nil {
		h.t.Fatalf("load: %v", err)
	}
	return r
}

func (h *house) enter(handle, step string) *wizard.Answer {
	h.t.Helper()
	a, err := h.load(handle).Enter(h.env(marc), h.text.For("en"), step)
	if err != nil {
		h.t.Fatalf("enter %s: %v", step, err)
	}
	return a
}

// try posts at the version given, "" for the present one.
func (h *house) try(handle, step, version string, form url.Values) (*wizard.Answer, error) {
	h.t.Helper()
	r := h.load(handle)
	if version == "" {
		version = strconv.FormatInt(r.Version, 10)
	}
	return r.Post(h.env(marc), h.text.For("en"), step, version, form)
}

func (h *house) post(handle, step string, form url.Values) *wizard.Answer {
	h.t.Helper()
	a, err := h.try(handle, step, "", form)
	if err != nil {
		h.t.Fatalf("post %s: %v", step, err)
	}
	return a
}

// at moves a new run forward to a step.
func (h *house) at(step string) *wizard.Run {
	h.t.Helper()
	r := h.start()
	for _, s := range []struct {
		name string
		form url.Values
	}{{"trip", url.Values{"place": {"Leeds"}, "days": {"3"}}}, {"lookup", url.Values{"agreed": {"1"}}}} {
		if s.name == step {
			break
		}
		h.post(r.Handle, s.name, s.form)
	}
	if r = h.load(r.Handle); r.Step != step {
		h.t.Fatalf("the run stands at %q, want %q", r.Step, step)
	}
	return r
}

// value is what a drawn step shows in a field.
func value(t *testing.T, a *wizard.Answer, name string) string {
	t.Helper()
	if a.Page == nil {
		t.Fatalf("no page was drawn: %+v", a)
	}
	for _, f := range a.Page.Cards[0].Fields {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("the page has no field %q", name)
	return ""
}

func wantCode(t *testing.T, err error, code fault.Code, key string) {
	t.Helper()
	var f *fault.Error
	if !fault.Is(err, code) {
		t.Fatalf("error %v, want code %s", err, code)
	}
	if f, _ = err.(*fault.Error); f == nil || f.Key != key {
		t.Errorf("error %v, want the sentence %s", err, key)
	}
}

func engines(t *testing.T, run func(*testing.T, *house)) {
	t.Helper()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		run(t, openHouse(t, url))
	})
}

func versionOf(r *wizard.Run) string { return strconv.FormatInt(r.Version, 10) }

// abroad is a Prepare that always wants to leave.
func abroad(b *bank, to string) func(*record.Env, *wizard.State[trip]) error {
	return func(*record.Env, *wizard.State[trip]) error { return &away{b, to} }
}
