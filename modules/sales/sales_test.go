package sales_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
	oauthprovider "github.com/tessera-erp/tessera/modules/oauth_provider"
	"github.com/tessera-erp/tessera/modules/sales"
	"github.com/tessera-erp/tessera/ui"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// house has further people: Bob sells like Anna, Mia is the manager of the British
// company, Luc of the French one.
func house(t *testing.T, url string) *apptest.App {
	t.Helper()
	a := apptest.New(t, url, base.Module(), contacts.Module(), sales.Module(), oauthprovider.Module())
	a.Load(`
- {model: base.user, id: bob, values: {login: bob@example.com, name: Bob, password: bob, groups: [sales.user], company: main}}
- {model: base.user, id: mia, values: {login: mia@example.com, name: Mia, password: mia, groups: [sales.manager], company: main}}
- {model: base.user, id: luc, values: {login: luc@example.com, name: Luc, password: luc, groups: [sales.manager], company: france}}
- {model: contacts.partner, id: buyer, values: {name: Buyer, company: main}}`)
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

func filter(t *testing.T, text string) domain.Node {
	t.Helper()
	n, err := domain.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// order saves a draft for the buyer.
func order(t *testing.T, a *apptest.App, who string) int64 {
	t.Helper()
	id, err := record.SaveValues(a.As(who), "sales.order", 0, 0, map[string]any{"partner": a.ID("contacts.partner", "buyer")})
	must(t, err)
	return id
}

// line saves a line as a form would.
func line(t *testing.T, a *apptest.App, who string, order int64, quantity, price, rate string) int64 {
	t.Helper()
	id, err := record.SaveValues(a.As(who), "sales.order_line", 0, 0, map[string]any{"order": order, "product": "Thing", "quantity": quantity, "unit_price": price, "tax_rate": rate})
	must(t, err)
	return id
}

// wantTotals holds the amounts of an order against those expected, in minor units.
func wantTotals(t *testing.T, a *apptest.App, id int64, untaxed, tax, total record.Money) {
	t.Helper()
	o, err := record.Get[sales.Order](a.System(), id)
	if must(t, err); o.Untaxed != untaxed || o.Tax != tax || o.Total != total {
		t.Errorf("%s: %d + %d = %d, want %d + %d = %d", o.Number, o.Untaxed, o.Tax, o.Total, untaxed, tax, total)
	}
}

// act takes a step with orders.
func act(a *apptest.App, who, name string, ids ...int64) error {
	e := a.As(who)
	actions := record.InfoOf[sales.Order](e.Registry()).Actions
	at := slices.IndexFunc(actions, func(act record.Action) bool { return act.Name == name })
	_, err := actions[at].Run(e, ids)
	return err
}

func wantFault(t *testing.T, err error, code fault.Code, text string) {
	t.Helper()
	if !fault.Is(err, code) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s with %q", err, code, text)
	}
}

// The demo has orders for a tour, the same ones on every engine, whose totals are those
// of their lines, and new numbers follow on them.
func TestDemo(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		for _, c := range []struct {
			who, filter string
			want        int
		}{
			{"admin@example.com", `[]`, 3600},
			{"mia@example.com", `[]`, 2400},
			{"luc@example.com", `[]`, 1200},
			{"anna@example.com", `[]`, 1598},
			{"bob@example.com", `[]`, 381},
			{"admin@example.com", `[["lines.subtotal", "<=", 0]]`, 0},
			{"admin@example.com", `["!", ["lines.quantity", ">", 0]]`, 0},
		} {
			n, err := record.CountIn[sales.Order](a.As(c.who), record.Query{Filter: filter(t, c.filter)})
			if err != nil || n != c.want {
				t.Errorf("%s counts %d orders of %s, %v, want %d", c.who, n, c.filter, err, c.want)
			}
		}
		env := a.System()
		for _, at := range []int{0, 1234, 3599} {
			orders, err := record.Find[sales.Order](env, record.Query{Order: "id", Limit: 1, Offset: at})
			must(t, err)
			o := orders[0]
			must(t, record.Save(env, &o)) // adds up again
			if o.Version != 1 {
				t.Errorf("the totals of %s were not those of its lines", o.Number)
			}
		}
		for who, want := range map[string]string{"mia@example.com": "SO/2026/02401", "luc@example.com": "FR/2026/01201"} {
			e := a.As(who)
			partner, err := record.First[contacts.Partner](e, record.Query{})
			must(t, err)
			id, err := record.SaveValues(e, "sales.order", 0, 0, map[string]any{"partner": partner.ID})
			must(t, err)
			o, err := record.Get[sales.Order](e, id)
			if must(t, err); o.Number[:2]+o.Number[7:] != want[:2]+want[7:] {
				t.Errorf("%s numbers %s, want the next one, such as %s", who, o.Number, want)
			}
		}
	})
}

