package oauthprovider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tessera-erp/tessera/db/dbtest"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// TestFailuresAreCounted lets failures come faster than they may be written.
func TestFailuresAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var written []string
		note := oauthprovider.NewFailures(func(_ context.Context, e oauth.Event, times int) {
			mu.Lock()
			defer mu.Unlock()
			written = append(written, fmt.Sprintf("%d×%s %s", times, e.Error, e.Detail))
		})
		fail := func(code, detail string) {
			note(t.Context(), oauth.Event{Kind: oauth.EventTokenFailed, ClientID: 1, Error: code, Detail: detail})
		}
		for n := range 1000 {
			fail("invalid_grant", fmt.Sprint(n))
		}
		fail("invalid_client", "x")
		time.Sleep(90 * time.Second)
		for n := range 2 {
			fail("invalid_grant", fmt.Sprint("later ", n))
		}
		time.Sleep(5 * time.Minute)
		fail("invalid_grant", "much later")
		time.Sleep(5 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		want := []string{"1×invalid_grant 0", "1×invalid_client x", "999×invalid_grant 999", "2×invalid_grant later 1", "1×invalid_grant much later"}
		if !slices.Equal(written, want) {
			t.Errorf("written %q, want %q", written, want)
		}
	})
}

// TestAudit looks for what happened to a client in the audit log.
func TestAudit(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, database string) {
		t.Parallel()
		w := openHouse(t, database).world(t)
		anna := w.person("anna")
		anna.answer(anna.authorize(w.shop.ask()), "deny")
		code := anna.code(w.shop)
		w.redeem(w.shop, code).tokens()
		secrets := []string{w.shop.secret, code, "a wrong one", "tsr_made_up", verifier}
		for range 50 {
			w.redeem(w.shop, code).want(http.StatusBadRequest) // a replay
			w.refresh(w.shop, "tsr_made_up").want(http.StatusBadRequest)
			w.direct(w.shop, "/oauth2/token", url.Values{"grant_type": {strings.Repeat("x", 2000)}}).want(http.StatusBadRequest)
		}
		wrong := *w.shop
		wrong.secret = "a wrong one"
		for range 5 {
			w.inspect(&wrong, "x").want(http.StatusUnauthorized)
			w.credentials(&client{id: "nobody", secret: "a wrong one"}, "").want(http.StatusUnauthorized)
		}
		id := anna.grant(w.shop).ClientID
		count := map[string]int{}
		for _, action := range w.audited(id) {
			count[action]++
		}
		for action, want := range map[string]int{"grant given": 1, "grant refused": 1, "replay detected": 1} {
			if count[action] != want {
				t.Errorf("%d lines of %q, want %d: %v", count[action], action, want, count)
			}
		}
		// invalid_grant, unsupported_grant_type, invalid_client; the test may take over a minute
		if n := count["token failed"]; n < 3 || n > 12 {
			t.Errorf("%d lines of failures, want one for each of three kinds", n)
		}
		rows, err := w.Database.DB.QueryContext(t.Context(), "SELECT changes FROM audit WHERE model = 'oauth_provider.client' AND record_id = ?", id)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var changes string
			must(t, rows.Scan(&changes))
			if len(changes) > 2000 {
				t.Errorf("a line of %d bytes", len(changes))
			}
			for _, secret := range secrets {
				if strings.Contains(changes, secret) {
					t.Errorf("the audit log holds %q: %s", secret, changes)
				}
			}
		}
		must(t, rows.Err())
	})
}
