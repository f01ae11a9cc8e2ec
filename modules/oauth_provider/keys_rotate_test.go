package oauthprovider_test

import (
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())
		now := time.Now()
		keys := oauthprovider.KeysAt(a.Application, func() time.Time { return now })
		signing := func() string {
			t.Helper()
			key, err := keys.Signing(t.Context(), "RS256")
			must(t, err)
			return key.ID
		}
		published := func() map[string]bool {
			t.Helper()
			list, err := keys.Public(t.Context())
			must(t, err)
			out := map[string]bool{}
			for _, k := range list {
				out[k.KeyID] = true
			}
			return out
		}
		day := 24 * time.Hour
		first := signing()
		steps := []struct {
			name      string
			later     time.Duration
			published int
			renewed   bool
		}{
			{"young keys stay", 80 * day, 1, false},
			{"the next one is announced before it signs", 11 * day, 2, false},
			{"it is not announced twice", time.Hour, 2, false},
			{"a day later it signs, and the old one stays published", day, 2, true},
			{"the old one verifies while anything it signed may live", 34 * day, 2, true},
			{"then it goes", 2 * day, 1, true},
		}
		for _, s := range steps {
			now = now.Add(s.later)
			must(t, keys.Rotate(t.Context()))
			now = now.Add(2 * time.Minute) // longer than an instance remembers
			all := published()
			if len(all) != s.published || !all[signing()] || (signing() != first) != s.renewed {
				t.Errorf("%s: %d keys published, want %d; renewed %v, want %v", s.name, len(all), s.published, signing() != first, s.renewed)
			}
		}

		t.Run("74 what the old key signed verifies after a rotation at once", func(t *testing.T) {
			key, err := keys.Signing(t.Context(), "RS256")
			must(t, err)
			text, err := signWith(key)
			must(t, err)
			signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
			must(t, err)
			algs, err := keys.RotateAll(t.Context(), true)
			must(t, err)
			if len(algs) != 1 || signing() == key.ID {
				t.Fatalf("rotated %v, still signing with %s", algs, key.ID)
			}
			public, err := keys.Public(t.Context())
			must(t, err)
			if _, err := signed.Verify(jose.JSONWebKeySet{Keys: public}); err != nil {
				t.Errorf("the signature of the old key does not verify any more: %v", err)
			}
		})
	})
}

// While two instances sign and one of them puts new keys in force, everything that was
// signed verifies at either, at once and when all is over.
func TestKeyRotationUnderLoad(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		t.Run("74 key rotation under load", func(t *testing.T) {
			a := apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())
			first, second := oauthprovider.KeysAt(a.Application, time.Now), oauthprovider.KeysAt(a.Application, time.Now)
			instances := []oauth.Keys{first, second}
			verify := func(text string) error {
				for _, keys := range instances {
					public, err := keys.Public(t.Context())
					if err != nil {
						return err
					}
					signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
					if err != nil {
						return err
					}
					if _, err := signed.Verify(jose.JSONWebKeySet{Keys: public}); err != nil {
						return err
					}
				}
				return nil
			}
			var mu sync.Mutex
			var alive []string
			used := map[string]bool{}
			sign := func(keys oauth.Keys) error {
				key, err := keys.Signing(t.Context(), "ES256")
				if err != nil {
					return err
				}
				text, err := signWith(key)
				if err != nil {
					return err
				}
				mu.Lock()
				alive, used[key.ID] = append(alive, text), true
				mu.Unlock()
				return verify(text)
			}
			must(t, sign(first))
			for range 3 {
				var busy sync.WaitGroup
				for i := range 4 {
					busy.Go(func() {
						for range 15 {
							if err := sign(instances[i%2]); err != nil {
								t.Errorf("instance %d: %v", i%2, err)
								return
							}
						}
					})
				}
				_, err := oauthprovider.KeysAt(a.Application, time.Now).RotateAll(t.Context(), true)
				must(t, err)
				busy.Wait()
				oauthprovider.ForgetSigning(first) // as after the minute that an instance remembers
				must(t, sign(first))
			}
			if len(used) != 4 {
				t.Errorf("%d were signed with %d keys, want the first and three more", len(alive), len(used))
			}
			for _, text := range alive {
				must(t, verify(text))
			}
		})
	})
}

func signWith(key *oauth.SigningKey) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: jose.JSONWebKey{Key: key.Key, KeyID: key.ID}}, nil)
	if err != nil {
		return "", err
	}
	made, err := signer.Sign([]byte("alive"))
	if err != nil {
		return "", err
	}
	return made.CompactSerialize()
}
