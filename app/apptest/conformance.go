package apptest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/ui"
)

// Module is the suite that every module passes, on both engines, installed with nothing
// but what it depends on. all is the list that the dependencies are taken from.
//
//   - it opens: declarations fit structs, views name fields, routes have kinds;
//   - deny is the default: who is in no group sees nothing of it;
//   - menus lead to pages that open, lists to forms;
//   - every text exists in every language, every icon in the sprite;
//   - its migrations make the tables that its models need;
//   - loading its records again changes nothing;
//   - its wizards, each driven by a sample, survive a restart at every step.
func Module(t *testing.T, all []app.Module, name string, samples ...WizardSample) {
	t.Helper()
	modules := closure(t, all, name)
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := New(t, url, modules...)
		m := conformance{App: a, module: name}
		t.Run("Names", m.names)
		t.Run("Deny", m.deny)
		t.Run("Menus", m.menus)
		t.Run("Screens", m.screens)
		t.Run("Texts", m.texts)
		t.Run("Schema", m.schema)
		t.Run("LoadTwice", m.loadTwice)
		t.Run("Wizards", func(t *testing.T) { m.wizards(t, samples) })
	})
}

// closure is the module with what it depends on, in the order of the list.
func closure(t *testing.T, all []app.Module, name string) []app.Module {
	t.Helper()
	wanted := map[string]bool{name: true}
	found := false
	for i := len(all) - 1; i >= 0; i-- {
		if wanted[all[i].Name] {
			found = found || all[i].Name == name
			for _, d := range all[i].Depends {
				wanted[d] = true
			}
		}
	}
	if !found {
		t.Fatalf("there is no module %q in the list", name)
	}
	return slices.DeleteFunc(slices.Clone(all), func(m app.Module) bool { return !wanted[m.Name] })
}

type conformance struct {
	*App
	module string
}

// owns reports whether a name of a model, group, menu or job is the module's own.
func (c conformance) owns(name string) bool { return strings.HasPrefix(name, c.module+".") }

func (c conformance) models() []*record.Info {
	return slices.DeleteFunc(c.Database.Registry().Models(), func(m *record.Info) bool { return !c.owns(m.Name) })
}

// names: what a module declares is found under its name, and can be shown.
func (c conformance) names(t *testing.T) {
	modules := map[string]bool{"kernel": true}
	for _, m := range c.Instance.Modules {
		modules[m.Name] = true
		if m.Title == "" || m.Summary == "" {
			t.Errorf("module %s: it needs a title and a summary", m.Name)
		}
	}
	for _, m := range c.Database.Registry().Models() {
		if owner, _, _ := strings.Cut(m.Name, "."); !modules[owner] {
			t.Errorf("model %s: its name does not begin with that of its module", m.Name)
		}
		if m.Label == "" || m.Plural == "" || len(m.List.Columns) == 0 {
			t.Errorf("model %s: it needs a label, a plural and columns of its list", m.Name)
		}
		c.icon(t, "model "+m.Name, m.Icon)
		for _, a := range m.Actions {
			c.icon(t, "action "+m.Name+"."+a.Name, a.Icon)
		}
	}
	for _, g := range c.Database.Registry().AllGroups() {
		if owner, _, _ := strings.Cut(g.Code, "."); !modules[owner] || g.Name == "" || g.Category == "" || g.Help == "" {
			t.Errorf("group %s: it needs its module's name before the point, a name, a category and what it allows", g.Code)
		}
	}
}

func (c conformance) icon(t *testing.T, of, name string) {
	t.Helper()
	if name != "" && !slices.Contains(ui.Icons(), name) {
		t.Errorf("%s: there is no icon %q in the sprite", of, name)
	}
}

// someone is signed in and in no group.
type someone struct{}

func (someone) UserID() int64       { return 1 << 40 }
func (someone) DisplayName() string { return "Somebody" }
func (someone) Groups() []string    { return nil }

