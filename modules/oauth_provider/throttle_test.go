package oauthprovider_test

import (
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
)

// TestGuesses counts wrong secrets on two instances over one database.
func TestGuesses(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())
		one, two := oauthprovider.NewGuesses(a.Database, "shop", "other"), oauthprovider.NewGuesses(a.Database, "shop", "other")
		const here, neighbour, elsewhere = "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1"
		for range oauthprovider.FreeGuesses {
			if wait := one.Allow(t.Context(), "shop", here); wait != 0 {
				t.Fatalf("closed for %v while guesses are free", wait)
			}
			one.Failed(t.Context(), "shop", here)
		}
		first := one.Allow(t.Context(), "shop", neighbour)
		if first <= 0 || first > 30*time.Second {
			t.Errorf("closed for %v, want at most 30 s at first", first)
		}
		for client, address := range map[string]string{"shop": elsewhere, "other": here} {
			if wait := one.Allow(t.Context(), client, address); wait != 0 {
				t.Errorf("%s from %s has to wait %v", client, address, wait)
			}
		}
		two.Failed(t.Context(), "shop", here)
		if second := two.Allow(t.Context(), "shop", here); second <= first {
			t.Errorf("another instance closes for %v, want longer than %v", second, first)
		}
		before := rows(t, a.Database.DB, "attempt")["attempt"]
		for range 2 * oauthprovider.FreeGuesses {
			one.Failed(t.Context(), "made up", here)
		}
		if after := rows(t, a.Database.DB, "attempt")["attempt"]; after != before || one.Allow(t.Context(), "made up", here) != 0 {
			t.Errorf("clients that do not exist are counted: %d rows, before %d", after, before)
		}
	})
}
