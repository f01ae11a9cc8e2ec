package e2e_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// partners are the records of the tests: some match the scope's filter, some only half,
// one matches but belongs to a company that Lea does not work for.
const partners = `
- {model: base.company, id: elsewhere, values: {name: Elsewhere SARL, currency: EUR, country: FR}}
- {model: contacts.tag, id: vip, values: {name: VIP}}
- {model: base.user, id: lea, values: {login: lea@example.com, name: Léa Martin, email: lea@example.com, phone: +33 1 23, password: correct horse battery, groups: [base.user, contacts.user], company: main}}
- {model: contacts.partner, id: p1, values: {name: Atelier Nord, country: FR, city: Lille, credit_limit: 12000, tags: [vip], company: main, phone: "1", note: hidden}}
- {model: contacts.partner, id: p2, values: {name: Bois & Fils, country: FR, city: Lyon, credit_limit: 9999.99, tags: [vip], email: bois@example.com, note: hidden}}
- {model: contacts.partner, id: p3, values: {name: Chaux, country: FR, city: Paris, credit_limit: 50000, company: main, note: hidden}}
- {model: contacts.partner, id: p4, values: {name: Duck Ltd, country: GB, city: York, credit_limit: 50000, company: main, note: hidden}}
- {model: contacts.partner, id: p5, values: {name: Étoile, country: FR, city: Nice, credit_limit: 50000, tags: [vip], company: elsewhere, note: hidden}}
- {model: contacts.partner, id: p6, values: {name: Faubourg, country: FR, city: Metz, credit_limit: 10, company: main, note: hidden}}
`

// access are the scopes and the client of the tests; the client is at %s.
const access = `
- {model: oauth_provider.scope, id: card, values: {code: card, name: Your card, description: To greet you, model: base.user, filter: [["id", "=", {"$": "uid"}]], fields: [name, email], operations: [read]}}
- {model: oauth_provider.scope, id: trade, values: {code: trade, name: French trade, description: To deliver, model: contacts.partner, filter: [["country.code", "=", "FR"], "|", ["tags.name", "=", "VIP"], ["credit_limit", ">=", 10000]], fields: [name, city, credit_limit], operations: [read]}}
- {model: oauth_provider.client, id: shop, values: {name: Shop, identifier: shop, secret: the-secret-of-the-shop-0123456789, application_type: web, scopes: [openid, card, trade], redirect_uris: ["%s/callback"]}}
`

// shop is the example client as a process, registered at a server.
type shop struct{ base string }

func (o *operator) shop(s *server, args ...string) shop {
	o.t.Helper()
	p := port(o.t)
	base := fmt.Sprintf("http://localhost:%d", p)
	o.feed(fmt.Sprintf(access, base), "load", "-").ok()
	return openShop(o.t, s, base, append([]string{"-secret", secret, "-id", "shop", "-scopes", "openid card trade"}, args...)...)
}

