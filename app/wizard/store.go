package wizard

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

const columns = `id, handle, wizard, step, user_id, company_id, version, status, reason, created_at, updated_at, expires_at,
	schema_version, data, inputs, trail, fixed, pending, claimed_at`

// errMoved: the row is not what the page showed any more.
func errMoved() *fault.Error {
	return fault.New(fault.Conflict, "This went on in another window meanwhile. Nothing of this page was taken over; here is where it stands.").Keyed("wizard.moved", nil)
}

func errNone() *fault.Error {
	return fault.New(fault.NotFound, "There is no such task any more. Please start again.").Keyed("wizard.none", nil)
}

// scan reads a row of columns.
func (r *Run) scan(scan func(...any) error) error {
	var reason, inputs, trail string
	var company record.ID
	var data string
	var claimed sql.NullTime
	err := scan(&r.ID, &r.Handle, &r.Wizard, &r.Step, &r.Owner, &company, &r.Version, &r.Status, &reason, &r.CreatedAt, &r.UpdatedAt, &r.ExpiresAt,
		&r.schema, &data, &inputs, &trail, &r.fixed, &r.pending, &claimed)
	if err != nil {
		return err
	}
	r.Company, r.data = int64(company), []byte(data)
	if claimed.Valid {
		r.claimedAt = claimed.Time.UTC()
	}
	for _, t := range []*time.Time{&r.CreatedAt, &r.UpdatedAt, &r.ExpiresAt} {
		*t = t.UTC()
	}
	if r.Reason, err = unpackReason(reason); err != nil {
		return fmt.Errorf("wizard run %d: reason: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(trail), &r.trail); err != nil {
		return fmt.Errorf("wizard run %d: trail: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(inputs), &r.inputs); err != nil {
		return fmt.Errorf("wizard run %d: inputs: %w", r.ID, err)
	}
	if r.fixed < 0 || r.fixed > len(r.trail) {
		return fmt.Errorf("wizard run %d: %d steps are fixed of %d", r.ID, r.fixed, len(r.trail))
	}
	return nil
}

// packed are the columns that change, in their order in store and insert.
func (r *Run) packed() ([]any, error) {
	reason, err := packReason(r.Reason)
	if err != nil {
		return nil, err
	}
	inputs := r.inputs
	if inputs == nil {
		inputs = map[string]url.Values{}
	}
	in, err := json.Marshal(inputs)
	if err != nil {
		return nil, err
	}
	steps := r.trail
	if steps == nil {
		steps = []string{}
	}
	trail, err := json.Marshal(steps)
	if err != nil {
		return nil, err
	}
	return []any{r.Step, string(r.Status), reason, r.ExpiresAt, r.schema, string(r.data), string(in), string(trail), r.fixed, r.pending,
		sql.NullTime{Time: r.claimedAt, Valid: !r.claimedAt.IsZero()}}, nil
}

// store writes the run if nobody has since it was read, and counts its version up;
// else Conflict. The run is kept for its time from now on.
func (r *Run) store(env *record.Env) error {
	next := *r
	next.UpdatedAt = env.Now
	if next.definition != nil {
		next.ExpiresAt = env.Now.Add(next.definition.Info().Keep)
	}
	values, err := next.packed()
	if err != nil {
		return err
	}
	err = env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		tx.Quiet()
		res, err := tx.Exec(`UPDATE wizard_run SET step = ?, status = ?, reason = ?, expires_at = ?, schema_version = ?, data = ?, inputs = ?, trail = ?,
			fixed = ?, pending = ?, claimed_at = ?, updated_at = ?, updated_by = ?, version = version + 1 WHERE id = ? AND version = ?`,
			append(values, env.Now, record.ID(env.User.UserID()), r.ID, r.Version)...)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return errMoved()
		}
		return err
	})
	if err != nil {
		return err
	}
	next.Version++
	*r = next
	return nil
}

// storeData writes nothing but the data. The version stays, so that it does not matter
// whether a surrounding transaction is undone.
func (r *Run) storeData(env *record.Env, data []byte) error {
	return env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		tx.Quiet()
		res, err := tx.Exec("UPDATE wizard_run SET data = ?, updated_at = ? WHERE id = ? AND version = ?", string(data), env.Now, r.ID, r.Version)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err == nil && n == 0 {
			return errMoved()
		}
		return err
	})
}

// insert writes a new run.
func (r *Run) insert(env *record.Env) error {
	values, err := r.packed()
	if err != nil {
		return err
	}
	return env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		tx.Quiet()
		return tx.QueryRow(`INSERT INTO wizard_run (step, status, reason, expires_at, schema_version, data, inputs, trail, fixed, pending, claimed_at,
			handle, wizard, user_id, company_id, version, created_at, updated_at, created_by, updated_by)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?) RETURNING id`,
			append(values, r.Handle, r.Wizard, r.Owner, record.ID(r.Company), env.Now, env.Now, r.Owner, r.Owner)...).Scan(&r.ID)
	})
}

// find reads one of the person's own runs; NotFound for another's, as if there were none.
func find(env *record.Env, handle string) (*Run, error) {
	r := &Run{}
	err := r.scan(env.Database().DB.QueryRowContext(env, "SELECT "+columns+" FROM wizard_run WHERE handle = ? AND user_id = ?",
		handle, env.User.UserID()).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNone()
	}
	if err != nil {
		return nil, db.Fault(err)
	}
	return r, nil
}

// maxListed bounds the list of a person's open runs.
const maxListed = 50

// open reads the person's open and parked runs, the one touched last first.
func open(env *record.Env) ([]*Run, error) {
	rows, err := env.Database().DB.QueryContext(env, "SELECT "+columns+` FROM wizard_run
		WHERE user_id = ? AND status IN ('open', 'parked') AND expires_at > ? ORDER BY updated_at DESC, id DESC LIMIT ?`,
		env.User.UserID(), env.Now, maxListed)
	if err != nil {
		return nil, db.Fault(err)
	}
	defer rows.Close()
	var out []*Run
	for rows.Next() {
		r := &Run{}
		if err := r.scan(rows.Scan); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, db.Fault(rows.Err())
}

const (
	purgeBatch = 500
	// keepOver is how long a run is kept after its time, so that who comes late is told why.
	keepOver = 7 * 24 * time.Hour
)

// Purge removes runs whose time is over, a batch at a time.
func Purge(env *record.Env) (more bool, err error) {
	err = env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		tx.Quiet()
		res, err := tx.Exec("DELETE FROM wizard_run WHERE id IN (SELECT id FROM wizard_run WHERE expires_at < ? ORDER BY expires_at, id LIMIT ?)",
			env.Now.Add(-keepOver), purgeBatch)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		more = n == purgeBatch
		return err
	})
	return more, err
}
