package accounting_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

func TestMain(m *testing.M) { apptest.Main(m) }

const (
	marc = "marc@example.com" // manager of the British company
	ursa = "ursa@example.com" // drafts its documents
	luc  = "luc@example.com"  // manager of the French company
	anna = "anna@example.com" // sells, and keeps no books
)

// house has two further people, a customer without a VAT number and one with.
func house(t *testing.T, url string) *apptest.App {
	t.Helper()
	a := apptest.New(t, url, base.Module(), contacts.Module(), accounting.Module())
	a.Load(`
- {model: base.user, id: ursa, values: {login: ursa@example.com, name: Ursa, password: ursa, groups: [accounting.user], company: main}}
- {model: base.user, id: luc, values: {login: luc@example.com, name: Luc, password: luc, groups: [accounting.manager], company: france}}
- {model: contacts.partner, id: buyer, values: {name: Buyer, company: main}}
- {model: contacts.partner, id: firm, values: {name: Firm, company: main, vat: GB987654321}}`)
	return a
}

// engines tells a story on SQLite and on PostgreSQL.
func engines(t *testing.T, story func(t *testing.T, a *apptest.App)) {
	t.Helper()
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		story(t, house(t, url))
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantFault(t *testing.T, err error, code fault.Code, text string) {
	t.Helper()
	if !fault.Is(err, code) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s with %q", err, code, text)
	}
}

// document saves a draft with lines, each "price code".
func document(t *testing.T, a *apptest.App, who, kind, day string, lines ...string) int64 {
	t.Helper()
	e := a.As(who)
	values := map[string]any{"partner": a.ID("contacts.partner", "firm"), "kind": kind, "date": day}
	var inline []record.Inline
	for i, text := range lines {
		price, code, _ := strings.Cut(text, " ")
		inline = append(inline, record.Inline{Key: "lines." + strconv.Itoa(i), Values: map[string]any{"description": "Thing", "unit_price": price, "tax": orNil(code)}})
	}
	values["lines"] = inline
	id, err := record.SaveValues(e, "accounting.invoice", 0, 0, values)
	must(t, err)
	return id
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func get(t *testing.T, a *apptest.App, id int64) accounting.Invoice {
	t.Helper()
	o, err := record.Get[accounting.Invoice](a.System(), id)
	must(t, err)
	return o
}

func change(a *apptest.App, who string, id int64, field string, value any) error {
	_, err := record.SaveValues(a.As(who), "accounting.invoice", id, 0, map[string]any{field: value})
	return err
}

// act does something with documents as the screens do.
func act(a *apptest.App, who, name string, ids ...int64) error {
	e := a.As(who)
	actions := record.InfoOf[accounting.Invoice](e.Registry()).Actions
	at := slices.IndexFunc(actions, func(act record.Action) bool { return act.Name == name })
	_, err := actions[at].Run(e, ids)
	return err
}

// periods are those of the British demo company, the open quarter with books first.
func periods(t *testing.T, a *apptest.App) (second, first accounting.Period) {
	t.Helper()
	all, err := accounting.Periods(a.As(marc), a.ID("base.company", "main"))
	must(t, err)
	if len(all) != 3 || all[0].State != accounting.Open || all[1].State != accounting.Open || all[2].State != accounting.Closed {
		t.Fatalf("the periods are %+v, want the current one, one to file, and a closed one", all)
	}
	return all[1], all[2]
}

// byHand reads the boxes that were worked out by hand.
func byHand(t *testing.T) map[string]accounting.Boxes {
	t.Helper()
	text, err := os.ReadFile("testdata/demo_boxes.txt")
	must(t, err)
	out := map[string]accounting.Boxes{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] == "#" {
			continue
		}
		box, err := strconv.Atoi(words[1])
		must(t, err)
		amount, err := decimal.NewFromString(words[2])
		must(t, err)
		boxes := out[words[0]]
		boxes[box-1] = record.Money(amount.Shift(2).IntPart())
		out[words[0]] = boxes
	}
	return out
}

