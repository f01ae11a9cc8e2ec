package sales

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

// article is what a demo company sells: pence and cents, hundredths of a per cent.
type article struct {
	name  string
	price record.Money
	rate  int64
}

// seller is a demo company with its orders.
type seller struct {
	company  string // external id
	prefix   string // of its sequence
	orders   int
	people   []string // logins, "" for nobody; each as often as it stands here
	articles []article
	first    time.Time
	days     int
}

var (
	british = []article{
		{"Oak shelf, 120 cm", 48_50, 20_00}, {"Oak shelf, 80 cm", 36_00, 20_00}, {"Pine bench", 89_95, 20_00}, {"Stoneware bowl", 12_40, 20_00},
		{"Stoneware plate", 9_75, 20_00}, {"Linen tablecloth", 42_00, 20_00}, {"Wool throw", 65_00, 20_00}, {"Brass hook, pair", 14_20, 20_00},
		{"Desk lamp", 58_90, 20_00}, {"Candles, box of 12", 18_60, 20_00}, {"Kitchen scale", 33_25, 20_00}, {"Enamel jug", 21_15, 20_00},
		{"Merchant's handbook", 24_99, 0}, {"Children's picture book", 8_99, 0}, {"Insulation board, m²", 17_35, 5_00}, {"Delivery", 15_00, 20_00},
	}
	french = []article{
		{"Étagère en chêne, 120 cm", 54_00, 20_00}, {"Étagère en chêne, 80 cm", 41_00, 20_00}, {"Banc en pin", 99_90, 20_00}, {"Bol en grès", 13_90, 20_00},
		{"Assiette en grès", 10_90, 20_00}, {"Nappe en lin", 47_50, 20_00}, {"Plaid en laine", 72_00, 20_00}, {"Lampe de bureau", 64_90, 20_00},
		{"Manuel du négociant", 27_50, 5_50}, {"Livre d’images", 9_95, 5_50}, {"Panneau isolant, m²", 19_45, 5_50}, {"Pose, heure", 45_00, 10_00},
		{"Livraison", 18_00, 20_00},
	}
	demoSellers = []seller{
		{"main", "SO/{year}/", 2400, strings.Fields("anna@example.com anna@example.com anna@example.com admin@example.com admin@example.com -"), british, time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC), 680},
		{"france", "FR/{year}/", 1200, strings.Fields("admin@example.com admin@example.com -"), french, time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC), 676},
	}
)

// demoOrder is an order with its lines on its way into the tables.
type demoOrder struct {
	Order
	lines []Line
}

// demoOrders makes the orders of the demo, the same ones every time, unless there are
// orders already.
func demoOrders(e *record.Env) error {
	n, err := record.CountIn[Order](e, record.Query{Limit: 1})
	if err != nil || n > 0 {
		return err
	}
	return e.Write(func(in *record.Env) error {
		for i, s := range demoSellers {
			d := &demoMaker{seller: s, env: in, rand: rand.New(rand.NewPCG(8069, uint64(i)))}
			if err := d.look(); err != nil {
				return err
			}
			if err := d.store(d.orders()); err != nil {
				return err
			}
		}
		return nil
	})
}

type demoMaker struct {
	seller
	env      *record.Env
	rand     *rand.Rand
	company  base.Company
	partners []int64
	people   []record.ID
}

// look finds what the orders refer to: the company, its customers, who sells.
func (d *demoMaker) look() error {
	id, err := record.ByExternalID(d.env, record.CompanyModel, d.seller.company)
	if err != nil {
		return err
	}
	if d.company, err = record.Get[base.Company](d.env, id); err != nil {
		return err
	}
	ours := domain.Or{domain.Cond{Path: "company", Op: domain.Eq, Value: id}, domain.Cond{Path: "company", Op: domain.Eq, Value: nil}}
	partners, err := record.Find[contacts.Partner](d.env, record.Query{Filter: ours, Order: "ref"})
	if err != nil {
		return err
	}
	for _, p := range partners {
		d.partners = append(d.partners, p.ID)
	}
	for _, login := range d.seller.people {
		if login == "-" {
			d.people = append(d.people, 0)
			continue
		}
		u, err := record.First[base.User](d.env, record.Query{Filter: domain.Cond{Path: "login", Op: domain.Eq, Value: login}})
		if err != nil {
			return err
		}
		d.people = append(d.people, record.ID(u.ID))
	}
	return nil
}

