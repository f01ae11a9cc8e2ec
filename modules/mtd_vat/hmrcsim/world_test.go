package hmrcsim_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

const (
	secret   = "s3cret"
	callback = "https://erp.example.com/oauth2/callback"
	other    = "http://localhost:8069/oauth2/callback"

	vale, north = "123456789", "666119682" // VAT numbers of the two businesses
)

// noon is when the tests' stand-in begins: the quarter that ended in March has to be filed.
var noon = time.Date(2026, 4, 20, 12, 0, 0, 0, time.UTC)

// world is a stand-in that listens, and an application that is registered with it.
type world struct {
	*hmrcsim.Sim
	t   testing.TB
	url string
}

func options() hmrcsim.Options {
	return hmrcsim.Options{
		Now:  func() time.Time { return noon },
		Seed: "tests",
		Applications: []hmrcsim.Application{
			{Name: "Tessera", ClientID: "tessera", Secrets: []string{"older", secret}, RedirectURIs: []string{callback, other}, Scopes: []string{"read:vat", "write:vat"}},
			{Name: "Reader", ClientID: "reader", Secrets: []string{secret}, RedirectURIs: []string{callback}, Scopes: []string{"read:vat"}},
		},
		Users: []hmrcsim.User{
			{UserID: "412096873315", Password: "harrowvale", FullName: "Marc Dubois", Business: hmrcsim.Business{Name: "Harrow & Vale Ltd", VRN: vale, DirectDebit: true, BankDetails: true}},
			{UserID: "885320146672", Password: "northwind", FullName: "Ida Newton", Business: hmrcsim.Business{Name: "Northwind <Joinery> Ltd", VRN: north, Stagger: hmrcsim.FebruaryQuarters, HashedPeriod: true}},
			{UserID: "301774925508", Password: "insolvent", FullName: "Owen Pryce", Business: hmrcsim.Business{Name: "Pryce", VRN: "999000111", Insolvent: true}},
		},
		Listed: true, Control: true,
	}
}

func newWorld(t testing.TB, change ...func(*hmrcsim.Options)) *world {
	t.Helper()
	o := options()
	for _, c := range change {
		c(&o)
	}
	sim, err := hmrcsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(func() { sim.Close(); server.Close() })
	return &world{Sim: sim, t: t, url: server.URL}
}

// person is a browser at the stand-in. It does not follow redirects to elsewhere.
type person struct {
	*world
	http *http.Client
}

func (w *world) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{w, &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(r.URL.String(), w.url) {
			return http.ErrUseLastResponse
		}
		return nil
	}}}
}

// page is what a browser got.
type page struct {
	status   int
	header   http.Header
	text     string
	location string // elsewhere, that the browser is sent to
	at       *url.URL
}

func (p *person) do(r *http.Request) page {
	p.t.Helper()
	a, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return page{a.StatusCode, a.Header, string(text), a.Header.Get("Location"), a.Request.URL}
}

func (p *person) get(path string) page {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(r)
}

func (p *person) post(path string, fields ...string) page {
	p.t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(form(fields...).Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(r)
}

func form(fields ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return v
}

var hidden = regexp.MustCompile(`name="(handle|continue)" value="([^"]*)"`)

func (p page) field(name string) string {
	for _, m := range hidden.FindAllStringSubmatch(p.text, -1) {
		if m[1] == name {
			return html.UnescapeString(m[2])
		}
	}
	return ""
}

func authorize(fields ...string) string {
	q := form("client_id", "tessera", "redirect_uri", callback, "response_type", "code", "scope", "read:vat write:vat", "state", "xyz")
	for i := 0; i < len(fields); i += 2 {
		q.Set(fields[i], fields[i+1])
	}
	return "/oauth/authorize?" + q.Encode()
}

// signIn signs in on the page that asks for it and returns the page behind.
func (p *person) signIn(asked page, user, password string) page {
	p.t.Helper()
	return p.post("/gateway/sign-in", "continue", asked.field("continue"), "user_id", user, "password", password)
}

// code lets a person grant and returns the code that the application gets.
func (p *person) code(user, password string, fields ...string) string {
	p.t.Helper()
	asked := p.get(authorize(fields...))
	if asked.field("handle") == "" {
		asked = p.signIn(asked, user, password)
	}
	back := p.post("/oauth/grant", "handle", asked.field("handle"), "decision", "grant")
	u, err := url.Parse(back.location)
	if err != nil || u.Query().Get("code") == "" {
		p.t.Fatalf("granting leads to %d %q", back.status, back.location)
	}
	return u.Query().Get("code")
}

// tokens is an answer of the token endpoint, good or bad.
type tokens struct {
	status  int
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
	Text    string `json:"error_description"`
	members map[string]any
}

func (w *world) token(fields ...string) tokens {
	w.t.Helper()
	v := form("client_id", "tessera", "client_secret", secret, "redirect_uri", callback)
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	a, err := http.PostForm(w.url+"/oauth/token", v)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := tokens{status: a.StatusCode}
	if err := json.Unmarshal(text, &out); err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	_ = json.Unmarshal(text, &out.members) // it has just been read
	return out
}

// connect is a grant from beginning to end.
func (w *world) connect(user, password string, fields ...string) tokens {
	w.t.Helper()
	got := w.token(append([]string{"grant_type", "authorization_code", "code", w.person().code(user, password, fields...)}, fields...)...)
	if got.status != http.StatusOK {
		w.t.Fatalf("the code is answered with %d %s %s", got.status, got.Error, got.Text)
	}
	return got
}

func (w *world) marc() tokens { return w.connect("412096873315", "harrowvale") }

// result is an answer of the API.
type result struct {
	status int
	header http.Header
	text   string
	Code   string
	Errors []struct{ Code, Path string }
}

// exact is the code that says most.
func (r result) exact() string {
	if len(r.Errors) > 0 {
		return r.Errors[0].Code
	}
	return r.Code
}

// call calls the API, and holds the answer against the published description.
func (w *world) call(token, method, path, body string, headers ...string) result {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Accept", "application/vnd.hmrc.1.0+json")
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := result{status: a.StatusCode, header: a.Header, text: string(text)}
	_ = json.Unmarshal(text, &out) // lists and HTML have no code
	w.describe(r, out)
	return out
}

// want expects a status and a code, "" for a good answer.
func (r result) want(t testing.TB, status int, code string) result {
	t.Helper()
	if r.status != status || r.exact() != code {
		t.Errorf("the answer is %d %q, want %d %q: %s", r.status, r.exact(), status, code, r.text)
	}
	return r
}
