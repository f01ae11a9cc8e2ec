package oauthconsumer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// A call with a valid connection is one read; on SQLite a server makes it only after
// somebody has written.
func TestQueries(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		env := w.connected()
		w.mustCall(env) // notes the use of this minute
		w.expect(env, 1)
		if w.Database.DB.Engine() == db.SQLite && !slices.ContainsFunc(make([]int, 20), func(int) bool { return len(w.statements(env)) == 0 }) {
			t.Error("of twenty calls in a row none goes by what it remembers")
		}
		w.Elsewhere("UPDATE oauth_consumer_token SET expires_at = expires_at")
		w.expect(env, 1)
	})
}

// expect makes a call that is to take so many reads, and no other statement.
func (w *world) expect(env *record.Env, reads int) {
	w.t.Helper()
	if ran := w.statements(env); len(ran) != reads || !strings.HasPrefix(ran[0], "SELECT") {
		w.t.Errorf("a call takes %d statements, want %d reads: %q", len(ran), reads, ran)
	}
}

// statements makes a call and returns what it asked the database.
func (w *world) statements(env *record.Env) []string {
	w.t.Helper()
	ctx, counter := w.Database.DB.CountQueries(context.Background())
	w.mustCall(env.In(ctx))
	return counter.Statements()
}

// What a server remembers of a connection ends with the next change of any process.
func TestRemembered(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		env := w.connected()
		w.mustCall(env)
		w.mustCall(env)
		w.Elsewhere("UPDATE oauth_consumer_connection SET status = 'needs_signin'")
		var missing *oauthconsumer.Unauthorized
		if _, err := w.call(env); !errors.As(err, &missing) {
			t.Errorf("a call after another process ended the connection: %v, want Unauthorized", err)
		}
		w.Elsewhere("UPDATE oauth_consumer_connection SET status = 'connected'")
		w.mustCall(env)
		w.Elsewhere("UPDATE oauth_consumer_provider SET active = ? WHERE key = 'trial'", false)
		if got, err := w.call(env); err == nil {
			t.Errorf("a call after another process switched the provider off reached %s", got.Path)
		}
	})
}

// The use of a connection is noted once a minute, however many call.
func TestUseIsNotedOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		env := w.connected()
		w.mustCall(env)
		w.now = w.now.Add(2 * time.Minute)
		w.mustCall(env)
		ctx, counter := w.Database.DB.CountQueries(context.Background())
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if _, err := w.call(env.In(ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		for _, s := range counter.Statements() {
			if !strings.HasPrefix(s, "SELECT") {
				t.Errorf("a call within the minute wrote: %s", s)
			}
		}
	})
}

func benchWorld(b *testing.B) *world {
	b.Helper()
	return newWorld(b, dbtest.URL(b, db.SQLite), oauthconsumer.Profile{Key: "trial"})
}

// BenchmarkCall compares a call of an endpoint with one of a bare client.
func BenchmarkCall(b *testing.B) {
	w := benchWorld(b)
	env := w.connected()
	got := w.mustCall(env)
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	bare := &http.Client{Transport: transport}
	b.Run("Bare", func(b *testing.B) {
		for b.Loop() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.outside.URL+"/api/things/1", http.NoBody)
			if err != nil {
				b.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+got.Token)
			res, err := bare.Do(r)
			if err != nil {
				b.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			var into seen
			if err != nil || json.Unmarshal(body, &into) != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Endpoint", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.call(env); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMany shows that the list of connections, and a renewal, cost the same with 100
// and with 10,000 connections.
func BenchmarkMany(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		w := benchWorld(b)
		env := w.connected()
		w.many(n)
		b.Run(fmt.Sprintf("List/%d", n), func(b *testing.B) {
			for b.Loop() {
				rows := 0
				for _, err := range record.Rows(env, "oauth_consumer.connection", record.Query{Fields: []string{"name", "kind", "api", "api.environment", "status", "granted_by", "used_at"}, Order: "name", Limit: 80}) {
					if err != nil {
						b.Fatal(err)
					}
					rows++
				}
				if rows != 80 {
					b.Fatalf("%d rows", rows)
				}
			}
		})
		b.Run(fmt.Sprintf("Refresh/%d", n), func(b *testing.B) {
			for b.Loop() {
				w.expireNow()
				if _, err := w.call(env); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("Call/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := w.call(env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// many adds connections of users that there are not.
func (w *world) many(n int) {
	w.t.Helper()
	api := w.ID("oauth_consumer.api", "trial")
	err := w.Database.DB.Write(context.Background(), func(tx *db.Tx) error {
		for i := range n {
			id := int64(1_000_000 + i)
			if _, err := tx.Exec(`INSERT INTO oauth_consumer_connection (id, version, created_at, updated_at, name, api_id, kind, model, subject, status, scopes, last_call, last_error)
				VALUES (?, 1, ?, ?, ?, ?, 'user', 'base.user', ?, 'connected', '[]', '', '')`, id, w.now, w.now, fmt.Sprintf("User %05d", i), api, id); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO oauth_consumer_token (connection_id, version, places, expires_at, used_at, lease_until, lease_holder, refresh_started_at) VALUES (?, 2, '', 0, 0, 0, '', 0)`, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