// The demo's books come to what was worked out by hand, in the quarter that is closed and
// in the one that is to be filed, however they are read: each box is the sum of the lines
// that it leads to.
func TestDemoBoxes(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, first := periods(t, a)
		want := byHand(t)
		for name, p := range map[string]accounting.Period{"first": first, "second": second} {
			f, err := accounting.Compute(a.As(ursa), p)
			if must(t, err); f.Boxes != want[name] {
				t.Errorf("%s quarter: %v, want %v", name, f.Boxes, want[name])
			}
			for box := 1; box <= 9; box++ {
				drillsDown(t, a, p, f, box)
			}
		}
		frozen, ok, err := accounting.Frozen(a.As(ursa), first)
		if must(t, err); !ok || frozen.Boxes != want["first"] || first.Box5 != want["first"].Box(5) || first.Box6 != want["first"].Box(6) {
			t.Errorf("the closed quarter was frozen with %v (%v), shown with %d and %d", frozen.Boxes, ok, first.Box5, first.Box6)
		}
	})
}

// drillsDown holds a box against the lines that it leads to.
func drillsDown(t *testing.T, a *apptest.App, p accounting.Period, f accounting.Figures, box int) {
	t.Helper()
	e := a.As(ursa)
	filter, err := accounting.BoxLines(e, p, box)
	must(t, err)
	sums, err := record.Totals(e, "accounting.invoice_line", record.Query{Filter: filter}, nil, []string{"booked_net", "booked_vat"})
	must(t, err)
	if sums[0].Count != f.Lines[box-1] {
		t.Errorf("box %d of %s leads to %d lines, want %d", box, p.Name, sums[0].Count, f.Lines[box-1])
	}
	sum := record.Money(sums[0].Sums[1])
	if box > 5 {
		sum = record.Money(sums[0].Sums[0])
	}
	if box != 3 && box != 5 && sum+f.Adjusted.Box(box) != f.Exact.Box(box) {
		t.Errorf("box %d of %s is %d, its lines come to %d", box, p.Name, f.Exact.Box(box), sum)
	}
	again, err := domain.Parse(domain.Print(filter))
	must(t, err)
	if n, err := record.Count(e, "accounting.invoice_line", record.Query{Filter: again}); err != nil || n != sums[0].Count {
		t.Errorf("the link of box %d leads to %d lines, %v, want %d", box, n, err, sums[0].Count)
	}
}

func TestDemoChecks(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, first := periods(t, a)
		for name, c := range map[string]struct {
			period accounting.Period
			want   map[string]int
		}{
			"First":  {first, map[string]int{accounting.CheckNoVAT: 0}},
			"Second": {second, map[string]int{accounting.CheckDrafts: 2, accounting.CheckLate: 1, accounting.CheckNoVAT: 1}},
		} {
			checks, err := accounting.Checks(a.As(ursa), c.period)
			must(t, err)
			for _, check := range checks {
				if check.Count != c.want[check.Name] || check.Good() != (check.Count == 0) {
					t.Errorf("%s: %s finds %d, want %d", name, check.Name, check.Count, c.want[check.Name])
				}
				if check.Model == "" {
					continue
				}
				n, err := record.Count(a.As(ursa), check.Model, record.Query{Filter: check.Filter})
				if must(t, err); check.Name != accounting.CheckTotals && n != check.Count {
					t.Errorf("%s: %s leads to %d records, want %d", name, check.Name, n, check.Count)
				}
			}
		}
	})
}

