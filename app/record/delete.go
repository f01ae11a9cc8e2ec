package record

import (
	"github.com/tessera-erp/tessera/db"
)

// Delete removes a record at the version it was read at, in one transaction with its
// lists, attached fields, translations, names and the audit line. Hooks get the record
// as it is stored, whole, whatever the caller was shown. Errors: as for Save.
func Delete[T any](e *Env, row *T) error {
	m := InfoOf[T](e.registry)
	return e.Write(func(in *Env) error { return in.remove(m, metaOf(row).ID, metaOf(row).Version) })
}

func (e *Env) remove(m *Info, id, version int64) error {
	if err := e.demand(OpDelete, m); err != nil {
		return err
	}
	if err := e.reaches(m, OpDelete, id); err != nil {
		return err
	}
	was, err := e.Sudo("delete").fetch(m, id)
	if err != nil {
		return err
	}
	meta, row := metaField(was), was.Addr().Interface()
	if version != 0 && version != meta.Version {
		return conflict(m)
	}
	for _, h := range m.hooks.beforeDelete {
		if err := h(e, row); err != nil {
			return err
		}
	}
	err = e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		for _, f := range m.fields {
			if f.Type == Many2Many {
				if _, err := tx.Exec("DELETE FROM "+quote(f.JoinTable())+" WHERE record_id = ?", meta.ID); err != nil {
					return err
				}
			}
		}
		for _, table := range m.sideTables() {
			if _, err := tx.Exec("DELETE FROM "+quote(table)+" WHERE record_id = ?", meta.ID); err != nil {
				return err
			}
		}
		for _, t := range []string{"translation", "external_id"} {
			if _, err := tx.Exec("DELETE FROM "+t+" WHERE model = ? AND record_id = ?", m.Name, meta.ID); err != nil {
				return err
			}
		}
		res, err := tx.Exec("DELETE FROM "+quote(m.Table)+" WHERE id = ? AND version = ?", meta.ID, meta.Version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return conflict(m)
		}
		return nil
	})
	if err != nil {
		return m.explain(err, OpDelete)
	}
	if err := e.log(m, meta.ID, m.displayOf(was), "delete", nil); err != nil {
		return err
	}
	for _, h := range m.hooks.afterDelete {
		if err := h(e, row); err != nil {
			return err
		}
	}
	return nil
}