// orders makes the orders, the oldest first. Some customers buy much more than others.
func (d *demoMaker) orders() []demoOrder {
	out := make([]demoOrder, d.seller.orders)
	for i := range out {
		day := d.first.AddDate(0, 0, i*d.days/len(out))
		at := d.rand.Float64()
		o := Order{
			Number: fmt.Sprintf("%s%05d", strings.ReplaceAll(d.prefix, "{year}", day.Format("2006")), i+1), Date: record.Date(day.Format(time.DateOnly)),
			State: d.state(len(out) - i), PartnerID: record.ID(d.partners[int(at*at*float64(len(d.partners)))]), SalespersonID: d.people[d.rand.IntN(len(d.people))],
			CompanyID: record.ID(d.company.ID), CurrencyID: d.company.CurrencyID,
		}
		o.CreatedAt = day.Add(8*time.Hour + time.Duration(d.rand.IntN(9*60))*time.Minute)
		lines := d.lines()
		o.Untaxed, o.Tax = addUp(lines)
		o.Total = o.Untaxed + o.Tax
		out[i] = demoOrder{o, lines}
	}
	return out
}

// state is where an order is that so many came after: the latest are still open.
func (d *demoMaker) state(age int) string {
	n := d.rand.IntN(100)
	switch {
	case n < 8:
		return Cancelled
	case age > 300 && n < 97 || age > 60 && n < 55:
		return Done
	case age > 60 || n < 30:
		return Confirmed
	}
	return Draft
}

func (d *demoMaker) lines() []Line {
	out := make([]Line, 1+d.rand.IntN(3)+d.rand.IntN(3))
	for i := range out {
		a := d.articles[d.rand.IntN(len(d.articles))]
		l := Line{Product: a.name, Quantity: int64(1+d.rand.IntN(24)) * 100, UnitPrice: a.price, TaxRate: a.rate}
		if strings.HasSuffix(a.name, "m²") {
			l.Quantity += int64(d.rand.IntN(4)) * 25
		}
		l.Subtotal, _ = subtotal(l.Quantity, l.UnitPrice) // far below the largest amount
		out[i] = l
	}
	return out
}

// store writes the rows and leads the company's sequence on behind them.
func (d *demoMaker) store(orders []demoOrder) error {
	return d.env.Database().DB.Write(d.env.Context, func(tx *db.Tx) error {
		var rows [][]any
		for _, o := range orders {
			rows = append(rows, []any{1, o.CreatedAt, o.CreatedAt, o.Number, o.PartnerID, o.Date, o.State, o.SalespersonID, o.CompanyID, o.CurrencyID, o.Untaxed, o.Tax, o.Total, ""})
		}
		if err := insert(tx, "sales_order", "version, created_at, updated_at, number, partner_id, date, state, salesperson_id, company_id, currency_id, untaxed, tax, total, note", rows); err != nil {
			return err
		}
		ids, err := numbered(tx, d.company.ID)
		if err != nil {
			return err
		}
		rows = nil
		for _, o := range orders {
			for _, l := range o.lines {
				rows = append(rows, []any{1, o.CreatedAt, o.CreatedAt, ids[o.Number], l.Product, l.Quantity, l.UnitPrice, l.TaxRate, l.Subtotal})
			}
		}
		if err := insert(tx, "sales_order_line", "version, created_at, updated_at, order_id, product, quantity, unit_price, tax_rate, subtotal", rows); err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE base_sequence SET next_number = ? WHERE code = ? AND prefix = ?", len(orders)+1, sequence, d.prefix)
		return err
	})
}

// insert writes many rows with few statements.
func insert(tx *db.Tx, table, columns string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, 200) {
		mark := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(chunk[0])), ", ") + ")"
		text := "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.TrimSuffix(strings.Repeat(mark+", ", len(chunk)), ", ")
		if _, err := tx.Exec(text, slices.Concat(chunk...)...); err != nil {
			return err
		}
	}
	return nil
}

// numbered are the ids of a company's orders by their numbers.
func numbered(tx *db.Tx, company int64) (map[string]int64, error) {
	rows, err := tx.Query("SELECT id, number FROM sales_order WHERE company_id = ?", company)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var id int64
		var number string
		if err := rows.Scan(&id, &number); err != nil {
			return nil, err
		}
		out[number] = id
	}
	return out, rows.Err()
}
