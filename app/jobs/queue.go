package jobs

import (
	"context"
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// Enqueue asks for one run of a job, in the transaction that env is in: when that is
// undone, so is the request. A zero time means as soon as possible.
func Enqueue(env *record.Env, name string, args []byte, at time.Time) error {
	if at.IsZero() {
		at = env.Now
	}
	return env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO job (version, created_at, updated_at, created_by, name, due_at, lease, failures, outcome, error, args)
			VALUES (1, ?, ?, ?, ?, ?, '', 0, '', '', ?)`,
			env.Now, env.Now, record.ID(env.User.UserID()), name, at, string(args))
		return err
	})
}

// RunNow makes scheduled jobs due at once, by the ids of their rows.
func RunNow(env *record.Env, ids ...int64) error {
	return env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		for _, id := range ids {
			res, err := tx.Exec("UPDATE schedule SET due_at = ?, updated_at = ?, updated_by = ?, version = version + 1 WHERE id = ?",
				env.Now, env.Now, record.ID(env.User.UserID()), id)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return fault.New(fault.NotFound, "There is no scheduled job %d.", id)
			}
		}
		return nil
	})
}

// Sync brings the schedule's rows in line with the jobs of the installed modules. A new
// job is due at once; one that is gone loses its row.
func Sync(ctx context.Context, d *record.Database, s *Schedule) error {
	env := d.System(ctx, "schedule")
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		there, err := scheduled(tx)
		if err != nil {
			return err
		}
		for _, j := range s.Jobs {
			if j.Every == 0 {
				continue
			}
			at := slices.IndexFunc(there, func(r row) bool { return r.name == j.Name })
			switch {
			case at < 0:
				_, err = tx.Exec(`INSERT INTO schedule (version, created_at, updated_at, name, due_at, lease, failures, outcome, error, title, every_seconds)
					VALUES (1, ?, ?, ?, ?, '', 0, '', '', ?, ?)`, env.Now, env.Now, j.Name, env.Now, j.Title, int64(j.Every/time.Second))
			case there[at].title != j.Title || there[at].every != j.Every:
				_, err = tx.Exec("UPDATE schedule SET title = ?, every_seconds = ?, version = version + 1, updated_at = ? WHERE id = ?",
					j.Title, int64(j.Every/time.Second), env.Now, there[at].id)
			}
			if err != nil {
				return err
			}
		}
		return dropUnknown(tx, there, s)
	})
}

// row is a line of the schedule as Sync compares it.
type row struct {
	id          int64
	name, title string
	every       time.Duration
}

func scheduled(tx *db.Tx) ([]row, error) {
	rows, err := tx.Query("SELECT id, name, title, every_seconds FROM schedule")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []row
	for rows.Next() {
		var r row
		var seconds int64
		if err := rows.Scan(&r.id, &r.name, &r.title, &seconds); err != nil {
			return nil, err
		}
		r.every = time.Duration(seconds) * time.Second
		out = append(out, r)
	}
	return out, rows.Err()
}

func dropUnknown(tx *db.Tx, there []row, s *Schedule) error {
	for _, r := range there {
		if j, ok := s.find(r.name); ok && j.Every > 0 {
			continue
		}
		if _, err := tx.Exec("DELETE FROM schedule WHERE id = ?", r.id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schedule) find(name string) (Job, bool) {
	if i := slices.IndexFunc(s.Jobs, func(j Job) bool { return j.Name == name }); i >= 0 {
		return s.Jobs[i], true
	}
	return Job{}, false
}

// keepFinished is how long the outcome of a queued run is kept.
const keepFinished = 7 * 24 * time.Hour

// purgeBatch is how many finished runs Purge removes at a time.
const purgeBatch = 500

// Purge removes finished runs a week after their end, a batch at a time.
func Purge(env *record.Env) (more bool, err error) {
	err = env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		res, err := tx.Exec("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE due_at IS NULL AND finished_at < ? ORDER BY id LIMIT ?)",
			env.Now.Add(-keepFinished), purgeBatch)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		more = n == purgeBatch
		return err
	})
	return more, err
}
