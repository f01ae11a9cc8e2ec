package apptest_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const house = "github.com/tessera-erp/tessera"

// floors are the house from the ground up. A package imports what stands on a
// lower floor, and what is in its own room: a room is a folder with all below it.
// Doors of the same floor are closed, unless doors opens them.
var floors = [][]string{
	{"app/fault", "app/mark", "app/internal/passcost"},
	{"db", "ui", "app/domain", "app/i18n"},
	{"app/record"},
	{"app/wizard", "app/jobs", "app/load"},
	{"app/web"},
	{"app"},
	{"modules/base"},
	{"modules/contacts", "modules/hr", "modules/sales", "modules/accounting"},
	{"modules/oauth_provider", "modules/oauth_consumer"},
	{"modules/mtd_vat", "modules/chorus_pro", "modules/mcp"},
	{"modules"},
	{"app/apptest"}, // tests look at everything
	{".", "scripts", "examples"},
}

// doors are the imports that stay on one floor: what a module builds on.
var doors = map[string][]string{
	"modules/sales":      {"modules/contacts", "modules/hr"},
	"modules/accounting": {"modules/contacts"},
}

// forTests are the rooms that only tests and scripts enter.
var forTests = []string{"app/apptest", "db/dbtest", "modules/oauth_provider/oauth/oauthtest"}

// A rule keeps something in its place. In imports, rooms and files a name stands
// for itself and all below it.
type rule struct {
	says string
	// imports are what the rule is about: paths in the house, or whole import paths.
	imports []string
	// only: nobody but these rooms may; never: these rooms may not. One of them is set.
	only, never []string
	// files excepts files by the beginning of their name.
	files []string
}

var rules = []rule{
	{
		says:    "echo stays at the edge: handlers of app/web, app and the modules",
		imports: []string{"github.com/labstack/echo"},
		only:    []string{"app", "modules", "scripts", "examples"},
	},
	{
		says:    "echo stays at the edge: these rooms know no HTTP framework",
		imports: []string{"github.com/labstack/echo"},
		never:   []string{"app/fault", "app/domain", "app/i18n", "app/record", "app/wizard", "app/jobs", "modules/oauth_provider/oauth"},
	},
	{
		says:    "modules reach rows through app/record; only their migrations see gorm",
		imports: []string{"gorm.io", "github.com/go-gormigrate"},
		never:   []string{"ui", "modules"},
		files:   []string{"migration", "migrate"},
	},
	{
		says:    "the protocol engine is plain net/http over a Storage: no framework, no database",
		imports: []string{"github.com/labstack/echo", "gorm.io", "github.com/go-gormigrate", "database/sql"},
		never:   []string{"modules/oauth_provider/oauth"},
	},
	{
		says:    "the protocol engine knows nothing of the house but its errors",
		imports: []string{"db", "ui", "app/domain", "app/i18n", "app/record", "app/wizard", "app/jobs", "app/web", "app"},
		never:   []string{"modules/oauth_provider/oauth"},
	},
	{
		says:    "views know nothing of records",
		imports: []string{"db", "app", "database/sql"},
		never:   []string{"ui"},
	},
	{
		says:    "what is made for tests is not shipped",
		imports: append([]string{"testing"}, forTests...),
		only:    append([]string{"scripts"}, forTests...),
	},
	{
		says:    "the HMRC stand-in shares no code with the client that it checks",
		imports: []string{"modules/mtd_vat/hmrc", "modules/oauth_consumer"},
		never:   []string{"modules/mtd_vat/hmrcsim"},
	},
	{
		says:    "scripts and examples stand beside the house, nobody leans on them",
		imports: []string{"scripts", "examples"},
		only:    []string{"scripts", "examples"},
	},
	{
		says:    "an example is a stranger's client: it uses nothing of the house",
		imports: []string{"app", "db", "ui", "modules"},
		never:   []string{"examples"},
	},
}

// sharedErrors is the one part of the house that everybody may use.
const sharedErrors = "app/fault"

// within reports whether pkg is the room or stands in it.
func within(pkg, room string) bool {
	return pkg == room || strings.HasPrefix(pkg, room+"/")
}

func withinAny(pkg string, rooms []string) bool {
	for _, r := range rooms {
		if within(pkg, r) {
			return true
		}
	}
	return false
}

// roomOf finds the floor and the room of a package; the longest room that holds it counts.
func roomOf(pkg string) (floor int, room string) {
	floor = -1
	for i, rooms := range floors {
		for _, r := range rooms {
			if (within(pkg, r)) && len(r) > len(room) {
				floor, room = i, r
			}
		}
	}
	return floor, room
}

// broken says in one sentence each what is wrong with an import of a shipped file.
// pkg is a path in the house; so is imported, unless it is of another module.
func broken(pkg, file, imported string, ours bool) []string {
	var out []string
	if ours {
		if s := climbs(pkg, imported); s != "" {
			out = append(out, s)
		}
	}
	for _, r := range rules {
		if imported == sharedErrors || !withinAny(imported, r.imports) || excepted(file, r.files) {
			continue
		}
		if len(r.only) > 0 && !withinAny(pkg, r.only) || withinAny(pkg, r.never) {
			out = append(out, fmt.Sprintf("%s imports %s: %s", path.Join(pkg, file), imported, r.says))
		}
	}
	return out
}

