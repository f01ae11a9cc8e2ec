package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/seal"
)

// The settings that the house keeps of itself in the table setting.
const (
	settingID     = "database_id"  // random: names the database in what is sealed
	settingProbe  = "keyset_probe" // a sealed word: tells whether the keyset is the right one
	settingDemo   = "demo"         // "yes" when the passwords are known to everybody
	settingLoaded = "loaded"       // fingerprint of what the modules brought at the last load
)

// setting reads one; "" when it is not set.
func setting(ctx context.Context, d *db.DB, name string) (string, error) {
	var value string
	err := d.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, db.Fault(err)
}

func set(ctx context.Context, d *db.DB, name, value string) error {
	return d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
		return err
	})
}

// unseal finds the keyset. A database that never had one gets its id and, where none is
// given, a new keyset; any other has to find its own, or its secrets would be lost.
func (in *Instance) unseal(ctx context.Context) error {
	id, err := setting(ctx, in.db, settingID)
	if err != nil {
		return err
	}
	if id == "" {
		return in.firstKeyset(ctx)
	}
	probe, err := setting(ctx, in.db, settingProbe)
	if err != nil {
		return err
	}
	keys, err := seal.Load(in.config.Keyset, in.config.keysetPath())
	if fault.Is(err, fault.NotFound) {
		return fault.Wrap(err, fault.NotFound, "The keyset of this database is missing: put %s back, or set TESSERA_KEYSET.", in.config.keysetPath())
	}
	if err != nil {
		return err
	}
	sealed, err := base64.StdEncoding.DecodeString(probe)
	if err == nil {
		_, err = keys.Open(sealed, probeAt(id))
	}
	if err != nil {
		return fault.Wrap(err, fault.Conflict, "The keyset does not fit this database: put back the one that it was made with, %s or TESSERA_KEYSET.", in.config.keysetPath())
	}
	in.App.Seal, in.App.DatabaseID = keys, id
	return nil
}

func probeAt(id string) seal.AD {
	return seal.AD{Database: id, Table: "setting", Column: "value", Row: settingProbe}
}

func (in *Instance) firstKeyset(ctx context.Context) error {
	keys, err := seal.Load(in.config.Keyset, in.config.keysetPath())
	if fault.Is(err, fault.NotFound) {
		keys, err = seal.Create(in.config.keysetPath())
	}
	if err != nil {
		return err
	}
	id := rand.Text()
	sealed, err := keys.Seal([]byte("tessera"), probeAt(id))
	if err != nil {
		return err
	}
	in.App.Seal, in.App.DatabaseID = keys, id
	return in.db.Write(ctx, func(tx *db.Tx) error {
		for name, value := range map[string]string{settingID: id, settingProbe: base64.StdEncoding.EncodeToString(sealed)} {
			if err := set(tx.Context(), in.db, name, value); err != nil {
				return err
			}
		}
		return nil
	})
}
