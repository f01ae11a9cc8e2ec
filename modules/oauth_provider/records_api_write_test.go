package oauthprovider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// writer is a person whose scopes let a shop read, create, change and delete the British
// partners of a set, and read its companies. As a manager he himself may do all of that.
func (w *world) writer() (token, id string) {
	w.t.Helper()
	n := itoa(w.n)
	id = w.partner("mine", "country: GB, city: Leeds, ref: set"+n+", note: the hidden note, vat: GB1")
	w.scope("rw", `model: contacts.partner, filter: ["&", ["country.code", "=", "GB"], ["ref", "like", "set`+n+`"]], fields: [name, ref, city, country, email, tags, credit_limit, created_at], operations: [read, create, write, delete]`)
	w.scope("co", `model: contacts.partner, filter: [["is_company", "=", true], ["ref", "like", "set`+n+`"]], fields: [name, website]`)
	return w.person("manager", "contacts.manager").issue(w.shop, "scope", "openid "+w.code("rw")+" "+w.code("co")).Access, id
}

// errorsOf are the pointers of a problem's errors.
func (p *page) errorsOf() string {
	p.t.Helper()
	var e struct {
		Errors []struct{ Pointer, Detail string }
	}
	must(p.t, json.Unmarshal([]byte(p.body), &e))
	var out []string
	for _, one := range e.Errors {
		if one.Detail == "" {
			p.t.Errorf("no detail on %s", one.Pointer)
		}
		out = append(out, one.Pointer)
	}
	return strings.Join(out, " ")
}