// openShop starts the example client at a base URL.
func openShop(t testing.TB, s *server, base string, args ...string) shop {
	t.Helper()
	client := operator{t: t, binary: webclient, data: t.TempDir()}
	cmd := client.command(t.Context(), append([]string{"-issuer", s.base, "-base-url", base, "-addr", "127.0.0.1" + base[strings.LastIndex(base, ":"):]}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log := &transcript{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if n, err := out.Read(make([]byte, 256)); n == 0 {
		t.Fatalf("the example client: %v: %s", err, log)
	}
	b := newBrowser(t)
	for range 1000 { // it says where it is, then listens
		if res, err := b.client.Get(base); err == nil {
			_ = res.Body.Close()
			return shop{base}
		}
	}
	t.Fatalf("the example client does not listen: %s", log)
	return shop{}
}

// consent presses "Sign in with Tessera" and goes on until the consent page.
func (a shop) consent(b *browser, password string) *view {
	b.t.Helper()
	p := b.get(a.base + "/login")
	if p.at.Path == "/signin" {
		p = b.fillSignIn(p, "lea@example.com", password)
	}
	return p
}

const password = "correct horse battery"

// answer presses a button of the consent page with these boxes ticked.
func (b *browser) answer(p *view, decision string, ticked ...string) *view {
	b.t.Helper()
	f := p.want(http.StatusOK).form("/oauth2/")
	f.fields["scope"] = ticked
	f.fields.Set("decision", decision)
	return b.submit(p, f)
}

// entry is a record of a load file, as the tests read it by themselves.
type entry struct {
	Model, ID string
	Values    struct {
		Name, City, Country, Company string
		Credit                       float64 `yaml:"credit_limit"`
		Tags                         []string
	}
}

// expected works out what the scope "trade" shows Léa: a computation of its own, from the
// text that was loaded.
func expected(t *testing.T) []string {
	t.Helper()
	var all []entry
	if err := yaml.Unmarshal([]byte(partners), &all); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range all {
		v := e.Values
		if e.Model == "contacts.partner" && v.Country == "FR" && (slices.Contains(v.Tags, "vip") || v.Credit >= 10000) && v.Company != "elsewhere" {
			out = append(out, fmt.Sprintf("%s|%s|%.2f", v.Name, v.City, v.Credit))
		}
	}
	slices.Sort(out)
	return out
}

// given brings an answer of otherinfo to the same form, and fails for any further field.
func given(t *testing.T, answer string) []string {
	t.Helper()
	var out []string
	for key, record := range object(t, answer) {
		fields, ok := record.(map[string]any)
		if ok {
			delete(fields, "id")
		}
		credit := fmt.Sprint(fields["credit_limit"])
		if n, ok := fields["credit_limit"].(float64); ok {
			credit = fmt.Sprintf("%.2f", n)
		}
		if len(fields) != 3 {
			t.Errorf("the record %s is %v, want name, city and credit_limit", key, record)
		}
		out = append(out, fmt.Sprintf("%v|%v|%s", fields["name"], fields["city"], credit))
	}
	slices.Sort(out)
	return out
}

// TestGrant is the one line through all floors: load, sign in, consent, code, tokens,
// data, with a client that knows nothing of the house.
func TestGrant(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.feed(partners, "load", "-").ok("9 created") // without a server
		s := o.serve()
		a := o.shop(s) // beside the server
		grantStory(t, a)
		if code := s.stop(); code != 0 {
			t.Errorf("the server ends with %d: %s", code, s.log)
		}
	})
}

func grantStory(t *testing.T, a shop) {
	t.Helper()
	lea := newBrowser(t)
	p := a.consent(lea, password).want(http.StatusOK, "Shop", "Your card", "French trade", "Léa Martin")
	if boxes := p.form("/oauth2/"); !slices.Equal(boxes.fixed, []string{"openid"}) || !slices.Equal(boxes.fields["scope"], []string{"card", "trade"}) {
		t.Fatalf("the consent page ticks %v and fixes %v, want card and trade, openid", boxes.fields["scope"], boxes.fixed)
	}

	denied := lea.answer(p, "deny")
	denied.want(http.StatusForbidden)
	if got := denied.part("error"); got != "access_denied" {
		t.Errorf("after Deny the client is told %q, want access_denied", got)
	}

	p = a.consent(lea, password)
	all := lea.answer(p, "allow", "card", "trade").want(http.StatusOK, "Signed in")
	wantClaims(t, all, "openid", "card", "trade")
	if got := given(t, all.part("otherinfo")); !slices.Equal(got, expected(t)) || len(got) == 0 {
		t.Errorf("otherinfo gives\n %q, want\n %q", got, expected(t))
	}
	if user := all.part("userinfo"); strings.Contains(user, "+33") || strings.Contains(user, "password") {
		t.Errorf("userinfo gives %s, want two fields", user)
	}
	if again := a.consent(lea, password); again.part("scopes") != all.part("scopes") {
		t.Errorf("the second time the client is granted %s, want the same without a question", again.part("scopes"))
	}
}

// TestUntick grants one scope of two: the other's records stay away.
func TestUntick(t *testing.T) {
	t.Parallel()
	o := at(t, "")
	o.feed(partners, "load", "-").ok()
	a := o.shop(o.serve())
	lea := newBrowser(t)
	got := lea.answer(a.consent(lea, password), "allow", "card").want(http.StatusOK, "Signed in")
	wantClaims(t, got, "openid", "card")
	if other := got.part("otherinfo"); !strings.Contains(other, "400") || strings.Contains(other, "Atelier") {
		t.Errorf("otherinfo gives %s without the scope, want a refusal", other)
	}
}

// wantClaims checks what is shown beside the records.
func wantClaims(t *testing.T, p *view, scopes ...string) {
	t.Helper()
	if got := strings.Fields(p.part("scopes")); !sameWords(got, scopes) {
		t.Errorf("the client is granted %v, want %v", got, scopes)
	}
	id, user, token := object(t, p.part("id_token")), object(t, p.part("userinfo")), object(t, p.part("tokeninfo"))
	want := map[string]any{"sub": id["sub"], "name": "Léa Martin", "email": "lea@example.com"}
	if !reflect.DeepEqual(user, want) {
		t.Errorf("userinfo gives %v, want %v", user, want)
	}
	if fmt.Sprint(id["aud"]) != "shop" && fmt.Sprint(id["aud"]) != "[shop]" {
		t.Errorf("the id_token is for %v, want shop", id["aud"])
	}
	if got, _ := token["scopes"].(string); !sameWords(strings.Fields(got), scopes) {
		t.Errorf("tokeninfo gives the scopes %v, want %v", token, scopes)
	}
	if token["sub"] != id["sub"] || token["user_id"] != id["sub"] {
		t.Errorf("tokeninfo speaks of %v and %v, want %v as the id_token", token["sub"], token["user_id"], id["sub"])
	}
	for _, secret := range []string{"email_key", "password", "hidden"} {
		if strings.Contains(p.body, secret) {
			t.Errorf("the client sees %q", secret)
		}
	}
}

func sameWords(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// TestDrivers goes on with one file in the program with C, in that without, and back:
// sessions, tokens and records written by one hold for the other.
func TestDrivers(t *testing.T) {
	t.Parallel()
	o := at(t, "")
	o.port = port(t)
	o.feed(partners, "load", "-").ok()
	o.feed(fmt.Sprintf(access, "http://localhost:1"), "load", "-").ok()
	lea := newBrowser(t)
	s := o.serve()
	lea.signIn(s, "lea@example.com", password).want(http.StatusOK)
	token := newClient(t, s).token(lea)
	s.stop()

	for i, b := range []*binary{pure, tessera, pure} {
		o := o.with(b)
		s := o.serve()
		lea.get(s.base+"/account/sessions").want(http.StatusOK, "Léa Martin")
		if got := given(t, data(s, token).want(http.StatusOK).body); !slices.Equal(got, expected(t)) {
			t.Errorf("%s, turn %d: the other driver's token gives %q, want %q", b.name, i, got, expected(t))
		}
		token = newClient(t, s).token(lea)
		o.feed(partners, "load", "-").ok("0 created, 0 updated, 9 unchanged")
		s.stop()
		o.run("db", "check").ok("sound")
	}
}
