package wizard_test

import (
	"net/url"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/wizard"
)

// FuzzPost posts anything at a run: it is taken or refused with a sentence, and the run
// can be gone on with afterwards, showing the place it was given or the one it had.
func FuzzPost(f *testing.F) {
	for _, seed := range []string{
		"place=York&days=3&cost=1%2C234.50&start=2026-11-02&extras=hotel&extras=meals",
		"place=&days=99999999999999999999&cost=1e400&start=2026-13-41&extras=yacht",
		"_do=-back", "_do=-leave&place=x", "_do=-retry", "_do=week&cost=much", "_do=nothing", "_do=next", "_go=receipt", "_go=trip", "_go=",
		"_has=extras&_has=place", "place=a&place=b&place=%F0%9F%98%80", "days=-1&cost=-0.01", "place=%0A", "agreed=1&agreed=0&_has=agreed",
	} {
		for _, step := range []string{"trip", "lookup", "review"} {
			f.Add(step, seed, false)
			f.Add(step, seed, true)
		}
	}
	h := openHouse(f, "sqlite:"+filepath.Join(f.TempDir(), "fuzz.db"))
	f.Fuzz(func(t *testing.T, step, body string, granted bool) {
		form, err := url.ParseQuery(body)
		if err != nil || !utf8.ValidString(step) {
			t.Skip("the web floor refuses it")
		}
		for name, values := range form {
			for _, v := range append(values, name) {
				if !utf8.ValidString(v) {
					t.Skip("the web floor refuses it")
				}
			}
		}
		h.t = t
		h.bank.set(func(b *bank) { b.allows, b.payments = true, 0 })
		r := h.at("lookup")
		defer func() { _ = h.load(r.Handle).Discard(h.env(marc)) }() // nobody has more than fifty
		h.allow(granted)
		a, err := h.try(r.Handle, step, "", form)
		switch {
		case err != nil && fault.CodeOf(err) == fault.Internal:
			t.Fatalf("post %q to %s: %v", body, step, err)
		case err == nil && a.Go == "" && a.Page == nil && a.Wait == nil && !a.Busy:
			t.Fatalf("post %q to %s: no answer at all", body, step)
		}
		now := h.load(r.Handle)
		if _, err := now.Enter(h.env(marc), h.text.For("fr"), now.Step); err != nil && fault.CodeOf(err) == fault.Internal {
			t.Errorf("after %q at %s the step %s cannot be entered: %v", body, step, now.Step, err)
		}
		if h.bank.payments != 0 {
			t.Errorf("%q at %s has paid", body, step)
		}
		if _, err := wizard.Mine(h.env(marc), h.set); err != nil {
			t.Errorf("the list of runs: %v", err)
		}
	})
}