var recordsWriteTests = []attack{
	{"ETag", func(w *world) {
		token, id := w.writer()
		path := partnersAPI + "/" + id
		p := w.call(http.MethodGet, path, token, "").want(http.StatusOK)
		tag := p.header.Get("ETag")
		if tag == "" || p.header.Get("Content-Type") != "application/json" {
			w.t.Fatalf("headers %v", p.header)
		}
		for _, same := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			if p := w.call(http.MethodGet, path, token, "", "If-None-Match", same).want(http.StatusNotModified); p.body != "" || p.header.Get("ETag") != tag {
				w.t.Errorf("304 with %q, %v", p.body, p.header)
			}
		}
		if p := w.call(http.MethodGet, path+"?fields=name", token, "", "If-None-Match", tag).want(http.StatusOK); p.header.Get("ETag") == tag {
			w.t.Error("two views share an entity tag")
		}
		w.call(http.MethodPatch, path, token, `{"city":"York"}`).wantProblem(http.StatusPreconditionRequired, "precondition_required")
		w.call(http.MethodDelete, path, token, "").wantProblem(http.StatusPreconditionRequired, "precondition_required")
		next := w.call(http.MethodPatch, path, token, `{"city":"York"}`, "If-Match", tag).want(http.StatusOK, `"city":"York"`)
		if next.header.Get("ETag") == tag {
			w.t.Error("the entity tag stayed")
		}
		for _, old := range []string{tag, `"x"`, "W/" + next.header.Get("ETag"), strings.Trim(next.header.Get("ETag"), `"`)} {
			w.call(http.MethodPatch, path, token, `{"city":"Bath"}`, "If-Match", old).wantProblem(http.StatusPreconditionFailed, "stale")
			w.call(http.MethodDelete, path, token, "", "If-Match", old).wantProblem(http.StatusPreconditionFailed, "stale")
		}
		if got := w.call(http.MethodGet, path, token, ""); got.header.Get("ETag") != next.header.Get("ETag") || !strings.Contains(got.body, "York") {
			w.t.Errorf("PATCH tells %s, GET %s: %s", next.header.Get("ETag"), got.header.Get("ETag"), got.body)
		}
		view := w.call(http.MethodGet, path+"?fields=name", token, "").header.Get("ETag") // of the same version
		w.call(http.MethodPatch, path, token, `{}`, "If-Match", view).want(http.StatusOK)
		w.call(http.MethodDelete, path, token, "", "If-Match", `"x", `+view).want(http.StatusNoContent)
		w.call(http.MethodGet, path, token, "").wantProblem(http.StatusNotFound, "not_found")
		w.call(http.MethodDelete, path, token, "", "If-Match", "*").wantProblem(http.StatusNotFound, "not_found")
	}},
	{"Create", func(w *world) {
		token, _ := w.writer()
		country := w.ID("base.country", "GB")
		body := `{"name":"New ` + itoa(w.n) + `","ref":"set` + itoa(w.n) + `","country":{"id":` + itoa(country) + `,"name":"ignored"},"credit_limit":12.50,"tags":[]}`
		p := w.call(http.MethodPost, partnersAPI, token, body).want(http.StatusCreated, `"credit_limit":12.50`, `"name":"United Kingdom"`)
		at := p.header.Get("Location")
		if !strings.HasPrefix(at, "http") || !strings.Contains(at, partnersAPI+"/") || p.header.Get("ETag") == "" {
			w.t.Fatalf("headers %v", p.header)
		}
		if got := w.call(http.MethodGet, at[strings.Index(at, "/api/"):], token, ""); got.body != p.body || got.header.Get("ETag") != p.header.Get("ETag") {
			w.t.Errorf("GET gives %s, POST gave %s", got.body, p.body)
		}
		// Outside of the scope: nothing is created, nothing is told.
		outside := strings.Replace(body, itoa(country), itoa(w.ID("base.country", "FR")), 1)
		w.call(http.MethodPost, partnersAPI, token, outside).wantProblem(http.StatusForbidden, "insufficient_scope")
		if got := w.records(token, "filter", `[["name","=","New `+itoa(w.n)+`"]]`).listing(); len(got.Data) != 1 {
			w.t.Errorf("%d records", len(got.Data))
		}
		var audited int
		must(w.t, w.Database.DB.QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM audit WHERE model = ? AND action = ? AND record_name = ? AND origin LIKE ? AND user_name = ?",
			"contacts.partner", "create", "New "+itoa(w.n), "%"+w.shop.id+"%", "manager").Scan(&audited))
		if audited != 1 {
			w.t.Errorf("%d audit lines name the user and the client", audited)
		}
	}},
	{"69 fields that no scope lets write", func(w *world) {
		token, id := w.writer()
		path := partnersAPI + "/" + id
		for _, member := range []string{"note", "vat", "nothing", "website", "country.code", "id", "created_at", "version", "company", "active"} {
			for _, p := range []*page{
				w.call(http.MethodPatch, path, token, `{"`+member+`":"x"}`, "If-Match", "*"),
				w.call(http.MethodPost, partnersAPI, token, `{"name":"x","`+member+`":"x"}`),
			} {
				if p.wantProblem(http.StatusUnprocessableEntity, "invalid_record"); p.errorsOf() != "/"+member {
					w.t.Errorf("%s: %s", member, p.body)
				}
			}
		}
		w.call(http.MethodPatch, path, token, `{"a/b~c":1}`, "If-Match", "*").want(http.StatusUnprocessableEntity, `"/a~1b~0c"`)
		if got := w.call(http.MethodGet, path, token, ""); strings.Contains(got.body, "hidden") {
			w.t.Error(got.body)
		}
	}},
	{"68 writes stay inside the scope, before and after", func(w *world) {
		token, id := w.writer()
		n := itoa(w.n)
		french := w.partner("french", "country: FR, ref: set"+n)
		shown := w.partner("firm", "country: FR, is_company: true, ref: set"+n) // read by the other scope
		fr := itoa(w.ID("base.country", "FR"))
		for _, method := range []string{http.MethodPatch, http.MethodDelete} {
			body := map[string]string{http.MethodPatch: `{"city":"York"}`}[method]
			w.call(method, partnersAPI+"/"+french, token, body, "If-Match", "*").wantProblem(http.StatusNotFound, "not_found")
			w.call(method, partnersAPI+"/"+shown, token, body, "If-Match", "*").wantProblem(http.StatusForbidden, "insufficient_scope")
		}
		w.call(http.MethodPatch, partnersAPI+"/"+id, token, `{"country":`+fr+`,"city":"Lyon"}`, "If-Match", "*").wantProblem(http.StatusForbidden, "insufficient_scope")
		w.call(http.MethodPatch, partnersAPI+"/"+id, token, `{"ref":"elsewhere"}`, "If-Match", "*").wantProblem(http.StatusForbidden, "insufficient_scope")
		w.call(http.MethodGet, partnersAPI+"/"+id, token, "").want(http.StatusOK, `"ref":"set`+n, `"Leeds"`, "United Kingdom")
		reader := w.person("reader", "contacts.manager").issue(w.shop, "scope", "openid "+w.code("co")).Access
		for _, p := range []*page{
			w.call(http.MethodPost, partnersAPI, reader, `{"name":"x"}`), w.call(http.MethodPatch, partnersAPI+"/"+shown, reader, `{"name":"x"}`, "If-Match", "*"),
			w.call(http.MethodDelete, partnersAPI+"/"+id, reader, "", "If-Match", "*"),
		} {
			if p.wantProblem(http.StatusForbidden, "insufficient_scope"); !strings.Contains(p.header.Get("WWW-Authenticate"), `scope="`+w.code("rw")) {
				w.t.Errorf("challenge %q, want the scope that would do", p.header.Get("WWW-Authenticate"))
			}
		}
		user := w.person("plain", "contacts.user").issue(w.shop, "scope", "openid "+w.code("rw")).Access // may not delete, nor set a limit
		w.call(http.MethodDelete, partnersAPI+"/"+id, user, "", "If-Match", "*").wantProblem(http.StatusForbidden, "insufficient_scope")
		w.call(http.MethodPatch, partnersAPI+"/"+id, user, `{"credit_limit":5}`, "If-Match", "*").wantProblem(http.StatusUnprocessableEntity, "invalid_record")
		w.call(http.MethodPatch, partnersAPI+"/"+id, user, `{"city":"Hull"}`, "If-Match", "*").want(http.StatusOK, "Hull")
	}},
	{"Validation", func(w *world) {
		token, id := w.writer()
		path := partnersAPI + "/" + id
		for _, test := range []struct{ body, want string }{
			{`{"name":""}`, "/name"}, {`{"name":null}`, "/name"}, {`{"email":"x"}`, "/email"}, {`{"name":5}`, "/name"}, {`{"credit_limit":"x"}`, "/credit_limit"},
			{`{"credit_limit":1.005}`, "/credit_limit"}, {`{"credit_limit":-1}`, "/credit_limit"}, {`{"country":"GB"}`, "/country"}, {`{"country":0}`, "/country"},
			{`{"country":99999999}`, "/country"}, {`{"tags":["Wholesale"]}`, "/tags"}, {`{"tags":5}`, "/tags"}, {`{"tags":[99999999]}`, "/tags"}, {`{"city":["x"]}`, "/city"},
			{`{"name":"","email":"x"}`, "/name /email"}, {`{"email":7,"note":1}`, "/email /note"}, {`{"name":"a\u0000b"}`, "/name"},
		} {
			if p := w.call(http.MethodPatch, path, token, test.body, "If-Match", "*").wantProblem(http.StatusUnprocessableEntity, "invalid_record"); p.errorsOf() != test.want {
				w.t.Errorf("%s: %s, want errors on %s", test.body, p.body, test.want)
			}
		}
		for _, bad := range []string{"x", "[]", "7", `{"name":"x"} x`, `{"name":"x","name":"y"}`, `{"name"`, "{", `{"name":}`, "null"} {
			w.call(http.MethodPatch, path, token, bad, "If-Match", "*").wantProblem(http.StatusBadRequest, "invalid_body")
		}
		w.call(http.MethodPatch, path, token, `{"city":"`+strings.Repeat("x", 2<<20)+`"}`, "If-Match", "*").want(http.StatusRequestEntityTooLarge)
		w.call(http.MethodPatch, path, token, `city=x`, "If-Match", "*", "Content-Type", "application/x-www-form-urlencoded").wantProblem(http.StatusUnsupportedMediaType, "unsupported_media_type")
		w.call(http.MethodPost, partnersAPI, token, `{"name":"x"}`, "Content-Type", "application/merge-patch+json").wantProblem(http.StatusUnsupportedMediaType, "unsupported_media_type")
		w.call(http.MethodPut, path, token, `{}`).want(http.StatusMethodNotAllowed)
		p := w.call(http.MethodPatch, path+"?fields=city,email", token, `{"city":" Bath ","email":null,"tags":[]}`, "If-Match", "*", "Content-Type", "application/merge-patch+json; charset=utf-8").want(http.StatusOK)
		if p.body != `{"id":`+id+`,"city":"Bath","email":""}` {
			w.t.Errorf("the answer is %s", p.body)
		}
	}},
	{"WriteOnly", func(w *world) {
		w.scope("drop", `model: contacts.partner, all_records: true, fields: [name, note], operations: [create]`)
		token := w.person("drop", "contacts.user").issue(w.shop, "scope", "openid "+w.code("drop")).Access
		p := w.call(http.MethodPost, partnersAPI, token, `{"name":"A drop","note":"in"}`).want(http.StatusCreated)
		var one map[string]any
		must(w.t, json.Unmarshal([]byte(p.body), &one))
		if len(one) != 1 || one["id"] == nil {
			w.t.Errorf("the answer is %s, want the id only", p.body)
		}
		w.records(token).wantProblem(http.StatusForbidden, "insufficient_scope")
		w.call(http.MethodGet, partnersAPI+"/"+fmt.Sprint(one["id"]), token, "").wantProblem(http.StatusForbidden, "insufficient_scope")
	}},
}
