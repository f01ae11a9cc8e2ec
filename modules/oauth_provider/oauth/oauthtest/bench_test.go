package oauthtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The engine's own share of a request: storage is a map, the network is left out.

func BenchmarkTokenInfo(b *testing.B) {
	w := newWorld(b, func(testing.TB) Fixture { return NewMemory() })
	token := w.token("robot", robotSecret, credentialsRequest).tokens().Access
	r := httptest.NewRequest(http.MethodGet, "/oauth2/tokeninfo", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	b.ReportAllocs()
	for b.Loop() {
		rec := httptest.NewRecorder()
		w.provider.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	w := newWorld(b, func(testing.TB) Fixture { return NewMemory() })
	tokens := w.issue(w.anna, codeRequest.with(args{"scope": "email"}))
	body := args{"grant_type": "refresh_token", "refresh_token": tokens.Refresh}.encode()
	w.refresh(tokens.Refresh).tokens()
	r := formRequest("/oauth2/token", "")
	basic(r, "shop", shopSecret)
	b.ReportAllocs()
	for b.Loop() { // within the grace: the same work but for the map growing
		r.Body = io.NopCloser(strings.NewReader(body))
		rec := httptest.NewRecorder()
		w.provider.ServeHTTP(rec, r)
		if rec.Code != http.StatusOK {
			b.Fatal(rec.Body)
		}
	}
}
