package oauthtest

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// TestStockClient signs in with golang.org/x/oauth2 and coreos/go-oidc, which know only
// the issuer's URL.
func TestStockClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(testing.TB) Fixture { return NewMemory() })
	w.clock.add(time.Since(w.clock.Now())) // go-oidc looks at the real time
	w.signIn(w.anna)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.provider.ServeHTTP(rw, r) }))
	t.Cleanup(server.Close)
	w.config.Issuer = server.URL
	w.restart()

	ctx := t.Context()
	provider, err := oidc.NewProvider(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range []struct{ id, secret, redirect string }{
		{"shop", shopSecret, redirect}, {"native", "", "http://127.0.0.1:4711/cb"},
	} {
		config := oauth2.Config{ClientID: client.id, ClientSecret: client.secret, RedirectURL: client.redirect,
			Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email"}}
		secret := oauth2.GenerateVerifier()
		link := config.AuthCodeURL("state-1", oauth2.S256ChallengeOption(secret), oidc.Nonce("nonce-1"))
		back := w.consentOverHTTP(ctx, link)
		if back.Get("state") != "state-1" || back.Get("iss") != server.URL {
			t.Fatalf("unexpected answer %v", back)
		}
		token, err := config.Exchange(ctx, back.Get("code"), oauth2.VerifierOption(secret))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := token.Extra("id_token").(string)
		id, err := provider.Verifier(&oidc.Config{ClientID: client.id}).Verify(ctx, raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := id.VerifyAccessToken(token.AccessToken); err != nil || id.Nonce != "nonce-1" {
			t.Fatalf("at_hash: %v, nonce %q", err, id.Nonce)
		}
		info, err := provider.UserInfo(ctx, config.TokenSource(ctx, token))
		if err != nil || info.Subject != id.Subject || info.Email != "anna@example.com" {
			t.Fatalf("userinfo %+v: %v", info, err)
		}
		token.Expiry = time.Now().Add(-time.Minute)
		next, err := config.TokenSource(ctx, token).Token()
		if err != nil || next.AccessToken == token.AccessToken || next.RefreshToken == token.RefreshToken {
			t.Fatalf("refresh: %v", err)
		}
	}
}

// consentOverHTTP opens a link as Anna's browser would, allows everything, and returns
// what is sent to the client.
func (w *world) consentOverHTTP(ctx context.Context, link string) url.Values {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	at, err := url.Parse(link)
	if err != nil {
		w.t.Fatal(err)
	}
	jar.SetCookies(at, []*http.Cookie{{Name: sessionCookie, Value: w.anna.cookie}})
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	page := w.send(browser, r).consentPage()
	form := url.Values{oauth.FieldHandle: {page.Handle}, oauth.FieldDecision: {oauth.DecisionAllow}}
	for _, s := range page.Scopes {
		form.Add(oauth.FieldScope, s.Code)
	}
	target := at.ResolveReference(&url.URL{Path: page.Action}).String()
	post := formRequest(target, form.Encode()).WithContext(ctx)
	post.RequestURI = ""
	post.Header.Set("Origin", at.Scheme+"://"+at.Host)
	got := w.send(browser, post)
	to, err := url.Parse(got.header.Get("Location"))
	if err != nil || got.status != http.StatusSeeOther {
		w.t.Fatalf("expected 303 to the client, got %d %s", got.status, got.body)
	}
	return to.Query()
}
