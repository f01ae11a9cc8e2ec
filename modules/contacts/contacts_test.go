package contacts_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func house(t *testing.T, url string) *apptest.App {
	t.Helper()
	return apptest.New(t, url, base.Module(), contacts.Module())
}

func filter(t *testing.T, text string) domain.Node {
	t.Helper()
	n, err := domain.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The demo has partners enough for a tour, the same ones on every engine: some that a
// scope of British wholesalers shows, some that it does not.
func TestDemo(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		for _, c := range []struct {
			who, filter string
			want        int
		}{
			{"admin@example.com", `[]`, 306},
			{"admin@example.com", `[["active", "=", false]]`, 4},
			{"anna@example.com", `[]`, 225},
			{"anna@example.com", `[["country.code", "=", "GB"], "|", ["tags", "=", "Wholesale"], ["credit_limit", ">=", 10000]]`, 40},
			{"anna@example.com", `[["company.name", "ilike", "france"]]`, 0},
		} {
			n, err := record.CountIn[contacts.Partner](a.As(c.who), record.Query{Filter: filter(t, c.filter)})
			if err != nil || n != c.want {
				t.Errorf("%s counts %d partners of %s, %v, want %d", c.who, n, c.filter, err, c.want)
			}
		}
	})
}

// Everybody sees the partners of his companies and those of none; nobody moves one away.
func TestCompanies(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		a.Load(`
- {model: contacts.partner, id: theirs, values: {name: Theirs, company: france}}
- {model: contacts.partner, id: ours, values: {name: Ours, company: main}}`)
		anna := a.As("anna@example.com")
		if _, err := record.Get[contacts.Partner](anna, a.ID("contacts.partner", "theirs")); !fault.Is(err, fault.NotFound) {
			t.Errorf("Anna's look at a French partner gives %v, want not found", err)
		}
		ours := a.ID("contacts.partner", "ours")
		if _, err := record.SaveValues(anna, "contacts.partner", ours, 0, map[string]any{"company": a.ID("base.company", "france")}); err == nil {
			t.Error("Anna moved a partner to the French company, which she does not see")
		}
		id, err := record.SaveValues(anna, "contacts.partner", 0, 0, map[string]any{"name": "New"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := record.Get[contacts.Partner](anna, id)
		if err != nil || p.CompanyID != record.ID(anna.Company) || !p.Active {
			t.Errorf("the new partner is %+v, %v, want it active and in Anna's company", p, err)
		}
	})
}

func TestRights(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	a.Load(`
- {model: contacts.partner, id: ours, values: {name: Ours, company: main}}
- {model: base.user, id: outsider, values: {login: outsider, name: Outsider, groups: [base.user], company: main}}`)
	anna, ours := a.As("anna@example.com"), a.ID("contacts.partner", "ours")
	p, err := record.Get[contacts.Partner](anna, ours)
	if err != nil {
		t.Fatal(err)
	}
	if err := record.Delete(anna, &p); !fault.Is(err, fault.Forbidden) {
		t.Errorf("Anna's delete gives %v, want forbidden: that is for managers", err)
	}
	p.CreditLimit = 100
	if err := record.Save(anna, &p); !fault.Is(err, fault.Forbidden) || !strings.Contains(err.Error(), "credit_limit") {
		t.Errorf("Anna's credit limit gives %v, want forbidden on that field", err)
	}
	if _, err := record.CountIn[contacts.Partner](a.As("outsider"), record.Query{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a look at partners without the group gives %v, want forbidden", err)
	}
	if status, _ := a.Get(a.SignIn("anna@example.com"), "/records/contacts.tag"); status != 403 {
		t.Errorf("the tags' list answers Anna with %d, want 403: its menu is for managers", status)
	}
}

func TestPartnerErrors(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	a.Load(`
- {model: contacts.partner, id: top, values: {name: Top, is_company: true}}
- {model: contacts.partner, id: below, values: {name: Below, parent: top}}`)
	top, env := a.ID("contacts.partner", "top"), a.As("admin@example.com")
	for name, c := range map[string]struct {
		values map[string]any
		want   string
	}{
		"ErrNameRequired": {map[string]any{"name": ""}, "name: Enter a value."},
		"ErrCircle":       {map[string]any{"parent": "below"}, "parent: A partner cannot work for itself"},
		"ErrItself":       {map[string]any{"parent": "top"}, "parent: A partner cannot work for itself"},
		"ErrCredit":       {map[string]any{"credit_limit": "-1"}, "credit_limit: A credit limit is zero or more."},
		"ErrWebsite":      {map[string]any{"website": "javascript:alert(1)"}, "website: "},
		"ErrParent":       {map[string]any{"parent": 999999}, "parent: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := record.SaveValues(env, "contacts.partner", top, 0, c.values)
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("saving %v gives %v, want invalid with %q", c.values, err, c.want)
			}
		})
	}
}

// The list answers by an alias too, searches, and opens in French.
func TestScreens(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	marc := a.SignIn("marc@example.com")
	status, body := a.Get(marc, "/records/contacts.partner?q=ashdown")
	if status != 200 || !strings.Contains(body, "Ashdown Bakers") || !strings.Contains(body, "Partenaires") {
		t.Errorf("Marc's search answers %d, want Ashdown Bakers on a French page", status)
	}
	if status, _ := a.Get(marc, "/records/res.partner"); status != 301 {
		t.Errorf("the alias answers %d, want 301", status)
	}
}
