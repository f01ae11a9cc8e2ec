package modules_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

// mostBytes is what a page may weigh, compressed, with everything that it needs.
const mostBytes = 60_000

// place is a page of the house: with an account it is looked at signed in.
type place struct {
	name, path string
	account    bool
	status     int
}

// visitor is one way to look at the house.
type visitor struct{ dark, phone, french bool }

func (v visitor) String() string {
	word := func(on bool, yes, no string) string {
		if on {
			return yes
		}
		return no
	}
	return word(v.dark, "dark", "light") + " " + word(v.phone, "phone", "desktop") + " " + word(v.french, "fr", "en")
}

func (v visitor) lang() string {
	if v.french {
		return "fr"
	}
	return "en"
}

// login is an administrator who reads the visitor's language.
func (v visitor) login() string {
	if v.french {
		return "claire@example.com"
	}
	return "admin@example.com"
}

const claire = `{model: base.user, id: claire, values: {login: claire@example.com, name: Claire Martin, email: claire@example.com,
  password: claire, groups: [base.user, base.admin], company: main, companies: [main, france], lang: fr, tz: Europe/Paris}}`

// pairs are the visitors that the pages take turns with: both of a pair together see
// either theme, either width and either language.
var pairs = [][2]visitor{
	{{dark: false, phone: false, french: false}, {dark: true, phone: true, french: true}},
	{{dark: true, phone: false, french: true}, {dark: false, phone: true, french: false}},
	{{dark: false, phone: false, french: true}, {dark: true, phone: true, french: false}},
	{{dark: true, phone: false, french: false}, {dark: false, phone: true, french: true}},
}

// TestTour looks at every page of the house as different people see it. No page breaks
// an accessibility rule, complains, scrolls sideways, shows a foreign word or is heavy.
func TestTour(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	a := house(t)
	english := newEnglish(a)
	turns := map[visitor][]place{}
	for i, p := range places(t, a) {
		for _, v := range pairs[i%len(pairs)] {
			turns[v] = append(turns[v], p)
		}
	}
	for v, list := range turns {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			tour(t, a, b, v, list, english)
		})
	}
}

// house is the whole program with demo records, and a French administrator.
func house(t *testing.T) *apptest.App {
	t.Helper()
	a := apptest.New(t, dbtest.URL(t, db.SQLite), modules.All...)
	a.Load("- " + claire)
	return a
}

func tour(t *testing.T, a *apptest.App, b *browser.Browser, v visitor, list []place, english *english) {
	how := browser.Options{Phone: v.phone, Dark: v.dark, Lang: v.lang()}
	inside, outside := b.Page(t, how), b.Page(t, how)
	inside.Open(a.URL + "/signin")
	signIn(inside, v.login())
	assets := 0
	for _, place := range list {
		p := outside
		if place.account {
			p = inside
		}
		p.Open(address(a, place.path))
		if got := p.Status(); got != place.status {
			t.Errorf("%s: %s answers %d, want %d", place.name, place.path, got, place.status)
			continue
		}
		for _, wrong := range look(p, v, english) {
			t.Errorf("%s (%s): %s", place.name, place.path, wrong)
		}
		// What the first page fetched, later ones have: they are charged for it all the same.
		size := p.TransferSize()
		assets = max(assets, size)
		if size > mostBytes || size < assets && size+assets > mostBytes {
			t.Errorf("%s (%s) weighs %d bytes besides %d of style and script, want %d at most", place.name, place.path, size, assets, mostBytes)
		}
	}
	for _, p := range []*browser.Page{inside, outside} {
		for _, line := range p.Console() {
			t.Errorf("the console says: %s", line)
		}
	}
}

func address(a *apptest.App, path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return a.URL + path
}

// look returns what is wrong with the page that is shown.
func look(p *browser.Page, v visitor, english *english) []string {
	var wrong []string
	for _, violation := range p.Axe() {
		wrong = append(wrong, violation.String())
	}
	if p.SidewaysScroll() {
		wrong = append(wrong, "it scrolls sideways")
	}
	var texts []string
	p.Eval(textsJS, &texts)
	for _, text := range texts {
		if key, ok := english.key(text); ok {
			wrong = append(wrong, fmt.Sprintf("it shows the key %q", key))
		}
		if key, ok := english.untranslated(text); v.french && ok {
			wrong = append(wrong, fmt.Sprintf("it says %q in English (%s)", text, key))
		}
	}
	return wrong
}

// textsJS are all texts of a page, also those for assistive technology; what is code is no text.
const textsJS = `(() => {
	const out = new Set(), add = s => { s = (s || '').replace(/\s+/g, ' ').trim(); if (s) out.add(s) };
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('script, style, code, .mono, textarea, [lang]:not(html)')) add(walk.currentNode.data);
	for (const el of document.querySelectorAll('*')) for (const a of ['aria-label', 'title', 'placeholder', 'alt', 'data-none', 'data-done', 'data-goto']) add(el.getAttribute(a));
	add(document.title.split(' · ')[0]);
	return [...out];
})()`

