package record

import (
	"database/sql"
	"errors"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// ByExternalID returns the id of the record that a load file or module named so.
// NotFound when there is none.
func ByExternalID(e *Env, model, name string) (int64, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return 0, fault.New(fault.NotFound, "There is no model %q.", model)
	}
	var id int64
	err := e.database.DB.QueryRowContext(e.Context, "SELECT record_id FROM external_id WHERE model = ? AND name = ?", m.Name, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fault.New(fault.NotFound, "No %s has the external id %q.", m.Name, name)
	}
	return id, err
}

// ExternalID returns the name under which a record is known to load files, "" when it has none.
func ExternalID(e *Env, model string, id int64) (string, error) {
	m, ok := e.registry.Model(model)
	if !ok {
		return "", fault.New(fault.NotFound, "There is no model %q.", model)
	}
	var name string
	err := e.database.DB.QueryRowContext(e.Context, "SELECT name FROM external_id WHERE model = ? AND record_id = ? ORDER BY name LIMIT 1", m.Name, id).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return name, err
}

// SetExternalID names a record for load files. A name taken by another record is a Conflict.
func SetExternalID(e *Env, model, name string, id int64) error {
	was, err := ByExternalID(e, model, name)
	switch {
	case err == nil && was == id:
		return nil
	case err == nil:
		return fault.New(fault.Conflict, "The external id %q belongs to another %s.", name, model)
	case !fault.Is(err, fault.NotFound):
		return err
	}
	m, _ := e.registry.Model(model)
	err = e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO external_id (model, name, record_id) VALUES (?, ?, ?)", m.Name, name, id)
		return err
	})
	if db.IsUnique(err) { // somebody else gave it away meanwhile
		return fault.Wrap(err, fault.Conflict, "The external id %q belongs to another %s.", name, model)
	}
	return err
}
