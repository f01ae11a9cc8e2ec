package load_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/load"
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

func apply(a *apptest.App, text string) (load.Result, error) {
	records, err := load.Parse("test.yaml", []byte(text))
	if err != nil {
		return load.Result{}, err
	}
	return load.Apply(a.System(), records)
}

const three = `
- model: contacts.tag
  id: loyal
  values: {name: Loyal}
  translations: {fr: {name: Fidèle}}
- model: res.partner # an alias
  id: acme
  values:
    name: Acme
    zip: 01234
    credit_limit: 1500.50
    country: FR            # by code
    tags: [loyal, Brand new] # by external id, and by a name that does not exist yet
    salesperson: anna@example.com
    company: main
    is_company: true
- {model: base.user, id: bob, values: {login: Bob@Example.com, name: Bob, email: bob@example.com, password: bob, groups: [base.user, contacts.user], company: main}}
`

func TestApply(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		a := house(t, url)
		done, err := apply(a, three)
		if err != nil || done != (load.Result{Created: 3}) {
			t.Fatalf("the first load = %+v, %v, want 3 created", done, err)
		}
		p, err := record.Get[contacts.Partner](a.System(), a.ID("contacts.partner", "acme"))
		if err != nil {
			t.Fatal(err)
		}
		if p.Zip != "01234" || p.CreditLimit != 150050 || len(p.Tags) != 2 || p.SalespersonID != record.ID(a.ID("base.user", "anna")) {
			t.Errorf("the partner is %+v, want zip 01234, 1500.50, two tags, Anna", p)
		}
		tag, err := record.Get[contacts.Tag](a.System().WithLang("fr"), a.ID("contacts.tag", "loyal"))
		if err != nil || tag.Name != "Fidèle" {
			t.Errorf("the tag in French is %q, %v, want Fidèle", tag.Name, err)
		}
		if status := signIn(a, "bob@example.com", "bob"); status != 303 {
			t.Errorf("signing in as the loaded user gives %d, want 303", status)
		}
		done, err = apply(a, three)
		if err != nil || done != (load.Result{Unchanged: 3}) {
			t.Errorf("the second load = %+v, %v, want 3 unchanged", done, err)
		}
		done, err = apply(a, strings.Replace(three, "name: Acme", "name: Acme Ltd", 1))
		if err != nil || done != (load.Result{Updated: 1, Unchanged: 2}) {
			t.Errorf("a changed load = %+v, %v, want 1 updated", done, err)
		}
	})
}

func signIn(a *apptest.App, login, password string) int {
	status, _ := a.Post(a.Stranger(), "/signin", map[string][]string{"login": {login}, "password": {password}, "next": {"/"}})
	return status
}

// Loading the password that is set already signs nobody out; another one does.
func TestPassword(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	anna := a.SignIn("anna@example.com")
	a.Load(`[{model: base.user, id: anna, values: {password: anna}}]`)
	if status, _ := a.Get(anna, "/"); status != 200 {
		t.Errorf("after loading the same password the session gives %d, want 200", status)
	}
	a.Load(`[{model: base.user, id: anna, values: {password: another}}]`)
	if status, _ := a.Get(anna, "/"); status == 200 {
		t.Error("after loading another password the old session still works")
	}
	if status := signIn(a, "anna@example.com", "another"); status != 303 {
		t.Errorf("signing in with the new password gives %d, want 303", status)
	}
}

func TestOnceAndAdd(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	a.Load(`[{model: contacts.tag, id: mine, once: true, values: {name: Mine}}]`)
	done := a.Load(`
- {model: contacts.tag, id: mine, once: true, values: {name: Changed}}
- {model: base.user, id: anna, values: {groups: {add: [contacts.manager, base.user]}}}`)
	if done != (load.Result{Updated: 1, Unchanged: 1}) {
		t.Errorf("load = %+v, want the tag left alone and Anna updated", done)
	}
	anna, err := record.Get[base.User](a.System(), a.ID("base.user", "anna"))
	if err != nil || len(anna.Groups) != 3 {
		t.Errorf("Anna's groups are %v, %v, want the two from before and one more", anna.Groups, err)
	}
	lines, err := record.History(a.System(), "base.user", anna.ID, 1, 0)
	if err != nil || len(lines) != 1 || len(lines[0].Changes) == 0 {
		t.Fatalf("the log says %+v, %v, want one line about the groups", lines, err)
	}
	if now, _ := lines[0].Changes[0].New.([]any); len(now) != 3 {
		t.Errorf("the log says that Anna's groups are %v now, want each of the three once", now)
	}
}

