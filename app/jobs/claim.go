package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// The two tables share the columns that claiming needs.
const (
	queue    = "job"
	timeline = "schedule"
)

// claim is one run that belongs to this runner until its lease ends.
type claim struct {
	table    string
	id       int64
	lease    string // random; whoever holds it may finish the run
	name     string
	args     string
	failures int64
	job      Job
}

var errLeaseLost = errors.New("jobs: the lease ended before the run did, and another instance may have begun it again")

// due reports whether there is work to claim. It only reads, so that an idle instance
// never comes to the write door.
func (r *Runner) due(ctx context.Context, table string, now time.Time) (bool, error) {
	where, args := r.free(now)
	var one int
	err := r.Database.DB.QueryRowContext(ctx, "SELECT 1 FROM "+table+" WHERE "+where+" LIMIT 1", args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// free is the condition on work that may be claimed: due, without a living lease, of a
// kind that this binary knows.
func (r *Runner) free(now time.Time) (string, []any) {
	marks := strings.TrimSuffix(strings.Repeat("?,", len(r.Schedule.Jobs)), ",")
	args := []any{now, now}
	for _, j := range r.Schedule.Jobs {
		args = append(args, j.Name)
	}
	return "due_at <= ? AND (lease_until IS NULL OR lease_until < ?) AND name IN (" + marks + ")", args
}

// claim takes the work that has waited longest; nil when there is none, or when another
// runner was faster. The condition stands twice: PostgreSQL checks only the outer one
// again after it has waited for another runner's row.
func (r *Runner) claim(ctx context.Context, table string) (*claim, error) {
	now := r.now()
	if ok, err := r.due(ctx, table, now); err != nil || !ok {
		return nil, err
	}
	where, free := r.free(now)
	c := &claim{table: table, lease: rand.Text()}
	columns := "id, name, failures, ''"
	if table == queue {
		columns = "id, name, failures, args"
	}
	args := append([]any{c.lease, now.Add(r.lease()), now}, free...)
	err := r.Database.DB.Write(ctx, func(tx *db.Tx) error {
		text := fmt.Sprintf(`UPDATE %[1]s SET lease = ?, lease_until = ?, started_at = ?
			WHERE id = (SELECT id FROM %[1]s WHERE %[2]s ORDER BY due_at, id LIMIT 1) AND %[2]s RETURNING %[3]s`, table, where, columns)
		return tx.QueryRow(text, append(args, free...)...).Scan(&c.id, &c.name, &c.failures, &c.args)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.job, _ = r.Schedule.find(c.name)
	return c, nil
}

// renew prolongs the lease between two batches.
func (r *Runner) renew(ctx context.Context, c *claim) error {
	return r.update(ctx, c, "lease_until = ?", r.now().Add(r.lease()))
}

// finish records the outcome and when the work is due again; nil is never.
func (r *Runner) finish(ctx context.Context, c *claim, failed error) error {
	now := r.now()
	outcome, text, failures, due := "done", "", int64(0), c.next(now)
	if failed != nil {
		outcome, text, failures = "failed", sentence(failed), c.failures+1
		due = c.retry(now, failures)
	}
	return r.update(ctx, c, "lease = '', lease_until = NULL, finished_at = ?, outcome = ?, error = ?, failures = ?, due_at = ?",
		now, outcome, text, failures, due)
}

func (r *Runner) update(ctx context.Context, c *claim, set string, args ...any) error {
	return r.Database.DB.Write(ctx, func(tx *db.Tx) error {
		res, err := tx.Exec("UPDATE "+c.table+" SET "+set+" WHERE id = ? AND lease = ?", append(args, c.id, c.lease)...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errLeaseLost, err)
		}
		return nil
	})
}

// next is when work that went well is due again.
func (c *claim) next(now time.Time) *time.Time {
	if c.table == queue {
		return nil
	}
	at := now.Add(c.job.Every)
	return &at
}

const (
	maxFailures = 10 // after so many in a row a queued job is given up
	firstPause  = 10 * time.Second
	longestWait = time.Hour
)

// retry is when work that failed is tried again: after 10 s, 20 s, 40 s … up to an
// hour; scheduled work no later than it would be due anyway.
func (c *claim) retry(now time.Time, failures int64) *time.Time {
	if c.table == queue && failures >= maxFailures {
		return nil
	}
	pause := longestWait
	if failures < 10 {
		pause = min(firstPause<<(failures-1), longestWait)
	}
	if c.table == timeline {
		pause = min(pause, c.job.Every)
	}
	at := now.Add(pause)
	return &at
}

// sentence is what the operator reads; the cause of an error without one is in the log.
func sentence(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return "It failed; the log says why."
}
