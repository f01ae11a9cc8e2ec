package record_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

func filter(t *testing.T, text string) domain.Node {
	t.Helper()
	n, err := domain.Parse([]byte(text))
	must(t, err)
	return n
}

func names(t *testing.T, e *record.Env, q record.Query) []string {
	t.Helper()
	rows, err := record.Find[partner](e, q)
	must(t, err)
	out := []string{}
	for _, r := range rows {
		out = append(out, r.Name)
	}
	return out
}

func wantNames(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func wantCode(t *testing.T, err error, code fault.Code, text string) {
	t.Helper()
	if fault.CodeOf(err) != code || err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v (%s), want %s with %q", err, fault.CodeOf(err), code, text)
	}
}

func TestSaveAndRead(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		tagIDs := []int64{}
		for _, n := range []string{"Wholesale", "Retail"} {
			row := tag{Name: n}
			must(t, record.Save(boss, &row))
			tagIDs = append(tagIDs, row.ID)
		}
		seen := time.Date(2026, 3, 4, 5, 6, 7, 891011000, time.UTC)
		p := partner{Name: "Abbott & Sons", Email: "a@example.com", Kind: "wholesale", CreditLimit: 1250050, Rating: 45, Since: "2024-02-29",
			SeenAt: &seen, Note: "two\nlines", Margin: 7, Pin: "1234", Tags: tagIDs, Sites: record.Strings{"a.example", "b.example"}}
		must(t, record.Save(boss, &p))
		if p.ID == 0 || p.Version != 1 || !p.Active || int64(p.CompanyID) != h.acme || !p.CreatedAt.Equal(clock) {
			t.Errorf("after create: %+v", p)
		}
		got, err := record.Get[partner](boss, p.ID)
		must(t, err)
		if got.Name != p.Name || got.CreditLimit != 1250050 || got.Since != "2024-02-29" || !got.SeenAt.Equal(seen) || !slices.Equal(got.Tags, tagIDs) ||
			!slices.Equal(got.Sites, p.Sites) || !got.Active || got.Rating != 45 || got.Margin != 7 {
			t.Errorf("read back: %+v", got)
		}
		if got.PinHash != "" || got.Pin != "" {
			t.Errorf("a private field left the house: %+v", got)
		}
		sys, err := record.Get[partner](h.System(boss, "look"), p.ID)
		must(t, err)
		if sys.PinHash != "hash of 1234" {
			t.Errorf("the Prepare hook's hash was not stored: %q", sys.PinHash)
		}

		t.Run("UnchangedSaveKeepsVersion", func(t *testing.T) {
			must(t, record.Save(boss, &got))
			if got.Version != 1 {
				t.Errorf("version %d after a save that changed nothing", got.Version)
			}
		})
		t.Run("Conflict", func(t *testing.T) {
			mine, theirs := got, got
			theirs.Name = "Theirs"
			must(t, record.Save(boss, &theirs))
			mine.Name = "Mine"
			wantCode(t, record.Save(boss, &mine), fault.Conflict, "Somebody else has changed this partner")
			wantNames(t, names(t, boss, record.Query{}), "Theirs")
		})
		t.Run("HiddenFieldsSurviveASaveThatCannotSeeThem", func(t *testing.T) {
			_, err := record.SaveValues(boss, "res.partner", p.ID, 0, map[string]any{"note": "new", "tags": []any{"Retail"}})
			must(t, err)
			after, err := record.Get[partner](h.System(boss, "look"), p.ID)
			must(t, err)
			if after.PinHash != "hash of 1234" || after.Margin != 7 || after.Note != "new" || !slices.Equal(after.Tags, tagIDs[1:]) {
				t.Errorf("after the save: %+v", after)
			}
		})
		t.Run("Delete", func(t *testing.T) {
			row, err := record.Get[partner](boss, p.ID)
			must(t, err)
			must(t, record.Delete(boss, &row))
			_, err = record.Get[partner](boss, p.ID)
			wantCode(t, err, fault.NotFound, "There is no partner")
		})
		t.Run("AuditTellsWhatHappened", func(t *testing.T) {
			var actions, all []string
			rows, err := h.DB.QueryContext(boss, "SELECT action, changes FROM audit WHERE model = 'test.partner' ORDER BY id")
			must(t, err)
			defer rows.Close()
			for rows.Next() {
				var a, c string
				must(t, rows.Scan(&a, &c))
				actions, all = append(actions, a), append(all, c)
			}
			if want := []string{"create", "write", "write", "delete"}; !slices.Equal(actions, want) {
				t.Errorf("actions %q, want %q", actions, want)
			}
			if text := strings.Join(all, ""); strings.Contains(text, "1234") || strings.Contains(text, "hash of") {
				t.Errorf("82: a secret stands in the audit log: %s", text)
			}
		})
	})
}

