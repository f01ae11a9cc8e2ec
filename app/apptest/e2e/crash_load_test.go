package e2e_test

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// load is what several workers do to one server until it dies.
type load struct {
	until time.Time    // it has to be dead by then
	left  atomic.Int64 // answers until it is killed; 0 or less: it dies by itself
	kill  func()
}

// answered counts one answer; the last one kills.
func (l *load) answered() {
	if l.left.Add(-1) == 0 {
		l.kill()
	}
}

// worker sends the requests of one application, of one person where it has one, and
// keeps what it was told: what came of a request that nobody answered it does not know.
type worker struct {
	t        *testing.T
	base     string
	client   *http.Client // with the person's session; follows no redirects
	id       string       // of the application
	verifier string
	random   *rand.Rand
	load     *load

	families  []*family
	codes     []string // received and not sent
	withdrawn []string // codes received before a withdrawal that was answered
	gone      bool     // withdrawn, and not agreed to since
}

// family is all that came of one code, or one token of a backend.
type family struct {
	refresh []string // received, oldest first; none for a backend
	access  []string // received
	ended   bool     // its end was answered
	unsure  bool     // its end was asked for and not answered
}

// send returns false when the server died instead of answering.
func (w *worker) send(r *http.Request) (*view, bool) {
	res, err := w.client.Do(r)
	if err != nil {
		return nil, false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, false
	}
	w.load.answered()
	return &view{w.t, res.Request.URL, res.StatusCode, res.Header, string(body)}, true
}

// direct sends a form with the application's secret.
func (w *worker) direct(path string, form url.Values) (*view, bool) {
	w.t.Helper()
	r := request(w.t, http.MethodPost, w.base+path, form)
	r.SetBasicAuth(w.id, secret)
	return w.send(r)
}

// post sends a form as a page of the house does.
func (w *worker) post(path string, form url.Values) (*view, bool) {
	w.t.Helper()
	r := request(w.t, http.MethodPost, w.base+path, form)
	r.Header.Set("Origin", w.base)
	return w.send(r)
}

// authorize asks for a code: the way back to the application, or the consent page.
func (w *worker) authorize() (*view, bool) {
	w.t.Helper()
	q := url.Values{"response_type": {"code"}, "client_id": {w.id}, "redirect_uri": {callback}, "scope": {"openid card trade"},
		"state": {"s"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(w.verifier)}, "code_challenge_method": {"S256"}}
	return w.send(request(w.t, http.MethodGet, w.base+"/oauth2/authorize?"+q.Encode(), nil))
}

// code goes on until the application has a further code, agreeing where that is asked for.
func (w *worker) code() bool {
	w.t.Helper()
	p, ok := w.authorize()
	if ok && p.status == http.StatusOK {
		f := p.form("/oauth2/")
		f.fields["scope"] = []string{"card", "trade"}
		f.fields.Set("decision", "allow")
		w.gone = false
		p, ok = w.post(f.action, f.fields)
	}
	if !ok {
		return false
	}
	to, err := url.Parse(p.header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		w.t.Errorf("the way back is %d %s, want a code", p.status, p.header.Get("Location"))
		return false
	}
	w.codes = append(w.codes, to.Query().Get("code"))
	return true
}

// grant begins a family. One code waits all the time.
func (w *worker) grant() (*family, bool) {
	w.t.Helper()
	for len(w.codes) < 2 {
		if !w.code() {
			return nil, false
		}
	}
	code := w.codes[0]
	w.codes = w.codes[1:]
	p, ok := w.exchange(code)
	if !ok {
		return nil, false
	}
	f := &family{}
	if ok = w.received(f, p); ok {
		w.families = append(w.families, f)
	}
	return f, ok
}

func (w *worker) exchange(code string) (*view, bool) {
	w.t.Helper()
	return w.direct("/oauth2/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {w.verifier}})
}

// received adds the tokens of an answer to a family.
func (w *worker) received(f *family, p *view) bool {
	w.t.Helper()
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(p.body), &got); p.status != http.StatusOK || err != nil || got.Access == "" {
		w.t.Errorf("%s answers %d %s, want tokens", p.at.Path, p.status, p.body)
		return false
	}
	f.access = append(f.access, got.Access)
	if got.Refresh != "" {
		f.refresh = append(f.refresh, got.Refresh)
	}
	return true
}

// use presents a refresh token.
func (w *worker) use(refresh string) (*view, bool) {
	w.t.Helper()
	return w.direct("/oauth2/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
}

func (w *worker) rotate(f *family) bool {
	w.t.Helper()
	p, ok := w.use(f.refresh[len(f.refresh)-1])
	return ok && w.received(f, p)
}

// revoke ends a family by one of its tokens.
func (w *worker) revoke(f *family) bool {
	w.t.Helper()
	tokens := slices.Concat(f.refresh, f.access)
	f.unsure = true
	p, ok := w.direct("/oauth2/revoke", url.Values{"token": {tokens[w.random.IntN(len(tokens))]}})
	if !ok {
		return false
	}
	f.unsure, f.ended = false, p.want(http.StatusOK).status == http.StatusOK
	return true
}

var connectedID = regexp.MustCompile(`/account/applications/\d+`)

// withdraw takes back, as the person, everything that the application was given.
func (w *worker) withdraw() bool {
	w.t.Helper()
	p, ok := w.send(request(w.t, http.MethodGet, w.base+"/account/applications", nil))
	if !ok {
		return false
	}
	path := connectedID.FindString(p.want(http.StatusOK).body)
	codes := w.codes
	w.codes = nil
	var under []*family
	for _, f := range w.families {
		if !f.ended && !f.unsure {
			under = append(under, f)
			f.unsure = true
		}
	}
	if p, ok = w.post(path+"/withdraw", nil); !ok {
		return false
	}
	p.want(http.StatusSeeOther)
	for _, f := range under {
		f.unsure, f.ended = false, true
	}
	w.withdrawn, w.gone = append(w.withdrawn, codes...), true
	return true
}

// The turns of the workers; each returns false when the server died.
func (w *worker) rotating() bool {
	f, ok := w.grant()
	for range w.random.IntN(6) {
		ok = ok && w.rotate(f)
	}
	return ok && (w.random.IntN(2) == 0 || w.revoke(f))
}

func (w *worker) withdrawing() bool {
	f, ok := w.grant()
	if ok && w.random.IntN(2) == 0 {
		ok = w.rotate(f)
	}
	return ok && (w.random.IntN(3) > 0 || w.withdraw())
}

func (w *worker) backend() bool {
	p, ok := w.direct("/oauth2/token", url.Values{"grant_type": {"client_credentials"}})
	if !ok {
		return false
	}
	f := &family{}
	if !w.received(f, p) {
		return false
	}
	w.families = append(w.families, f)
	return w.random.IntN(3) > 0 || w.revoke(f)
}

// active asks the server about a token.
func (w *worker) active(token string) bool {
	w.t.Helper()
	p, ok := w.direct("/oauth2/introspect", url.Values{"token": {token}})
	if !ok {
		w.t.Fatal("introspection is not answered")
	}
	return strings.Contains(p.want(http.StatusOK).body, `"active":true`)
}
