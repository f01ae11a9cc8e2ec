package oauthprovider_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

// TestScopeInTheBrowser makes a scope by clicking: it builds the filter, looks at it as an
// expression, pastes one from Odoo, is told where one is wrong, chooses fields, and sees
// what an application will receive before it is saved.
func TestScopeInTheBrowser(t *testing.T) {
	t.Parallel()
	chromium := browser.New(t)
	a := apptest.New(t, dbtest.URL(t, db.SQLite), modules.All...)
	for name, o := range map[string]browser.Options{"Desktop": {}, "NoScript": {NoScript: true}, "Phone": {Phone: true, Dark: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := chromium.Page(t, o)
			p.Open(a.URL + "/signin")
			p.Fill("[name=login]", "admin@example.com")
			p.Fill("[name=password]", "admin")
			p.Submit()
			buildFilter(t, p, a.URL, name, o)
			chooseFields(t, p, o)
			saveScope(t, p, a.URL)
		})
	}
}

func buildFilter(t *testing.T, p *browser.Page, url, name string, o browser.Options) {
	t.Helper()
	row := func(place, what string) string { return "css:[name='filter." + place + "." + what + "']" }
	press := func(verb string) { p.Click("css:button[name=_filter][value='filter " + verb + "']") }
	choose := func(place, field, value string) { // without script a button says that the field has changed
		t.Helper()
		p.Select(row(place, "path"), field)
		if o.NoScript {
			p.Click("Update")
		}
		p.WaitFor(row(place, value))
	}
	expression := func() string {
		t.Helper()
		press("expression")
		p.WaitFor("css:textarea[name=filter]")
		return p.Value("css:textarea[name=filter]")
	}

	p.Open(url + "/records/oauth_provider.scope/new")
	p.Fill("Name", "Wholesale partners "+name)
	p.Fill("Code", "partners.wholesale."+strings.ToLower(name))
	p.Select("Model", "Partner")
	if o.NoScript {
		p.Click("Apply")
	}
	p.WaitFor("No condition yet")
	press("condition")
	p.WaitFor(row("0", "path"))
	choose("0", "Country", "value.text")
	p.Fill(row("0", "value.text"), "United Kingdom")
	press("group")
	p.WaitFor(row("1.0", "path"))
	choose("1.0", "Tags", "value.text")
	p.Fill(row("1.0", "value.text"), "Wholesale")
	press("condition 1")
	p.WaitFor(row("1.1", "path"))
	choose("1.1", "Credit limit", "value")
	p.Fill(row("1.1", "value"), "10,000")

	const want = `[["country.code","=","GB"],"|",["tags","=","Wholesale"],["credit_limit",">=",10000]]`
	if got := expression(); got != want {
		t.Errorf("the expression is %s, want %s", got, want)
	}
	p.Fill("css:textarea[name=filter]", "[('country.code', '=', 'GB'), ('nope', '=', 1)]")
	press("builder")
	p.WaitFor("css:mark")
	if text := p.Text(); !strings.Contains(text, `has no field "nope"`) || !strings.Contains(text, "Line 1, character 33") {
		t.Errorf("the page does not say what is wrong: %s", text)
	}
	p.Fill("css:textarea[name=filter]", "[('country.code', '=', 'GB'), '|', ('tags', '=', 'Wholesale'), ('credit_limit', '>=', 10000)]")
	press("builder")
	p.WaitFor(row("1.1", "value"))
	for field, want := range map[string]string{row("0", "value.text"): "United Kingdom", row("1.1", "value"): "10,000"} {
		if got := p.Value(field); got != want {
			t.Errorf("%s holds %q, want %q", field, got, want)
		}
	}
}

// chooseFields ticks seven fields, one behind a relation, and reads the previews.
func chooseFields(t *testing.T, p *browser.Page, o browser.Options) {
	t.Helper()
	var ignored string
	p.Eval(`(document.querySelector('input[value="salesperson.name"]').closest('details').open = true, '')`, &ignored)
	for _, path := range []string{"name", "email", "vat", "country", "tags", "credit_limit", "salesperson.name"} {
		p.Click("css:input[name=fields][value='" + path + "']")
	}
	if o.NoScript {
		p.Click("Preview")
	}
	for _, text := range []string{"40 of 306 records match", "… and 37 more", `"salesperson.name": "Anna Keller"`,
		"name, VAT number, tags, country, e-mail, salesperson · Name and credit limit of 40 records", "7 of "} {
		p.WaitFor(text)
	}
	if n := strings.Count(p.Text(), `"credit_limit":`); n != 3 {
		t.Errorf("the preview shows %d records, want 3", n)
	}
	if p.SidewaysScroll() {
		t.Error("the page scrolls sideways")
	}
	if !o.NoScript {
		for _, v := range p.Axe() {
			t.Errorf("axe: %s", v)
		}
	}
}

func saveScope(t *testing.T, p *browser.Page, url string) {
	t.Helper()
	p.Click("css:[data-save]")
	p.WaitFor("Created.")
	p.Open(url + "/records/oauth_provider.scope")
	p.WaitFor("Country › Code is GB and (Tags include Wholesale or Credit limit ≥ 10000)")
	for _, line := range p.Console() {
		t.Errorf("the console says: %s", line)
	}
}
