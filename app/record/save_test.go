package record_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

func TestUnchangedSaves(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		lines := func(model string, id int64) int {
			got, err := record.History(h.System(boss, "look"), model, id, 100, 0)
			must(t, err)
			return len(got)
		}
		t.Run("ATranslatedTextReadInItsLanguage", func(t *testing.T) {
			row := tag{Name: "Wholesale"}
			must(t, record.Save(boss, &row))
			fr := boss.WithLang("fr")
			_, err := record.SaveValues(fr, "test.tag", row.ID, 0, map[string]any{"name": "Gros"})
			must(t, err)
			read, err := record.Get[tag](fr, row.ID)
			must(t, err)
			must(t, record.Save(fr, &read))
			if read.Version != 2 || lines("test.tag", row.ID) != 2 {
				t.Errorf("version %d, %d audit lines after a save that changed nothing", read.Version, lines("test.tag", row.ID))
			}
			en, err := record.Get[tag](boss, row.ID)
			must(t, err)
			if en.Name != "Wholesale" {
				t.Errorf("the English text became %q", en.Name)
			}
		})
		t.Run("ATimeFinerThanTheDatabaseKeeps", func(t *testing.T) {
			at := time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.FixedZone("", 3600))
			p := partner{Name: "P", SeenAt: &at}
			must(t, record.Save(boss, &p))
			must(t, record.Save(boss, &p))
			if p.Version != 1 || p.SeenAt.Nanosecond() != 678901000 || lines("test.partner", p.ID) != 1 {
				t.Errorf("version %d, time %v", p.Version, p.SeenAt)
			}
		})
		t.Run("MetaThatWasNotRead", func(t *testing.T) {
			p := partner{Name: "Q"}
			must(t, record.Save(boss, &p))
			bare := partner{Meta: record.Meta{ID: p.ID, Version: p.Version}, Name: "Q2", Active: true, CompanyID: p.CompanyID}
			must(t, record.Save(h.System(boss, "rebuild"), &bare))
			after, err := record.Get[partner](boss, p.ID)
			must(t, err)
			if after.Name != "Q2" || !after.CreatedAt.Equal(clock) {
				t.Errorf("after the save: %+v", after)
			}
		})
	})
}

func TestASaveCostsFewStatements(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		p := partner{Name: "P"}
		must(t, record.Save(boss, &p))
		cases := []struct {
			name string
			do   func(*record.Env) error
			most int
		}{
			// reach, old row, its tags, update, reach, audit
			{"Change", func(e *record.Env) error { p.Note = "n"; return record.Save(e, &p) }, 6},
			{"NoChange", func(e *record.Env) error { return record.Save(e, &p) }, 4},
			{"Create", func(e *record.Env) error { return record.Save(e, &partner{Name: "Q"}) }, 4},
		}
		for _, c := range cases {
			ctx, count := h.DB.CountQueries(boss)
			must(t, c.do(boss.In(ctx)))
			if count.Len() == 0 || count.Len() > c.most {
				t.Errorf("%s: %d statements, want %d at most: %q", c.name, count.Len(), c.most, count.Statements())
			}
		}
	})
}

func TestExternalIDs(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		p := partner{Name: "P"}
		must(t, record.Save(boss, &p))
		must(t, record.SetExternalID(boss, "res.partner", "one", p.ID))
		must(t, record.SetExternalID(boss, "test.partner", "one", p.ID))
		must(t, record.SetExternalID(boss, "test.tag", "one", 7)) // each model has its own names
		wantCode(t, record.SetExternalID(boss, "test.partner", "one", p.ID+1), fault.Conflict, "belongs to another")
		if name, err := record.ExternalID(boss, "res.partner", p.ID); err != nil || name != "one" {
			t.Errorf("%q, %v", name, err)
		}
		must(t, record.Remove(boss, "test.partner", p.ID, 0))
		_, err := record.ByExternalID(boss, "test.partner", "one")
		wantCode(t, err, fault.NotFound, "No test.partner")
		if id, err := record.ByExternalID(boss, "test.tag", "one"); err != nil || id != 7 {
			t.Errorf("%d, %v", id, err)
		}
	})
}

func TestTwoSaversAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		p := partner{Name: "Start"}
		must(t, record.Save(boss, &p))
		const savers = 8
		errs := make([]error, savers)
		var wg sync.WaitGroup
		for i := range savers {
			mine := p
			mine.Name = fmt.Sprintf("Saver %d", i)
			wg.Go(func() { errs[i] = record.Save(boss, &mine) })
		}
		wg.Wait()
		saved := 0
		for _, err := range errs {
			switch {
			case err == nil:
				saved++
			case !fault.Is(err, fault.Conflict):
				t.Errorf("95: a saver was told %v, want a conflict", err)
			}
		}
		after, err := record.Get[partner](boss, p.ID)
		must(t, err)
		if saved != 1 || after.Version != 2 {
			t.Errorf("%d of %d savers were told it is saved, version %d", saved, savers, after.Version)
		}
	})
}

func TestAnEnvIsReadByManyAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		crowd(t, boss, 3)
		shared := h.as("staff")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if n, err := record.CountIn[partner](shared, record.Query{}); err != nil || n != 3 {
					t.Errorf("%d, %v", n, err)
				}
				if _, err := record.Find[tag](shared.WithLang("fr"), record.Query{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// counter is a model whose hooks save, look back, and fail.
type counter struct {
	record.Meta
	Name   string
	Rounds int64
	Was    string
}

var errHook = errors.New("the hook fails")

func counters(r *record.Registry) {
	record.Define[counter](r, record.Model{Name: "test.counter", Label: "Counter", Access: []record.Access{{Group: "boss", Read: true, Create: true, Write: true, Delete: true}},
		Fields: []record.Field{{Name: "name", Label: "Name", Type: record.Text, Required: true}, {Name: "rounds", Label: "Rounds", Type: record.Int, Readonly: true},
			{Name: "was", Label: "Was", Type: record.Text}}})
	record.BeforeSave(r, func(e *record.Env, c *counter) error {
		c.Was = record.Original(e, c).Name
		return nil
	})
	record.AfterSave(r, func(e *record.Env, c *counter) error {
		switch {
		case c.Name == "fails":
			return errHook
		case c.Name == "endless anew":
			c.Rounds++
			return record.Save(e.Database().System(e, "one more round"), c)
		case c.Name == "endless", c.Name == "again" && c.Rounds == 0:
			c.Rounds++
			return record.Save(e.Sudo("one more round"), c)
		}
		return nil
	})
	record.AfterSave(r, func(e *record.Env, c *counter) error {
		c.Was += "|" + record.Original(e, c).Name // of this row only: it is written already
		return nil
	})
	record.BeforeDelete(r, func(_ *record.Env, c *counter) error {
		if c.Name == "kept" {
			return fault.New(fault.Conflict, "It has to be kept.")
		}
		return nil
	})
}

func TestHooks(t *testing.T) {
	enginesWith(t, counters, func(t *testing.T, h house) {
		boss := h.as("boss")
		t.Run("TheOriginalIsTheRowAsItWas", func(t *testing.T) {
			c := counter{Name: "one"}
			must(t, record.Save(boss, &c))
			c.Name = "two"
			must(t, record.Save(boss, &c))
			if c.Was != "one|one" || c.Version != 2 {
				t.Errorf("got %+v", c)
			}
		})
		t.Run("AHookSavesTheRowAgain", func(t *testing.T) {
			c := counter{Name: "again"}
			must(t, record.Save(boss, &c))
			// The inner save was of "again"; the outer one, of a new row, ends after it.
			if c.Was != "again|again|" || c.Version != 2 {
				t.Errorf("the saves saw %q, version %d", c.Was, c.Version)
			}
		})
		t.Run("ErrEndlessHooks", func(t *testing.T) {
			for _, name := range []string{"endless", "endless anew"} {
				wantCode(t, record.Save(boss, &counter{Name: name}), fault.Internal, "without end")
			}
		})
		t.Run("ErrAfterSaveLeavesTheRowNew", func(t *testing.T) {
			c := counter{Name: "fails"}
			if err := record.Save(boss, &c); !errors.Is(err, errHook) {
				t.Fatalf("got %v", err)
			}
			if c.ID != 0 || c.Version != 0 {
				t.Errorf("the row that was not saved has id %d, version %d", c.ID, c.Version)
			}
			c.Name = "works"
			must(t, record.Save(boss, &c))
			version := c.Version
			c.Name = "fails"
			if err := record.Save(boss, &c); err == nil || c.Version != version {
				t.Errorf("version %d after a save that failed, want %d", c.Version, version)
			}
		})
		t.Run("DeleteHooksSeeWhatIsStored", func(t *testing.T) {
			c := counter{Name: "kept"}
			must(t, record.Save(boss, &c))
			forged := counter{Meta: record.Meta{ID: c.ID, Version: c.Version}, Name: "not kept"}
			wantCode(t, record.Delete(boss, &forged), fault.Conflict, "has to be kept")
			wantCode(t, record.Delete(boss, &counter{Meta: record.Meta{ID: c.ID, Version: 7}}), fault.Conflict, "Somebody else has changed")
			wantCode(t, record.Delete(h.System(boss, "test"), &counter{Meta: record.Meta{ID: 4711, Version: 1}}), fault.NotFound, "There is no counter")
		})
		t.Run("APanicUndoesTheSave", func(t *testing.T) {
			func() {
				defer func() { _ = recover() }()
				_ = boss.Write(func(in *record.Env) error {
					must(t, record.Save(in, &counter{Name: "panicked"}))
					panic("at the disco")
				})
			}()
			if n, err := record.Count(boss, "test.counter", record.Query{Text: "panicked"}); err != nil || n != 0 {
				t.Errorf("%d, %v", n, err)
			}
		})
		t.Run("ACancelledCallerSavesNothing", func(t *testing.T) {
			ctx, cancel := context.WithCancel(boss)
			cancel()
			if err := record.Save(boss.In(ctx), &counter{Name: "cancelled"}); err == nil {
				t.Error("a cancelled save went through")
			}
		})
	})
}

// Forms, load files and the API write attached fields like any other, with the version,
// the rights and the hooks of the record.
func TestAttachedFieldsByName(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		id, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": "P", "points": "7"})
		must(t, err)
		want := func(points int64, version int64) {
			t.Helper()
			row, v, err := record.RowAt(boss, "test.partner", id, []string{"points"})
			if got, _ := row.Value("points"); err != nil || got != points || v != version {
				t.Errorf("points are %v in version %d, %v, want %d in version %d", got, v, err, points, version)
			}
		}
		want(7, 2)
		_, err = record.SaveValues(boss, "test.partner", id, 2, map[string]any{"points": 7})
		must(t, err)
		want(7, 2)
		_, err = record.SaveValues(boss, "test.partner", id, 2, map[string]any{"name": "Q", "points": 9})
		must(t, err)
		want(9, 5) // name, points, and what the hook has written
		_, err = record.SaveValues(boss, "test.partner", id, 2, map[string]any{"points": 10})
		wantCode(t, err, fault.Conflict, "in the meantime")
		_, err = record.SaveValues(boss, "test.partner", id, 0, map[string]any{"name": "R", "points": -1})
		wantCode(t, err, fault.Invalid, "points: Points are zero or more.")
		_, err = record.SaveValues(h.as("staff"), "test.partner", id, 0, map[string]any{"points": 10})
		wantCode(t, err, fault.Forbidden, "no right to change")
		want(9, 5)
		if p, err := record.Get[partner](boss, id); err != nil || p.Name != "Q" || p.Note != "had 7 points" {
			t.Errorf("the partner is %+v, %v, want the hooks to have seen what it had", p, err)
		}
	})
}

