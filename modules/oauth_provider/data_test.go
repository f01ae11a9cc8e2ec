package oauthprovider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// dataTests read real models through tokens.
var dataTests = []attack{
	{"Values", func(w *world) {
		id := w.partner("shaped", `country: GB, is_company: true, credit_limit: 1234.5, tags: [wholesale, retail], salesperson: anna@example.com, note: "a \"quote\" and é"`)
		w.scope("shape", `model: contacts.partner, filter: [["name", "like", "shaped_`+itoa(w.n)+`"]], fields: [name, is_company, credit_limit, country, tags, tags.name, salesperson, salesperson.name, parent, parent.name, city, note, created_at]`)
		text := w.bearer("/oauth2/otherinfo?model=res.partner", w.reader("shape").Access).want(http.StatusOK).body
		for _, want := range []string{
			`"is_company":true`, `"credit_limit":1234.50`, `"name":"United Kingdom"}`, `"salesperson.name":"Anna Keller"`, `"salesperson":{"id":` + itoa(w.ID("base.user", "anna")) + `,"name":"Anna Keller"}`,
			`"parent":null`, `"parent.name":null`, `"note":"a \"quote\" and é"`, `"city":""`,
		} {
			if !strings.Contains(text, want) {
				w.t.Errorf("the answer lacks %s: %s", want, text)
			}
		}
		var all map[string]struct {
			Tags      []int64
			TagNames  []string `json:"tags.name"`
			CreatedAt string   `json:"created_at"`
		}
		must(w.t, json.Unmarshal([]byte(text), &all))
		one := all[id]
		if len(one.Tags) != 2 || len(one.TagNames) != 2 {
			w.t.Errorf("tags %v %v", one.Tags, one.TagNames)
		}
		if at, err := time.Parse(time.RFC3339Nano, one.CreatedAt); err != nil || time.Since(at) > time.Hour {
			w.t.Errorf("created_at %q: %v", one.CreatedAt, err)
		}
	}},
	{"HiddenRelation", func(w *world) {
		w.Load(fmt.Sprintf(`- {model: base.user, id: hidden_%[1]d, values: {login: hidden%[1]d@example.com, name: Hidden Colleague, email: h@example.com, password: %[2]q, groups: [base.user], company: france}}`, w.n, password))
		w.partner("led", fmt.Sprintf("country: GB, salesperson: hidden%d@example.com", w.n))
		w.partner("unled", "country: GB")
		w.scope("led", `model: contacts.partner, filter: [["name", "like", "led_`+itoa(w.n)+`"]], fields: [name, salesperson, salesperson.name, salesperson.email]`)
		if text := w.bearer("/oauth2/otherinfo?model=res.partner", w.reader("led").Access).want(http.StatusOK, "led_").body; strings.Contains(text, "Hidden Colleague") || strings.Contains(text, "h@example.com") {
			w.t.Errorf("the relation shows somebody whom the reader may not see: %s", text)
		}
		// The filter itself is the manager's and speaks of the records as they are.
		w.scope("asked", `model: contacts.partner, filter: ["&", ["name", "like", "led_`+itoa(w.n)+`"], ["salesperson.name", "=", "Hidden Colleague"]], fields: [name, salesperson.name]`)
		text := w.bearer("/oauth2/otherinfo?model=res.partner", w.reader("asked").Access).want(http.StatusOK, `"name":"led_`, `"salesperson.name":null`).body
		if strings.Contains(text, "unled") || strings.Contains(text, "Hidden Colleague") {
			w.t.Errorf("the filter lets through %s", text)
		}
	}},
	{"ScopeArchived", func(w *world) {
		w.scope("gone", `model: base.user, filter: [["id", "=", {"$": "uid"}]], fields: [name]`)
		got := w.reader("gone")
		w.bearer("/oauth2/otherinfo?model=res.users", got.Access).want(http.StatusOK, `"name"`)
		w.Load(fmt.Sprintf("- {model: oauth_provider.scope, id: gone%d, values: {active: false}}", w.n))
		w.bearer("/oauth2/otherinfo?model=res.users", got.Access).wantJSON(http.StatusBadRequest, "invalid_model")
		if next := w.refresh(w.shop, got.Refresh).tokens(); w.bearer("/oauth2/otherinfo?model=res.users", next.Access).status != http.StatusBadRequest {
			w.t.Error("a refreshed token sees an archived scope")
		}
		w.browser().get(w.shop.ask("scope", w.code("gone"))).wantBack(w.shop, "invalid_scope")
		w.Load(fmt.Sprintf("- {model: oauth_provider.scope, id: gone%d, values: {active: true}}", w.n))
		w.bearer("/oauth2/otherinfo?model=res.users", got.Access).want(http.StatusOK, `"name"`)
	}},
	{"ScopeTakenFromClient", func(w *world) {
		w.scope("taken", `model: base.user, filter: [["id", "=", {"$": "uid"}]], fields: [name]`)
		got := w.reader("taken")
		w.bearer("/oauth2/otherinfo?model=base.user", got.Access).want(http.StatusOK, `"name"`)
		w.Load("- {model: oauth_provider.client, id: " + w.shop.id + ", values: {scopes: [openid]}}")
		w.bearer("/oauth2/otherinfo?model=base.user", got.Access).wantJSON(http.StatusBadRequest, "invalid_model")
	}},
	{"ScopeDeleted", func(w *world) {
		w.scope("deleted", `model: base.user, filter: [["id", "=", {"$": "uid"}]], fields: [name]`)
		got := w.reader("deleted")
		must(w.t, record.Remove(w.System(), "oauth_provider.scope", w.ID("oauth_provider.scope", w.code("deleted")), 0))
		w.bearer("/oauth2/otherinfo?model=base.user", got.Access).wantJSON(http.StatusBadRequest, "invalid_model")
		w.bearer("/oauth2/tokeninfo", got.Access).want(http.StatusOK)
	}},
	{"Claims", func(w *world) {
		b := w.person("anna")
		w.Load(fmt.Sprintf(`- {model: base.user, id: anna_%d, values: {tz: Europe/Paris, email: ""}}`, w.n))
		w.scope("boss", `model: base.user, filter: [["login", "=", "somebody@else"]], fields: [phone]`)
		got := b.issue(w.shop, "scope", "openid profile email self "+w.code("boss"))
		info := w.bearer("/oauth2/userinfo", got.Access).json()
		company, _ := info["company.name"].(string)
		if info["name"] != "anna" || info["preferred_username"] != b.login || info["zoneinfo"] != "Europe/Paris" || info["locale"] != "en" || company != "Harrow & Vale Ltd" {
			w.t.Errorf("userinfo %v", info)
		}
		for _, absent := range []string{"email", "id", "phone", "password_hash", "tz"} {
			if info[absent] != nil {
				w.t.Errorf("userinfo holds %s: %v", absent, info[absent])
			}
		}
	}},
	{"Pages", func(w *world) {
		got := w.reader("ids")
		total := len(w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).json())
		seen, cursor := map[string]bool{}, int64(0)
		for range 100 {
			part := w.bearer(fmt.Sprintf("/oauth2/otherinfo?model=contacts.partner&limit=40&cursor=%d", cursor), got.Access).json()
			if len(part) == 0 {
				break
			}
			for id := range part {
				if seen[id] {
					w.t.Fatalf("record %s comes twice", id)
				}
				seen[id] = true
				cursor = max(cursor, w.id(id))
			}
		}
		if len(seen) < total || total < 100 {
			w.t.Errorf("%d records in pages, %d at once", len(seen), total)
		}
	}},
}

