package seal_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db/seal"
)

var place = seal.AD{Database: "db1", Table: "connection", Column: "refresh_token", Row: "42"}

func fresh(t *testing.T) *seal.Keyset {
	t.Helper()
	k, err := seal.New()
	if err != nil {
		t.Fatalf("New() = %v", err)
	}
	return k
}

func sealed(t *testing.T, k *seal.Keyset, text string) []byte {
	t.Helper()
	out, err := k.Seal([]byte(text), place)
	if err != nil {
		t.Fatalf("Seal() = %v", err)
	}
	return out
}

func opens(t *testing.T, k *seal.Keyset, value []byte, want string) {
	t.Helper()
	if got, err := k.Open(value, place); err != nil || string(got) != want {
		t.Errorf("Open() = %q, %v, want %q", got, err, want)
	}
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	k := fresh(t)
	for _, text := range []string{"", "token", strings.Repeat("long ", 10_000)} {
		opens(t, k, sealed(t, k, text), text)
	}
	if bytes.Equal(sealed(t, k, "token"), sealed(t, k, "token")) {
		t.Error("sealing the same text twice gave the same bytes")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	k := fresh(t)
	value := sealed(t, k, "token")
	places := map[string]seal.AD{
		"AnotherDatabase": {Database: "db2", Table: place.Table, Column: place.Column, Row: place.Row},
		"AnotherTable":    {Database: place.Database, Table: "user", Column: place.Column, Row: place.Row},
		"AnotherColumn":   {Database: place.Database, Table: place.Table, Column: "access_token", Row: place.Row},
		"AnotherRow":      {Database: place.Database, Table: place.Table, Column: place.Column, Row: "43"},
		"ShiftedBorder":   {Database: "db", Table: "1connection", Column: place.Column, Row: place.Row},
	}
	for name, ad := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := k.Open(value, ad); !fault.Is(err, fault.Internal) {
				t.Errorf("Open(moved value) = %q, %v, want an internal error", got, err)
			}
		})
	}
	t.Run("ChangedByte", func(t *testing.T) {
		t.Parallel()
		changed := bytes.Clone(value)
		changed[len(changed)-1] ^= 1
		if _, err := k.Open(changed, place); err == nil {
			t.Error("Open(changed value) = nil, want an error")
		}
	})
	t.Run("AnotherKeyset", func(t *testing.T) {
		t.Parallel()
		if _, err := fresh(t).Open(value, place); err == nil {
			t.Error("Open with another keyset = nil, want an error")
		}
	})
	t.Run("NoRow", func(t *testing.T) {
		t.Parallel()
		if _, err := k.Seal([]byte("x"), seal.AD{Database: "db1", Table: "t", Column: "c"}); err == nil {
			t.Error("Seal without a row = nil, want an error")
		}
	})
}

func TestRotate(t *testing.T) {
	t.Parallel()
	before := fresh(t)
	old := sealed(t, before, "token")
	after, err := before.Rotate()
	if err != nil {
		t.Fatalf("Rotate() = %v", err)
	}
	opens(t, after, old, "token")
	if !after.Stale(old) || before.Stale(old) {
		t.Errorf("Stale(old value) = %v after and %v before the rotation, want true and false", after.Stale(old), before.Stale(old))
	}
	renewed := sealed(t, after, "token")
	if after.Stale(renewed) {
		t.Error("a value sealed after the rotation is stale")
	}
	if _, err := before.Open(renewed, place); err == nil {
		t.Error("the old keyset opens what the new key sealed")
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	if _, err := seal.Load("", path); !fault.Is(err, fault.NotFound) {
		t.Fatalf("Load(missing file) = %v, want not found", err)
	}
	k, err := seal.Create(path)
	if err != nil {
		t.Fatalf("Create() = %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the keyset file = %v, %v, want 0600", info.Mode(), err)
	}
	value := sealed(t, k, "token")
	if _, err := seal.Create(path); !fault.Is(err, fault.Conflict) {
		t.Errorf("Create(existing file) = %v, want a conflict", err)
	}
	if k, err = seal.Load("", path); err != nil {
		t.Fatalf("Load() = %v", err)
	}
	opens(t, k, value, "token")
	rotated, err := k.Rotate()
	if err != nil {
		t.Fatalf("Rotate() = %v", err)
	}
	if err := rotated.Replace(path); err != nil {
		t.Fatalf("Replace() = %v", err)
	}
	if k, err = seal.Load("", path); err != nil {
		t.Fatalf("Load() after Replace = %v", err)
	}
	opens(t, k, value, "token")
	if !k.Stale(value) {
		t.Error("the replaced file does not hold the rotated keyset")
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Load("", path); !fault.Is(err, fault.Forbidden) {
		t.Errorf("Load(file that others read) = %v, want forbidden", err)
	}
	if _, err := seal.Create(filepath.Join(path, "below", "k")); err == nil {
		t.Error("Create below a file = nil, want an error")
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	k := fresh(t)
	text, err := k.Text()
	if err != nil {
		t.Fatalf("Text() = %v", err)
	}
	value := sealed(t, k, "token")
	for _, v := range []string{text, base64.StdEncoding.EncodeToString([]byte(text)), text + "\n"} {
		loaded, err := seal.Load(v, "/nowhere")
		if err != nil {
			t.Fatalf("Load(value) = %v", err)
		}
		opens(t, loaded, value, "token")
	}
	for _, bad := range []string{"{}", "{", "secret!", base64.StdEncoding.EncodeToString([]byte("secret!"))} {
		_, err := seal.Load(bad, "/nowhere")
		if !fault.Is(err, fault.Invalid) || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("Load(%q) = %v, want an invalid error that does not show it", bad, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != "keyset of 1 keys" {
			t.Errorf("%s of a keyset = %q", verb, got)
		}
	}
}