func TestValidation(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		cases := []struct {
			name   string
			values map[string]any
			field  string
			text   string
		}{
			{"ErrNameRequired", map[string]any{"name": " "}, "name", "Enter a value"},
			{"ErrTooLong", map[string]any{"name": strings.Repeat("x", 257)}, "name", "256 characters"},
			{"ErrTwoLines", map[string]any{"name": "a\nb"}, "name", "one line"},
			{"ErrNUL", map[string]any{"name": "a\x00b"}, "name", "cannot be stored"},
			{"ErrEmail", map[string]any{"name": "a", "email": "nobody"}, "email", "e-mail address"},
			{"ErrOption", map[string]any{"name": "a", "kind": "other"}, "kind", "values offered"},
			{"ErrNumber", map[string]any{"name": "a", "credit_limit": "ten"}, "credit_limit", "Write a number"},
			{"ErrDigits", map[string]any{"name": "a", "credit_limit": "1.005"}, "credit_limit", "2 digits"},
			{"ErrDate", map[string]any{"name": "a", "since": "30/02/2026"}, "since", "YYYY-MM-DD"},
			{"ErrNoSuchDay", map[string]any{"name": "a", "since": "2026-02-30"}, "since", "YYYY-MM-DD"},
			{"ErrMoment", map[string]any{"name": "a", "seen_at": "noon"}, "seen_at", "YYYY-MM-DDTHH:MM"},
			{"ErrUnknownField", map[string]any{"name": "a", "colour": "red"}, "colour", "no field"},
			{"ErrPrivateField", map[string]any{"name": "a", "pin_hash": "x"}, "pin_hash", "no field"},
			{"ErrUnknownRelation", map[string]any{"name": "a", "parent": "Nobody"}, "parent", "There is no partner"},
			{"ErrMissingRelation", map[string]any{"name": "a", "parent": 4711}, "parent", "does not exist"},
			{"ErrCompanyOutOfReach", map[string]any{"name": "a", "company": h.beta}, "company", "does not exist"},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				_, err := record.SaveValues(boss, "test.partner", 0, 0, c.values)
				wantCode(t, err, fault.Invalid, c.text)
				var e *fault.Error
				if e, _ = err.(*fault.Error); e == nil || e.Field != c.field || e.Key == "" && !strings.Contains(c.text, "no field") {
					t.Errorf("error %#v, want one on %q with a translation key", e, c.field)
				}
			})
		}
		t.Run("AllAtOnce", func(t *testing.T) {
			_, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": "", "email": "x"})
			if e, _ := err.(*fault.Error); e == nil || len(e.All()) != 2 {
				t.Errorf("got %v, want an entry for name and one for email", err)
			}
		})
		t.Run("ErrTaken", func(t *testing.T) {
			must(t, record.Save(boss, &tag{Name: "Once"}))
			err := record.Save(boss, &tag{Name: "Once"})
			wantCode(t, err, fault.Invalid, "already in use")
		})
		t.Run("NothingWasSaved", func(t *testing.T) { wantNames(t, names(t, boss, record.Query{})) })
		t.Run("FormsAndFilesAreUnderstood", func(t *testing.T) {
			id, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": " A ", "credit_limit": "12,5", "rating": json.Number("4.5"),
				"active": "on", "tags": []any{"New tag", "Once"}, "since": "2026-01-02", "seen_at": "2026-01-02T03:04", "sites": "x\r\n\r\ny"})
			must(t, err)
			p, err := record.Get[partner](boss, id)
			must(t, err)
			if p.Name != "A" || p.CreditLimit != 1250 || p.Rating != 45 || len(p.Tags) != 2 || len(p.Sites) != 2 || p.SeenAt.Hour() != 3 {
				t.Errorf("got %+v", p)
			}
		})
	})
}

