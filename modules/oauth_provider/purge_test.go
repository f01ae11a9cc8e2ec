package oauthprovider_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// TestPurge holds that expired rows go in batches and live ones stay, however old they are.
func TestPurge(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())
		env := a.System()
		now := env.Now
		old, live := now.Add(-100*24*time.Hour), now.Add(time.Hour)
		recent := now.Add(-oauthprovider.KeepDead / 2)
		ids := map[int64]bool{}
		add := func(n int, made, expires time.Time) {
			t.Helper()
			must(t, a.Database.DB.Write(t.Context(), func(tx *db.Tx) error {
				for range n {
					id := oauth.IDAt(made)
					for ids[id] {
						id++
					}
					ids[id] = true
					for _, insert := range []string{
						"INSERT INTO oauth_provider_token (id, hash, authorization_id, grant_id, user_id, client_id, scopes, expires_at, revoked_at) VALUES (?, ?, 0, 0, 0, 0, '', ?, 0)",
						"INSERT INTO oauth_provider_pending (id, hash, session_id, user_id, client_id, sealed, expires_at) VALUES (?, ?, '', 0, 0, '', ?)",
						`INSERT INTO oauth_provider_authorization (id, code_hash, expires_at, user_id, client_id, grant_id, session_id, scopes, code_expires_at, spent_at, redirect_uri,
							redirect_named, challenge, nonce, auth_time, amr, acr, generation, rotated_at, absolute_at, revoked_at)
							VALUES (?, ?, ?, 0, 0, 0, '', '', 1, 0, '', false, '', '', 0, '', '', 0, 0, 0, 0)`,
					} {
						if _, err := tx.Exec(insert, id, []byte("x"), expires.UnixMicro()); err != nil {
							return err
						}
					}
				}
				return nil
			}))
		}
		count := func() string {
			return fmt.Sprint(rows(t, a.Database.DB, "oauth_provider_token", "oauth_provider_pending", "oauth_provider_authorization"))
		}
		all := func(n int) string {
			return fmt.Sprintf("map[oauth_provider_authorization:%d oauth_provider_pending:%d oauth_provider_token:%d]", n, n, n)
		}
		add(2*oauthprovider.PurgeBatch+1, old, old.Add(time.Hour)) // dead
		add(3, old, live)                                          // old and alive: a refresh token in use
		add(4, recent, recent)                                     // dead, and still kept
		add(5, now, live)
		const kept = 3 + 4 + 5
		for _, left := range []int{oauthprovider.PurgeBatch + 1, 1, 0} {
			more, err := oauthprovider.Purge(env, nil)
			must(t, err)
			if got := count(); got != all(kept+left) || more != (left > 0) {
				t.Fatalf("after a batch %s, more: %v, want %s", got, more, all(kept+left))
			}
		}
		later := *env
		later.Now = now.Add(200 * 24 * time.Hour)
		_, err := oauthprovider.Purge(&later, nil)
		must(t, err)
		if got := count(); got != all(0) {
			t.Errorf("long after %s is left", got)
		}
	})
}

// TestPurgeKeepsUse checks that a person still sees when an application was used last
// after its tokens are gone.
func TestPurgeKeepsUse(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())
		env := a.System()
		old := env.Now.Add(-100 * 24 * time.Hour).Truncate(time.Millisecond)
		f := &fixture{env: env}
		for id := range int64(3) {
			f.exec(t, "INSERT INTO oauth_provider_grant (id, user_id, client_id, scopes, refused, skipped, given_at, withdrawn_at) VALUES (?, ?, 1, '', '', false, 1, 0)", id+1, id+1)
		}
		token := func(made time.Time, authorization, grant int64) {
			f.exec(t, "INSERT INTO oauth_provider_token (id, hash, authorization_id, grant_id, user_id, client_id, scopes, expires_at, revoked_at) VALUES (?, ?, ?, ?, 1, 1, '', ?, 0)",
				oauth.IDAt(made)+authorization+8*grant, []byte("x"), authorization, grant, made.Add(time.Hour).UnixMicro())
		}
		token(old, 0, 1)
		token(old.Add(time.Minute), 0, 1)
		token(old.Add(time.Hour), 5, 2) // the authorization knows better
		f.exec(t, `INSERT INTO oauth_provider_authorization (id, code_hash, expires_at, user_id, client_id, grant_id, session_id, scopes, code_expires_at, spent_at, redirect_uri,
			redirect_named, challenge, nonce, auth_time, amr, acr, generation, rotated_at, absolute_at, revoked_at)
			VALUES (?, ?, ?, 1, 1, 2, '', '', 1, ?, '', false, '', '', 0, '', '', 2, ?, 0, 0)`,
			oauth.IDAt(old), []byte("x"), old.Add(time.Hour).UnixMicro(), old.UnixMicro(), old.Add(2*time.Minute).UnixMicro())
		_, err := oauthprovider.Purge(env, nil)
		must(t, err)
		for grant, want := range map[int]int64{1: old.Add(time.Minute).UnixMicro(), 2: old.Add(2 * time.Minute).UnixMicro(), 3: 0} {
			var used int64
			must(t, f.db().QueryRowContext(t.Context(), "SELECT used_at FROM oauth_provider_grant WHERE id = ?", grant).Scan(&used))
			if used != want {
				t.Errorf("grant %d: used at %d, want %d", grant, used, want)
			}
		}
	})
}
