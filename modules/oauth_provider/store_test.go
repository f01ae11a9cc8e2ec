package oauthprovider_test

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db"
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

// TestStorage runs the engine's whole suite over the module's tables, on both engines,
// and once more as a server that remembers what it has read.
func TestStorage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		engine db.Engine
		lease  bool
	}{{"sqlite", db.SQLite, false}, {"sqlite with lease", db.SQLite, true}, {"postgres", db.Postgres, false}, {"postgres with count", db.Postgres, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			free := databases(t, c.engine, 3)
			oauthtest.Suite(t, func(t testing.TB) oauthtest.Fixture {
				a := <-free
				t.Cleanup(func() { free <- a })
				if c.lease && !a.Database.DB.TakeLease() {
					t.Fatal("the lease is not to be had")
				}
				return newFixture(t, a.Database)
			})
		})
	}
}

// databases are a few that serve all tests of the suite, emptied in between.
func databases(t *testing.T, engine db.Engine, n int) chan *apptest.App {
	t.Helper()
	free := make(chan *apptest.App, n)
	for range n {
		free <- apptest.NewEmpty(t, dbtest.URL(t, engine), base.Module(), oauthprovider.Module())
	}
	return free
}
