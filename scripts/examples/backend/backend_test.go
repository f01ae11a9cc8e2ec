package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// wire counts what the example sends, and remembers the token.
type wire struct {
	tokens, reads int
	token         string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Path {
	case "/oauth2/token":
		w.tokens++
	case "/oauth2/otherinfo":
		w.reads++
		w.token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	return http.DefaultTransport.RoundTrip(r)
}

const secret = "night-sync-demo-secret-not-for-production"

func job(t *testing.T, a *apptest.App, secret string) (*backend, *wire) {
	t.Helper()
	w := &wire{}
	b, err := newBackend(context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: w}), settings{Issuer: a.URL, ID: "night-sync", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	return b, w
}

// names reads a model to its end.
func (b *backend) names(t *testing.T, model string) (out []string) {
	t.Helper()
	last := int64(0)
	for r, err := range b.records(t.Context(), model) {
		if err != nil {
			t.Fatal(err)
		}
		if r.id <= last {
			t.Errorf("record %d comes after %d", r.id, last)
		}
		last = r.id
		out = append(out, string(r.fields))
	}
	return out
}

func TestBackend(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		a := apptest.New(t, at, modules.All...)
		b, w := job(t, a, secret)
		few := b.names(t, "res.partner")
		if len(few) == 0 || !strings.Contains(few[0], "United Kingdom") {
			t.Fatalf("the partners are %q, want the wholesale ones", few)
		}
		var more strings.Builder
		for i := range 2 * pageSize {
			fmt.Fprintf(&more, "- {model: contacts.partner, id: more%d, values: {name: More %d, country: GB, credit_limit: 10000}}\n", i, i)
		}
		a.Load(more.String())
		w.reads = 0
		if got := b.names(t, "res.partner"); len(got) != len(few)+2*pageSize || w.reads != 3 {
			t.Errorf("%d records in %d requests, want %d in 3", len(got), w.reads, len(few)+2*pageSize)
		}
		if w.tokens != 1 {
			t.Errorf("%d tokens were asked for, want one that is kept", w.tokens)
		}

		form := url.Values{"client_id": {"night-sync"}, "client_secret": {secret}, "token": {w.token}}
		if status, body := a.Post(a.Stranger(), "/oauth2/revoke", form); status != http.StatusOK {
			t.Fatalf("revoke: %d %s", status, body)
		}
		if got := b.names(t, "res.partner"); len(got) != len(few)+2*pageSize || w.tokens != 2 {
			t.Errorf("after a revocation %d records with %d tokens, want all of them with a second", len(got), w.tokens)
		}
	})
	t.Run("Err", func(t *testing.T) {
		t.Parallel()
		a := apptest.New(t, dbtest.URL(t, db.SQLite), modules.All...)
		right, _ := job(t, a, secret)
		wrong, w := job(t, a, "wrong")
		for _, c := range []struct {
			b           *backend
			model, want string
		}{
			{wrong, "res.partner", "invalid_client"},
			{right, "nothing.such", `answers 400: {"error":"invalid_model"}`},
		} {
			for r, err := range c.b.records(t.Context(), c.model) {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s gives %s, %v, want %s", c.model, r.fields, err, c.want)
				}
			}
		}
		if w.tokens != 1 || w.reads != 0 {
			t.Errorf("a refused client asked %d times for a token and %d times for records, want once and never", w.tokens, w.reads)
		}
		if _, err := newBackend(t.Context(), settings{Issuer: "http://localhost:1"}); err == nil {
			t.Error("without a server the example starts")
		}
	})
}
