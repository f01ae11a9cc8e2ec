package oauthprovider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db/dbtest"
)

const partnersAPI = "/api/records/contacts.partner"

// call sends a request of an application; headers are names and values in turn.
func (w *world) call(method, path, token, body string, headers ...string) *page {
	w.t.Helper()
	r := w.request(method, path, body)
	r.Header.Del("Content-Type")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.browser().send(r)
}

// listing is a page of the records API.
type listing struct {
	Data []map[string]any `json:"data"`
	Next *string          `json:"next"`
}

func (p *page) listing() listing {
	p.t.Helper()
	var out listing
	if err := json.Unmarshal([]byte(p.want(http.StatusOK).body), &out); err != nil || out.Data == nil {
		p.t.Fatalf("%s: no page: %v: %s", p.at, err, p.body)
	}
	return out
}

// params makes a query of names and values in turn.
func params(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "?" + v.Encode()
}

// records reads a list.
func (w *world) records(token string, pairs ...string) *page {
	w.t.Helper()
	return w.call(http.MethodGet, partnersAPI+params(pairs...), token, "")
}

// wantProblem expects problem details with a code (RFC 9457).
func (p *page) wantProblem(status int, code string) *page {
	p.t.Helper()
	var e struct {
		Type, Title, Detail, Code, Request string
		Status                             int
	}
	p.want(status)
	if json.Unmarshal([]byte(p.body), &e) != nil || e.Code != code || e.Status != status || e.Title == "" || e.Detail == "" || e.Request == "" || e.Type != "urn:tessera:problem:"+code {
		p.t.Fatalf("%s %s: %s, want the problem %s", p.method, p.at, p.body, code)
	}
	if got := p.header.Get("Content-Type"); got != "application/problem+json" {
		p.t.Fatalf("%s %s: content type %q", p.method, p.at, got)
	}
	if h := p.header.Get("WWW-Authenticate"); status == http.StatusForbidden && !strings.Contains(h, `error="insufficient_scope"`) {
		p.t.Fatalf("%s %s: challenge %q, want insufficient_scope", p.method, p.at, h)
	}
	return p
}

// names are the names of the records of a page, in order; "" for one without.
func (l listing) names() string {
	var out []string
	for _, r := range l.Data {
		name, _ := r["name"].(string)
		out = append(out, strings.SplitN(name, "_", 2)[0])
	}
	return strings.Join(out, " ")
}

// overlapping makes two scopes on one model, each with a field of its own, over four
// partners of which one is in both, one in each and one in neither.
func (w *world) overlapping() (token string, ids map[string]string) {
	w.t.Helper()
	n := itoa(w.n)
	ids = map[string]string{}
	for _, p := range [][2]string{
		{"both", "country: GB, is_company: true, city: Leeds, credit_limit: 30"}, {"british", "country: GB, city: York, credit_limit: 99"},
		{"company", "country: FR, is_company: true, city: Lyon, credit_limit: 7"}, {"neither", "country: FR, city: Nice, credit_limit: 50"},
	} {
		ids[p[0]] = w.partner(p[0], p[1]+", ref: set"+n)
	}
	w.scope("gb", `model: contacts.partner, filter: ["&", ["ref", "=", "set`+n+`"], ["country.code", "=", "GB"]], fields: [name, city]`)
	w.scope("co", `model: contacts.partner, filter: ["&", ["ref", "=", "set`+n+`"], ["is_company", "=", true]], fields: [name, credit_limit, salesperson, tags]`)
	return w.person("anna", "contacts.user").issue(w.shop, "scope", "openid "+w.code("gb")+" "+w.code("co")).Access, ids
}