func excepted(file string, beginnings []string) bool {
	for _, b := range beginnings {
		if strings.HasPrefix(file, b) {
			return true
		}
	}
	return false
}

// climbs says how an import inside the house leaves its floor upwards or sideways.
func climbs(pkg, imported string) string {
	from, room := roomOf(pkg)
	to, other := roomOf(imported)
	switch {
	case from < 0:
		return fmt.Sprintf("%s has no floor: give it one in floors", pkg)
	case to < 0:
		return fmt.Sprintf("%s imports %s, which has no floor: give it one in floors", pkg, imported)
	case room == other || to < from || withinAny(other, doors[room]):
		return ""
	case to == from:
		return fmt.Sprintf("%s imports %s of the same floor, and no door leads there", pkg, imported)
	default:
		return fmt.Sprintf("%s imports %s, which goes up: %s stands on floor %d, %s on floor %d", pkg, imported, room, from, other, to)
	}
}

func TestFloors(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); name != root && (strings.HasPrefix(n, ".") || n == "node_modules" || n == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		seen++
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		pkg, file := path.Split(filepath.ToSlash(rel))
		for _, s := range brokenImports(t, name, path.Clean(pkg), file) {
			t.Error(s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("found no Go file at all")
	}
}

func brokenImports(t *testing.T, name, pkg, file string) []string {
	t.Helper()
	if _, err := os.Stat(name); err != nil {
		return nil // an editor's passing file
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		return []string{err.Error()}
	}
	if floor, _ := roomOf(pkg); floor < 0 {
		return []string{fmt.Sprintf("%s has no floor: give it one in floors", pkg)}
	}
	var out []string
	for _, spec := range f.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		inside, ours := strings.CutPrefix(imported, house)
		if ours && (inside == "" || inside[0] == '/') {
			imported = path.Clean(strings.TrimPrefix(inside, "/"))
			out = append(out, broken(pkg, file, imported, true)...)
			continue
		}
		out = append(out, broken(pkg, file, imported, false)...)
	}
	return out
}

// The checker itself: what it lets pass and what it refuses, and why.
func TestFloorsRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, pkg, file, imported string
		ours                      bool
		want                      string // part of the sentence; "" when it is fine
	}{
		{"Down", "app/web", "session.go", "app/record", true, ""},
		{"OwnRoom", "modules/mtd_vat", "wizard.go", "modules/mtd_vat/hmrcsim", true, ""},
		{"Door", "modules/sales", "order.go", "modules/contacts", true, ""},
		{"ErrUp", "app/record", "find.go", "app/web", true, "goes up"},
		{"ErrUpToApp", "app/web", "server.go", "app", true, "goes up"},
		{"ErrBaseAboveConsumer", "modules/base", "user.go", "modules/oauth_consumer", true, "goes up"},
		{"ErrSideways", "modules/oauth_provider", "scope.go", "modules/oauth_consumer", true, "no door"},
		{"ErrDbAndUi", "ui", "list.go", "db", true, "views know nothing of records"},
		{"ErrNoFloor", "attic", "box.go", "db", true, "has no floor"},
		{"ErrEchoInRecord", "app/record", "find.go", "github.com/labstack/echo/v4", false, "echo stays at the edge"},
		{"EchoInModule", "modules/base", "routes.go", "github.com/labstack/echo/v4", false, ""},
		{"ErrEchoInEngine", "modules/oauth_provider/oauth", "token.go", "github.com/labstack/echo/v4", false, "protocol engine"},
		{"ErrGormInModule", "modules/base", "user.go", "gorm.io/gorm", false, "only their migrations"},
		{"GormInMigration", "modules/base", "migrations.go", "gorm.io/gorm", false, ""},
		{"ErrGormInEngine", "modules/oauth_provider/oauth", "migrations.go", "gorm.io/gorm", false, "no framework, no database"},
		{"ErrRecordInEngine", "modules/oauth_provider/oauth", "code.go", "app/record", true, "nothing of the house but its errors"},
		{"FaultInEngine", "modules/oauth_provider/oauth", "code.go", "app/fault", true, ""},
		{"ErrShippedTestCode", "app/record", "find.go", "db/dbtest", true, "not shipped"},
		{"ErrShippedSuite", "modules/oauth_provider", "store.go", "modules/oauth_provider/oauth/oauthtest", true, "not shipped"},
		{"ErrShippedTesting", "db", "open.go", "testing", false, "not shipped"},
		{"ErrStandInUsesClient", "modules/mtd_vat/hmrcsim", "returns.go", "modules/mtd_vat/hmrc", true, "shares no code"},
		{"ErrExampleUsesHouse", "examples/login", "main.go", "app/web", true, "stranger's client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(broken(c.pkg, c.file, c.imported, c.ours), "\n")
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("%s/%s importing %s: the checker says %q, want %q", c.pkg, c.file, c.imported, got, c.want)
			}
		})
	}
}
