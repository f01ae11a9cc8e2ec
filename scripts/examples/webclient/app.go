package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// settings are what an application has to know of Tessera; everything else comes from
// discovery.
type settings struct {
	Issuer, ID, Secret, BaseURL string
	Scopes                      []string
	Model                       string
}

// app is the example application.
type app struct {
	settings
	provider *oidc.Provider
	oauth    oauth2.Config

	mu       sync.Mutex
	pending  map[string]attempt  // by state
	sessions map[string]*session // by cookie
}

// attempt is one sign-in under way.
type attempt struct {
	verifier, nonce string
	began           time.Time
}

// newApp reads the discovery document.
func newApp(ctx context.Context, s settings) (*app, error) {
	provider, err := oidc.NewProvider(ctx, s.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discovery at %s: %w", s.Issuer, err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	return &app{settings: s, provider: provider, pending: map[string]attempt{}, sessions: map[string]*session{}, oauth: oauth2.Config{
		ClientID: s.ID, ClientSecret: s.Secret, Endpoint: endpoint, RedirectURL: s.BaseURL + "/callback", Scopes: s.Scopes,
	}}, nil
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("GET /callback", a.callback)
	mux.HandleFunc("GET /again", a.again)
	return mux
}

var page = template.Must(template.New("page").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>{{.Title}}</title><link rel="icon" href="data:,">
<style>body{font:16px/1.5 system-ui;max-width:46rem;margin:3rem auto;padding:0 1rem}pre{background:#f3f3f1;padding:1rem;overflow:auto}</style>
<h1>{{.Title}}</h1>{{range .Parts}}<h2>{{.Name}}</h2><pre id="{{.ID}}">{{.Text}}</pre>{{end}}<p><a href="/login">Sign in with Tessera</a>{{if .Parts}} <a href="/again">Read again</a>{{end}}</p></html>`))

type part struct{ Name, ID, Text string }

func show(w http.ResponseWriter, status int, title string, parts ...part) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = page.Execute(w, map[string]any{"Title": title, "Parts": parts}) // the reader has gone: nobody to tell
}

func (a *app) home(w http.ResponseWriter, _ *http.Request) {
	show(w, http.StatusOK, "A web shop")
}

// login sends the browser to Tessera, with a state, a nonce and a PKCE challenge.
func (a *app) login(w http.ResponseWriter, r *http.Request) {
	state := oauth2.GenerateVerifier()
	t := attempt{verifier: oauth2.GenerateVerifier(), nonce: oauth2.GenerateVerifier(), began: time.Now()}
	a.mu.Lock()
	for s, old := range a.pending {
		if time.Since(old.began) > time.Hour {
			delete(a.pending, s)
		}
	}
	a.pending[state] = t
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "state", Value: state, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, oidc.Nonce(t.nonce), oauth2.S256ChallengeOption(t.verifier)), http.StatusFound)
}

// callback exchanges the code, verifies the id_token against the published keys, and
// shows everything that this application was given.
func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	cookie, err := r.Cookie("state")
	a.mu.Lock()
	t, known := a.pending[q.Get("state")]
	delete(a.pending, q.Get("state"))
	a.mu.Unlock()
	switch {
	case err != nil || !known || cookie.Value != q.Get("state"):
		show(w, http.StatusBadRequest, "This sign-in did not begin here")
		return
	case q.Get("iss") != a.Issuer: // RFC 9207: the answer of another provider
		show(w, http.StatusBadRequest, "This answer is not from "+a.Issuer)
		return
	case q.Get("error") != "":
		show(w, http.StatusForbidden, "Not signed in", part{"error", "error", q.Get("error")}, part{"error_description", "description", q.Get("error_description")})
		return
	}
	token, given, err := a.redeem(r.Context(), q.Get("code"), t)
	if err != nil {
		show(w, http.StatusBadGateway, "Sign-in failed", part{"error", "error", err.Error()})
		return
	}
	a.keep(w, token)
	show(w, http.StatusOK, "Signed in", given...)
}

// redeem exchanges the code and reads what was granted.
func (a *app) redeem(ctx context.Context, code string, t attempt) (*oauth2.Token, []part, error) {
	token, err := a.oauth.Exchange(ctx, code, oauth2.VerifierOption(t.verifier))
	if err != nil {
		return nil, nil, fmt.Errorf("exchange the code: %w", err)
	}
	parts := []part{{"granted scopes", "scopes", fmt.Sprint(token.Extra("scope"))}}
	if raw, ok := token.Extra("id_token").(string); ok {
		claims, err := a.verify(ctx, raw, token.AccessToken, t.nonce)
		if err != nil {
			return nil, nil, err
		}
		parts = append(parts, part{"id_token (verified)", "id_token", claims})
	}
	data, err := a.data(ctx, token)
	return token, append(parts, data...), err
}

// data reads everything that an access token opens.
func (a *app) data(ctx context.Context, token *oauth2.Token) (parts []part, err error) {
	for _, d := range []struct{ name, path string }{
		{"tokeninfo", "/oauth2/tokeninfo"}, {"userinfo", "/oauth2/userinfo"}, {"otherinfo", "/oauth2/otherinfo?model=" + url.QueryEscape(a.Model)},
	} {
		text, err := a.read(ctx, token.AccessToken, d.path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", d.name, err)
		}
		parts = append(parts, part{d.name, d.name, text})
	}
	return parts, nil
}

// verify checks signature, issuer, audience, expiry, nonce and at_hash.
func (a *app) verify(ctx context.Context, raw, accessToken, nonce string) (string, error) {
	idToken, err := a.provider.Verifier(&oidc.Config{ClientID: a.ID}).Verify(ctx, raw)
	if err != nil {
		return "", fmt.Errorf("verify the id_token: %w", err)
	}
	if idToken.Nonce != nonce {
		return "", fmt.Errorf("the id_token answers another request")
	}
	if err := idToken.VerifyAccessToken(accessToken); err != nil {
		return "", fmt.Errorf("at_hash: %w", err)
	}
	var claims json.RawMessage
	if err := idToken.Claims(&claims); err != nil {
		return "", err
	}
	return pretty(claims), nil
}

// read fetches JSON with the access token. A refusal is part of what is shown.
func (a *app) read(ctx context.Context, token, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Issuer+path, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return res.Status + " " + strings.TrimSpace(string(body)), nil
	}
	return pretty(body), nil
}

func pretty(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return string(raw)
	}
	return string(text)
}
