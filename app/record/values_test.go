package record_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	boss := h.as("boss")
	p := partner{Name: "P"}
	must(t, record.Save(boss, &p))
	const refused = math.MinInt64
	cases := []struct {
		lang  string
		value any
		want  record.Money
	}{
		{"en", "1,234", 123400}, {"fr", "1,23", 123}, {"en", "12,5", 1250}, {"en", "1,234.56", 123456}, {"fr", "1.234,56", 123456},
		{"fr", "1\u202f234,5", 123450}, {"en", "1,234,567", 123456700}, {"en", "1.234.567", 123456700}, {"en", "-0.01", -1}, {"en", "+5", 500},
		{"en", 12.34, 1234}, {"en", json.Number("1e2"), 10000}, {"en", int32(7), 700}, {"en", uint64(7), 700}, {"en", "92233720368547758.07", math.MaxInt64},
		{"fr", "1,234", refused}, {"en", "1,2,3", refused}, {"en", "1,23.4", refused}, {"en", "12,34,567", refused}, {"en", "1.2.3", refused},
		{"en", "1e400", refused}, {"en", "1e999999999", refused}, {"en", "1e-999999999", refused}, {"en", json.Number("1e2000000000"), refused},
		{"en", "92233720368547758.08", refused}, {"en", math.Inf(1), refused}, {"en", math.NaN(), refused}, {"en", 1e300, refused},
		{"en", "0x10", refused}, {"en", "--1", refused}, {"en", true, refused}, {"en", []any{1}, refused}, {"en", strings.Repeat("9", 5000), refused},
	}
	for _, c := range cases {
		_, err := record.SaveValues(boss.WithLang(c.lang), "test.partner", p.ID, 0, map[string]any{"credit_limit": c.value})
		if c.want == refused {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %v: %v, want it refused", c.lang, c.value, err)
			}
			continue
		}
		must(t, err)
		if got, err := record.Get[partner](boss, p.ID); err != nil || got.CreditLimit != c.want {
			t.Errorf("%s %v is %d (%v), want %d", c.lang, c.value, got.CreditLimit, err, c.want)
		}
	}
}

func TestValuesThatDoNotFit(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		first, second := partner{Name: "First"}, partner{Name: "Second"}
		must(t, record.Save(boss, &first))
		must(t, record.Save(boss, &second))
		cases := []struct {
			name   string
			values map[string]any
			text   string
		}{
			{"ErrTwoForOne", map[string]any{"name": "a", "parent": []any{first.ID, second.ID}}, "one record only"},
			{"ErrHugeID", map[string]any{"name": "a", "parent": 1e300}, "does not exist"},
			{"ErrNameWithNUL", map[string]any{"name": "a", "parent": "a\x00b"}, "does not exist"},
			{"ErrTagWithBadUTF8", map[string]any{"name": "a", "tags": []any{"\xff"}}, "does not exist"},
			{"ErrYearZero", map[string]any{"name": "a", "seen_at": "0000-01-01T00:00:00Z"}, "date and time"},
			{"ErrZeroTime", map[string]any{"name": "a", "seen_at": time.Time{}}, "date and time"},
			{"ErrFarYear", map[string]any{"name": "a", "seen_at": time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}, "date and time"},
			{"ErrFarDay", map[string]any{"name": "a", "since": time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)}, "YYYY-MM-DD"},
			{"ErrListWithNUL", map[string]any{"name": "a", "sites": []any{"a\x00"}}, "cannot be stored"},
			{"ErrListTooLong", map[string]any{"name": "a", "sites": []any{strings.Repeat("x", 70_000)}}, "too long"},
			{"ErrAttached", map[string]any{"name": "a", "points": "many"}, "Write a number"},
			{"ErrLinesByName", map[string]any{"name": "a", "children": []any{1}}, "by itself"},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				_, err := record.SaveValues(boss, "test.partner", 0, 0, c.values)
				wantCode(t, err, fault.Invalid, c.text)
			})
		}
		t.Run("NumbersOfAnyKindNameARecord", func(t *testing.T) {
			for _, v := range []any{json.Number("1"), first.ID, float64(first.ID), map[string]any{"id": first.ID}, []any{first.ID}} {
				_, err := record.SaveValues(boss, "test.partner", second.ID, 0, map[string]any{"parent": v})
				must(t, err)
			}
		})
		t.Run("SwitchesOfForms", func(t *testing.T) {
			for v, want := range map[any]bool{"on": true, "off": false, json.Number("1"): true, 0.0: false, int64(1): true} {
				_, err := record.SaveValues(boss, "test.partner", second.ID, 0, map[string]any{"active": v})
				must(t, err)
				if got, err := record.Get[partner](boss, second.ID); err != nil || got.Active != want {
					t.Errorf("%#v is %v, %v", v, got.Active, err)
				}
			}
		})
		t.Run("ManyRelatedRecords", func(t *testing.T) {
			ids := make([]any, 1500)
			for i := range ids {
				ids[i] = 1_000_000 + i
			}
			_, err := record.SaveValues(boss, "test.partner", 0, 0, map[string]any{"name": "a", "tags": ids})
			wantCode(t, err, fault.Invalid, "does not exist")
		})
		t.Run("CancelledIsNotUnknown", func(t *testing.T) {
			ctx, cancel := context.WithCancel(boss)
			cancel()
			_, err := record.SaveValues(boss.In(ctx), "test.partner", 0, 0, map[string]any{"name": "a", "parent": "First"})
			if err == nil || fault.Is(err, fault.Invalid) {
				t.Errorf("a cancelled save says %v", err)
			}
		})
	})
}

func TestDraftsOfPeopleWithoutRights(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		_, err := record.NewDraft(h.as("boss"), "test.partner", map[string]any{"pin_hash": "x"})
		wantCode(t, err, fault.Invalid, "no field")
		_, err = record.NewDraft(h.as("staff"), "test.partner", map[string]any{"pin": "x"})
		wantCode(t, err, fault.Forbidden, "no right to change")
	})
}

func TestSearchWords(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		must(t, record.Save(boss, &partner{Name: "Élan Ltd"}))
		wantNames(t, names(t, boss, record.Query{Text: " ltd  lan "}), "Élan Ltd")
		wantNames(t, names(t, boss, record.Query{Text: "%"}))
		wantNames(t, names(t, boss, record.Query{Text: "_"}))
		_, err := record.Find[partner](boss, record.Query{Text: strings.Repeat("a ", 1000)})
		wantCode(t, err, fault.Invalid, "16 words")
		for _, text := range []string{"a\x00b", "\xff", strings.Repeat("x", 10_000)} {
			if _, err := record.Find[partner](boss, record.Query{Text: text}); err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("searching for %.10q: %v", text, err)
			}
		}
		_, err = record.Find[partner](boss, record.Query{Order: strings.Repeat("name,", 100)})
		wantCode(t, err, fault.Invalid, "8 fields")
	})
}