func TestAccess(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss, staff := h.as("boss"), h.as("staff")
		other := h.Env(boss, someone{1, h.Registry().Implied("boss")}, h.beta, []int64{h.beta})
		must(t, record.Save(boss, &partner{Name: "Open", Margin: 5}))
		must(t, record.Save(boss, &partner{Name: "Top secret"}))
		hidden := partner{Name: "Beta's"}
		must(t, record.Save(other, &hidden))

		t.Run("DenyIsTheDefault", func(t *testing.T) {
			_, err := record.Find[partner](h.as(), record.Query{})
			wantCode(t, err, fault.Forbidden, "no right to see")
			_, err = record.Find[partner](h.Nobody(boss), record.Query{})
			wantCode(t, err, fault.Forbidden, "no right to see")
		})
		t.Run("GroupInNoRuleSeesNothing", func(t *testing.T) { wantNames(t, names(t, h.as("loner"), record.Query{})) })
		t.Run("RecordRules", func(t *testing.T) {
			wantNames(t, names(t, staff, record.Query{}), "Open")
			wantNames(t, names(t, boss, record.Query{}), "Open", "Top secret")
		})
		t.Run("CompanyOfAnother", func(t *testing.T) {
			_, err := record.Get[partner](boss, hidden.ID)
			wantCode(t, err, fault.NotFound, "may not see it")
			_, err = record.SaveValues(boss, "test.partner", hidden.ID, 0, map[string]any{"name": "Mine now"})
			wantCode(t, err, fault.NotFound, "may not see it")
		})
		t.Run("StaffMayNotWrite", func(t *testing.T) {
			wantCode(t, record.Save(staff, &partner{Name: "x"}), fault.Forbidden, "no right to create")
		})
		t.Run("FieldRights", func(t *testing.T) {
			rows, err := record.Find[partner](staff, record.Query{})
			must(t, err)
			if rows[0].Margin != 0 {
				t.Errorf("staff read the margin")
			}
			for _, q := range []record.Query{{Filter: filter(t, `[["margin", ">", 0]]`)}, {Order: "margin"}, {Fields: []string{"margin"}}} {
				var err error
				for _, e := range record.Rows(staff, "test.partner", q) {
					err = e
				}
				wantCode(t, err, fault.Invalid, "margin")
			}
		})
		t.Run("HiddenAndUnknownFieldsAlike", func(t *testing.T) {
			say := func(field string) string {
				_, err := record.Find[partner](staff, record.Query{Filter: domain.Cond{Path: field, Op: domain.Eq, Value: 1}})
				return strings.ReplaceAll(fmt.Sprint(err), field, "F")
			}
			if a, b := say("margin"), say("nothing"); a != b {
				t.Errorf("69: %q differs from %q", a, b)
			}
		})
		t.Run("OutOfReachAfterTheWrite", func(t *testing.T) {
			lim := h.Env(boss, someone{1, h.Registry().Implied("boss")}, h.acme, []int64{h.acme})
			_, err := record.SaveValues(lim, "test.partner", 0, 0, map[string]any{"name": "x", "company": h.acme})
			must(t, err)
		})
		t.Run("RelationOfAHiddenRecordIsEmpty", func(t *testing.T) {
			sys := h.System(boss, "test")
			child := partner{Name: "Child", ParentID: record.ID(hidden.ID), CompanyID: record.ID(h.acme), Active: true}
			must(t, record.Save(sys, &child))
			row, err := record.RowOf(boss, "test.partner", child.ID, []string{"name", "parent", "parent.name"})
			must(t, err)
			for _, path := range []string{"parent", "parent.name"} {
				if v, _ := row.Value(path); v != nil {
					t.Errorf("%s shows %v of a hidden record", path, v)
				}
			}
			wantNames(t, names(t, boss, record.Query{Filter: filter(t, `[["parent.name", "=", "Beta's"]]`)}))
			wantNames(t, names(t, boss, record.Query{Filter: filter(t, `["!", ["parent.name", "=", "Beta's"], ["name", "=", "Child"]]`)}))
		})
	})
}

