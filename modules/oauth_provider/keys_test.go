package oauthprovider_test

import (
	"bytes"
	"crypto/x509"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/db/seal"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())

		t.Run("TwoInstancesMakeOne", func(t *testing.T) {
			var mu sync.Mutex
			var wg sync.WaitGroup
			names := map[string]bool{}
			for range 4 {
				wg.Go(func() {
					key, err := oauthprovider.NewKeys(a.Application).Signing(t.Context(), "ES256")
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
						return
					}
					names[key.ID] = true
				})
			}
			if wg.Wait(); len(names) != 1 {
				t.Errorf("keys %v, want all instances to have one", names)
			}
			public, err := oauthprovider.NewKeys(a.Application).Public(t.Context())
			must(t, err)
			for _, k := range public {
				if !k.IsPublic() || !k.Valid() {
					t.Errorf("key %s is not a public one", k.KeyID)
				}
			}
			if len(public) != 2 { // RS256 was made at the start
				t.Errorf("%d public keys, want RS256 and ES256", len(public))
			}
		})

		t.Run("Sealed", func(t *testing.T) {
			key, err := oauthprovider.NewKeys(a.Application).Signing(t.Context(), "RS256")
			must(t, err)
			private, err := x509.MarshalPKCS8PrivateKey(key.Key)
			must(t, err)
			stored := dump(t, a.Database.DB, "oauth_provider_key")
			if bytes.Contains(stored, private[len(private)-64:]) || bytes.Contains(stored, []byte("PRIVATE")) || strings.Contains(string(stored), `"d":`) {
				t.Error("the private key is readable in the table")
			}
		})

		t.Run("ErrWrongKeyset", func(t *testing.T) {
			other, err := seal.Create(filepath.Join(t.TempDir(), "other.keyset"))
			must(t, err)
			stranger := &web.Application{Database: a.Database, Seal: other, DatabaseID: a.DatabaseID}
			_, err = oauthprovider.NewKeys(stranger).Signing(t.Context(), "RS256")
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "not the keyset that sealed them") {
				t.Errorf("Signing() = %v, want unavailable with the reason", err)
			}
			copied := &web.Application{Database: a.Database, Seal: a.Seal, DatabaseID: "another database"}
			if _, err = oauthprovider.NewKeys(copied).Signing(t.Context(), "RS256"); !fault.Is(err, fault.Unavailable) {
				t.Errorf("in a copy under another id: %v, want unavailable", err)
			}
		})
	})
}