// Amounts follow the lines, whatever is done with them, and nobody writes them.
func TestAmounts(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		id := document(t, a, ursa, accounting.Sale, "2026-05-04", "0.33 GB-S", "0.33 GB-S", "0.33 GB-S")
		want := func(untaxed, tax, reversed, total record.Money) {
			t.Helper()
			if o := get(t, a, id); o.Untaxed != untaxed || o.Tax != tax || o.Reversed != reversed || o.Total != total {
				t.Errorf("%d + %d (%d) = %d, want %d + %d (%d) = %d", o.Untaxed, o.Tax, o.Reversed, o.Total, untaxed, tax, reversed, total)
			}
		}
		want(99, 20, 0, 1_19)
		lines, err := record.Find[accounting.Line](a.As(ursa), record.Query{Filter: domain.Cond{Path: "invoice", Op: domain.Eq, Value: id}, Order: "id"})
		must(t, err)
		if lines[0].VAT+lines[1].VAT+lines[2].VAT != 20 || lines[2].Version != 1 {
			t.Errorf("the lines bear %+v, want 20 together, and nobody to have written them again", lines)
		}
		l := lines[0]
		l.UnitPrice = 10_00
		must(t, record.Save(a.As(ursa), &l))
		want(10_66, 2_13, 0, 12_79)
		l.Quantity = -1_00
		must(t, record.Save(a.As(ursa), &l)) // the struct knows what was worked out
		want(-9_34, -1_87, 0, -11_21)
		must(t, record.Remove(a.As(ursa), "accounting.invoice_line", l.ID, 0))
		want(66, 13, 0, 79)
		must(t, change(a, ursa, id, "kind", accounting.CreditNote))
		sums, err := record.Totals(a.As(ursa), "accounting.invoice_line", record.Query{Filter: domain.Cond{Path: "invoice", Op: domain.Eq, Value: id}}, nil, []string{"net", "booked_net", "booked_vat"})
		must(t, err)
		if !slices.Equal(sums[0].Sums, []int64{66, -66, -13}) {
			t.Errorf("as a credit note it books %v, want it negative", sums[0].Sums)
		}
		for _, field := range []string{"untaxed", "tax", "reversed", "total", "state", "number"} {
			wantFault(t, change(a, marc, id, field, "9"), fault.Forbidden, field)
		}
		bill := document(t, a, ursa, accounting.Bill, "2026-05-04", "640 GB-RC", "370 GB-C79", "10 GB-S", "1")
		if o := get(t, a, bill); o.Untaxed != 651_00 || o.Tax != 372_00 || o.Reversed != 128_00 || o.Total != 1023_00 {
			t.Errorf("the bill comes to %+v", o)
		}
	})
}

// What is posted is numbered and stays as it is, for everybody and for the house itself.
func TestPosting(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, _ := periods(t, a)
		id := document(t, a, ursa, accounting.Sale, string(second.Starts), "100 GB-S")
		wantFault(t, act(a, ursa, "post", id), fault.Forbidden, "no right to do this")
		wantFault(t, act(a, luc, "post", id), fault.Forbidden, "no right to do this")
		empty := document(t, a, ursa, accounting.Sale, string(second.Starts))
		wantFault(t, accounting.Post(a.As(marc), id, empty), fault.Invalid, "has no lines")
		if o := get(t, a, id); o.State != accounting.Draft || o.Number != "" {
			t.Errorf("one of two was posted: %+v", o)
		}
		must(t, act(a, marc, "post", id))
		o := get(t, a, id)
		if o.State != accounting.Posted || !strings.HasPrefix(o.Number, "INV/") || o.PostedAt == nil || o.PostedByID != record.ID(a.ID("base.user", "marc")) {
			t.Errorf("posted, it is %+v", o)
		}
		wantFault(t, act(a, marc, "post", id), fault.Invalid, "does not allow this")
		lines, err := record.Find[accounting.Line](a.System(), record.Query{Filter: domain.Cond{Path: "invoice", Op: domain.Eq, Value: id}})
		must(t, err)
		for name, e := range map[string]*record.Env{"Manager": a.As(marc), "House": a.System()} {
			for field, value := range map[string]any{"partner": a.ID("contacts.partner", "buyer"), "date": "2026-01-01", "tax_point": "2026-01-01", "declared_on": "2030-01-01", "kind": accounting.Bill, "reference": "x"} {
				_, err := record.SaveValues(e, "accounting.invoice", id, 0, map[string]any{field: value})
				wantFault(t, err, fault.Invalid, field+": "+o.Number+" is posted and stays as it is")
			}
			_, err := record.SaveValues(e, "accounting.invoice_line", lines[0].ID, 0, map[string]any{"quantity": "2"})
			wantFault(t, err, fault.Invalid, "is posted and stays as it is")
			_, err = record.SaveValues(e, "accounting.invoice_line", 0, 0, map[string]any{"invoice": id, "description": "More", "unit_price": "1"})
			wantFault(t, err, fault.Invalid, "is posted and stays as it is")
			wantFault(t, record.Remove(e, "accounting.invoice_line", lines[0].ID, 0), fault.Invalid, "is posted and stays as it is")
			wantFault(t, record.Remove(e, "accounting.invoice", id, 0), fault.Conflict, "cannot be deleted")
			must(t, func() error {
				_, err := record.SaveValues(e, "accounting.invoice", id, 0, map[string]any{"note": name})
				return err
			}())
		}
		tax := a.ID("accounting.tax", "gb_standard")
		_, err = record.SaveValues(a.As(marc), "accounting.tax", tax, 0, map[string]any{"rate": "17.5"})
		wantFault(t, err, fault.Conflict, "use the tax code GB-S")
		_, err = record.SaveValues(a.As(marc), "accounting.tax", tax, 0, map[string]any{"name": "Standard"})
		must(t, err)
		must(t, act(a, ursa, "cancel", empty))
		_, err = record.SaveValues(a.As(ursa), "accounting.invoice_line", 0, 0, map[string]any{"invoice": empty, "description": "More", "unit_price": "1"})
		wantFault(t, err, fault.Invalid, "This document was cancelled")
		must(t, act(a, ursa, "draft", empty))
		must(t, record.Remove(a.As(marc), "accounting.invoice", empty, 0))
	})
}

