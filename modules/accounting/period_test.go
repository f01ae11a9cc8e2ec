package accounting_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
)

// A review freezes the figures; a period is closed with those of its review or not at all.
func TestFreezeAndClose(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, first := periods(t, a)
		wantFault(t, accounting.Close(a.As(marc), second, ""), fault.Conflict, "was not reviewed")
		if _, ok, err := accounting.Frozen(a.As(marc), second); ok || err != nil {
			t.Errorf("figures were frozen before the review: %v", err)
		}
		_, err := accounting.Freeze(a.As(ursa), second)
		wantFault(t, err, fault.Forbidden, "Only an accounting manager")
		_, err = accounting.Freeze(a.As(luc), second)
		wantFault(t, err, fault.NotFound, "")
		_, err = accounting.Freeze(a.As(marc), first)
		wantFault(t, err, fault.Conflict, "is closed already")

		figures, err := accounting.Freeze(a.As(marc), second)
		must(t, err)
		frozen, ok, err := accounting.Frozen(a.As(ursa), second)
		if must(t, err); !ok || frozen.Boxes != figures.Boxes || frozen.Hash != figures.Hash || len(frozen.Parts) != len(figures.Parts) {
			t.Errorf("frozen were %+v, want %+v", frozen, figures)
		}
		changed, err := accounting.Changed(a.As(ursa), second)
		if must(t, err); changed.Since {
			t.Errorf("the books have moved on by %v without a posting", changed.Boxes)
		}

		a.Database.Clock = later(a)
		id := document(t, a, ursa, accounting.Sale, string(second.Ends), "100 GB-S")
		must(t, accounting.Post(a.As(marc), id))
		changed, err = accounting.Changed(a.As(ursa), second)
		want := accounting.Boxes{20_00, 0, 20_00, 0, 20_00, 100_00}
		if must(t, err); !changed.Since || changed.Boxes != want || changed.Then.Boxes != figures.Boxes || changed.Now.Boxes.Minus(want) != figures.Boxes {
			t.Errorf("the books have moved on by %v (%v), want %v", changed.Boxes, changed.Since, want)
		}
		if client := a.SignIn("admin@example.com"); !strings.Contains(page(t, a, client, changed.URL), get(t, a, id).Number) {
			t.Errorf("%s does not list what was posted since", changed.URL)
		}
		wantFault(t, accounting.Close(a.As(marc), second, ""), fault.Conflict, "have changed since the review")

		_, err = accounting.Freeze(a.As(marc), second)
		must(t, err)
		wantFault(t, accounting.Close(a.As(ursa), second, ""), fault.Forbidden, "Only an accounting manager")
		must(t, accounting.Close(a.As(marc), second, ""))
		wantFault(t, accounting.Close(a.As(marc), second, ""), fault.Conflict, "is closed already")
		must(t, accounting.Reopen(a.As(marc), second))
		wantFault(t, accounting.Reopen(a.As(marc), second), fault.Conflict, "is open already")
		wantFault(t, accounting.SetReference(a.As(marc), second, "256660290587"), fault.Conflict, "not one whose return was just filed")
		must(t, accounting.Close(a.As(marc), second, ""))
		must(t, accounting.SetReference(a.As(marc), second, "256660290587"))
		must(t, accounting.SetReference(a.As(marc), second, "256660290587")) // told twice
		wantFault(t, accounting.SetReference(a.As(marc), second, "1"), fault.Conflict, "not one whose return was just filed")
		wantFault(t, accounting.Reopen(a.As(marc), second), fault.Conflict, "was filed as 256660290587")
	})
}

