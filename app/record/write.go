package record

import (
	"fmt"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// write inserts the row or updates its changed columns where the version is the one read.
func (s *saving) write() error {
	meta := metaField(s.now)
	if s.op == OpWrite && len(s.changed) == 0 {
		return nil
	}
	meta.UpdatedAt, meta.UpdatedBy = s.env.Now, ID(s.env.User.UserID())
	if s.op == OpCreate {
		meta.Version, meta.CreatedAt, meta.CreatedBy = 1, meta.UpdatedAt, meta.UpdatedBy
		return s.info.explain(s.insert(), OpCreate)
	}
	sets, args := []string{"version = version + 1", "updated_at = ?", "updated_by = ?"}, []any{meta.UpdatedAt, meta.UpdatedBy}
	for _, f := range s.changed {
		if f.Stored() && !s.translated(f) {
			sets, args = append(sets, quote(f.Column)+" = ?"), append(args, f.value(s.now).Interface())
		}
	}
	args = append(args, meta.ID, meta.Version)
	return s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error {
		res, err := tx.Exec("UPDATE "+quote(s.info.Table)+" SET "+strings.Join(sets, ", ")+" WHERE id = ? AND version = ?", args...)
		if err != nil {
			return s.info.explain(err, OpWrite)
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return conflict(s.info)
		}
		meta.Version++
		return nil
	})
}

func (s *saving) insert() error {
	meta := metaField(s.now)
	cols, args := []string{"version", "created_at", "updated_at", "created_by", "updated_by"},
		[]any{meta.Version, meta.CreatedAt, meta.UpdatedAt, meta.CreatedBy, meta.UpdatedBy}
	for _, f := range s.info.fields {
		if f.Stored() && !isStandard(f.Name) {
			cols, args = append(cols, quote(f.Column)), append(args, f.value(s.now).Interface())
		}
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(cols)), ", ")
	return s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error {
		text := "INSERT INTO " + quote(s.info.Table) + " (" + strings.Join(cols, ", ") + ") VALUES (" + marks + ") RETURNING id"
		return tx.QueryRow(text, args...).Scan(&meta.ID)
	})
}

// lists writes the pairs of the Many2Many fields that changed.
func (s *saving) lists() error {
	id := metaField(s.now).ID
	for _, f := range s.changed {
		if f.Type != Many2Many {
			continue
		}
		old, now := f.ids(s.old), f.ids(s.now)
		err := s.env.database.DB.Write(s.env.Context, func(tx *db.Tx) error {
			for _, t := range without(old, now) {
				if _, err := tx.Exec("DELETE FROM "+quote(f.JoinTable())+" WHERE record_id = ? AND target_id = ?", id, t); err != nil {
					return err
				}
			}
			for _, t := range without(now, old) {
				if _, err := tx.Exec("INSERT INTO "+quote(f.JoinTable())+" (record_id, target_id) VALUES (?, ?)", id, t); err != nil {
					return err
				}
			}
			return nil
		})
		if err = s.info.explain(err, s.op); fault.CodeOf(err) == fault.Internal {
			return fmt.Errorf("write %s of %s %d: %w", f.Name, s.info.Name, id, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// without returns the ids that are not among others, each once.
func without(ids, others []int64) []int64 {
	drop := unique(others)
	var out []int64
	for _, id := range ids {
		if !drop[id] {
			drop[id] = true
			out = append(out, id)
		}
	}
	return out
}