// An order begins as the own draft of today, in the company's currency.
func TestNewOrder(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		id := order(t, a, "anna@example.com")
		e := a.As("anna@example.com")
		o, err := record.Get[sales.Order](e, id)
		must(t, err)
		pounds, err := record.First[base.Currency](e, record.Query{Filter: filter(t, `[["code", "=", "GBP"]]`)})
		must(t, err)
		if o.State != sales.Draft || o.SalespersonID != record.ID(e.User.UserID()) || o.CompanyID != record.ID(e.Company) ||
			o.CurrencyID != record.ID(pounds.ID) || o.Date != record.Date(e.Now.Format("2006-01-02")) || o.Total != 0 {
			t.Errorf("the new order is %+v", o)
		}
	})
}

// Totals follow the lines, whatever is done with them, and nobody writes them.
func TestTotals(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		const anna = "anna@example.com"
		id := order(t, a, anna)
		first := line(t, a, anna, id, "3", "19.99", "20")
		wantTotals(t, a, id, 5997, 1199, 7196)
		line(t, a, anna, id, "0.33", "10.10", "5.5")
		wantTotals(t, a, id, 6330, 1217, 7547)
		line(t, a, anna, id, "1", "0.03", "20")
		wantTotals(t, a, id, 6333, 1218, 7551) // 60.00 × 20 % and 3.33 × 5.5 %, each rounded once
		_, err := record.SaveValues(a.As(anna), "sales.order_line", first, 0, map[string]any{"quantity": "-1"})
		must(t, err)
		wantTotals(t, a, id, -1663, -381, -2044)
		must(t, record.Remove(a.As(anna), "sales.order_line", first, 0))
		wantTotals(t, a, id, 336, 19, 355)

		for _, field := range []string{"untaxed", "tax", "total", "state", "number"} {
			_, err := record.SaveValues(a.As("admin@example.com"), "sales.order", id, 0, map[string]any{field: "9"})
			wantFault(t, err, fault.Forbidden, field)
		}
		_, err = record.SaveValues(a.System(), "sales.order", id, 0, map[string]any{"total": "9"})
		must(t, err)
		wantTotals(t, a, id, 336, 19, 355)
		history, err := record.History(a.As(anna), "sales.order", id, 10, 0)
		if err != nil || len(history) != 6 || history[0].User != "Anna Keller" {
			t.Errorf("the history is %+v, %v, want a line for each of Anna's changes", history, err)
		}
	})
}

// Who adds lines to an order at the same time is waited for: no line is missing from the total.
func TestLinesAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		id := order(t, a, "anna@example.com")
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			e := a.As("anna@example.com")
			wg.Go(func() {
				_, errs[i] = record.SaveValues(e, "sales.order_line", 0, 0, map[string]any{"order": id, "product": "Thing", "unit_price": "10", "tax_rate": "20"})
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Errorf("a line was refused: %v", err)
			}
		}
		wantTotals(t, a, id, 8000, 1600, 9600)
	})
}

// Sellers see their own orders and nobody's, managers those of their companies; lines
// are seen with their orders.
func TestWhoSeesWhat(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		own, free := order(t, a, "anna@example.com"), order(t, a, "anna@example.com")
		_, err := record.SaveValues(a.As("anna@example.com"), "sales.order", free, 0, map[string]any{"salesperson": nil})
		must(t, err)
		lines := map[int64]int64{own: line(t, a, "anna@example.com", own, "1", "1", "0"), free: line(t, a, "anna@example.com", free, "1", "1", "0")}
		for who, sees := range map[string]map[int64]bool{
			"anna@example.com": {own: true, free: true}, "bob@example.com": {free: true},
			"mia@example.com": {own: true, free: true}, "luc@example.com": {},
		} {
			for id, line := range lines {
				_, err := record.Get[sales.Order](a.As(who), id)
				_, lineErr := record.Get[sales.Line](a.As(who), line)
				if want := !sees[id]; fault.Is(err, fault.NotFound) != want || fault.Is(lineErr, fault.NotFound) != want {
					t.Errorf("%s gets %v for the order and %v for its line, want not found: %v", who, err, lineErr, want)
				}
			}
		}
		_, err = record.CountIn[sales.Order](a.As("marc@example.com"), record.Query{})
		wantFault(t, err, fault.Forbidden, "no right to see")
		_, err = record.SaveValues(a.As("bob@example.com"), "sales.order_line", 0, 0, map[string]any{"order": own, "product": "Mine", "unit_price": "1"})
		wantFault(t, err, fault.Invalid, "order: Choose one of the records offered")
		_, err = record.SaveValues(a.As("bob@example.com"), "sales.order", free, 0, map[string]any{"salesperson": a.ID("base.user", "anna")})
		wantFault(t, err, fault.Forbidden, "outside of what you may change")
		wantFault(t, record.Remove(a.As("anna@example.com"), "sales.order", own, 0), fault.Forbidden, "no right to delete")
		must(t, record.Remove(a.As("mia@example.com"), "sales.order", own, 0))
		_, err = record.Get[sales.Line](a.System(), lines[own])
		wantFault(t, err, fault.NotFound, "")
	})
}