// What belongs to a closed period is refused with what to do, and declared in the next
// open one when the draft says so.
func TestLateEntries(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, first := periods(t, a)
		before, err := accounting.Compute(a.As(marc), second)
		must(t, err)
		closed, err := accounting.Compute(a.As(marc), first)
		must(t, err)
		id := document(t, a, ursa, accounting.Bill, string(first.Ends), "50 GB-S")
		err = accounting.Post(a.As(marc), id)
		wantFault(t, err, fault.Invalid, "declared_on: The VAT period "+first.Name)
		wantFault(t, err, fault.Invalid, "set “Declare VAT on” to "+string(second.Starts)+" or a later day")
		wantFault(t, change(a, ursa, id, "declared_on", string(first.Starts)), fault.Invalid, "VAT is not declared before its tax point")
		must(t, act(a, ursa, "declare_late", id))
		if o := get(t, a, id); o.DeclaredOn != second.Starts || o.VATDate != second.Starts || o.TaxPoint != first.Ends {
			t.Errorf("declared late, it is %+v", o)
		}
		must(t, accounting.Post(a.As(marc), id))
		after, err := accounting.Compute(a.As(marc), second)
		if must(t, err); after.Boxes.Box(4)-before.Boxes.Box(4) != 10_00 || after.Boxes.Box(7)-before.Boxes.Box(7) != 50_00 {
			t.Errorf("boxes 4 and 7 went from %v to %v, want 10.00 and 50 more", before.Boxes, after.Boxes)
		}
		if still, err := accounting.Compute(a.As(marc), first); err != nil || still.Hash != closed.Hash {
			t.Errorf("the closed period has moved to %v, %v", still.Boxes, err)
		}
		open := document(t, a, ursa, accounting.Bill, string(second.Starts), "50 GB-S")
		wantFault(t, act(a, ursa, "declare_late", open), fault.Invalid, "nothing to declare late")
		must(t, change(a, ursa, open, "date", string(second.Ends)))
		if o := get(t, a, open); o.TaxPoint != second.Ends || o.VATDate != second.Ends {
			t.Errorf("the tax point stayed behind the date: %+v", o)
		}
		must(t, change(a, ursa, open, "tax_point", string(second.Starts)))
		must(t, change(a, ursa, open, "date", string(first.Ends)))
		if o := get(t, a, open); o.TaxPoint != second.Starts {
			t.Errorf("a tax point of its own followed the date: %+v", o)
		}
	})
}

func TestAdjustments(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, first := periods(t, a)
		before, err := accounting.Compute(a.As(marc), second)
		must(t, err)
		adjust := func(who string, p accounting.Period, box, amount string) (int64, error) {
			return record.SaveValues(a.As(who), "accounting.vat_adjustment", 0, 0, map[string]any{"period": p.ID, "box": box, "amount": amount, "reason": "Bad debt relief"})
		}
		_, err = adjust(ursa, second, "4", "1")
		wantFault(t, err, fault.Forbidden, "no right")
		_, err = adjust(marc, first, "4", "1")
		wantFault(t, err, fault.Invalid, "is closed: adjust the next one instead")
		_, err = adjust(marc, second, "3", "1")
		wantFault(t, err, fault.Invalid, "box: Choose one of the values offered.")
		_, err = record.SaveValues(a.As(marc), "accounting.vat_adjustment", 0, 0, map[string]any{"period": second.ID, "box": "4", "amount": "1"})
		wantFault(t, err, fault.Invalid, "reason: Enter a value.")
		id, err := adjust(marc, second, "4", "12.34")
		must(t, err)
		after, err := accounting.Compute(a.As(marc), second)
		if must(t, err); after.Boxes.Box(4) != before.Boxes.Box(4)+12_34 || after.Boxes.Box(5) != before.Boxes.Box(5)-12_34 || after.Adjusted.Box(4) != 12_34 || after.Hash == before.Hash {
			t.Errorf("adjusted by 12.34, box 4 went from %v to %v", before.Boxes, after.Boxes)
		}
		_, err = accounting.Freeze(a.As(marc), second)
		must(t, err)
		must(t, accounting.Close(a.As(marc), second, ""))
		wantFault(t, record.Remove(a.As(marc), "accounting.vat_adjustment", id, 0), fault.Invalid, "is closed")
		_, err = record.SaveValues(a.As(marc), "accounting.vat_adjustment", id, 0, map[string]any{"amount": "1"})
		wantFault(t, err, fault.Invalid, "is closed")
	})
}