// code is the code of a scope of this world.
func (w *world) code(name string) string {
	switch name {
	case "ids", "self", "british", "companies":
		return name
	}
	return fmt.Sprintf("%s%d", name, w.n)
}

// scope makes a scope that the shop may ask for.
func (w *world) scope(name, values string) {
	w.t.Helper()
	w.Load(fmt.Sprintf("- {model: oauth_provider.scope, id: %[1]s, values: {code: %[1]s, name: %[1]s, %[2]s}}\n- {model: oauth_provider.client, id: %[3]s, values: {scopes: {add: [%[1]s]}}}", w.code(name), values, w.shop.id))
}

// reader is a person of contacts who has granted the shop one scope.
func (w *world) reader(name string) tokens {
	w.t.Helper()
	return w.person("reader"+w.code(name), "contacts.user").issue(w.shop, "scope", "openid "+w.code(name))
}

// TestData holds the data rule on real models, over HTTP, on both engines.
func TestData(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		h := openHouse(t, url)
		h.Database.DB.TakeLease()
		for _, test := range dataTests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.run(h.world(t))
			})
		}
	})
}

// TestManyRecords streams more than one answer holds.
func TestManyRecords(t *testing.T) {
	t.Parallel()
	w := openHouse(t, dbtest.URL(t, db.SQLite)).world(t)
	const many = 12_000
	must(t, w.Database.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO contacts_partner (version, created_at, updated_at, name, ref, is_company, email, phone, website, vat, street, city, zip, credit_limit, note, active)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT 1, ?, ?, 'Partner ' || i, '', ?, '', '', '', '', '', '', '', 0, '', ? FROM n`, many, time.Now(), time.Now(), false, true)
		return err
	}))
	got := w.reader("ids")
	first := w.bearer("/oauth2/otherinfo?model=contacts.partner", got.Access).json()
	if len(first) != 10_000 {
		t.Fatalf("%d records at once, want the most that one answer holds", len(first))
	}
	last := int64(0)
	for id := range first {
		last = max(last, w.id(id))
	}
	rest := w.bearer(fmt.Sprintf("/oauth2/otherinfo?model=contacts.partner&cursor=%d", last), got.Access).json()
	for id := range rest {
		if first[id] != nil {
			t.Fatalf("record %s comes twice", id)
		}
	}
	if len(first)+len(rest) < many {
		t.Errorf("%d and %d records, want all %d", len(first), len(rest), many)
	}
}
