package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Runner works off what is due, one run at a time. Several runners, in one process or
// in many, share the work of one database: each run belongs to one of them. Its life:
//
//  1. It claims what has waited longest, with a lease.
//  2. It calls the job until that has no more to do, prolonging the lease in between.
//  3. It records the outcome and when the work is due again. A runner that dies leaves
//     the lease to end; then another one begins the run again.
type Runner struct {
	Database *record.Database
	Schedule *Schedule
	Logger   *slog.Logger
	Lease    time.Duration // how long a batch may take; 0 means five minutes
	Idle     time.Duration // between two looks for work; 0 means five seconds
}

func (r *Runner) lease() time.Duration {
	if r.Lease == 0 {
		return 5 * time.Minute
	}
	return r.Lease
}

func (r *Runner) now() time.Time {
	if r.Database.Clock != nil {
		return r.Database.Clock().UTC()
	}
	return time.Now().UTC()
}

// Run works until the context ends; the batch under way is finished first.
func (r *Runner) Run(ctx context.Context) {
	idle := r.Idle
	if idle == 0 {
		idle = 5 * time.Second
	}
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for {
		worked, err := r.Once(ctx)
		if err != nil && ctx.Err() == nil {
			r.Logger.ErrorContext(ctx, "jobs", "error", err)
		}
		if worked && err == nil {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Once claims and runs what is due now, queued work before scheduled, and reports
// whether there was any. A failing job is no error of Once.
func (r *Runner) Once(ctx context.Context) (worked bool, err error) {
	if len(r.Schedule.Jobs) == 0 {
		return false, nil
	}
	for _, table := range []string{queue, timeline} {
		c, err := r.claim(ctx, table)
		if err != nil {
			return false, err
		}
		if c != nil {
			return true, r.run(ctx, c)
		}
	}
	return false, nil
}

func (r *Runner) run(ctx context.Context, c *claim) error {
	began := time.Now()
	err := r.batches(ctx, c)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return r.update(context.WithoutCancel(ctx), c, "lease = '', lease_until = NULL")
	}
	if err != nil {
		r.Logger.ErrorContext(ctx, "job failed", "job", c.name, "run", c.id, "error", err)
	} else {
		r.Logger.DebugContext(ctx, "job done", "job", c.name, "run", c.id, "took", time.Since(began))
	}
	// The outcome is kept although the instance may be stopping.
	return r.finish(context.WithoutCancel(ctx), c, err)
}

// batches calls the job until it has no more to do, or the instance stops: the work
// stays due then.
func (r *Runner) batches(ctx context.Context, c *claim) error {
	for {
		more, err := r.batch(ctx, c)
		if err != nil || !more {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.renew(ctx, c); err != nil {
			return err
		}
	}
}

func (r *Runner) batch(ctx context.Context, c *claim) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.lease())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	env := r.Database.System(ctx, "job "+c.name)
	env.Origin = "job " + c.name
	return c.job.Run(env, []byte(c.args))
}