// A page shows a period as the books have it now, whoever changed them, and only to those
// who may see them; it adds the lines up again only when there is something new.
func TestSurveyIsOfNow(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, _ := periods(t, a)
		survey := func() accounting.Survey {
			t.Helper()
			s, err := accounting.SurveyOf(a.As(marc), second)
			must(t, err)
			return s
		}
		box := func(n int, from accounting.Survey, more record.Money, after string) {
			t.Helper()
			if was, is := from.Figures.Boxes.Box(n), survey().Figures.Boxes.Box(n); is != was+more {
				t.Errorf("after %s box %d went from %v to %v, want %v more", after, n, was, is, more)
			}
		}
		before := survey()
		if again := survey(); again.Figures.Hash != before.Figures.Hash || before.Before == nil || len(before.Checks) == 0 {
			t.Errorf("looked at twice: %+v and %+v", before, again)
		}
		adjustment, err := record.SaveValues(a.As(marc), "accounting.vat_adjustment", 0, 0, map[string]any{"period": second.ID, "box": "4", "amount": "12.34", "reason": "Bad debt relief"})
		must(t, err)
		box(4, before, 12_34, "an adjustment")
		a.Elsewhere("UPDATE accounting_vat_adjustment SET amount = amount + 1, version = version + 1 WHERE period_id = ?", second.ID)
		box(4, before, 12_35, "another process's adjustment")
		must(t, record.Remove(a.As(marc), "accounting.vat_adjustment", adjustment, 0))
		box(4, before, 0, "its removal")

		id := document(t, a, ursa, accounting.Sale, string(second.Ends), "100 GB-S")
		box(1, before, 0, "a draft")
		undone := errors.New("undone")
		err = a.As(marc).Write(func(in *record.Env) error {
			must(t, accounting.Post(in, id))
			if s, err := accounting.SurveyOf(in, second); err != nil || s.Figures.Boxes.Box(1) != before.Figures.Boxes.Box(1)+20_00 {
				t.Errorf("within its transaction box 1 is %v, %v", s.Figures.Boxes.Box(1), err)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		box(1, before, 0, "a posting that was undone")
		must(t, accounting.Post(a.As(marc), id))
		box(1, before, 20_00, "a posting")
		must(t, accounting.Post(a.As(marc), document(t, a, ursa, accounting.Bill, string(second.Ends), "100 GB-DRC5")))
		box(1, before, 25_00, "a bill with a tax code that was not used before")
		box(4, before, 5_00, "the same")
		house, standard := a.System().WithLang(a.As(marc).Lang), a.ID("accounting.tax", "gb_standard")
		tax := func(id int64, values map[string]any) int64 {
			t.Helper()
			id, err := record.SaveValues(house, "accounting.tax", id, 0, values)
			must(t, err)
			return id
		}
		called := func(want string) {
			t.Helper()
			if parts := survey().Figures.Parts; !slices.ContainsFunc(parts, func(p accounting.Part) bool { return p.Name == want }) {
				t.Errorf("no tax code is called %s: %+v", want, parts)
			}
		}
		tax(standard, map[string]any{"name": "Renamed"})
		called("Renamed")
		spare := tax(0, map[string]any{"code": "X1", "name": "One", "on_sales": "charged", "on_purchases": "charged"})
		tax(spare, map[string]any{"name": "Spare"})
		called("Renamed")
		tax(standard, map[string]any{"name": "Renamed again"})
		must(t, record.Remove(house, "accounting.tax", spare, 0)) // as many codes and versions as before
		tax(0, map[string]any{"code": "X2", "name": "Two", "on_sales": "charged", "on_purchases": "charged"})
		called("Renamed again")
		must(t, record.SetTranslation(house, "accounting.tax", standard, "name", house.Lang, "From a file"))
		called("From a file")

		ctx, counter := a.Database.DB.CountQueries(context.Background())
		_, err = accounting.SurveyOf(a.As(marc).In(ctx), second)
		must(t, err)
		for _, statement := range counter.Statements() {
			if strings.Contains(statement, "JOIN accounting_invoice_line") {
				t.Errorf("with nothing new the lines are added up again: %s", statement)
			}
		}
		_, err = accounting.SurveyOf(a.As(anna), second)
		wantFault(t, err, fault.Forbidden, "no right to see the books")
		_, err = accounting.SurveyOf(a.As(luc), second)
		wantFault(t, err, fault.NotFound, "")
	})
}

// Whoever posts while a period is being closed comes before, and spoils the review, or
// after, and is refused: nothing slips in between.
func TestPostingAgainstClosing(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		second, _ := periods(t, a)
		frozen, err := accounting.Freeze(a.As(marc), second)
		must(t, err)
		ids := make([]int64, 8)
		for i := range ids {
			ids[i] = document(t, a, ursa, accounting.Sale, string(second.Ends), "100 GB-S")
		}
		errs := make([]error, len(ids))
		var closing error
		var wg sync.WaitGroup
		for i := range ids {
			e := a.As(marc)
			wg.Go(func() { errs[i] = accounting.Post(e, ids[i]) })
		}
		e := a.As(marc)
		wg.Go(func() { closing = accounting.Close(e, second, "") })
		wg.Wait()
		posted := 0
		for _, err := range errs {
			if err == nil {
				posted++
			} else {
				wantFault(t, err, fault.Invalid, "is closed")
			}
		}
		now, err := accounting.Compute(a.As(marc), second)
		must(t, err)
		if closed := closing == nil; closed != (posted == 0) || closed != (now.Hash == frozen.Hash) || now.Boxes.Box(1)-frozen.Boxes.Box(1) != record.Money(posted*20_00) {
			t.Errorf("%d were posted, and closing says %v", posted, closing)
		}
	})
}

