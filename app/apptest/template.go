package apptest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the administrative connection

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/seal"
)

// keyset is the one that all databases of this process are made with.
var keyset = sync.OnceValue(func() string {
	k, err := seal.New()
	if err != nil {
		panic(err)
	}
	text, err := k.Text()
	if err != nil {
		panic(err)
	}
	return text
})

// templates are the databases that others are copied from, one for each engine and set
// of modules. They are made when first asked for.
var templates struct {
	sync.Mutex
	made map[string]*template
}

type template struct {
	once sync.Once
	at   string // SQLite: the file; PostgreSQL: the name of the database
	err  error
	drop func()
}

// Main runs the tests of a package and then removes the templates that they made. Call
// it from TestMain in packages that use [New].
func Main(m *testing.M) {
	code := m.Run()
	templates.Lock()
	for _, t := range templates.made {
		if t.drop != nil {
			t.drop()
		}
	}
	templates.Unlock()
	os.Exit(code)
}

// copyTemplate fills the empty database at url with a copy of the template.
func copyTemplate(t testing.TB, url string, demo bool, modules []app.Module) {
	t.Helper()
	engine := engineOf(url)
	key := fmt.Sprint(engine, demo)
	for _, m := range modules {
		key += " " + m.Name
	}
	templates.Lock()
	if templates.made == nil {
		templates.made = map[string]*template{}
	}
	tmpl := templates.made[key]
	if tmpl == nil {
		tmpl = &template{}
		templates.made[key] = tmpl
	}
	templates.Unlock()
	tmpl.once.Do(func() { tmpl.make(engine, url, demo, modules) })
	if tmpl.err != nil {
		t.Fatalf("make the database that tests are copied from: %v", tmpl.err)
	}
	if err := tmpl.copyTo(engine, url); err != nil {
		t.Fatalf("copy the database: %v", err)
	}
}

func engineOf(url string) db.Engine {
	if strings.HasPrefix(url, "sqlite:") {
		return db.SQLite
	}
	return db.Postgres
}

func (m *template) make(engine db.Engine, near string, demo bool, modules []app.Module) {
	folder, err := os.MkdirTemp("", "tessera-template-")
	if err != nil {
		m.err = err
		return
	}
	at := "sqlite:" + filepath.Join(folder, "template.db")
	m.drop = func() { _ = os.RemoveAll(folder) }
	if engine == db.Postgres {
		name := fmt.Sprintf("template_%d_%s", os.Getpid(), strings.ToLower(filepath.Base(folder)[len("tessera-template-"):]))
		if at, m.err = createDatabase(near, name, "template0"); m.err != nil {
			return
		}
		m.drop = func() {
			_ = os.RemoveAll(folder)
			_ = administer(near, `DROP DATABASE `+name+` WITH (FORCE)`)
		}
		m.at = name
	}
	in, err := app.Open(context.Background(), config(folder, at, demo), modules, slog.New(slog.DiscardHandler))
	if err != nil {
		m.err = err
		return
	}
	if engine == db.SQLite {
		m.at = filepath.Join(folder, "copy.db")
		_, m.err = in.App.Database.DB.Backup(context.Background(), m.at)
	}
	if err := in.Close(); m.err == nil {
		m.err = err
	}
}

func (m *template) copyTo(engine db.Engine, to string) error {
	if engine == db.SQLite {
		text, err := os.ReadFile(m.at)
		if err != nil {
			return err
		}
		return os.WriteFile(strings.TrimPrefix(to, "sqlite:"), text, 0o600)
	}
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(u.Path, "/")
	if err := administer(to, `DROP DATABASE `+name); err != nil {
		return err
	}
	templates.Lock() // PostgreSQL copies a database for one at a time
	defer templates.Unlock()
	_, err = createDatabase(to, name, m.at)
	return err
}

// createDatabase makes a database on the server that another URL leads to.
func createDatabase(near, name, from string) (string, error) {
	u, err := url.Parse(near)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), administer(near, `CREATE DATABASE `+name+` TEMPLATE `+from)
}

// administer runs a statement in the server's own database.
func administer(near, statement string) error {
	u, err := url.Parse(near)
	if err != nil {
		return err
	}
	u.Path = "/postgres"
	admin, err := sql.Open("pgx", u.String())
	if err != nil {
		return err
	}
	defer admin.Close()
	_, err = admin.ExecContext(context.Background(), statement)
	return err
}