// One bad record changes nothing, and the message says where it is.
func TestErrors(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	good := "- {model: contacts.tag, id: good, values: {name: Good}}\n"
	for name, c := range map[string]struct{ text, want string }{
		"ErrNotYAML":           {"- {model: [", "test.yaml: this is no YAML"},
		"ErrNoList":            {"model: contacts.tag", "test.yaml:1: the file has to be a list of records"},
		"ErrNoRecord":          {good + "- 7", "test.yaml:2: a record needs model, id and values."},
		"ErrNoID":              {good + "- {model: contacts.tag, values: {}}", "test.yaml:2: a record needs a model and an id."},
		"ErrUnknownKey":        {good + "- {model: contacts.tag, id: x, valeus: {}}", `test.yaml:2: a record has model, id, values, translations and once, not "valeus".`},
		"ErrTwice":             {good + good, "test.yaml:2: contacts.tag good: this record stands twice."},
		"ErrKeyTwice":          {good + "- {model: contacts.tag, model: x, id: x}", `test.yaml:2: "model" stands twice.`},
		"ErrModel":             {good + "- {model: contacts.tiger, id: x, values: {name: x}}", "test.yaml:2: contacts.tiger x: there is no such model here."},
		"ErrField":             {good + "- model: contacts.tag\n  id: x\n  values:\n    name: x\n    colour: red", "test.yaml:6: contacts.tag x, colour: Tag has no field"},
		"ErrNumber":            {good + "- model: contacts.partner\n  id: x\n  values:\n    name: x\n    credit_limit: much", "test.yaml:6: contacts.partner x, credit_limit: Write a number."},
		"ErrRequired":          {good + "- {model: contacts.tag, id: x, values: {}}", "test.yaml:2: contacts.tag x, name: Enter a value."},
		"ErrRelation":          {good + "- model: contacts.partner\n  id: x\n  values:\n    name: x\n    country: XX", `test.yaml:6: contacts.partner x, country: There is no country "XX".`},
		"ErrTaken":             {good + "- {model: contacts.tag, id: x, values: {name: Wholesale}}", "test.yaml:2: contacts.tag x, name: This value is already in use"},
		"ErrPrivate":           {good + "- {model: base.user, id: x, values: {nonsense_hash: x}}", "nonsense_hash"},
		"ErrTranslation":       {good + "- {model: contacts.tag, id: x, values: {name: x}, translations: {de: {name: x}}}", "there are no translations to de."},
		"ErrTranslatedField":   {good + "- {model: contacts.partner, id: x, values: {name: x}, translations: {fr: {name: x}}}", "name: this field has no translations."},
		"ErrAlias":             {good + "- {model: contacts.tag, id: &a x, values: {name: *a}}", "anchors and aliases are not read here"},
		"ErrAdd":               {good + "- {model: base.user, id: anna, values: {groups: {remove: [base.user]}}}", "test.yaml:2: base.user anna, groups: write a list, or {add: [...]}"},
		"ErrEveryPlaceAtOnce1": {"- {model: contacts.tag, id: x, values: {a: 1}}\n- {model: contacts.tag, id: y, values: {b: 1}}", "test.yaml:1:"},
		"ErrEveryPlaceAtOnce2": {"- {model: contacts.tag, id: x, values: {a: 1}}\n- {model: contacts.tag, id: y, values: {b: 1}}", "test.yaml:2:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := apply(a, c.text)
			if fault.CodeOf(err) != fault.Invalid && fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("load gives %v, want an invalid error with %q", err, c.want)
			}
			if _, err := record.ByExternalID(a.System(), "contacts.tag", "good"); !fault.Is(err, fault.NotFound) {
				t.Errorf("the good record is there (%v), want nothing changed", err)
			}
		})
	}
}

// Load works as the person it is given, with no more rights than his.
func TestRights(t *testing.T) {
	t.Parallel()
	a := house(t, dbtest.URL(t, db.SQLite))
	records, err := load.Parse("test.yaml", []byte(`[{model: base.company, id: evil, values: {name: Evil, currency: EUR}}]`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load.Apply(a.As("anna@example.com"), records); !fault.Is(err, fault.Forbidden) {
		t.Errorf("Anna's load of a company gives %v, want forbidden", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{three, "", "[]", "- {}", "- {model: a, id: b, values: {c: [[d, '=', {$: uid}]]}}", "a: &x [*x]", "---\n- 1\n---\n- 2", "- {model: !!binary aa, id: 1}", "- {model: a, id: b, values: {c: 0x1F, d: 2027-03-31, e: ~, f: .nan}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		records, err := load.Parse("fuzz.yaml", text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), "fuzz.yaml:") {
				t.Fatalf("Parse(%q) = %v, want an invalid error that begins with the file", text, err)
			}
			return
		}
		for _, rec := range records {
			if rec.Model == "" || rec.ID == "" || rec.Values == nil {
				t.Fatalf("Parse(%q) gave the record %+v without a model, id or values", text, rec)
			}
		}
	})
}
