package screen_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// holds fails the test unless the page's source has a text, or has not.
func (p *page) holds(text string, want bool) *page {
	p.t.Helper()
	if strings.Contains(p.body, text) != want {
		p.t.Errorf("%s holds %q: %v, want %v", p.path, text, !want, want)
	}
	return p
}

func TestSecretsAreShownOnce(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		b := h.as(t, staff)
		action, form := b.get(billList + "/new").form(billList + "/new")
		form.Set("name", "Secret one")
		p := b.post(action, form).is(http.StatusOK).shows("Created.", "Shown once").holds("made for Secret one", true)
		var id int64
		if _, err := fmt.Sscanf(p.path, billList+"/%d", &id); err != nil {
			t.Fatalf("after creating, the page is %s", p.path)
		}
		b.get(billAt(id)).is(http.StatusOK).hides("Shown once").holds("made for", false)

		other := h.bill(t)
		form = again(b.get(billAt(id)), billAt(id))
		form.Set("name", "Secret two")
		b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		made := b.post(billAt(id), form).is(http.StatusSeeOther)
		b.http.CheckRedirect = nil
		b.get(billAt(other)).is(http.StatusOK).holds("made for", false)
		address, err := url.Parse(h.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		thief := h.as(t, boss)
		thief.http.Jar.SetCookies(address, (&http.Response{Header: made.header}).Cookies())
		thief.get(billAt(id)).is(http.StatusOK).holds("made for", false)
		b.get(billAt(id)).is(http.StatusOK).holds("made for Secret two", true)
		b.get(billAt(id)).is(http.StatusOK).holds("made for", false)

		// What could not be saved is not shown.
		form = again(b.get(billAt(id)), billAt(id))
		form.Set("name", "Secret three")
		form.Set("items.0.name", "x")
		form.Set("items.0.price", "-1")
		b.post(billAt(id), form).is(http.StatusUnprocessableEntity).holds("made for", false)
		b.get(billAt(id)).is(http.StatusOK).holds("made for", false)
	})
}
