package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// person is somebody with a browser: keeps cookies, follows redirects, fills in
// the form of the page.
type person struct {
	login, password string
	fields          map[string]string // what he writes into further fields, by their names
	wires           map[string]*wire
	cookies         map[string]string
}

func newPerson(login, password string) *person {
	return &person{login: login, password: password, wires: map[string]*wire{}, cookies: map[string]string{}}
}

func (p *person) close() {
	for _, w := range p.wires {
		w.close()
	}
}

// forget leaves the browser as new: no cookies.
func (p *person) forget() { clear(p.cookies) }

func (p *person) do(q request) (reply, error) {
	q.header = append(q.header, "Accept-Language: en") // the words of agreement are English
	var jar []string
	for name, value := range p.cookies {
		jar = append(jar, name+"="+value)
	}
	if len(jar) > 0 {
		q.header = append(q.header, "Cookie: "+strings.Join(jar, "; "))
	}
	addr, text, err := q.render()
	if err != nil {
		return reply{}, err
	}
	w := p.wires[addr]
	if w == nil {
		w = dial(addr)
		p.wires[addr] = w
	}
	r, err := w.send(text)
	for _, c := range r.cookies {
		pair, attributes, _ := strings.Cut(c, ";")
		name, value, _ := strings.Cut(pair, "=")
		if gone := strings.Contains(strings.ToLower(attributes), "max-age=0"); gone || value == "" {
			delete(p.cookies, name)
			continue
		}
		p.cookies[name] = value
	}
	return r, err
}

// verifier is the PKCE secret of every request here: the server sees only hashes
// and cannot tell. RFC 7636 §4.1 wants 43 characters at least.
const verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH"

// authorizeURL is an authorization request with PKCE (RFC 6749 §4.1.1, RFC 7636 §4.3).
func (t target) authorizeURL(state string) string {
	sum := sha256.Sum256([]byte(verifier))
	return t.base + "/oauth2/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {t.client}, "redirect_uri": {t.redirect}, "scope": {t.scope},
		"state": {state}, "nonce": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode()
}

// mostHops bounds the way from the authorization request to the code.
const mostHops = 12

// authorize walks from the authorization request to the code: through sign-in
// and consent if they are asked for.
func (p *person) authorize(t target) (code string, err error) {
	state := rand.Text()
	q := request{method: "GET", url: t.authorizeURL(state), header: []string{"Accept: text/html"}}
	for range mostHops {
		r, err := p.do(q)
		if err != nil {
			return "", err
		}
		here, err := url.Parse(q.url)
		if err != nil {
			return "", err
		}
		switch {
		case r.status >= 300 && r.status < 400:
			next, err := here.Parse(r.location)
			if err != nil {
				return "", err
			}
			if strings.HasPrefix(next.String(), t.redirect) {
				return codeOf(next, state)
			}
			q = request{method: "GET", url: next.String(), header: []string{"Accept: text/html"}}
		case r.status == 200:
			if q, err = p.fillIn(here, r.body); err != nil {
				return "", err
			}
		default:
			return "", fmt.Errorf("%s %s: status %d: %.200s", q.method, here.Path, r.status, r.body)
		}
	}
	return "", fmt.Errorf("no code after %d steps, the last was %s", mostHops, q.url)
}

func codeOf(u *url.URL, state string) (string, error) {
	v := u.Query()
	if e := v.Get("error"); e != "" {
		return "", fmt.Errorf("the server refused: %s: %s", e, v.Get("error_description"))
	}
	if v.Get("state") != state || v.Get("code") == "" {
		return "", fmt.Errorf("not the answer to this request: %s", u)
	}
	return v.Get("code"), nil
}

// fillIn answers a page with the form on it that matters.
func (p *person) fillIn(here *url.URL, page []byte) (request, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return request{}, err
	}
	form := bestForm(doc)
	if form == nil {
		return request{}, fmt.Errorf("%s shows no form to send: %.300s", here.Path, page)
	}
	values := form.values
	for name, value := range map[string]string{"login": p.login, "password": p.password} {
		if values.Has(name) {
			values.Set(name, value)
		}
	}
	for name, value := range p.fields {
		if values.Has(name) {
			values.Set(name, value)
		}
	}
	action, err := here.Parse(form.action)
	if err != nil {
		return request{}, err
	}
	return request{
		method: "POST", url: action.String(), form: values,
		header: []string{"Origin: " + here.Scheme + "://" + here.Host, "Sec-Fetch-Site: same-origin", "Accept: text/html"},
	}, nil
}

// tokens is the answer of the token endpoint (RFC 6749 §5.1).
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}

// exchangeRequest trades a code for tokens (RFC 6749 §4.1.3).
func (t target) exchangeRequest(code string) request {
	return request{method: "POST", url: t.base + "/oauth2/token", header: []string{t.basic(t.client)}, form: url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {t.redirect}, "code_verifier": {verifier},
	}}
}

// refreshRequest trades a refresh token for the next (RFC 6749 §6).
func (t target) refreshRequest(token string) request {
	return request{method: "POST", url: t.base + "/oauth2/token", header: []string{t.basic(t.client)}, form: url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {token},
	}}
}

// exchange does it for a person's own code.
func (p *person) exchange(t target, code string) (tokens, error) {
	return p.tokens(t.exchangeRequest(code))
}

// tokens sends a request to the token endpoint.
func (p *person) tokens(q request) (tokens, error) {
	var got tokens
	r, err := p.do(q)
	if err != nil {
		return got, err
	}
	if r.status != 200 {
		return got, fmt.Errorf("token: status %d: %.200s", r.status, r.body)
	}
	if err := json.Unmarshal(r.body, &got); err != nil || got.Access == "" {
		return got, fmt.Errorf("token: no access token in %.200s", r.body)
	}
	return got, nil
}
