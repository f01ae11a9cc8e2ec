package oauthprovider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// fill inserts partners of one set with few different cities, limits and countries, the
// last of which are empty for some.
func (w *world) fill(set string, from, many int) {
	w.t.Helper()
	must(w.t, w.Database.DB.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO contacts_partner (version, created_at, updated_at, name, ref, is_company, email, phone, website, vat, street, city, zip, credit_limit, note, active, country_id)
			WITH RECURSIVE n(i) AS (SELECT CAST(? AS integer) UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT 1, ?, ?, 'Partner ' || i, ?, ?, '', '', '', '', '', CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN 'Leeds' ELSE 'York' END, '', (i % 7) * 100, '', ?,
				CASE i % 4 WHEN 0 THEN NULL ELSE (SELECT id FROM base_country WHERE code = CASE i % 2 WHEN 0 THEN 'GB' ELSE 'FR' END) END FROM n`,
			from, from+many-1, time.Now(), time.Now(), set, false, true)
		return err
	}))
}

// TestRecordsPages walks through thousands of records with equal and empty keys while
// others come into being: each that was there comes exactly once.
func TestRecordsPages(t *testing.T) {
	t.Parallel()
	const many = 2500
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		w := openHouse(t, at).world(t)
		set := "pages" + itoa(w.n)
		w.fill(set, 1, many)
		w.scope("pages", `model: contacts.partner, filter: [["ref", "=", "`+set+`"]], fields: [name, city, country, credit_limit, created_at, is_company]`)
		token := w.reader("pages").Access
		for i, test := range []struct {
			order string
			size  int
		}{{"", 1000}, {"-id", 700}, {"city", 300}, {"-city,credit_limit", 300}, {"country,-city", 400}, {"-country", 400}, {"is_company,-created_at,city", 300}} {
			seen, early, last, next := map[float64]int{}, 0, "", ""
			for range 100 {
				got := w.call(http.MethodGet, partnersAPI+params("fields", "name,city", "order", test.order, "limit", fmt.Sprint(test.size), "cursor", next), token, "").listing()
				for _, r := range got.Data {
					if seen[r["id"].(float64)]++; r["name"] != "Late" {
						early++
					}
					if city, _ := r["city"].(string); test.order == "city" {
						if city < last {
							t.Fatalf("order by city: %q comes behind %q", city, last)
						}
						last = city
					}
				}
				if got.Next == nil {
					break
				}
				if next = *got.Next; len(got.Data) != test.size {
					t.Fatalf("order %q: a page of %d with another behind it, want %d", test.order, len(got.Data), test.size)
				}
				w.exec("INSERT INTO contacts_partner (version, created_at, updated_at, name, ref, is_company, email, phone, website, vat, street, city, zip, credit_limit, note, active, country_id) "+
					"SELECT version, created_at, updated_at, 'Late', ref, is_company, email, phone, website, vat, street, city, zip, credit_limit, note, active, country_id FROM contacts_partner WHERE id IN (?, ?)",
					int64(got.Data[0]["id"].(float64)), int64(got.Data[len(got.Data)-1]["id"].(float64)))
			}
			twice := 0
			for _, n := range seen {
				if n > 1 {
					twice++
				}
			}
			if early != many || twice > 0 {
				t.Errorf("walk %d, order %q: %d records, %d of them several times, want the %d of the beginning once each", i, test.order, early, twice, many)
			}
		}
	})
}

// TestRecordsQueries holds the budget of the records API: a list takes the same few
// statements however many records it gives; junk takes none.
func TestRecordsQueries(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		w := openHouse(t, at).world(t)
		server, err := w.Instance.Server()
		must(t, err)
		c := &counting{w, server}
		w.fill("few", 1, 300)
		w.scope("wide", `model: contacts.partner, filter: [["active", "=", true]], fields: [name, city, country, country.code, tags, tags.name, people, salesperson.name, credit_limit]`)
		token := w.person("anna", "contacts.user").issue(w.shop, "scope", "openid british "+w.code("wide")).Access
		plain := url.QueryEscape(`[["city","!=","x"]]`)
		for _, test := range []struct {
			query  string
			budget int // status of the token, account, page, lists
		}{
			{"fields=name,country&limit=", 3}, {"fields=name,city&filter=" + plain + "&limit=", 3}, {"limit=", 6}, {"order=name&fields=name&limit=", 4}, {"order=-city,credit_limit&limit=", 7},
		} {
			few, one := c.statements(c.read(partnersAPI+"?"+test.query+"2", token))
			many, all := c.statements(c.read(partnersAPI+"?"+test.query+"200", token))
			if few.Code != http.StatusOK || len(one) > test.budget || len(all) > test.budget || few.Body.Len() >= many.Body.Len() {
				t.Errorf("%s: %d with %d statements for 2 records and %d for 200, want at most %d:\n%s\n%s", test.query, few.Code, len(one), len(all), test.budget, strings.Join(all, "\n"), few.Body)
			}
			if slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "COUNT(") || strings.Contains(s, "OFFSET") }) {
				t.Errorf("%s counts or skips:\n%s", test.query, strings.Join(all, "\n"))
			}
		}
		for _, bad := range []string{"?fields=note", "?filter=[[", "?order=note", "?cursor=x", "?limit=0", "/x"} {
			if rec, statements := c.statements(c.read(partnersAPI+bad, token)); rec.Code/100 != 4 || len(statements) > 2 {
				t.Errorf("%s: %d with %d statements:\n%s", bad, rec.Code, len(statements), strings.Join(statements, "\n"))
			}
		}
		if rec, statements := c.statements(c.read(partnersAPI, "tsa_"+strings.Repeat("x", 60))); rec.Code != http.StatusUnauthorized || len(statements) != 0 {
			t.Errorf("junk: %d with %d statements", rec.Code, len(statements))
		}
	})
}

// TestRecordsPlans holds SQLite to walking through an index in the order asked for: it
// neither sorts nor gathers, however many records there are.
func TestRecordsPlans(t *testing.T) {
	t.Parallel()
	w := openHouse(t, dbtest.URL(t, db.SQLite)).world(t)
	server, err := w.Instance.Server()
	must(t, err)
	c := &counting{w, server}
	w.fill("plans", 1, 300)
	w.scope("plans", `model: contacts.partner, all_records: true, fields: [name, ref, city, is_company, credit_limit, country]`)
	token := w.person("anna", "contacts.user").issue(w.shop, "scope", "openid "+w.code("plans")).Access
	filter := url.QueryEscape(`[["is_company","=",false],["credit_limit",">=",1]]`)
	for _, query := range []string{"", "order=-id", "order=name", "order=-ref", "filter=" + filter, "order=name&filter=" + filter} {
		first, statements := c.statements(c.read(partnersAPI+"?limit=50&"+query, token))
		var page listing
		if must(t, json.Unmarshal(first.Body.Bytes(), &page)); page.Next == nil {
			t.Fatalf("%s: no further page: %d %.300s", query, first.Code, first.Body)
		}
		_, next := c.statements(c.read(partnersAPI+"?limit=50&"+query+"&cursor="+*page.Next, token))
		for i, s := range append(statements, next...) {
			if !strings.Contains(s, "contacts_partner") || strings.Contains(s, "contacts_partner_tags") {
				continue
			}
			if plan := w.plan(s); strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "MULTI-INDEX OR") {
				t.Errorf("%s, statement %d: the plan sorts or gathers:\n%s\n%s", query, i, s, plan)
			}
		}
	}
}

// plan is how SQLite goes about a statement.
func (w *world) plan(statement string) string {
	w.t.Helper()
	rows, err := w.Database.DB.QueryContext(w.t.Context(), "EXPLAIN QUERY PLAN "+statement, make([]any, strings.Count(statement, "?"))...)
	must(w.t, err)
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		must(w.t, rows.Scan(&id, &parent, &unused, &detail))
		out = append(out, detail)
	}
	must(w.t, rows.Err())
	return strings.Join(out, "\n")
}
