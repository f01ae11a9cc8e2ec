package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/tessera-erp/tessera/app/fault"
)

// Load returns the keyset in value (TESSERA_KEYSET: Tink's JSON, plain or in base64) or,
// when value is empty, in the file at path. No file is [fault.NotFound]; one that others
// may read is [fault.Forbidden].
func Load(value, path string) (*Keyset, error) {
	if value != "" {
		return parse("TESSERA_KEYSET", value)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(err, fault.NotFound, "There is no keyset file %s, and TESSERA_KEYSET is not set.", path)
	case err != nil:
		return nil, fault.Wrap(err, fault.Forbidden, "The keyset file %s cannot be read.", path)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fault.New(fault.Forbidden, "The keyset file %s may be read by others; make it mode 0600.", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Forbidden, "The keyset file %s cannot be read.", path)
	}
	return parse(path, string(text))
}

// Create writes a fresh keyset into a new file with mode 0600. A file that exists is
// [fault.Conflict]: overwriting it would make every sealed secret unreadable.
func Create(path string) (*Keyset, error) {
	k, err := New()
	if err != nil {
		return nil, err
	}
	text, err := k.Text()
	if err != nil {
		return nil, err
	}
	switch err := write(path, text); {
	case errors.Is(err, fs.ErrExist):
		return nil, fault.Wrap(err, fault.Conflict, "The keyset file %s exists already and is not overwritten.", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(err, fault.NotFound, "The folder %s for the keyset does not exist.", filepath.Dir(path))
	case err != nil:
		return nil, fault.Wrap(err, fault.Forbidden, "The keyset file %s cannot be written.", path)
	}
	return k, nil
}

// Replace puts k, a rotation of what the file at path holds, in its place at once: who
// reads it finds the old keyset or the new one.
func (k *Keyset) Replace(path string) error {
	text, err := k.Text()
	if err != nil {
		return err
	}
	fresh := path + ".new"
	if err := write(fresh, text); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The keyset file %s cannot be written.", fresh)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fault.Wrap(errors.Join(err, os.Remove(fresh)), fault.Unavailable, "The keyset file %s cannot be replaced.", path)
	}
	return nil
}

// Text returns the keys in the clear, in one line of JSON, for the file or TESSERA_KEYSET.
func (k *Keyset) Text() (string, error) {
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(k.handle, keyset.NewJSONWriter(&out)); err != nil {
		return "", fmt.Errorf("seal: writing the keyset: %w", err)
	}
	return strings.TrimSpace(out.String()), nil
}

// parse reads Tink's JSON. Its errors never carry the text.
func parse(source, text string) (*Keyset, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") {
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The keyset in %s is neither JSON nor base64.", source)
		}
		text = string(plain)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(text)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "The keyset in %s is damaged.", source)
	}
	return from(handle)
}

// write creates path, which must not exist, with mode 0600 and brings it to disk.
func write(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
