package accounting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

// demoRegistration is the British demo company's; its books begin two quarters ago.
var demoRegistration = VATRegistration{VRN: "123456789", VATStagger: StaggerJanuary}

// keeper is a demo company with its books.
type keeper struct {
	company  string // external id
	by       string // who has posted, by external id
	prefixes map[string]string
	books    []template
	late     []template // of the first quarter, declared in the second
	drafts   []template
}

var demoKeepers = []keeper{
	{"main", "marc", map[string]string{Sale: "INV/{year}/", CreditNote: "CN/{year}/", Bill: "BILL/{year}/", Refund: "RF/{year}/"}, britishBooks, []template{britishLate}, britishDrafts},
	{"france", "admin", map[string]string{Sale: "FA/{year}/", CreditNote: "AV/{year}/", Bill: "FF/{year}/", Refund: "AF/{year}/"}, frenchBooks, nil, nil},
}

// demoBooks makes the documents of the last two VAT quarters before today, the same ones
// every time, and closes the first of them. What is in the books already is left alone.
func demoBooks(e *record.Env) error {
	n, err := record.CountIn[Invoice](e, record.Query{Limit: 1})
	if err != nil || n > 0 {
		return err
	}
	quarters, err := demoQuarters(toDate(e.Now))
	if err != nil {
		return err
	}
	return e.Write(func(in *record.Env) error {
		for _, k := range demoKeepers {
			d := &demoMaker{keeper: k, env: in, quarters: quarters, turn: map[pool]int{}}
			if err := d.look(); err != nil {
				return err
			}
			if err := d.store(d.documents()); err != nil {
				return err
			}
		}
		return closeFirst(in, quarters[0])
	})
}

// demoQuarters are the two VAT quarters that ended last before a day.
func demoQuarters(today record.Date) (out [2]span, err error) {
	v := demoRegistration
	v.VATFrom = toDate(date(today).AddDate(-2, 0, 0))
	for i := len(out) - 1; i >= 0 && err == nil; i-- {
		var now span
		if now, err = v.spanOf(today); err == nil {
			today = toDate(date(now.starts).AddDate(0, 0, -1))
			out[i], err = v.spanOf(today)
		}
	}
	return out, err
}

// closeFirst registers the British company from its first quarter on, and closes that one.
func closeFirst(e *record.Env, first span) error {
	company, err := record.ByExternalID(e, record.CompanyModel, "main")
	if err != nil {
		return err
	}
	v := demoRegistration
	v.VATFrom = first.starts
	if err := record.SaveSide[base.Company](e, company, &v); err != nil {
		return err
	}
	p, err := PeriodFor(e, company, first.starts)
	if err != nil {
		return err
	}
	for _, a := range []Adjustment{{Box: "1", Amount: 24_00, Reason: "Fuel scale charge, one car: VAT"}, {Box: "6", Amount: 120_00, Reason: "Fuel scale charge, one car: net"}} {
		a.PeriodID = record.ID(p.ID)
		if err := record.Save(e, &a); err != nil {
			return err
		}
	}
	if _, err := Freeze(e, p); err != nil {
		return err
	}
	return Close(e, p, "")
}

// demoDocument is a document with its lines on its way into the tables.
type demoDocument struct {
	Invoice
	lines []Line
}

type demoMaker struct {
	keeper
	env      *record.Env
	quarters [2]span
	company  base.Company
	user     int64
	taxes    taxCodes
	byCode   map[string]record.ID
	pools    map[pool][]int64
	turn     map[pool]int
}

// look finds what the documents refer to: the company, who posts, tax codes, partners.
func (d *demoMaker) look() error {
	id, err := record.ByExternalID(d.env, record.CompanyModel, d.keeper.company)
	if err != nil {
		return err
	}
	if d.company, err = record.Get[base.Company](d.env, id); err != nil {
		return err
	}
	if d.user, err = record.ByExternalID(d.env, record.UserModel, d.by); err != nil {
		return err
	}
	if d.taxes, err = taxesWhere(d.env, nil); err != nil {
		return err
	}
	d.byCode = map[string]record.ID{}
	for id, t := range d.taxes {
		d.byCode[t.Code] = id
	}
	return d.partners()
}

// partners sorts the company's partners into the pools.
func (d *demoMaker) partners() error {
	ours := domain.Or{onCompany(d.company.ID), domain.Cond{Path: "company", Op: domain.Eq, Value: nil}}
	found, err := record.Find[contacts.Partner](d.env, record.Query{Filter: ours, Order: "ref"})
	if err != nil {
		return err
	}
	supplier, err := record.ByExternalID(d.env, "contacts.tag", "supplier")
	if err != nil {
		return err
	}
	d.pools = map[pool][]int64{}
	for _, p := range found {
		at := customers
		switch {
		case !p.IsCompany:
			at = persons
		case p.CountryID != d.company.CountryID:
			at = abroad
		case slices.Contains(p.Tags, supplier):
			at = suppliers
		}
		d.pools[at] = append(d.pools[at], p.ID)
	}
	return nil
}

// partner is the next one of a pool; they take turns.
func (d *demoMaker) partner(p pool) record.ID {
	list := d.pools[p]
	d.turn[p]++
	return record.ID(list[d.turn[p]%len(list)])
}