func TestWindows(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		for _, p := range []partner{{Name: "A", Kind: "retail", Note: "na", Email: "a@example.com"}, {Name: "B", Kind: "wholesale", Note: "nb", Email: "b@example.com"}, {Name: "C", Note: "nc"}} {
			must(t, record.Save(boss, &p))
		}
		read := []record.Op{record.OpRead}
		app := boss.Through(map[string][]record.Window{"test.partner": {
			{Scope: "retail", Filter: filter(t, `[["kind", "=", "retail"]]`), Fields: []string{"name", "email"}, Ops: read},
			{Scope: "wholesale", Filter: filter(t, `[["kind", "=", "wholesale"]]`), Fields: []string{"name", "note"}, Ops: read},
		}})
		see := func(q record.Query) string {
			q.Fields = []string{"name", "email", "note"}
			var out []string
			for r, err := range record.Rows(app, "test.partner", q) {
				if err != nil {
					return err.Error()
				}
				line := ""
				for p, v := range r.All() {
					line += fmt.Sprintf("%s=%v ", p, v)
				}
				out = append(out, strings.TrimSpace(line))
			}
			return strings.Join(out, "; ")
		}
		t.Run("70 each record shows the fields of the scopes that match it", func(t *testing.T) {
			if got, want := see(record.Query{}), "name=A email=a@example.com; name=B note=nb"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
		t.Run("68 a filter finds only where its field is shown", func(t *testing.T) {
			if got, want := see(record.Query{Filter: filter(t, `[["email", "ilike", "example"]]`)}), "name=A email=a@example.com"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
		t.Run("69 a field of no scope is refused", func(t *testing.T) {
			for _, q := range []record.Query{{Filter: filter(t, `[["kind", "=", "retail"]]`)}, {Order: "kind"}, {Text: "x", Order: "credit_limit"}} {
				if got := see(q); !strings.Contains(got, "do not allow") {
					t.Errorf("query %+v gave %q", q, got)
				}
			}
		})
		t.Run("count sees what rows see", func(t *testing.T) {
			n, err := record.Count(app, "test.partner", record.Query{})
			if err != nil || n != 2 {
				t.Errorf("count %d, %v", n, err)
			}
		})
		t.Run("a struct holds nothing that no window shows", func(t *testing.T) {
			rows, err := record.Find[partner](app, record.Query{})
			must(t, err)
			if len(rows) != 2 || rows[0].Note != "" || rows[0].Kind != "" || rows[1].Email != "" {
				t.Errorf("got %+v", rows)
			}
		})
		t.Run("writing needs a window that allows it", func(t *testing.T) {
			wantCode(t, record.Save(app, &partner{Name: "D"}), fault.Forbidden, "no right to create")
			_, err := record.Find[tag](app, record.Query{})
			wantCode(t, err, fault.Forbidden, "no right to see")
		})
	})
}

func TestListsOrderAndSearch(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		parent := partner{Name: "Zed"}
		must(t, record.Save(boss, &parent))
		for _, p := range []partner{{Name: "élan", CreditLimit: 3}, {Name: "Bravo", CreditLimit: 2, ParentID: record.ID(parent.ID)}, {Name: "alpha", CreditLimit: 2}} {
			must(t, record.Save(boss, &p))
		}
		wantNames(t, names(t, boss, record.Query{Order: "name"}), "Bravo", "Zed", "alpha", "élan")
		wantNames(t, names(t, boss, record.Query{Order: "credit_limit desc, name"}), "élan", "Bravo", "alpha", "Zed")
		wantNames(t, names(t, boss, record.Query{Order: "parent desc, name", Limit: 2}), "Bravo", "Zed")
		wantNames(t, names(t, boss, record.Query{Order: "name", Limit: 2, Offset: 1}), "Zed", "alpha")
		wantNames(t, names(t, boss, record.Query{Text: "bra"}), "Bravo")
		wantNames(t, names(t, boss, record.Query{Text: "100%"}))
		row, err := record.RowOf(boss, "res.partner", parent.ID, []string{"children", "children.name", "points"})
		must(t, err)
		if v, _ := row.Value("children.name"); fmt.Sprint(v) != "[Bravo]" {
			t.Errorf("children.name is %v", v)
		}
		if v, _ := row.Value("points"); v != nil {
			t.Errorf("points is %v without a side row", v)
		}
		_, err = record.Find[partner](boss, record.Query{Order: "name sideways"})
		wantCode(t, err, fault.Invalid, "is no order")
		_, err = record.Find[partner](boss, record.Query{Order: "pin_hash"})
		wantCode(t, err, fault.Invalid, "cannot be ordered")
	})
}

