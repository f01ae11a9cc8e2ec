package record_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

func TestReveal(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		if boss.Reveal("pin", "x") {
			t.Error("a secret was handed to nobody")
		}
		waiting, made := boss.Revealing()
		undone := errors.New("undone")
		_ = waiting.Write(func(in *record.Env) error {
			in.Reveal("pin", "of a save that failed")
			return undone
		})
		must(t, waiting.Write(func(in *record.Env) error {
			_ = in.Write(func(inner *record.Env) error {
				inner.Reveal("pin", "of a part that was undone")
				return undone
			})
			if in.Reveal("pin", "kept"); len(*made) > 0 {
				t.Errorf("before the commit %v is revealed", *made)
			}
			return nil
		}))
		if want := []record.Reveal{{Field: "pin", Value: "kept"}}; !slices.Equal(*made, want) {
			t.Errorf("revealed %v, want %v", *made, want)
		}
	})
}