func TestSteps(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		const anna = "anna@example.com"
		for state, allowed := range map[string]map[string]string{
			sales.Draft:     {"confirm": sales.Confirmed, "cancel": sales.Cancelled},
			sales.Confirmed: {"finish": sales.Done, "draft": sales.Draft, "cancel": sales.Cancelled},
			sales.Cancelled: {"draft": sales.Draft},
			sales.Done:      {},
		} {
			for _, name := range []string{"confirm", "finish", "draft", "cancel"} {
				id := order(t, a, anna)
				line(t, a, anna, id, "1", "1", "0")
				_, err := record.SaveValues(a.System(), "sales.order", id, 0, map[string]any{"state": state})
				must(t, err)
				err = act(a, anna, name, id)
				o, gerr := record.Get[sales.Order](a.System(), id)
				must(t, gerr)
				switch to, ok := allowed[name]; {
				case ok && (err != nil || o.State != to):
					t.Errorf("%s of a %s order gives %v and %s, want %s", name, state, err, o.State, to)
				case !ok && (!fault.Is(err, fault.Invalid) || o.State != state):
					t.Errorf("%s of a %s order gives %v and %s, want it refused", name, state, err, o.State)
				}
			}
		}
	})
}

// One of several orders that cannot be confirmed stops the others, and others' orders are
// out of reach.
func TestStepErrors(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		good, empty := order(t, a, "anna@example.com"), order(t, a, "anna@example.com")
		line(t, a, "anna@example.com", good, "1", "1", "0")
		wantFault(t, act(a, "anna@example.com", "confirm", good, empty), fault.Invalid, "has no lines: there is nothing to confirm.")
		wantFault(t, act(a, "bob@example.com", "confirm", good), fault.Forbidden, "no right to change this order")
		wantFault(t, act(a, "luc@example.com", "cancel", good), fault.Forbidden, "no right to change this order")
		o, err := record.Get[sales.Order](a.System(), good)
		if must(t, err); o.State != sales.Draft {
			t.Errorf("the good order is %s, want it left alone", o.State)
		}
		must(t, act(a, "anna@example.com", "confirm", good))
		history, err := record.History(a.As("anna@example.com"), "sales.order", good, 1, 0)
		if err != nil || len(history) != 1 || history[0].User != "Anna Keller" || history[0].Reason != "confirm" {
			t.Errorf("the confirmation left %+v, %v, want a line of Anna's", history, err)
		}
	})
}

// What was agreed stays: lines, customer, date and currency of an order that is no draft.
func TestDecided(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		const mia = "mia@example.com"
		id := order(t, a, mia)
		kept := line(t, a, mia, id, "1", "10", "20")
		other := order(t, a, mia)
		must(t, act(a, mia, "confirm", id))
		e := a.As(mia)
		save := func(model string, id int64, values map[string]any) error {
			_, err := record.SaveValues(e, model, id, 0, values)
			return err
		}
		const decided = "is no draft any more. Set it back to draft to change it or its lines."
		for name, c := range map[string]struct {
			err  error
			want string
		}{
			"ErrLineAdded":    {save("sales.order_line", 0, map[string]any{"order": id, "product": "More", "unit_price": "1"}), decided},
			"ErrLineChanged":  {save("sales.order_line", kept, map[string]any{"quantity": "2"}), decided},
			"ErrLineRenamed":  {save("sales.order_line", kept, map[string]any{"product": "Other"}), decided},
			"ErrLineDeleted":  {record.Remove(e, "sales.order_line", kept, 0), decided},
			"ErrLineMoved":    {save("sales.order_line", kept, map[string]any{"order": other}), "A line stays with its order."},
			"ErrPartner":      {save("sales.order", id, map[string]any{"partner": a.ID("contacts.partner", "partner_company_001")}), "partner: The order"},
			"ErrDate":         {save("sales.order", id, map[string]any{"date": "2020-01-01"}), "date: The order"},
			"ErrCurrency":     {save("sales.order", id, map[string]any{"currency": a.ID("base.currency", "EUR")}), "currency: The order"},
			"ErrOtherCompany": {save("sales.order", other, map[string]any{"company": a.ID("base.company", "france")}), "company: "},
		} {
			wantFault(t, c.err, fault.Invalid, c.want)
			if t.Failed() {
				t.Fatal(name)
			}
		}
		wantFault(t, record.Remove(e, "sales.order", id, 0), fault.Conflict, "is no draft: cancel it instead.")
		wantTotals(t, a, id, 1000, 200, 1200)
		must(t, save("sales.order", id, map[string]any{"note": "Ring first", "salesperson": a.ID("base.user", "anna")}))
		must(t, act(a, mia, "draft", id))
		must(t, save("sales.order_line", kept, map[string]any{"quantity": "2"}))
		wantTotals(t, a, id, 2000, 400, 2400)
	})
}

