package record_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// lines writes totals down, one a line: values, count, sums.
func lines(totals []record.Total) []string {
	out := []string{}
	for _, t := range totals {
		line := ""
		for _, v := range t.Values {
			if r, ok := v.(*record.Ref); ok {
				v = r.Name
			}
			line += fmt.Sprint(v) + " "
		}
		out = append(out, fmt.Sprint(line, t.Count, " ", t.Sums))
	}
	return out
}

func TestTotals(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		sys, boss := h.System(t.Context(), "test"), h.as("boss")
		for _, p := range []partner{
			{Name: "a", Kind: "retail", Since: "2026-01-31", CreditLimit: 1_050, Rating: 15, Margin: 1, CompanyID: record.ID(h.acme)},
			{Name: "b", Kind: "retail", Since: "2026-02-01", CreditLimit: 2_000, CompanyID: record.ID(h.acme)},
			{Name: "c", Kind: "wholesale", Since: "2026-02-28", CreditLimit: 9_007_199_254_740_993, CompanyID: record.ID(h.acme)},
			{Name: "secret", Kind: "wholesale", CreditLimit: 7},
			{Name: "theirs", Kind: "retail", Since: "2026-02-02", CreditLimit: 5, CompanyID: record.ID(h.beta)},
		} {
			must(t, record.Save(sys, &p))
		}
		for _, c := range []struct {
			name     string
			env      *record.Env
			query    record.Query
			by, sums []string
			want     []string
		}{
			{"Kinds", boss, record.Query{}, []string{"kind"}, []string{"credit_limit", "rating"}, []string{"retail 2 [3050 15]", "wholesale 2 [9007199254741000 0]"}},
			{"MonthsEmptyFirst", boss, record.Query{}, []string{"since:month"}, nil, []string{"<nil> 1 []", "2026-01 1 []", "2026-02 2 []"}},
			{"Relation", sys, record.Query{}, []string{"company", "kind"}, []string{"credit_limit"},
				[]string{"<nil> wholesale 1 [7]", "Acme retail 2 [3050]", "Acme wholesale 1 [9007199254740993]", "Beta retail 1 [5]"}},
			{"RelationsField", sys, record.Query{}, []string{"company.name"}, nil, []string{"<nil> 1 []", "Acme 3 []", "Beta 1 []"}},
			{"Switch", boss, record.Query{}, []string{"active"}, nil, []string{"true 4 []"}},
			{"RulesHold", h.as("staff"), record.Query{}, []string{"kind"}, nil, []string{"retail 2 []", "wholesale 1 []"}},
			{"Filter", boss, record.Query{Filter: filter(t, `[["kind", "=", "retail"]]`), Order: "name", Limit: 1}, nil, []string{"credit_limit"}, []string{"2 [3050]"}},
			{"Search", boss, record.Query{Text: "secret"}, nil, nil, []string{"1 []"}},
			{"NothingIsZero", boss, record.Query{Filter: filter(t, `[["name", "=", "nobody"]]`)}, nil, []string{"credit_limit"}, []string{"0 [0]"}},
			{"NoGroup", boss, record.Query{Filter: filter(t, `[["name", "=", "nobody"]]`)}, []string{"kind"}, nil, []string{}},
		} {
			t.Run(c.name, func(t *testing.T) {
				got, err := record.Totals(c.env, "test.partner", c.query, c.by, c.sums)
				if must(t, err); !slices.Equal(lines(got), c.want) {
					t.Errorf("totals by %v of %v: %q, want %q", c.by, c.sums, lines(got), c.want)
				}
			})
		}
		for name, c := range map[string]struct {
			env      *record.Env
			by, sums []string
			code     fault.Code
		}{
			"ErrModelForbidden": {h.as(), nil, nil, fault.Forbidden},
			"ErrHiddenSum":      {h.as("staff"), nil, []string{"margin"}, fault.Invalid},
			"ErrHiddenGroup":    {h.as("staff"), []string{"margin"}, nil, fault.Invalid},
			"ErrPrivate":        {boss, []string{"pin_hash"}, nil, fault.Invalid},
			"ErrUnknown":        {boss, nil, []string{"turnover"}, fault.Invalid},
			"ErrNoNumber":       {boss, nil, []string{"name"}, fault.Invalid},
			"ErrList":           {boss, []string{"tags"}, nil, fault.Invalid},
			"ErrID":             {boss, []string{"id"}, nil, fault.Invalid},
			"ErrMonthOfText":    {boss, []string{"name:month"}, nil, fault.Invalid},
		} {
			t.Run(name, func(t *testing.T) {
				if _, err := record.Totals(c.env, "test.partner", record.Query{}, c.by, c.sums); !fault.Is(err, c.code) {
					t.Errorf("totals by %v of %v give %v, want %s", c.by, c.sums, err, c.code)
				}
			})
		}
	})
}

// Totals look only through windows that list everything they are made of.
func TestTotalsThroughWindows(t *testing.T) {
	engines(t, func(t *testing.T, h house) {
		boss := h.as("boss")
		for _, p := range []partner{{Name: "r", Kind: "retail", CreditLimit: 1}, {Name: "w", Kind: "wholesale", CreditLimit: 2}, {Name: "x", CreditLimit: 4}} {
			must(t, record.Save(boss, &p))
		}
		read := []record.Op{record.OpRead}
		app := boss.Through(map[string][]record.Window{"test.partner": {
			{Filter: filter(t, `[["kind", "=", "retail"]]`), Fields: []string{"kind", "credit_limit"}, Ops: read},
			{Filter: filter(t, `[["kind", "=", "wholesale"]]`), Fields: []string{"kind"}, Ops: read},
			{Fields: []string{"credit_limit"}, Ops: []record.Op{record.OpWrite}},
		}})
		for _, c := range []struct {
			by, sums, want []string
		}{
			{[]string{"kind"}, nil, []string{"retail 1 []", "wholesale 1 []"}},
			{[]string{"kind"}, []string{"credit_limit"}, []string{"retail 1 [1]"}},
			{nil, nil, []string{"2 []"}},
		} {
			got, err := record.Totals(app, "test.partner", record.Query{}, c.by, c.sums)
			if must(t, err); !slices.Equal(lines(got), c.want) {
				t.Errorf("totals by %v of %v: %q, want %q", c.by, c.sums, lines(got), c.want)
			}
		}
		if _, err := record.Totals(app, "test.partner", record.Query{}, []string{"name"}, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("totals by a field that no window lists give %v, want invalid", err)
		}
	})
}
