package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/tessera-erp/tessera/db"
)

// Change is one field's values before and after, as the audit log keeps them.
type Change struct {
	Field string `json:"field"`
	Old   any    `json:"old,omitempty"`
	New   any    `json:"new,omitempty"`
}

// audit writes what was created or changed, in the same transaction.
func (s *saving) audit() error {
	if s.op == OpWrite && len(s.changed) == 0 {
		return nil
	}
	return s.env.log(s.info, metaField(s.now).ID, s.info.displayOf(s.now), string(s.op), changesOf(s.changed, s.old, s.now))
}

// changesOf tells what was and what is; of private fields and secrets only that they changed.
func changesOf(fields []*FieldInfo, old, now reflect.Value) []Change {
	var out []Change
	for _, f := range fields {
		c := Change{Field: f.Name}
		if !f.Private && f.Type != Secret {
			c.Old, c.New = auditValue(f.get(old)), auditValue(f.get(now))
		}
		out = append(out, c)
	}
	return out
}

func auditValue(v any) any {
	if isEmpty(v) {
		return nil
	}
	if t, ok := v.(time.Time); ok {
		return t.UTC().Format(time.RFC3339Nano)
	}
	return v
}

// Audit writes an audit line about a record that is not a change of its fields:
// a sign-in, a grant, an export, a look as another user. Details must hold no secret.
func Audit(e *Env, model string, id int64, name, action string, details ...Change) error {
	m, ok := e.registry.Model(model)
	if !ok {
		return fmt.Errorf("audit %s: no such model", model)
	}
	return e.log(m, id, name, action, details)
}

func (e *Env) log(m *Info, id int64, name, action string, changes []Change) error {
	if m.NoAudit {
		return nil
	}
	text := []byte("[]")
	if len(changes) > 0 {
		var err error
		if text, err = json.Marshal(changes); err != nil {
			return fmt.Errorf("audit %s %d: %w", m.Name, id, err)
		}
	}
	return e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO audit (version, created_at, updated_at, created_by, updated_by,
				at, user_id, user_name, company_id, model, record_id, record_name, action, changes, reason, origin)
			VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.Now, e.Now, ID(e.User.UserID()), ID(e.User.UserID()),
			e.Now, ID(e.User.UserID()), e.User.DisplayName(), ID(e.Company), m.Name, id, name, action, string(text), e.reason, e.Origin)
		return err
	})
}
