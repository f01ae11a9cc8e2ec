package oauthprovider_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth/oauthtest"
)

// everyLog is what the tests of this package make the program log, in every detail.
var everyLog logged

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(&everyLog, &slog.HandlerOptions{Level: slog.LevelDebug})))
	apptest.Main(m)
}

// logged is a log that several goroutines write.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

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