// places are the pages of the house: what every menu leads to with a record of it and an
// empty form, what people have for themselves, the way in, and what goes wrong.
func places(t *testing.T, a *apptest.App) []place {
	t.Helper()
	var out []place
	add := func(name, path string) { out = append(out, place{name, path, true, 200}) }
	add("home", "/")
	add("account", "/account")
	add("own sessions", "/account/sessions")
	for _, tab := range a.Site.AccountTabs {
		add(tab.Label, tab.Path)
	}
	add("search", "/search?q=ann")
	env := a.As("admin@example.com")
	for _, m := range a.Site.Menus {
		info, ok := env.Registry().Model(m.Model)
		if !ok {
			add(m.Name, m.URL)
			continue
		}
		add(m.Name, web.ListPath(m.Model))
		if id := firstID(t, env, m.Model); id != 0 {
			add("a record of "+m.Name, web.RecordPath(m.Model, id))
		}
		if env.Can(record.OpCreate, info) {
			add("a new one of "+m.Name, web.ListPath(m.Model)+"/new")
		}
	}
	add("consent", authorize("openid profile partners.wholesale offline_access"))
	add("nothing found", "/records/contacts.partner?q=nobody+at+all")
	return append(out,
		place{"a filter that is wrong", "/records/contacts.partner?filter=%5B", true, 400},
		place{"a record that is not there", "/records/contacts.partner/999999", true, 404},
		place{"a page that is not there", "/nowhere", true, 404},
		place{"sign-in", "/signin", false, 200},
		place{"sign-in for an application", authorize("openid"), false, 200},
		place{"an unknown application", "/oauth2/authorize?response_type=code&client_id=nobody", false, 400},
		place{"a setup link that is over", "/setup?token=AAAA", false, 410},
		place{"setup", setupLink(t), false, 200})
}

// firstID is the record that a list shows first, 0 for an empty list.
func firstID(t *testing.T, env *record.Env, model string) int64 {
	t.Helper()
	for row, err := range record.Rows(env, model, record.Query{Limit: 1}) {
		if err != nil {
			t.Fatalf("%s: %v", model, err)
		}
		return row.ID
	}
	return 0
}

// authorize asks the demo's web shop in for what it may have.
func authorize(scope string) string {
	return "/oauth2/authorize?" + url.Values{"response_type": {"code"}, "client_id": {"webshop"}, "redirect_uri": {"http://localhost:8100/callback"},
		"scope": {scope}, "state": {"1"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode()
}

// setupLink is the first page of a house that nobody has been in.
func setupLink(t *testing.T) string {
	t.Helper()
	a := apptest.NewEmpty(t, dbtest.URL(t, db.SQLite), modules.All...)
	link, err := web.NewSetupLink(context.Background(), a.Application)
	if err != nil || link == "" {
		t.Fatalf("setup link: %q, %v", link, err)
	}
	return link
}

func signIn(p *browser.Page, login string) {
	password, _, _ := strings.Cut(login, "@")
	p.Fill("[name=login]", login)
	p.Fill("[name=password]", password)
	p.Submit()
}

// english knows the texts of the house that have another wording in French.
type english struct {
	keys   map[string]bool
	exact  map[string]string // text → key
	filled map[string]*regexp.Regexp
	french map[string]bool
}

// hole is what an empty placeholder of a message leaves behind.
const hole = "<no value>"

func newEnglish(a *apptest.App) *english {
	out := &english{keys: map[string]bool{}, exact: map[string]string{}, filled: map[string]*regexp.Regexp{}, french: map[string]bool{}}
	en, fr := a.Texts.For("en"), a.Texts.For("fr")
	texts := a.Instance.Labels()
	for key := range texts {
		out.keys[key] = strings.Count(key, ".") > 1
	}
	for _, key := range a.Texts.Keys("en") {
		texts[key], out.keys[key] = en.T(key), true
	}
	for key, text := range texts {
		other := fr.Or(key, text)
		out.french[other] = true
		switch {
		case other == text:
		case strings.Contains(text, hole):
			if pattern, ok := patternOf(text); ok {
				out.filled[key] = pattern
			}
		default:
			out.exact[text] = key
		}
	}
	return out
}

// patternOf matches a message whatever fills it; false for one that is hardly any words.
func patternOf(text string) (*regexp.Regexp, bool) {
	parts := strings.Split(text, hole)
	words := 0
	for i, part := range parts {
		words += len(strings.Fields(part))
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".+") + "$"), words > 1
}

// key reports whether a text is the key of one.
func (e *english) key(text string) (string, bool) { return text, e.keys[text] }

// untranslated reports whether a French page should not say this, and under which key it says it.
func (e *english) untranslated(text string) (string, bool) {
	if e.french[text] {
		return "", false
	}
	if key, ok := e.exact[text]; ok {
		return key, true
	}
	for key, pattern := range e.filled {
		if pattern.MatchString(text) {
			return key, true
		}
	}
	return "", false
}
