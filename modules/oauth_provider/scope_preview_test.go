package oauthprovider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/dbtest"
)

const newScope = "/records/oauth_provider.scope/new"

// wholesale is a scope as its form posts it.
func wholesale(change ...string) url.Values {
	v := url.Values{"name": {"Wholesale"}, "code": {"wholesale"}, "model": {"contacts.partner"},
		"filter":     {`[["country.code", "=", "GB"], "|", ["tags.name", "=", "Wholesale"], ["credit_limit", ">=", 10000]]`},
		"fields":     {"name", "email", "vat", "country", "tags", "credit_limit", "salesperson.name"},
		"operations": {"read"}, "_has": {"fields", "operations"}}
	for i := 0; i+1 < len(change); i += 2 {
		if v.Set(change[i], change[i+1]); change[i+1] == "" {
			v.Del(change[i])
		}
	}
	return v
}

// look posts the form of a new scope for a preview, as somebody: "" is oneself.
func (b *visitor) look(form url.Values, as string) *page {
	b.w.t.Helper()
	form.Set("_preview", "1")
	form.Set("_as", "")
	form.Set("_as.text", as)
	return b.post(newScope, form).want(http.StatusOK)
}

// part is the text of the element with an id; false when there is none.
func (p *page) part(id string) (string, bool) {
	p.t.Helper()
	doc, err := html.Parse(strings.NewReader(p.body))
	must(p.t, err)
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && attribute(n, "id") == id {
			var b strings.Builder
			for in := range n.Descendants() {
				if in.Type == html.TextNode {
					b.WriteString(in.Data)
				}
			}
			return b.String(), true
		}
	}
	return "", false
}

// bar is what the preview says of how many records match.
func (p *page) bar() string {
	p.t.Helper()
	text, _ := p.part("scope-match")
	return strings.Join(strings.Fields(text), " ")
}

// sample is the JSON that a preview shows, without the blanks between its parts.
func (p *page) sample() string {
	p.t.Helper()
	text, ok := p.part("scope-sample-json")
	var out bytes.Buffer
	if err := json.Compact(&out, []byte(text)); !ok || err != nil {
		p.t.Fatalf("the preview shows no JSON: %v: %q", err, text)
	}
	return out.String()
}

// Two people see different partners; a preview shows each what his application is given.
func TestPreviewIsWhatAnApplicationGets(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		h := openHouse(t, url)
		w := h.world(t)
		admin := w.person("boss", "base.admin", "oauth_provider.manager", "contacts.manager")
		admin.signIn()
		paris := w.person("pierre", "contacts.user")
		w.Load(fmt.Sprintf(`- {model: base.user, id: pierre_%d, values: {company: france, companies: [france], lang: fr, tz: Europe/Paris}}`, w.n))
		london := w.person("linda", "contacts.user", "sales.user")
		code := fmt.Sprintf("previewed%d", w.n)
		w.Load(fmt.Sprintf(`
- {model: oauth_provider.scope, id: %[1]s, values: {code: %[1]s, name: Wholesale, model: contacts.partner, filter: [["country.code", "in", ["GB", "FR"]], "|", ["tags.name", "=", "Wholesale"], ["credit_limit", ">=", 10000]], fields: [name, email, vat, country, tags, credit_limit, salesperson.name, created_at]}}
- {model: oauth_provider.client, id: %[2]s, values: {scopes: [openid, %[1]s]}}
`, code, w.shop.id))
		draft := wholesale("code", code, "filter", `["&", ("country.code", "in", ["GB", "FR"]), "|", ("tags.name", "=", "Wholesale"), ("credit_limit", ">=", 10000)]`)
		draft["fields"] = append(draft["fields"], "created_at")
		var seen []string
		for _, person := range []*visitor{paris, london} {
			token := person.issue(w.shop, "scope", "openid "+code).Access
			want := w.bearer("/oauth2/otherinfo?model=contacts.partner&limit=3", token).want(http.StatusOK).body
			p := admin.look(draft, person.login)
			if got := p.sample(); got != want || strings.Count(got, `"id"`) < 3 {
				t.Errorf("as %s the preview shows\n%s\nand an application is given\n%s", person.login, got, want)
			}
			seen = append(seen, want)
			n := len(w.bearer("/oauth2/otherinfo?model=contacts.partner", token).json())
			if bar := p.bar(); !strings.HasPrefix(bar, fmt.Sprintf("%d of ", n)) {
				t.Errorf("as %s the preview counts %q, an application is given %d records", person.login, bar, n)
			}
		}
		if seen[0] == seen[1] {
			t.Error("two people with different rights are shown the same")
		}
	})
}

