package oauthprovider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// openAPI is as much of an OpenAPI 3.1 document as the tests look at.
type openAPI struct {
	OpenAPI string
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]json.RawMessage

	Components struct {
		Schemas         map[string]apiSchema
		SecuritySchemes map[string]any
	}
}

type apiSchema struct {
	Type                 any
	Properties           map[string]apiSchema
	Required             []string
	Enum                 []any
	AdditionalProperties any
}

// readOpenAPI reads a description and checks what OpenAPI 3.1 demands of it: every
// reference leads somewhere, every operation has an id of its own, an answer, and its
// path's parameters.
func (p *page) readOpenAPI() openAPI {
	p.t.Helper()
	var d openAPI
	if err := json.Unmarshal([]byte(p.want(http.StatusOK).body), &d); err != nil {
		p.t.Fatal(err)
	}
	if !strings.HasPrefix(d.OpenAPI, "3.1") || d.Info.Title == "" || d.Info.Version == "" || d.Paths == nil || d.Components.SecuritySchemes["bearer"] == nil {
		p.t.Fatalf("the head of the document: %.300s", p.body)
	}
	for part := range strings.SplitSeq(p.body, `"$ref":"`) {
		if target, _, found := strings.Cut(part, `"`); found && strings.HasPrefix(target, "#/") {
			if _, ok := d.Components.Schemas[strings.TrimPrefix(target, "#/components/schemas/")]; !ok {
				p.t.Errorf("%s leads nowhere", target)
			}
		}
	}
	ids := map[string]bool{}
	for path, item := range d.Paths {
		var shared []struct{ Name, In string }
		if raw := item["parameters"]; raw != nil {
			must(p.t, json.Unmarshal(raw, &shared))
		}
		for method, raw := range item {
			if method == "parameters" {
				continue
			}
			var o struct {
				OperationID string
				Responses   map[string]struct{ Description string }
			}
			must(p.t, json.Unmarshal(raw, &o))
			if o.OperationID == "" || ids[o.OperationID] || len(o.Responses) < 2 || !strings.Contains("get post patch delete", method) {
				p.t.Errorf("%s %s: operation %q with answers %v", method, path, o.OperationID, o.Responses)
			}
			ids[o.OperationID] = true
			for status, answer := range o.Responses {
				if answer.Description == "" {
					p.t.Errorf("%s %s: the answer %s has no description", method, path, status)
				}
			}
		}
		for _, name := range []string{"id", "model"} {
			if declared := slices.ContainsFunc(shared, func(s struct{ Name, In string }) bool { return s.Name == name && s.In == "path" }); declared != strings.Contains(path, "{"+name+"}") {
				p.t.Errorf("%s: parameter %s declared: %v", path, name, declared)
			}
		}
	}
	return d
}

func (d openAPI) surface() string {
	var out []string
	for path, item := range d.Paths {
		methods := slices.Sorted(maps.Keys(item))
		out = append(out, path+" "+strings.Join(slices.DeleteFunc(methods, func(m string) bool { return m == "parameters" }), ","))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// A token is told exactly of the models and fields that it opens, and the description
// holds for the records that come.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	w := openHouse(t, dbtest.URL(t, db.SQLite)).world(t)
	general := w.bearer("/api/openapi.json", "").readOpenAPI()
	if got := general.surface(); got != "/api/records/{model} get,post; /api/records/{model}/{id} delete,get,patch" {
		t.Errorf("without a token: %s", got)
	}
	for _, named := range []string{"contacts", "partner\"", "base.user", "credit_limit"} {
		if strings.Contains(w.bearer("/api/openapi.json", "").body, `"`+named) {
			t.Errorf("without a token the description names %s", named)
		}
	}
	w.bearer("/api/openapi.json", "tsa_junk").want(http.StatusUnauthorized)

	w.scope("rw", `model: contacts.partner, all_records: true, fields: [name, email, country, country.code, tags, tags.name, credit_limit, people, created_at, company], operations: [read, create, write]`)
	b := w.person("anna", "contacts.user")
	token := b.issue(w.shop, "scope", "openid self "+w.code("rw")).Access
	p := w.bearer("/api/openapi.json", token)
	d := p.readOpenAPI()
	if got := d.surface(); got != "/api/records/base.user get; /api/records/base.user/{id} get; /api/records/contacts.partner get,post; /api/records/contacts.partner/{id} get,patch" {
		t.Errorf("the token opens %s", got)
	}
	for schema, want := range map[string]string{
		"contacts.partner":        "company country country.code created_at credit_limit email id name people tags tags.name",
		"contacts.partner.create": "company country email name tags", // not the limit, which is for managers
		"contacts.partner.write":  "company country email name tags",
		"base.user":               "company.name id login name",
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(d.Components.Schemas[schema].Properties)), " "); got != want {
			t.Errorf("%s has %s, want %s", schema, got, want)
		}
	}
	if got := d.Components.Schemas["contacts.partner.create"]; fmt.Sprint(got.Required) != "[name]" || got.AdditionalProperties != false {
		t.Errorf("to create: %+v", got)
	}
	if strings.Contains(p.body, "note") || strings.Contains(p.body, "contacts.tag") {
		t.Error("the description tells of what no scope lists")
	}
	w.partner("full", "country: GB, tags: [wholesale], email: a@example.com")
	for _, r := range w.records(token, "limit", "1000").listing().Data {
		for name, v := range r {
			if s, ok := d.Components.Schemas["contacts.partner"].Properties[name]; !ok || !s.allows(v) {
				t.Fatalf("%s: %v is not what the description says: %v", name, v, s.Type)
			}
		}
	}
}

// allows reports whether a value has one of the schema's types.
func (s apiSchema) allows(v any) bool {
	kind := "object"
	switch v.(type) {
	case nil:
		kind = "null"
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
	case []any:
		kind = "array"
	}
	all := strings.Fields(strings.Trim(fmt.Sprint(s.Type), "[]"))
	return slices.Contains(all, kind) || kind == "number" && slices.Contains(all, "integer")
}