// A company that registers for VAT has its periods at once, on the tab of its form.
func TestRegistration(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		admin, france := a.As("admin@example.com"), a.ID("base.company", "france")
		save := func(values map[string]any) error {
			_, err := record.SaveValues(admin, "base.company", france, 0, values)
			return err
		}
		wantFault(t, save(map[string]any{"vrn": "12345"}), fault.Invalid, "vrn: A VAT registration number has nine digits.")
		wantFault(t, save(map[string]any{"vat_stagger": accounting.StaggerMonthly}), fault.Invalid, "vat_from: VAT periods need both")
		wantFault(t, save(map[string]any{"vat_from": "2026-01-01"}), fault.Invalid, "vat_stagger: VAT periods need both")
		a.Load(`- {model: base.company, id: france, values: {vrn: GB 987 6543 21, vat_stagger: monthly, vat_from: ` + admin.Now.AddDate(0, -2, 0).Format("2006-01-02") + `}}`)
		v, err := accounting.RegistrationOf(admin, france)
		if must(t, err); v.VRN != "987654321" || !v.Registered() {
			t.Errorf("the registration is %+v", v)
		}
		n, err := record.CountIn[accounting.Period](a.As(luc), record.Query{})
		if must(t, err); n != 3 {
			t.Errorf("%d periods were opened, want 3 months", n)
		}
		company, err := record.Get[base.Company](admin, france)
		must(t, err)
		a.Work()
		if again, err := record.CountIn[accounting.Period](a.As(luc), record.Query{}); err != nil || again != n || company.Version != 2 {
			t.Errorf("the job has made %d periods, %v", again-n, err)
		}
	})
}

// HMRC says which days a return is for: its periods take the place of those worked out.
func TestPeriodOf(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		main := a.ID("base.company", "main")
		second, first := periods(t, a)
		same, err := accounting.PeriodOf(a.As(marc), main, second.Starts, second.Ends, second.Due)
		if must(t, err); same.ID != second.ID {
			t.Errorf("the period %s was made twice", second.Name)
		}
		p, err := accounting.PeriodFor(a.As(marc), main, first.Ends)
		if must(t, err); p.ID != first.ID {
			t.Errorf("%s lies in %s, want %s", first.Ends, p.Name, first.Name)
		}
		before, ok, err := accounting.Previous(a.As(marc), second)
		if must(t, err); !ok || before.ID != first.ID {
			t.Errorf("before %s comes %s", second.Name, before.Name)
		}
		if _, ok, err := accounting.Previous(a.As(marc), first); ok || err != nil {
			t.Errorf("something comes before the first period: %v", err)
		}
		_, err = accounting.PeriodFor(a.As(marc), main, "2001-01-01")
		wantFault(t, err, fault.Invalid, "No VAT is declared here on 2001-01-01.")
		_, err = accounting.PeriodOf(a.As(marc), main, second.Ends, second.Starts, "")
		wantFault(t, err, fault.Invalid, "a first and a last day")
		_, err = accounting.PeriodOf(a.As(anna), main, second.Starts, second.Ends, "")
		wantFault(t, err, fault.Forbidden, "see the books")

		other, err := accounting.PeriodOf(a.As(marc), main, second.Starts, nextMonth(second.Ends), "")
		must(t, err)
		all, err := accounting.Periods(a.As(marc), main)
		must(t, err)
		for _, p := range all {
			if p.ID != other.ID && p.Starts <= other.Ends && p.Ends >= other.Starts {
				t.Errorf("%s – %s is left beside %s – %s", p.Starts, p.Ends, other.Starts, other.Ends)
			}
		}
		n, err := record.CountIn[accounting.Period](a.As(marc), record.Query{Filter: domain.Cond{Path: "state", Op: domain.Eq, Value: accounting.Closed}})
		if must(t, err); n != 1 {
			t.Errorf("%d periods are closed, want the one that was", n)
		}
	})
}