func TestTranslation(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		row := tag{Name: "Wholesale"}
		must(t, record.Save(boss, &row))
		fr := boss.WithLang("fr")
		_, err := record.SaveValues(fr, "test.tag", row.ID, 0, map[string]any{"name": "Gros"})
		must(t, err)
		for lang, want := range map[string]string{"en": "Wholesale", "fr": "Gros"} {
			got, err := record.Get[tag](boss.WithLang(lang), row.ID)
			must(t, err)
			if got.Name != want {
				t.Errorf("in %s: %q, want %q", lang, got.Name, want)
			}
		}
	})
}

func TestTransactions(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		err := boss.Write(func(in *record.Env) error {
			must(t, record.Save(in, &partner{Name: "Gone"}))
			wantNames(t, names(t, in, record.Query{}), "Gone")
			if err := in.Write(func(deep *record.Env) error {
				must(t, record.Save(deep, &partner{Name: "Deeper"}))
				return fault.New(fault.Invalid, "no")
			}); err == nil {
				t.Error("the inner error was lost")
			}
			wantNames(t, names(t, in, record.Query{}), "Gone")
			return fault.New(fault.Conflict, "undo")
		})
		wantCode(t, err, fault.Conflict, "undo")
		wantNames(t, names(t, boss, record.Query{}))
	})
}

func TestListsCostOneStatementEach(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		for i := range 30 {
			_, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": fmt.Sprintf("P%02d", i), "tags": []any{"One", "Two"}})
			must(t, err)
		}
		ctx, count := h.DB.CountQueries(boss)
		n := 0
		for r, err := range record.Rows(boss.In(ctx), "test.partner", record.Query{Fields: []string{"name", "company", "company.name", "parent.company.name", "tags", "tags.name"}}) {
			must(t, err)
			if v, _ := r.Value("tags"); len(v.([]int64)) != 2 {
				t.Fatalf("tags %v", v)
			}
			n++
		}
		if n != 30 || count.Len() != 3 {
			t.Errorf("%d rows in %d statements, want 30 in 3: %q", n, count.Len(), count.Statements())
		}
	})
}
