package oauthprovider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// attack is one way in and the answer that it must get. Its name begins with its numbers
// in the project's list of attacks.
type attack struct {
	name string
	run  func(*world)
}

// TestSecurity attacks the whole running server over HTTP, on both engines: real sign-in,
// consent page, cookies and database. Proven in other packages, by tests that carry the
// number in their names or comments: 29 to 31, 80, 95 and 99 in app/web and
// app/web/screen, which have no need of OAuth. What needs a clock or hundreds of requests
// is also done against the engine in oauth/oauthtest, and over this module's tables by
// TestStorage.
func TestSecurity(t *testing.T) {
	t.Parallel()
	attackHouse(t, authorizeAttacks, tokenAttacks, grantAttacks, resourceAttacks, adminAttacks)
}

// TestSecurityLegacy has a house of its own, in which some client uses passwords.
func TestSecurityLegacy(t *testing.T) {
	t.Parallel()
	attackHouse(t, legacyAttacks)
}

func attackHouse(t *testing.T, attacks ...[]attack) {
	t.Helper()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		h := openHouse(t, url)
		h.Database.DB.TakeLease() // as a server does: on SQLite it remembers what it may
		for _, a := range slices.Concat(attacks...) {
			t.Run(a.name, func(t *testing.T) {
				t.Parallel()
				a.run(h.world(t))
			})
		}
	})
}

// required are the numbers that have to be proven somewhere.
var required = ranges("1-49 52-54 60-75 80-84 95 98-100")

func ranges(text string) (out []int) {
	for word := range strings.FieldsSeq(text) {
		from, to, _ := strings.Cut(word, "-")
		a, _ := strconv.Atoi(from)
		b, err := strconv.Atoi(to)
		if err != nil {
			b = a
		}
		for n := a; n <= b; n++ {
			out = append(out, n)
		}
	}
	return out
}

// elsewhere are the tests of numbers that their names do not carry.
var elsewhere = map[int]struct{ file, name string }{
	95:  {"app/web/screen/form_test.go", "TestConflict"},
	98:  {"ui/static_test.go", "TestStaticRefuses"},
	99:  {"app/web/signin_test.go", "TestSetupLink"},
	100: {"db/backup_test.go", "TestBackup"},
}

// numbered finds the numbers at the beginning of a test's name, in a table, a map or a
// t.Run: "13 Seen", "29 to 31 …".
var numbered = regexp.MustCompile(`"((?:\d{1,3})(?:(?:, | and | to |-)\d{1,3})*)[ _][^"]*"(?:, func|:)`)

// TestEveryNumber reads the sources of all tests for those that carry a number.
func TestEveryNumber(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") && !strings.Contains(path, "oauthtest") || d.IsDir() || d.Name() == "security_test.go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range numbered.FindAllStringSubmatch(string(text), -1) {
			list := strings.NewReplacer(", ", " ", " and ", " ", " to ", "-").Replace(m[1])
			for _, n := range ranges(list) {
				seen[n] = true
			}
		}
		return nil
	})
	must(t, err)
	for n, test := range elsewhere {
		text, err := os.ReadFile(filepath.Join("../..", test.file))
		must(t, err)
		seen[n] = strings.Contains(string(text), "func "+test.name+"(")
	}
	for _, n := range required {
		if !seen[n] {
			t.Errorf("no test carries the number %d", n)
		}
	}
}
