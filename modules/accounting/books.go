package accounting

import (
	"cmp"
	"slices"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// What the posted documents of a VAT period come to, in three statements however many there
// are: lines and documents, each added up by themselves, so that what one of them lost the
// other shows, and a glance that tells whether there is anything new. They begin at the
// documents of the company's days, so that they do not grow with the years, and find in
// indexes nearly all that they need.

// booked is what is posted in a VAT period.
type booked struct {
	figures   Figures
	documents []tally
	taxes     taxCodes // of its lines
}

func book(act *record.Env, p Period, known taxCodes) (b booked, err error) {
	if b.figures, b.taxes, err = compute(act, p, known); err != nil {
		return b, err
	}
	b.documents, err = talliesOf(act, p)
	return b, err
}

// group is what the lines of one tax code and one kind of document come to.
type group struct {
	tax              int64 // 0: none
	kind             string
	count            int
	net, vat         record.Money // as booked
	untaxed, charged record.Money // as the documents have it
	gross            record.Money
}

// inPeriod are the documents of [documentsIn].
const inPeriod = " i.company_id = ? AND i.state = '" + Posted + "' AND i.vat_date >= ? AND i.vat_date <= ?"

func (p Period) bounds() []any { return []any{int64(p.CompanyID), string(p.Starts), string(p.Ends)} }

// groupsOf adds the lines of a period up by tax code and kind.
func groupsOf(e *record.Env, p Period) ([]group, error) {
	var out []group
	err := e.Database().DB.Each(e.Context, `SELECT l.tax_id, i.kind, COUNT(*), `+sums("l.booked_net", "l.booked_vat", "l.net", "l.vat", "l.gross")+`
		FROM accounting_invoice i JOIN accounting_invoice_line l ON l.invoice_id = i.id WHERE`+inPeriod+` GROUP BY 1, 2`, p.bounds(), func(row []any) error {
		g := group{count: int(number(row[2])), net: money(row[3]), vat: money(row[4]), untaxed: money(row[5]), charged: money(row[6]), gross: money(row[7])}
		g.tax, g.kind = number(row[0]), row[1].(string)
		out = append(out, g)
		return nil
	})
	slices.SortFunc(out, func(a, b group) int { return cmp.Or(cmp.Compare(a.tax, b.tax), cmp.Compare(a.kind, b.kind)) })
	return out, db.Fault(err)
}

// tally is what the documents of one kind come to.
type tally struct {
	kind                    string
	count                   int
	late                    int // whose tax point is before the period
	untaxed, charged, gross record.Money
}

// talliesOf adds the documents of a period up by kind.
func talliesOf(e *record.Env, p Period) ([]tally, error) {
	var out []tally
	err := e.Database().DB.Each(e.Context, `SELECT i.kind, COUNT(*), `+sums("CASE WHEN i.tax_point < ? THEN 1 ELSE 0 END", "i.untaxed", "i.tax + i.reversed", "i.total")+`
		FROM accounting_invoice i WHERE`+inPeriod+` GROUP BY 1`, append([]any{string(p.Starts)}, p.bounds()...), func(row []any) error {
		out = append(out, tally{kind: row[0].(string), count: int(number(row[1])), late: int(number(row[2])), untaxed: money(row[3]), charged: money(row[4]), gross: money(row[5])})
		return nil
	})
	return out, db.Fault(err)
}

// glance is what one look at a period tells without adding its lines up.
type glance struct {
	contents
	drafts   int // up to its end
	nameless int // documents whose tax code wants a VAT number that the partner lacks
}

// contents tell whether figures are made of the same still. Posted documents never change
// and never go away; tax codes and adjustments have versions, and no id comes back.
type contents struct {
	documents, documentIDs, total int64
	codes                         codes
	adjustments                   adjustments
}

// adjustments are one state of the adjustments of a period.
type adjustments struct{ count, ids, versions int64 }

// codes are one state of the tax codes.
type codes struct{ count, ids, versions int64 }

func glanceAt(act *record.Env, p Period) (g glance, err error) {
	query := "SELECT COUNT(*), " + sums("i.id", "i.total", withoutNumber) + `,
			(SELECT COUNT(*) FROM accounting_invoice d WHERE d.company_id = ? AND d.state = '` + Draft + `' AND d.vat_date <= ?),
			(SELECT COUNT(*) FROM accounting_tax), (SELECT ` + sums("id") + ` FROM accounting_tax), (SELECT ` + sums("version") + ` FROM accounting_tax),
			(SELECT COUNT(*) FROM accounting_vat_adjustment WHERE period_id = ?), (SELECT ` + sums("id") + ` FROM accounting_vat_adjustment WHERE period_id = ?),
			(SELECT ` + sums("version") + ` FROM accounting_vat_adjustment WHERE period_id = ?)
		FROM accounting_invoice i WHERE` + inPeriod
	args := append([]any{int64(p.CompanyID), string(p.Ends), p.ID, p.ID, p.ID}, p.bounds()...)
	err = act.Database().DB.Each(act.Context, query, args, func(row []any) error {
		g.documents, g.documentIDs, g.total, g.nameless = number(row[0]), number(row[1]), number(row[2]), int(number(row[3]))
		g.drafts = int(number(row[4]))
		g.codes = codes{number(row[5]), number(row[6]), number(row[7])}
		g.adjustments = adjustments{number(row[8]), number(row[9]), number(row[10])}
		return nil
	})
	return g, db.Fault(err)
}

// withoutNumber is 1 for a document whose tax code wants a VAT number that the partner lacks.
const withoutNumber = `CASE WHEN EXISTS (SELECT 1 FROM contacts_partner p WHERE p.id = i.partner_id AND COALESCE(p.vat, '') = '')
	AND EXISTS (SELECT 1 FROM accounting_invoice_line l JOIN accounting_tax t ON t.id = l.tax_id WHERE l.invoice_id = i.id AND t.partner_vat) THEN 1 ELSE 0 END`

// sums adds columns up, as whole numbers on both engines.
func sums(columns ...string) string {
	text := ""
	for i, c := range columns {
		if i > 0 {
			text += ", "
		}
		text += "CAST(SUM(" + c + ") AS BIGINT)"
	}
	return text
}

func number(v any) int64 { n, _ := v.(int64); return n }

func money(v any) record.Money { return record.Money(number(v)) }
