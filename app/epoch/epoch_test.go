package epoch_test

import (
	"context"
	"errors"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/epoch"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// An epoch rises with the transaction that changes a definition, and not without it.
func TestEpoch(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := apptest.NewEmpty(t, url, base.Module())
		d, ctx := a.Database.DB, context.Background()
		want := func(n int64) {
			t.Helper()
			if got, err := epoch.Read(ctx, d, "scopes"); err != nil || got != n {
				t.Errorf("the epoch is %d, %v, want %d", got, err, n)
			}
		}
		want(0)
		for range 2 {
			if err := epoch.Bump(ctx, d, "scopes"); err != nil {
				t.Fatal(err)
			}
		}
		want(2)
		undone := errors.New("undone")
		err := a.System().Write(func(e *record.Env) error {
			if err := epoch.Bump(e.Context, d, "scopes"); err != nil {
				return err
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatalf("Write = %v, want the test's own error", err)
		}
		want(2)
	})
}
