package base

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// Sequence numbers documents. A company uses its own sequence of a code when it has one,
// else the one without a company.
type Sequence struct {
	record.Meta
	Code       string
	Name       string
	Prefix     string
	Padding    int64
	NextNumber int64
	CompanyID  record.ID
}

func defineSequence(r *record.Registry) {
	record.Define[Sequence](r, record.Model{
		Name: "base.sequence", Label: "Sequence", Plural: "Sequences", Icon: "hash", Hue: "settings",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true},
			{Name: "code", Label: "Code", Help: "What is numbered, for example sales.order.", Type: record.Code, Required: true},
			{Name: "prefix", Label: "Prefix", Help: "{year} becomes the year of the document.", Type: record.Text, Size: 32},
			{Name: "padding", Label: "Digits", Help: "Shorter numbers are filled with zeros.", Type: record.Int},
			{Name: "next_number", Label: "Next number", Type: record.Int, Default: func(*record.Env) any { return int64(1) }},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel},
		},
		List:   record.List{Columns: []string{"name", "code", "prefix", "next_number", "company"}, Order: "code"},
		Search: record.Search{Fields: []string{"name", "code"}, Facets: []string{"company"}},
		Form: record.Form{Sub: "code", Tabs: []record.Tab{{Name: "sequence", Label: "Sequence", Groups: []record.Group{
			{Name: "sequence", Label: "Sequence", Fields: []string{"name", "code", "prefix", "padding", "next_number", "company"}}}}}},
		Access: []record.Access{{Group: GroupAdmin, Read: true, Create: true, Write: true, Delete: true}},
	})
	record.BeforeSave(r, func(_ *record.Env, s *Sequence) error {
		if s.Padding < 0 || s.Padding > 12 {
			return fault.New(fault.Invalid, "Use between 0 and 12 digits.").On("padding").Keyed("base.sequence.padding.range", nil)
		}
		if s.NextNumber < 1 {
			return fault.New(fault.Invalid, "The next number is 1 or more.").On("next_number").Keyed("base.sequence.next_number.range", nil)
		}
		return nil
	})
}

// NextNumber takes the next number of a sequence for a company, e.g. "SO/2026/0042". It
// belongs to the transaction of env: undone with it, so there are no gaps; others who
// number at the same time wait. Whoever may create the document may number it.
func NextNumber(e *record.Env, code string, company int64) (string, error) {
	var prefix string
	var number, padding int64
	err := e.Database().DB.Write(e.Context, func(tx *db.Tx) error {
		return tx.QueryRow(`UPDATE base_sequence SET next_number = next_number + 1 WHERE id = (
				SELECT id FROM base_sequence WHERE code = ? AND (company_id = ? OR company_id IS NULL)
				ORDER BY CASE WHEN company_id IS NULL THEN 1 ELSE 0 END, id LIMIT 1)
			RETURNING prefix, padding, next_number - 1`, code, record.ID(company)).Scan(&prefix, &padding, &number)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "There is no sequence %q for this company.", code).Keyed("base.sequence.none", map[string]any{"Code": code})
	}
	if err != nil {
		return "", err
	}
	year := e.Now.In(e.Location).Format("2006")
	return strings.ReplaceAll(prefix, "{year}", year) + fmt.Sprintf("%0*d", int(padding), number), nil
}