// documents makes the documents, the oldest first.
func (d *demoMaker) documents() []demoDocument {
	var out []demoDocument
	for quarter, s := range d.quarters {
		for _, t := range d.books {
			for i := range t.times[quarter] {
				out = append(out, d.document(t, dayIn(s, i, t.times[quarter]), Posted))
			}
		}
	}
	for _, t := range d.late {
		doc := d.document(t, dayIn(d.quarters[0], 9, 10), Posted)
		doc.DeclaredOn = d.quarters[1].starts
		doc.VATDate = doc.DeclaredOn
		out = append(out, doc)
	}
	for _, t := range d.drafts {
		out = append(out, d.document(t, dayIn(d.quarters[1], 9, 10), Draft))
	}
	slices.SortStableFunc(out, func(a, b demoDocument) int { return strings.Compare(string(a.Date), string(b.Date)) })
	d.number(out)
	return out
}

// dayIn spreads n documents over the days of a period.
func dayIn(s span, i, n int) record.Date {
	days := int(date(s.ends).Sub(date(s.starts)).Hours()/24) + 1
	return toDate(date(s.starts).AddDate(0, 0, (2*i+1)*days/(2*n)))
}

func (d *demoMaker) document(t template, day record.Date, state string) demoDocument {
	doc := demoDocument{Invoice: Invoice{Kind: t.kind, PartnerID: d.partner(t.who), Date: day, TaxPoint: day, VATDate: day, State: state,
		CompanyID: record.ID(d.company.ID), CurrencyID: d.company.CurrencyID}}
	for _, a := range t.lines {
		doc.lines = append(doc.lines, Line{Description: a.name, Quantity: a.quantity, UnitPrice: a.price, TaxID: d.byCode[a.tax]})
	}
	sum, err := workOut(doc.Kind, doc.lines, d.taxes)
	if err != nil {
		panic(err) // the tables above hold no such amounts
	}
	doc.Untaxed, doc.Tax, doc.Reversed, doc.Total = sum.Untaxed, sum.Tax, sum.Reversed, sum.Total
	doc.CreatedAt = date(day).Add(9 * time.Hour)
	return doc
}

// number numbers what is posted, and makes up the numbers of suppliers.
func (d *demoMaker) number(docs []demoDocument) {
	last := map[string]int{}
	for i := range docs {
		o := &docs[i]
		if !sold(o.Kind) {
			o.Reference = fmt.Sprintf("R-%05d", 20011+7*i)
		}
		if o.State != Posted {
			continue
		}
		last[o.Kind]++
		o.Number = fmt.Sprintf("%s%05d", strings.ReplaceAll(d.prefixes[o.Kind], "{year}", string(o.Date[:4])), last[o.Kind])
		at := o.CreatedAt.Add(time.Hour)
		o.PostedAt, o.PostedByID = &at, record.ID(d.user)
	}
}

// store writes the rows and leads the company's sequences on behind them.
func (d *demoMaker) store(docs []demoDocument) error {
	return d.env.Database().DB.Write(d.env.Context, func(tx *db.Tx) error {
		var first int64
		if err := tx.QueryRow("SELECT COALESCE(MAX(id), 0) + 1 FROM accounting_invoice").Scan(&first); err != nil {
			return err
		}
		var rows, lines [][]any
		counts := map[string]int{}
		for i, o := range docs {
			id := first + int64(i)
			rows = append(rows, []any{id, 1, o.CreatedAt, o.CreatedAt, d.user, d.user, o.Number, o.Kind, o.PartnerID, o.Reference, o.Date, o.TaxPoint, o.DeclaredOn, o.VATDate,
				o.State, o.CompanyID, o.CurrencyID, o.Untaxed, o.Tax, o.Reversed, o.Total, o.PostedAt, o.PostedByID, ""})
			for _, l := range o.lines {
				lines = append(lines, []any{1, o.CreatedAt, o.CreatedAt, d.user, d.user, id, l.Description, l.Quantity, l.UnitPrice, l.TaxID, l.Net, l.VAT, l.Gross, l.BookedNet, l.BookedVAT})
			}
			if o.Number != "" {
				counts[o.Kind]++
			}
		}
		err := insert(tx, "accounting_invoice", "id, version, created_at, updated_at, created_by, updated_by, number, kind, partner_id, reference, date, tax_point, declared_on, vat_date, "+
			"state, company_id, currency_id, untaxed, tax, reversed, total, posted_at, posted_by_id, note", rows)
		if err != nil {
			return err
		}
		if err := insert(tx, "accounting_invoice_line", "version, created_at, updated_at, created_by, updated_by, invoice_id, description, quantity, unit_price, tax_id, net, vat, gross, booked_net, booked_vat", lines); err != nil {
			return err
		}
		return d.leadOn(tx, counts)
	})
}

// leadOn sets the numbers that come next: of rows that have one given, and of documents.
func (d *demoMaker) leadOn(tx *db.Tx, counts map[string]int) error {
	if d.env.Database().DB.Engine() == db.Postgres {
		if _, err := tx.Exec("SELECT setval(pg_get_serial_sequence('accounting_invoice', 'id'), (SELECT MAX(id) FROM accounting_invoice))"); err != nil {
			return err
		}
	}
	for kind, n := range counts {
		if _, err := tx.Exec("UPDATE base_sequence SET next_number = ? WHERE code = ? AND prefix = ?", n+1, sequenceOf(kind), d.prefixes[kind]); err != nil {
			return err
		}
	}
	return nil
}

// insert writes many rows with few statements.
func insert(tx *db.Tx, table, columns string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, 100) {
		mark := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(chunk[0])), ", ") + ")"
		text := "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.TrimSuffix(strings.Repeat(mark+", ", len(chunk)), ", ")
		if _, err := tx.Exec(text, slices.Concat(chunk...)...); err != nil {
			return err
		}
	}
	return nil
}
