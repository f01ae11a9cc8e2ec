package screen_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// odd are values that a stranger may put anywhere.
var odd = []string{"", "0", "-1", "1", "99999999999999999999999", "1e9", "%", "_", "' OR 1=1 --", `"`, "<script>alert(1)</script>", "a b", "é€😀", "\u202e",
	`[["id","=",1]]`, `[["partner.name","ilike","%"]]`, `["|"]`, `[["parent.parent.parent.parent.parent.parent.parent","=",1]]`, `[["tags.name","=","x"]]`, `[["credit",">","abc"]]`,
	`[["seen_at",">",{"$":"now","add":{"years":-99999}}]]`, `[["name","in",[` + strings.Repeat(`"x",`, 300) + `"x"]]]`, strings.Repeat("[", 500), strings.Repeat("x", 3000),
	"name", "-name", "tags", "sites", "orders", "pin", "pin_hash", "margin", "created_by", "id", "version", "only", "all", "test.order.partner", "q=%zz&from=3", "../..", "\t\n"}

var names = []string{"q", "sort", "from", "filter", "is", "archived", "col", "f.kind", "f.vip", "f.parent", "f.margin", "tab", "in", "at", "copy", "for", "log", "name", "parent", "parent.text",
	"parent.found", "tags", "tags.text", "credit", "rating", "since", "seen_at", "sites", "_has", "_add", "_remove", "_up", "_find", "_version", "do", "id", "all", "sure", "count", "active", "company"}

// TestNothingAStrangerSendsIsOurFault: no query string and no form answers 500.
func TestNothingAStrangerSendsIsOurFault(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, address string) {
		h := openHouse(t, address)
		ids := h.crowd(t)
		b := h.as(t, staff)
		one := at(ids["Acorn"])
		gets := []string{partners, partners + "/export.csv", partners + "/options", partners + "/new", one, "/records/test.order"}
		posts := []string{one, one + "?tab=more", partners + "/new", partners + "/action", one + "/archive", one + "/delete", one + "/action/greet"}
		check := func(p *page, what string) {
			t.Helper()
			if p.status >= 500 {
				t.Errorf("%s answered %d", what, p.status)
			}
			if strings.Contains(p.body, "<script>alert") && strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
				t.Errorf("%s sends markup back as it came", what)
			}
			p.hides("77123", "quietly", "hash of", "4711-planted")
		}
		for n, name := range names {
			for i := n % 3; i < len(odd); i += 3 {
				path := gets[(i+n)%len(gets)] + "?" + url.Values{name: {odd[i]}}.Encode()
				check(b.get(path), "GET "+path)
			}
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 150 {
			form := url.Values{"_version": {"1"}}
			for range 1 + r.IntN(8) {
				form.Add(names[r.IntN(len(names))], odd[r.IntN(len(odd))])
			}
			path := posts[r.IntN(len(posts))]
			check(b.post(path, form), fmt.Sprintf("POST %s %v", path, form))
			path = gets[r.IntN(len(gets))] + "?" + form.Encode()
			check(b.get(path), "GET "+path)
		}
		if got := h.partner(t, ids["Elsewhere"]); got.Version != 1 {
			t.Errorf("another company's record was changed: %+v", got)
		}
		b.get(partners).is(http.StatusOK)
	})
}