func TestAttachedFields(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		p := partner{Name: "P"}
		must(t, record.Save(boss, &p))
		must(t, record.SaveSide[partner](boss, p.ID, &loyalty{Points: 7}))
		must(t, record.SaveSide[partner](boss, p.ID, &loyalty{Points: 8}))
		must(t, record.SaveSide[partner](boss, p.ID, &loyalty{Points: 8}))
		side, err := record.SideOf[partner, loyalty](boss, p.ID)
		must(t, err)
		row, version, err := record.RowAt(boss, "test.partner", p.ID, []string{"points"})
		must(t, err)
		if v, _ := row.Value("points"); side.Points != 8 || v != int64(8) || version != 3 {
			t.Errorf("side %+v, row %v, version %d; want 8, 8 and 3", side, v, version)
		}
		lines, err := record.History(boss, "test.partner", p.ID, 1, 0)
		must(t, err)
		if c := lines[0].Changes; len(c) != 1 || c[0].Field != "points" {
			t.Errorf("the history says %+v", lines[0])
		}
		wantNames(t, names(t, boss, record.Query{Filter: filter(t, `[["points", ">", 7]]`)}), "P")
		wantCode(t, record.SaveSide[partner](h.as("staff"), p.ID, &loyalty{Points: 9}), fault.Forbidden, "no right to change")
		wantCode(t, record.SaveSide[partner](two(t, boss), p.ID, &loyalty{Points: 9}), fault.NotFound, "There is no partner")
		wantCode(t, record.SaveSide[partner](boss, 4711, &loyalty{Points: 9}), fault.NotFound, "There is no partner")
		must(t, record.Remove(boss, "test.partner", p.ID, version))
		var left int
		must(t, h.DB.QueryRowContext(boss, "SELECT COUNT(*) FROM test_partner_loyalty").Scan(&left))
		if left != 0 {
			t.Errorf("%d rows of attached fields outlive their record", left)
		}
	})
}