func TestLineErrors(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	id := order(t, a, "anna@example.com")
	for name, c := range map[string]struct {
		values map[string]any
		want   string
	}{
		"ErrProductRequired": {map[string]any{"product": " "}, "product: Enter a value."},
		"ErrPriceRequired":   {map[string]any{"unit_price": nil}, "unit_price: "},
		"ErrOrderRequired":   {map[string]any{"order": nil}, "order: Enter a value."},
		"ErrOrder":           {map[string]any{"order": 999999}, "order: Choose one"},
		"ErrTaxNegative":     {map[string]any{"tax_rate": "-1"}, "tax_rate: A tax is between 0 and 100 per cent."},
		"ErrTaxTooHigh":      {map[string]any{"tax_rate": "100.01"}, "tax_rate: A tax is between"},
		"ErrTooLarge":        {map[string]any{"quantity": "9000000000000", "unit_price": "9000000000000"}, "quantity: This amount is too large."},
		"ErrThirdDigit":      {map[string]any{"unit_price": "1.001"}, "unit_price: Use 2 digits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := map[string]any{"order": id, "product": "Thing", "unit_price": "1"}
			for field, v := range c.values {
				values[field] = v
			}
			_, err := record.SaveValues(a.As("anna@example.com"), "sales.order_line", 0, 0, values)
			wantFault(t, err, fault.Invalid, c.want)
		})
	}
}

// A load file brings in orders as they are, with their lines, and may be repeated.
func TestLoad(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		const text = `
- {model: sale.order, id: past, values: {number: OLD/7, partner: buyer, date: 2020-05-06, state: done, company: main, salesperson: anna@example.com}}
- {model: sale.order.line, id: past_1, values: {order: past, product: Thing, quantity: 2, unit_price: 7.50, tax_rate: 20}}`
		a.Load(text)
		id := a.ID("sales.order", "past")
		wantTotals(t, a, id, 1500, 300, 1800)
		if done := a.Load(text); done.Unchanged != 2 {
			t.Errorf("the second load = %+v, want 2 unchanged", done)
		}
	})
}

// People do all this on the screens: find an order, add a line, confirm it, and are told
// why a line stays.
func TestScreens(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	id := order(t, a, "anna@example.com")
	anna, at := a.SignIn("anna@example.com"), web.RecordPath("sales.order", id)
	status, _ := a.Post(anna, "/records/sales.order_line/new", map[string][]string{"order": {fmt.Sprint(id)}, "product": {"Oak shelf"}, "quantity": {"2"}, "unit_price": {"1,050.50"}, "tax_rate": {"20"}})
	if status != 303 {
		t.Fatalf("a new line answers %d, want 303", status)
	}
	if status, body := a.Get(anna, at); status != 200 || !strings.Contains(body, "Oak shelf") || !strings.Contains(body, "2,101.00") || !strings.Contains(body, "2,521.20") || !strings.Contains(body, "Confirm") {
		t.Errorf("the form answers %d without its line, its total or its actions", status)
	}
	if status, _ := a.Post(anna, at+"/action/confirm", nil); status != 303 {
		t.Errorf("Confirm answers %d, want 303", status)
	}
	if _, body := a.Get(anna, at); !strings.Contains(body, "1 order was confirmed.") || !strings.Contains(body, "Mark as done") {
		t.Error("the form does not say that the order was confirmed, or offers no next step")
	}
	lines, err := record.Find[sales.Line](a.System(), record.Query{Filter: filter(t, fmt.Sprintf(`[["order", "=", %d]]`, id))})
	must(t, err)
	status, body := a.Post(anna, web.RecordPath("sales.order_line", lines[0].ID), map[string][]string{ui.FieldVersion: {"1"}, "product": {"Pine shelf"}, "quantity": {"2"}, "unit_price": {"1"}, "order": {fmt.Sprint(id)}})
	if status != 422 || !strings.Contains(body, "is no draft any more") {
		t.Errorf("changing a line of it answers %d, want 422 and why", status)
	}
	if status, _ := a.Get(anna, "/records/sale.order"); status != 301 {
		t.Errorf("the alias answers %d, want 301", status)
	}
	if status, _ := a.Get(a.SignIn("marc@example.com"), "/records/sales.order"); status != 403 {
		t.Errorf("the list answers Marc with %d, want 403", status)
	}
}
