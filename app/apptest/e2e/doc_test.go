// Package e2e_test drives the program as an operator and a stranger do: the real binary,
// built once a run with each SQLite driver, as processes of the operating system that
// talk over loopback. Nothing here looks inside.
package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// built is where TestMain lets the binaries be made.
var built string

func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "TESSERA_") && !strings.HasPrefix(name, "TESSERA_TEST_") {
			_ = os.Unsetenv(name) // an operator's settings are not the tests'
		}
	}
	var err error
	if built, err = os.MkdirTemp("", "tessera-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = os.Chmod(built, 0o755) // TestReadOnly runs the binary as somebody else
	code := m.Run()
	_ = os.RemoveAll(built)
	os.Exit(code)
}

const house = "github.com/tessera-erp/tessera"

// binary builds a command once, on first use.
type binary struct {
	name, pkg string
	cgo       bool
	once      func() (string, error)
}

func newBinary(name, pkg string, cgo bool, flags ...string) *binary {
	b := &binary{name: name, pkg: pkg, cgo: cgo}
	b.once = sync.OnceValues(func() (string, error) {
		path := filepath.Join(built, name)
		cmd := exec.CommandContext(context.Background(), "go", append(append([]string{"build"}, flags...), "-o", path, pkg)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if cgo {
			cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
		return path, nil
	})
	return b
}

// The program with either SQLite driver, and the stock client of the examples. The one
// without C is built as .ci/run builds it, so that what is compiled there is found again.
var (
	tessera   = newBinary("tessera", house, true)
	pure      = newBinary("tessera-pure", house, false, "-trimpath")
	webclient = newBinary("webclient", house+"/scripts/examples/webclient", false, "-trimpath")
)

// path builds the binary when nobody has yet.
func (b *binary) path(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); b.cgo && err != nil {
		dbtest.Require(t, "gcc", false, err.Error())
	}
	path, err := b.once()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
