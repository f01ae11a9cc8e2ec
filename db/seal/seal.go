// Package seal encrypts the secrets of others (third-party tokens, private keys, TOTP
// seeds) before they are stored. A sealed value belongs to one database, table, column
// and row: moved anywhere else it does not open. The keyset lives outside the database,
// so a stolen database is useless.
package seal

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/tessera-erp/tessera/app/fault"
)

// AD says where a sealed value lives. All four are needed, so a row's id has to be known
// before its secrets are sealed.
type AD struct {
	Database string // the id stored in the database, not its address
	Table    string
	Column   string
	Row      string
}

// bytes returns the associated data. Each part carries its length: ("ab", "c") and
// ("a", "bc") differ.
func (ad AD) bytes() ([]byte, error) {
	var out []byte
	for _, part := range []string{ad.Database, ad.Table, ad.Column, ad.Row} {
		if part == "" {
			return nil, fmt.Errorf("seal: %+v names no place: database, table, column and row are needed", ad)
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out, nil
}

// Keyset is the keys that seal and open. It is immutable and safe for concurrent use.
type Keyset struct {
	handle *keyset.Handle
	aead   tink.AEAD
}

// New returns a keyset of one fresh AES-256-GCM key.
func New() (*Keyset, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: making a key: %w", err)
	}
	return from(handle)
}

func from(handle *keyset.Handle) (*Keyset, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The keyset cannot be used for sealing.")
	}
	return &Keyset{handle: handle, aead: primitive}, nil
}

// String tells how many keys there are and nothing of them.
func (k *Keyset) String() string { return fmt.Sprintf("keyset of %d keys", k.handle.Len()) }

// GoString keeps %#v from showing the keys.
func (k *Keyset) GoString() string { return k.String() }

// Seal encrypts plaintext for one place. Sealing the same twice gives different bytes.
func (k *Keyset) Seal(plaintext []byte, ad AD) ([]byte, error) {
	place, err := ad.bytes()
	if err != nil {
		return nil, err
	}
	sealed, err := k.aead.Encrypt(plaintext, place)
	if err != nil {
		return nil, fmt.Errorf("seal: %s.%s: %w", ad.Table, ad.Column, err)
	}
	return sealed, nil
}

// Open decrypts what was sealed for this place by a key of the set. Anything else, a
// value moved from another place or sealed with another keyset included, is
// [fault.Internal]: no person can mend it.
func (k *Keyset) Open(sealed []byte, ad AD) ([]byte, error) {
	place, err := ad.bytes()
	if err != nil {
		return nil, err
	}
	plaintext, err := k.aead.Decrypt(sealed, place)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The stored secret %s.%s of row %s does not open with this keyset.", ad.Table, ad.Column, ad.Row)
	}
	return plaintext, nil
}

// Rotate returns a keyset with a fresh key that seals from now on; the keys of k still
// open what they sealed.
func (k *Keyset) Rotate() (*Keyset, error) {
	m := keyset.NewManagerFromHandle(k.handle)
	id, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("seal: making a key: %w", err)
	}
	if err := m.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("seal: rotating: %w", err)
	}
	handle, err := m.Handle()
	if err != nil {
		return nil, fmt.Errorf("seal: rotating: %w", err)
	}
	return from(handle)
}

// Stale reports whether sealed was made by an older key and is to be sealed again.
func (k *Keyset) Stale(sealed []byte) bool {
	// Tink's output begins with the byte 1 and the id of the key
	// (https://developers.google.com/tink/wire-format).
	current := binary.BigEndian.AppendUint32([]byte{1}, k.handle.KeysetInfo().GetPrimaryKeyId())
	return !bytes.HasPrefix(sealed, current)
}
