package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// fillBatch is how many rows one transaction adds.
const fillBatch = 250_000

// expired is how many dead rows the purge is measured with.
const expired = 1_000_000

// openDatabase opens the stopped server's database.
func (s *server) openDatabase(ctx context.Context) (*db.DB, error) {
	url := s.database
	if url == "" {
		url = "sqlite:" + filepath.Join(s.data, "tessera.db")
	}
	return db.Open(ctx, db.Config{URL: url})
}

func (s *server) target() target {
	t := fixtureTarget(s.base)
	t.postgres = s.database != ""
	return t
}

// fill adds n access tokens of nobody, issued one millisecond after the other from began
// on, good until end.
func fill(ctx context.Context, d *db.DB, n int, began, end time.Time) error {
	step := oauth.IDAt(began.Add(time.Millisecond)) - oauth.IDAt(began)
	for at := 0; at < n; at += fillBatch {
		rows := min(fillBatch, n-at)
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO oauth_provider_token (id, hash, authorization_id, grant_id, user_id, client_id, scopes, resources, expires_at, revoked_at)
				WITH RECURSIVE c (n) AS (SELECT CAST(? AS bigint) UNION ALL SELECT n + 1 FROM c WHERE n < ?)
				SELECT ? + n * ?, ?, 0, 0, 1, 1, 'bench_self:1', '', ?, 0 FROM c`,
				int64(at), int64(at+rows-1), oauth.IDAt(began), step, make([]byte, 32), end.UnixMicro())
			return err
		})
		if err != nil {
			return fmt.Errorf("adding rows: %w", err)
		}
	}
	return nil
}

// withRows measures the cases, adds rows tokens, measures them again against the first
// time, and then how long the purge of a million more holds a request.
func withRows(s *server, p plan, noop *yardstick, only string, rows int) ([]line, error) {
	before, err := measureCases(s.target(), p, noop, only)
	if err != nil {
		return before, err
	}
	now := time.Now()
	if err := s.refill(rows, now.Add(-time.Duration(rows)*time.Millisecond-time.Hour), now.AddDate(0, 0, 30)); err != nil {
		return before, err
	}
	after, err := measureCases(s.target(), p, noop, only)
	if err != nil {
		return before, err
	}
	for i := range after {
		l := figure(fmt.Sprintf("%s with %d tokens", after[i].Name, rows), after[i].Ratio/before[i].Ratio, "of before", budget{least: 0.9})
		before = append(before, l)
	}
	purge, err := s.purge()
	return append(before, purge), err
}

// refill adds tokens while the server is stopped.
func (s *server) refill(n int, began, end time.Time) error {
	if err := s.stop(); err != nil {
		return err
	}
	ctx := context.Background()
	d, err := s.openDatabase(ctx)
	if err != nil {
		return err
	}
	err = fill(ctx, d, n, began, end)
	if closed := d.Close(); err == nil {
		err = closed
	}
	// The system still writes a gigabyte to disk: that is nobody's rate.
	_ = exec.Command("sync").Run()
	time.Sleep(settleTime)
	if err == nil {
		_, err = s.start()
	}
	return err
}

// pace is between two requests of somebody who measures the purge: it is the purge that
// shall hold him, not the crowd.
const pace = 2 * time.Millisecond

// purge adds expired tokens, has the job remove them and reports the longest time that a
// request took meanwhile.
func (s *server) purge() (line, error) {
	long := time.Now().AddDate(0, 0, -60)
	if err := s.refill(expired, long, long.AddDate(0, 0, 1)); err != nil {
		return line{}, err
	}
	ctx := context.Background()
	d, err := s.openDatabase(ctx)
	if err != nil {
		return line{}, err
	}
	defer d.Close()
	t := s.target()
	began := time.Now()
	if err := d.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE schedule SET due_at = ? WHERE name = ?", began.UTC(), "oauth_provider.purge_tokens")
		return err
	}); err != nil {
		return line{}, err
	}
	held, err := s.meanwhile(ctx, d, t, oauth.IDAt(long.AddDate(0, 0, 2)))
	if err != nil {
		return line{}, err
	}
	fmt.Fprintf(os.Stderr, "bench: purged %d tokens in %s, %d requests meanwhile\n", expired, time.Since(began).Round(time.Millisecond), held.ops)
	l := figure("longest token request while purging", milli(held.quantile(1)), "ms", budget{most: 50})
	if held.failed > 0 {
		l.OK, l.Failed, l.Error = false, held.failed, fmt.Sprint(held.first)
	}
	return l, nil
}

// meanwhile asks for tokens at a steady pace until no token is older than before.
func (s *server) meanwhile(ctx context.Context, d *db.DB, t target, before int64) (sample, error) {
	ops, closeAll, err := asking(4, t.credentialsRequest())
	if err != nil {
		return sample{}, err
	}
	defer closeAll()
	over, stop := context.WithTimeout(ctx, purgeLimit)
	defer stop()
	parts := make([]sample, len(ops))
	var wg sync.WaitGroup
	for i := range ops {
		wg.Go(func() { parts[i] = paced(over, ops[i]) })
	}
	for left := 1; left > 0 && over.Err() == nil; {
		time.Sleep(200 * time.Millisecond)
		if err = d.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM oauth_provider_token WHERE id < ? LIMIT 1) AS x", before).Scan(&left); err != nil {
			break
		}
		if left > 0 && over.Err() != nil {
			err = fmt.Errorf("the purge did not end within %s", purgeLimit)
		}
	}
	stop()
	wg.Wait()
	var total sample
	for _, p := range parts {
		total.add(p)
	}
	return total, err
}

const purgeLimit = 3 * time.Minute

// paced runs op until ctx ends, with a pause after each.
func paced(ctx context.Context, op op) sample {
	var s sample
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for ctx.Err() == nil {
		began := time.Now()
		if err := op(); err != nil {
			if s.failed++; s.first == nil {
				s.first = err
			}
		} else {
			s.lat = append(s.lat, time.Since(began))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	s.ops = len(s.lat)
	return s
}