// recordsTests drive the records API.
var recordsTests = []attack{
	{"65 token in the query", func(w *world) {
		got := w.person("anna", "contacts.user").issue(w.shop, "scope", "openid british").Access
		for _, path := range []string{partnersAPI, partnersAPI + "/1", "/api/openapi.json"} {
			p := w.browser().get(path + "?access_token=" + got).want(http.StatusUnauthorized)
			if !strings.HasPrefix(p.header.Get("WWW-Authenticate"), "Bearer") {
				w.t.Errorf("%s: challenge %q", path, p.header.Get("WWW-Authenticate"))
			}
		}
		p := w.bearer(partnersAPI, "").want(http.StatusUnauthorized)
		if h := p.header.Get("WWW-Authenticate"); !strings.HasPrefix(h, "Bearer") || strings.Contains(h, "error=") || p.header.Get("Content-Type") != "application/problem+json" {
			w.t.Errorf("challenge %q, want one without an error (RFC 6750 §3.1)", h)
		}
		w.call(http.MethodGet, partnersAPI, "tsa_junk", "").want(http.StatusUnauthorized)
	}},
	{"67 unknown and forbidden models look alike", func(w *world) {
		got := w.person("anna", "contacts.user").issue(w.shop).Access // opens the own user only
		var answers []string
		for _, model := range []string{"unknown.model", "contacts.partner", "res.partner", "oauth_provider.client", "base.group", "audit", "base_user"} {
			for _, r := range []struct{ method, path, body string }{
				{http.MethodGet, "", ""}, {http.MethodGet, "/1", ""}, {http.MethodPost, "", `{"name":"x"}`}, {http.MethodPatch, "/1", `{"name":"x"}`}, {http.MethodDelete, "/1", ""},
				{http.MethodGet, "?filter=[[&limit=x", ""},
			} {
				var e map[string]any
				must(w.t, json.Unmarshal([]byte(w.call(r.method, "/api/records/"+model+r.path, got, r.body).wantProblem(http.StatusNotFound, "unknown_model").body), &e))
				delete(e, "request")
				answers = append(answers, fmt.Sprint(e))
			}
		}
		if len(slices.Compact(answers)) != 1 {
			w.t.Errorf("answers differ: %q", answers)
		}
		poor := w.person("poor") // his scope is granted, he himself may not read partners
		w.records(poor.issue(w.shop, "scope", "openid british").Access).wantProblem(http.StatusNotFound, "unknown_model")
	}},
	{"68 records outside the filter are absent", func(w *world) {
		token, ids := w.overlapping()
		foreign := w.partner("foreign", "country: GB, company: france, ref: set"+itoa(w.n))
		gone := w.partner("archived", "country: GB, active: false, ref: set"+itoa(w.n))
		for _, id := range []string{ids["neither"], foreign, gone, "999999999", "0", "-1", "01", "x", "1e3"} {
			w.call(http.MethodGet, partnersAPI+"/"+id, token, "").wantProblem(http.StatusNotFound, "not_found")
			if got := w.records(token, "filter", `[["id","=",`+itoa(int64(len(id)))+`]]`); got.status != http.StatusOK {
				w.t.Errorf("filter by id: %d", got.status)
			}
		}
		for _, q := range [][]string{{}, {"order", "name"}, {"order", "-city"}, {"filter", `["!", ["name", "=", "x"]]`}, {"filter", `["!", ["credit_limit", "=", 1]]`}, {"filter", `[["id", "in", [` + ids["neither"] + `,` + foreign + `]]]`}} {
			if got := w.records(token, q...).listing().names(); strings.Contains(got, "neither") || strings.Contains(got, "foreign") || strings.Contains(got, "archived") {
				w.t.Errorf("%v shows %s", q, got)
			}
		}
	}},
	{"69 fields that no scope lists", func(w *world) {
		token, ids := w.overlapping()
		plain := func(p *page, name string) string {
			var e map[string]any
			must(w.t, json.Unmarshal([]byte(p.body), &e))
			delete(e, "request")
			return strings.ReplaceAll(fmt.Sprint(e), name, "…")
		}
		for _, parameter := range []string{"fields", "order", "filter"} {
			var answers []string
			for _, name := range []string{"note", "vat", "country", "country.code", "nothing", "nothing.at.all", "salesperson.email", "tags.name", "create_uid", "company.name"} {
				value := name
				if parameter == "filter" {
					value = `[["` + name + `", "=", 5]]`
				}
				p := w.records(token, parameter, value).wantProblem(http.StatusBadRequest, "unknown_field")
				answers = append(answers, plain(p, name))
			}
			if len(slices.Compact(answers)) != 1 {
				w.t.Errorf("%s: answers differ: %q", parameter, answers)
			}
		}
		// A list shows ids: what its records are called cannot be asked for either.
		w.records(token, "filter", `[["tags", "ilike", "whole"]]`).wantProblem(http.StatusBadRequest, "unknown_field")
		w.records(token, "filter", `[["tags", "=", 1]]`).want(http.StatusOK)
		w.call(http.MethodGet, partnersAPI+"/"+ids["both"]+"?fields=note", token, "").wantProblem(http.StatusBadRequest, "unknown_field")
	}},
	{"70 two scopes on one model", func(w *world) {
		token, ids := w.overlapping()
		all := w.records(token, "order", "name").listing()
		if got := all.names(); got != "both british company" {
			w.t.Fatalf("the records are %s", got)
		}
		for i, want := range []string{"city credit_limit id name salesperson tags", "city id name", "credit_limit id name salesperson tags"} {
			var names []string
			for name := range all.Data[i] {
				names = append(names, name)
			}
			if slices.Sort(names); strings.Join(names, " ") != want {
				w.t.Errorf("%v shows %v, want %s", all.Data[i]["name"], names, want)
			}
		}
		one := w.call(http.MethodGet, partnersAPI+"/"+ids["british"], token, "").json()
		if len(one) != 3 || one["city"] != "York" {
			w.t.Errorf("the record by id shows %v", one)
		}
		for _, test := range []struct{ query, want string }{
			{"filter=" + `[["city","!=","x"]]`, "both british"},       // only where the scope with the city shows it
			{"filter=" + `[["credit_limit",">=",0]]`, "both company"}, // not the British one, whose limit is out of sight
			{"filter=" + `["!",["credit_limit","<",40]]`, ""},         // British has 99
			{"filter=" + `["|",["city","=","York"],["name","=","x"]]`, "british"},
			{"filter=" + `[["name","like","_` + itoa(w.n) + `"]]`, "both british company"},
			{"order=city", "both british"}, {"order=-city", "british both"},
			{"order=credit_limit", "company both"}, {"order=-credit_limit,name", "both company"},
			{"order=name&filter=" + `[["credit_limit","=",99]]`, ""},
			{"fields=city&order=name", "  "}, {"fields=&order=name", "  "},
			{"filter=[]&order=id&limit=10", "?"},
		} {
			v, err := url.ParseQuery(test.query)
			must(w.t, err)
			got := w.call(http.MethodGet, partnersAPI+"?"+v.Encode(), token, "").listing()
			if names := got.names(); names != test.want && !(test.want == "?" && len(got.Data) == 3) {
				w.t.Errorf("%s gives %q, want %q", test.query, names, test.want)
			}
		}
		w.records(token, "filter", `[["city","=","York"],["credit_limit",">",1]]`).wantProblem(http.StatusBadRequest, "fields_apart")
		w.records(token, "filter", `[["city","=","York"]]`, "order", "credit_limit").wantProblem(http.StatusBadRequest, "fields_apart")
		city := w.records(token, "fields", "city", "order", "name").listing()
		if city.Data[0]["city"] != "Leeds" || city.Data[1]["city"] != "York" || len(city.Data[2]) != 1 {
			w.t.Errorf("the cities are %v", city.Data)
		}
	}},
	{"71 user loses a group", func(w *world) {
		b := w.person("anna", "contacts.user")
		got := b.issue(w.shop, "scope", "openid british").Access
		w.records(got).want(http.StatusOK)
		w.Load(fmt.Sprintf("- {model: base.user, id: anna_%d, values: {groups: [base.user]}}", w.n))
		w.records(got).wantProblem(http.StatusNotFound, "unknown_model")
		w.Load("- {model: oauth_provider.client, id: " + w.robot.id + ", values: {user: null}}")
		w.records(w.credentials(w.robot, "").tokens().Access).wantProblem(http.StatusNotFound, "unknown_model")
	}},
	{"72 forged cursors and limits", func(w *world) {
		token, _ := w.overlapping()
		first := w.records(token, "order", "name", "limit", "1").listing()
		if len(first.Data) != 1 || first.Next == nil {
			w.t.Fatalf("the first page is %v", first)
		}
		cursor := *first.Next
		if got := w.records(token, "order", "name", "limit", "1000000000", "cursor", cursor, "fields", "name").listing(); got.names() != "british company" || got.Next != nil {
			w.t.Errorf("the second page is %v", got)
		}
		for _, bad := range []string{"x", "0", "", cursor + "A", cursor[:len(cursor)-2], cursor[1:], strings.ToUpper(cursor), strings.Repeat("A", 50_000), "' OR 1=1"} {
			if bad != "" {
				w.records(token, "order", "name", "cursor", bad).wantProblem(http.StatusBadRequest, "invalid_cursor")
			}
		}
		w.records(token, "order", "-name", "cursor", cursor).wantProblem(http.StatusBadRequest, "invalid_cursor")
		w.records(token, "cursor", cursor).wantProblem(http.StatusBadRequest, "invalid_cursor")
		w.records(token, "order", "name", "filter", `[["name","!=","x"]]`, "cursor", cursor).wantProblem(http.StatusBadRequest, "invalid_cursor")
		other := w.person("other", "contacts.user").issue(w.shop, "scope", "openid "+w.code("gb")).Access
		w.records(other, "order", "name", "cursor", cursor).wantProblem(http.StatusBadRequest, "invalid_cursor")
		for _, bad := range []string{"x", "-5", "0", "1e9", "1.5", "", "+1", "0x10"} {
			w.records(token, "limit", bad).wantProblem(http.StatusBadRequest, "invalid_parameter")
		}
		for _, large := range []string{"1000000000", "1001", "99999999999999999999999"} {
			if got := w.records(token, "limit", large).listing(); len(got.Data) != 3 {
				w.t.Errorf("limit %s gives %v", large, got.names())
			}
		}
		for _, bad := range []string{"[", "{}", "7", `"x"`, `[["name"]]`, `[["name","~","x"]]`, `[["name","=",{"$":"secret"}]]`, `[["name","=","a"]] x`, `name = 'x'`, `__import__("os")`, `[["credit_limit","=","x"]]`, strings.Repeat("[", 5000)} {
			w.records(token, "filter", bad).wantProblem(http.StatusBadRequest, "invalid_filter")
		}
		for _, bad := range []string{"name down", "name asc desc", "name,city;drop", "tags", "-name desc"} {
			if p := w.records(token, "order", bad); p.status != http.StatusBadRequest {
				w.t.Errorf("order %q answers %d", bad, p.status)
			}
		}
		for _, bad := range []string{"?filters=[]", "?limit=1&limit=2", "?name=x", "?offset=5"} {
			w.call(http.MethodGet, partnersAPI+bad, token, "").wantProblem(http.StatusBadRequest, "invalid_parameter")
		}
	}},
}

// TestRecordsAPI holds the records API to the data rule, over HTTP, on both engines.
func TestRecordsAPI(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, at string) {
		t.Parallel()
		h := openHouse(t, at)
		for _, test := range slices.Concat(recordsTests, recordsWriteTests) {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.run(h.world(t))
			})
		}
	})
}