// deny: without a group nothing is in reach, unless the model says "everybody".
func (c conformance) deny(t *testing.T) {
	env := c.Database.Env(context.Background(), someone{}, 0, nil)
	for _, m := range c.models() {
		for _, op := range []record.Op{record.OpRead, record.OpCreate, record.OpWrite, record.OpDelete} {
			open := slices.ContainsFunc(m.Access, func(a record.Access) bool { return a.Group == "*" })
			if !open && env.Can(op, m) {
				t.Errorf("%s: somebody in no group may %s it", m.Name, op)
			}
		}
		for _, err := range record.Rows(c.Database.Nobody(context.Background()), m.Name, record.Query{Limit: 1}) {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: a stranger's read gives %v, want forbidden", m.Name, err)
			}
		}
	}
}

// menus: every line belongs to an app and opens for an administrator.
func (c conformance) menus(t *testing.T) {
	admin := c.SignIn("admin@example.com")
	apps := map[string]bool{}
	for _, a := range c.Site.Apps {
		apps[a.Name] = true
		c.icon(t, "app "+a.Name, a.Icon)
	}
	for _, m := range c.Site.Menus {
		if !c.owns(m.Name) {
			continue
		}
		if !apps[m.App] {
			t.Errorf("menu %s: there is no app %q", m.Name, m.App)
		}
		if (m.Model == "") == (m.URL == "") {
			t.Errorf("menu %s: it leads to a model or to a URL", m.Name)
			continue
		}
		c.icon(t, "menu "+m.Name, m.Icon)
		path := m.URL
		if m.Model != "" {
			path = web.ListPath(m.Model)
		}
		if strings.HasPrefix(path, "/wizards/") { // a start makes a run and leads to it
			path = c.Follow(admin, http.MethodGet, path, nil)
		}
		if status, _ := c.Get(admin, path); status != http.StatusOK {
			t.Errorf("menu %s: %s answers an administrator with %d, want 200", m.Name, path, status)
		}
	}
}

// screens: list, form and empty form of every model open for who may read it.
func (c conformance) screens(t *testing.T) {
	admin, env := c.SignIn("admin@example.com"), c.As("admin@example.com")
	open := func(path string) {
		t.Helper()
		if status, _ := c.Get(admin, path); status != http.StatusOK {
			t.Errorf("%s answers an administrator with %d, want 200", path, status)
		}
	}
	for _, m := range c.models() {
		if !env.Can(record.OpRead, m) {
			continue
		}
		open(web.ListPath(m.Name))
		open(web.ListPath(m.Name) + "/export.csv")
		if env.Can(record.OpCreate, m) {
			open(web.ListPath(m.Name) + "/new")
		}
		for row, err := range record.Rows(env, m.Name, record.Query{Limit: 1, Order: "id"}) {
			if err != nil {
				t.Errorf("%s: %v", m.Name, err)
				continue
			}
			open(web.RecordPath(m.Name, row.ID))
		}
	}
}

func (c conformance) texts(t *testing.T) {
	for _, text := range c.Instance.MissingTexts() {
		t.Error(text)
	}
}

// loadTwice: what the modules bring is in the database already, so that loading it again
// makes no version and no line of the audit log.
func (c conformance) loadTwice(t *testing.T) {
	before := c.versions(t)
	if err := c.Instance.Reload(context.Background()); err != nil {
		t.Fatalf("load again: %v", err)
	}
	after := c.versions(t)
	for name, n := range after {
		if before[name] != n {
			t.Errorf("loading the records again took the versions of %s from %d to %d, want no change", name, before[name], n)
		}
	}
}

// versions adds up the versions of each table's rows, and the lines of the audit log.
func (c conformance) versions(t *testing.T) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, m := range c.Database.Registry().Models() {
		if m.Table == "module" {
			continue // says when it was loaded last
		}
		var sum int64
		row := c.Database.DB.QueryRowContext(context.Background(), "SELECT COALESCE(SUM(version), 0) FROM "+m.Table)
		if err := row.Scan(&sum); err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		out[m.Name] = sum
	}
	return out
}

// Together is what the modules of a list pass when all are installed, on both engines:
// every text is there, and loading their records again changes nothing, those about each
// other included.
func Together(t *testing.T, all []app.Module) {
	t.Helper()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		m := conformance{App: New(t, url, all...)}
		t.Run("Texts", m.texts)
		t.Run("LoadTwice", m.loadTwice)
	})
}