func TestPreviewMasks(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		w := openHouse(t, url).world(t)
		seller := w.person("seller", "contacts.user")
		manager := w.person("manager", "oauth_provider.manager")
		manager.signIn()
		w.Load(`- {model: contacts.partner, id: shy, values: {name: Shy & Sons, email: shy@sons.example, country: GB, credit_limit: 77777, company: main}}`)
		draft := wholesale("filter", `[["credit_limit", "=", 77777]]`)
		own := manager.look(draft, "")
		if bar := own.bar(); !strings.Contains(bar, "0 of 0") {
			t.Errorf("a manager who may read no partner is told %q", bar)
		}
		p := manager.look(draft, seller.login)
		if bar := p.bar(); !strings.Contains(bar, "1 of ") {
			t.Errorf("looking as somebody who may read partners, the manager is told %q", bar)
		}
		if got := p.sample(); !strings.Contains(got, `"name":"•••••","email":"•••••"`) || !strings.Contains(got, `"credit_limit":"•••••"`) {
			t.Errorf("what the manager may not read is not masked: %s", got)
		}
		for _, secret := range []string{"Shy", "sons.example", "77777.00"} {
			if strings.Contains(p.body, secret) {
				t.Errorf("the page holds %q, which the manager may not read", secret)
			}
		}
		p.want(http.StatusOK, "Values that you may not read yourself are masked.")

		t.Run("WhatHeMayReadIsShown", func(t *testing.T) {
			half := w.person("half", "oauth_provider.manager", "contacts.user")
			half.signIn()
			if got := half.look(draft, seller.login).sample(); !strings.Contains(got, `"name":"Shy \u0026 Sons"`) || strings.Contains(got, "•") {
				t.Errorf("what the manager may read himself is masked: %s", got)
			}
		})
	})
}

func TestPreviewIsAudited(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		w := openHouse(t, url).world(t)
		anna, manager := w.person("anna", "contacts.user"), w.person("manager", "oauth_provider.manager")
		manager.signIn()
		for range 3 {
			manager.look(wholesale(), anna.login)
			manager.look(wholesale(), "")
		}
		lines, err := record.History(w.As("admin@example.com"), "base.user", anna.id, 10, 0)
		must(t, err)
		looks := 0
		for _, l := range lines {
			if l.Action == "previewed_as" && l.User == "manager" {
				looks++
			}
		}
		if looks != 1 {
			t.Errorf("three looks in a row left %d lines in the audit log, want 1: %+v", looks, lines)
		}
	})
}

func TestPreviewOfFaults(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		w := openHouse(t, url).world(t)
		manager := w.person("manager", "oauth_provider.manager")
		manager.signIn()
		for _, c := range []struct {
			name  string
			form  func() *page
			wants string
		}{
			{"ErrNobody", func() *page { return manager.look(wholesale(), "Nobody Atall") }, "There is nobody called “Nobody Atall” whom you may see."},
			{"ErrNoModel", func() *page { return manager.look(wholesale("model", ""), "") }, "Choose a model first."},
			{"ErrBadModel", func() *page { return manager.look(wholesale("model", "oauth_provider.client"), "") }, "oauth_provider.client"},
			{"ErrNoFilter", func() *page { return manager.look(wholesale("filter", ""), "") }, "Write a filter, or tick"},
			{"ErrUnknownField", func() *page { return manager.look(wholesale("filter", `[["nope", "=", 1]]`), "") }, "nope"},
			{"ErrUnknownPath", func() *page { return manager.look(wholesale("fields", "nope"), "") }, "Partner has no field “nope”."},
			{"ErrNoRead", func() *page { return manager.look(wholesale("operations", "write"), "") }, "The scope does not allow reading"},
		} {
			t.Run(c.name, func(t *testing.T) {
				p := c.form()
				if !strings.Contains(html.UnescapeString(p.body), c.wants) {
					t.Errorf("the preview does not say %q: %.3000s", c.wants, p.body)
				}
				if _, shown := p.part("scope-sample-json"); shown && c.name != "ErrNobody" {
					t.Error("the preview shows records all the same")
				}
			})
		}
		if n, err := record.Count(w.As("admin@example.com"), "oauth_provider.scope", record.Query{Text: "Wholesale partners"}); err != nil || n != 1 {
			t.Errorf("after previews there are %d scopes of that name (%v), want the demo's one", n, err)
		}
		stranger := w.person("stranger", "contacts.user")
		stranger.signIn()
		form := wholesale()
		form.Set("_preview", "1")
		if p := stranger.post(newScope, form); p.status != http.StatusForbidden && p.status != http.StatusNotFound {
			t.Errorf("somebody without the right gets status %d from the form", p.status)
		}
	})
}
