package oauthprovider_test

import (
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth/oauthtest"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// TestStorage runs the engine's whole suite over the module's tables, on both engines. A
// few databases serve all its tests, emptied in between.
func TestStorage(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		const databases = 3
		free := make(chan *apptest.App, databases)
		free <- apptest.NewEmpty(t, url, base.Module(), oauthprovider.Module())
		for range databases - 1 {
			free <- apptest.NewEmpty(t, dbtest.URL(t, engineOf(url)), base.Module(), oauthprovider.Module())
		}
		oauthtest.Suite(t, func(t testing.TB) oauthtest.Fixture {
			a := <-free
			t.Cleanup(func() { free <- a })
			return newFixture(t, a.Database)
		})
	})
}