// A credit note takes a document back to the penny: the period is as if it never was.
func TestTakeBack(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, _ := periods(t, a)
		before, err := accounting.Compute(a.As(marc), second)
		must(t, err)
		for _, kind := range []string{accounting.Sale, accounting.Bill} {
			id := document(t, a, ursa, kind, string(second.Ends), "0.33 GB-S", "0.33 GB-S", "0.33 GB-DRC")
			_, err := accounting.TakeBack(a.As(ursa), id)
			wantFault(t, err, fault.Invalid, "Only a posted invoice or bill")
			must(t, accounting.Post(a.As(marc), id))
			back, err := accounting.TakeBack(a.As(ursa), id)
			must(t, err)
			o, n := get(t, a, id), get(t, a, back)
			if n.State != accounting.Draft || n.ReversesID != record.ID(id) || n.Total != o.Total || n.Kind == o.Kind || n.PartnerID != o.PartnerID || n.Reference != o.Number {
				t.Errorf("%+v is taken back by %+v", o, n)
			}
			must(t, change(a, ursa, back, "date", string(second.Ends)))
			must(t, accounting.Post(a.As(marc), back))
			_, err = accounting.TakeBack(a.As(marc), back)
			wantFault(t, err, fault.Invalid, "Only a posted invoice or bill")
		}
		after, err := accounting.Compute(a.As(marc), second)
		must(t, err)
		if after.Boxes != before.Boxes || after.Exact != before.Exact || after.Hash == before.Hash {
			t.Errorf("the boxes went from %v to %v, want them the same, and the hash to tell that something was posted", before.Boxes, after.Boxes)
		}
	})
}

// Each company has its own books, and who keeps none sees nothing.
func TestWhoSeesWhat(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		count := func(who, model string) int {
			n, err := record.Count(a.As(who), model, record.Query{})
			must(t, err)
			return n
		}
		if british, french, both := count(marc, "accounting.invoice"), count(luc, "accounting.invoice"), count("admin@example.com", "accounting.invoice"); british < 300 || french < 60 || both != british+french {
			t.Errorf("Marc sees %d documents, Luc %d, an administrator %d", british, french, both)
		}
		if n := count(luc, "accounting.vat_period") + count(luc, "accounting.vat_adjustment"); n != 0 {
			t.Errorf("Luc sees %d periods and adjustments of the British company", n)
		}
		for _, model := range []string{"accounting.invoice", "accounting.invoice_line", "accounting.tax", "accounting.vat_period", "accounting.vat_adjustment"} {
			_, err := record.Count(a.As(anna), model, record.Query{})
			wantFault(t, err, fault.Forbidden, "no right to see")
		}
		second, _ := periods(t, a)
		_, err := accounting.Compute(a.As(anna), second)
		wantFault(t, err, fault.Forbidden, "no right to see the books")
		_, err = accounting.Compute(a.As(luc), second)
		wantFault(t, err, fault.NotFound, "")
		_, err = accounting.Checks(a.As(luc), second)
		wantFault(t, err, fault.NotFound, "")
		_, err = accounting.Periods(a.As(luc), a.ID("base.company", "main"))
		wantFault(t, err, fault.NotFound, "")
		if none, err := accounting.Periods(a.As(luc), a.ID("base.company", "france")); err != nil || len(none) != 0 {
			t.Errorf("the French company has the periods %v, %v, want none", none, err)
		}
	})
}
