package wizard_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	type secretive struct{ Inner []struct{ APIToken string } }
	good := func() wizard.Wizard[trip] { return claim(&bank{}) }
	change := func(f func(*wizard.Wizard[trip])) wizard.Set {
		w := good()
		f(&w)
		return wizard.Set{w}
	}
	fields := func(list ...wizard.Field) wizard.Set {
		return change(func(w *wizard.Wizard[trip]) { w.Steps[0].Fields = func(*trip) []wizard.Field { return list } })
	}
	place := ""
	for _, c := range []struct {
		name string
		set  wizard.Set
		want string // "" when it is fine
	}{
		{"Good", wizard.Set{good()}, ""},
		{"ErrTwice", wizard.Set{good(), good()}, "declared twice"},
		{"ErrName", change(func(w *wizard.Wizard[trip]) { w.Name = "Claim" }), "a name like module.noun"},
		{"ErrTitle", change(func(w *wizard.Wizard[trip]) { w.Title = "" }), "and a title"},
		{"ErrStart", change(func(w *wizard.Wizard[trip]) { w.Start = "nowhere" }), `no step "nowhere"`},
		{"ErrStepTwice", change(func(w *wizard.Wizard[trip]) { w.Steps[1].Name = "trip" }), "a name of its own"},
		{"ErrFinalPosts", change(func(w *wizard.Wizard[trip]) { w.Steps[3].Post = (&bank{}).pay }), "nothing to post"},
		{"ErrSecret", wizard.Set{wizard.Wizard[secretive]{Name: "test.secret", Title: "Secret", Start: "a", Steps: []wizard.Step[secretive]{{Name: "a", Title: "A"}}}}, "Inner.APIToken"},
		{"ErrFieldName", fields(wizard.Field{Name: "_version", Label: "V", Into: &place}), "simple words"},
		{"ErrFieldTwice", fields(wizard.Field{Name: "week", Label: "Week", Into: &place}), "each used once"},
		{"ErrFieldOurs", fields(wizard.Field{Name: "help", Label: "Help", Into: &place}), "none of ours"},
		{"ErrFieldPlace", fields(wizard.Field{Name: "x", Label: "X", Into: new(float64)}), "cannot be kept in a *float64"},
		{"ErrFieldPassword", fields(wizard.Field{Name: "x", Label: "X", Into: &place, Kind: ui.FieldPassword}), `no control "password"`},
		{"ErrFieldLabel", fields(wizard.Field{Name: "x", Into: &place}), "needs a label"},
		{"ErrButton", change(func(w *wizard.Wizard[trip]) { w.Steps[0].Buttons[0].Do = nil }), "button week"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.set.Check()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the check says %v, want %q", err, c.want)
			}
		})
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	have := map[string]string{}
	for _, l := range (wizard.Set{claim(&bank{})}).Labels() {
		have[l.Key] = l.English
	}
	for key, want := range map[string]string{
		"wizard.test.claim": "Expense claim", "wizard.test.claim.trip": "Journey", "wizard.test.claim.trip.help": "Where and when.",
		"wizard.test.claim.review.continue": "Pay", "wizard.test.claim.trip.week": "A week", "wizard.test.claim.trip.extras.hotel": "Hotel",
	} {
		if have[key] != want {
			t.Errorf("the label of %s is %q, want %q", key, have[key], want)
		}
	}
}

// A run of another program's data is upgraded, or its person is told.
func TestSchema(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		r := h.start()
		w := claim(h.bank)
		w.Schema = 2
		h.set = wizard.Set{w}
		loaded, err := wizard.Load(h.env(marc), h.set, r.Handle)
		if err != nil {
			t.Fatal(err)
		}
		_, err = loaded.Enter(h.env(marc), h.text.For("en"), "trip")
		wantCode(t, err, fault.Conflict, "wizard.outdated")

		w.Upgrade = func(from int, old []byte) ([]byte, error) {
			var d map[string]any
			if err := json.Unmarshal(old, &d); err != nil || from != 0 {
				return nil, errors.Join(err, errors.New("what is this?"))
			}
			d["Place"] = d["Place"].(string) + " (upgraded)"
			return json.Marshal(d)
		}
		h.set = wizard.Set{w}
		if a := h.enter(r.Handle, "trip"); value(t, a, "place") != "Leeds (upgraded)" {
			t.Errorf("the place is %q", value(t, a, "place"))
		}
		h.post(r.Handle, "trip", url.Values{"days": {"2"}})
		h.post(r.Handle, "lookup", url.Values{ui.FieldDo: {ui.DoBack}})
		if a := h.enter(r.Handle, "trip"); value(t, a, "place") != "Leeds (upgraded)" {
			t.Errorf("after it was stored the place is %q: it was upgraded again", value(t, a, "place"))
		}
		w.Steps = w.Steps[1:]
		w.Start = "lookup"
		h.set = wizard.Set{w}
		loaded, err = wizard.Load(h.env(marc), h.set, r.Handle)
		if err != nil {
			t.Fatal(err)
		}
		_, err = loaded.Enter(h.env(marc), h.text.For("en"), "trip")
		wantCode(t, err, fault.Conflict, "wizard.outdated")
	})
}

func TestGoTo(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		w := claim(h.bank)
		w.Steps[1].Prepare = func(*record.Env, *wizard.State[trip]) error { return wizard.GoTo("review") }
		w.Steps[2].Post = func(*record.Env, *wizard.State[trip]) (string, error) { return wizard.End, nil }
		h.set = wizard.Set{w}
		r := h.start()
		h.post(r.Handle, "trip", url.Values{"place": {"York"}})
		if a := h.enter(r.Handle, "lookup"); !strings.HasSuffix(a.Go, "/review") {
			t.Fatalf("a step with nothing to do leads to %q, want review", a.Go)
		}
		h.enter(r.Handle, "review")
		if a := h.post(r.Handle, "review", nil); a.Go != "/claims" {
			t.Errorf("the end leads to %q, want the wizard's home", a.Go)
		}
		if got := h.load(r.Handle); got.Status != wizard.Done {
			t.Errorf("the run is %s, want done", got.Status)
		}
		if a := h.enter(r.Handle, "review"); a.Go != "/claims" {
			t.Errorf("a run that is over shows %+v, want to lead home", a)
		}
	})
}

// What is about to be sent is stored before it is sent; a transaction that is undone
// takes it back.
func TestSave(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		w := claim(h.bank)
		undone := errors.New("undone")
		w.Steps[2].Post = func(env *record.Env, s *wizard.State[trip]) (string, error) {
			s.Data.Receipt = "tried"
			err := env.Write(func(e *record.Env) error {
				if err := s.Save(e); err != nil {
					return err
				}
				return undone
			})
			if !errors.Is(err, undone) {
				return "", err
			}
			s.Data.Receipt = "intent"
			if err := s.Save(env); err != nil {
				return "", err
			}
			s.Data.Receipt = h.load(s.Handle).Stored()
			return "", nil
		}
		h.set = wizard.Set{w}
		r := h.at("review")
		h.enter(r.Handle, "review")
		h.post(r.Handle, "review", nil)
		if got := h.load(r.Handle).Stored(); !strings.Contains(got, "intent") || strings.Contains(got, "tried") {
			t.Errorf("the run holds %s, want what was saved before sending", got)
		}
	})
}
