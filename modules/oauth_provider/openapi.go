package oauthprovider

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// object is a JSON object of the description; encoding/json sorts its members.
type object = map[string]any

// openAPI answers GET /api/openapi.json, an OpenAPI 3.1 description of the records API:
// with a token, of exactly the models and fields that it opens; without one, of the
// general shape.
func (a *recordsAPI) openAPI(w http.ResponseWriter, r *http.Request) {
	w.Header()["Cache-Control"] = []string{"no-store"}
	w.Header().Set("Vary", "Authorization")
	d := &description{server: a.app.URL(""), paths: object{}, schemas: object{"problem": problemSchema()}}
	access, fail := a.provider.Authenticate(r.Context(), r, oauth.Options{Resource: a.resource(r)})
	switch {
	case fail == nil:
		env, err := a.accessEnv(r.Context(), access)
		if err != nil {
			w.Header()["Content-Type"] = jsonType
			a.unavailable(w, r, err)
			return
		}
		for _, m := range env.Registry().Models() {
			if m.Scopable {
				d.model(a, env, m)
			}
		}
	case fail.Code == "" && fail.Status == http.StatusUnauthorized: // no token came
		d.general()
	default:
		w.Header()["Content-Type"] = jsonType
		challenge(w, fail)
		return
	}
	body, err := json.Marshal(d.document())
	if err != nil {
		w.Header()["Content-Type"] = jsonType
		a.unavailable(w, r, err)
		return
	}
	w.Header()["Content-Type"] = jsonType
	_, _ = w.Write(body)
}

// description is an OpenAPI document in the making.
type description struct {
	server         string
	paths, schemas object
}

func (d *description) document() object {
	return object{
		"openapi": "3.1.0",
		"info": object{"title": "Tessera records", "version": "1",
			"description": "The records that the scopes of an access token open: a record shows the union of the fields of those scopes that match it. A filter or an order looks only at records that a scope listing all of its fields matches."},
		"servers":  []object{{"url": d.server}},
		"security": []object{{"bearer": []string{}}},
		"paths":    d.paths,
		"components": object{
			"securitySchemes": object{"bearer": object{"type": "http", "scheme": "bearer"}},
			"schemas":         d.schemas,
		},
	}
}

// general describes the API without any model.
func (d *description) general() {
	d.schemas["record"] = object{"type": "object", "required": []string{"id"}, "properties": object{"id": idSchema()}}
	d.schemas["values"] = object{"type": "object"}
	model := object{"name": "model", "in": "path", "required": true, "schema": object{"type": "string"}, "description": "The name of a model, such as contacts.partner."}
	s := surface{name: "record", path: recordsPath + "/{model}", read: "record", create: "values", write: "values", delete: true, shared: []object{model}}
	d.add(s)
}

// model describes what a token opens of one model.
func (d *description) model(a *recordsAPI, env *record.Env, m *record.Info) {
	s := surface{name: m.Name, path: recordsPath + "/" + m.Name, delete: env.Can(record.OpDelete, m)}
	if env.Can(record.OpRead, m) {
		s.read, s.listed = m.Name, a.shown(env, m)
		d.schemas[s.read] = readSchema(m, s.listed)
	}
	if env.Can(record.OpCreate, m) {
		s.create = m.Name + ".create"
		d.schemas[s.create] = writeSchema(env, m, record.OpCreate)
	}
	if env.Can(record.OpWrite, m) {
		s.write = m.Name + ".write"
		d.schemas[s.write] = writeSchema(env, m, record.OpWrite)
	}
	d.add(s)
}

// surface is what can be done with one model; the names are those of schemas, "" for what
// cannot be done.
type surface struct {
	name, path          string
	read, create, write string
	delete              bool
	listed              []string // nil: not known
	shared              []object // parameters of the path
}

func (d *description) add(s surface) {
	list, one := object{}, object{}
	fields := queryParam("fields", "Paths between commas; without it all fields.", s.names(false))
	shown := ref("problem")
	if s.read != "" {
		shown = ref(s.read)
		list["get"] = operation("list", s.name, "List records", []object{filterParam(), fields,
			queryParam("order", "Fields between commas, a minus before one turns it round; the id comes last.", s.names(true)),
			{"name": "limit", "in": "query", "schema": object{"type": "integer", "minimum": 1, "maximum": mostPage, "default": usualPage}},
			{"name": "cursor", "in": "query", "description": "The next of the page before, with the same filter and order.", "schema": object{"type": "string"}},
		}, nil, "200", object{"description": "A page", "content": content(pageSchema(s.read))})
		one["get"] = operation("get", s.name, "Read a record", []object{fields, headerParam("If-None-Match", false)}, nil,
			"200", tagged(object{"description": "The record", "content": content(shown)}))
	}
	if s.create != "" {
		list["post"] = operation("create", s.name, "Create a record", []object{fields}, body(s.create, typeJSON), "201",
			object{"description": "The new record, as far as the scopes show it", "content": content(s.written(shown)),
				"headers": object{"Location": object{"schema": object{"type": "string", "format": "uri"}}}})
	}
	if s.write != "" {
		one["patch"] = operation("update", s.name, "Change a record", []object{fields, headerParam("If-Match", true)}, body(s.write, typePatch, typeJSON), "200",
			tagged(object{"description": "The record as it now is", "content": content(s.written(shown))}))
	}
	if s.delete {
		one["delete"] = operation("remove", s.name, "Delete a record", []object{headerParam("If-Match", true)}, nil, "204", object{"description": "It is gone"})
	}
	id := object{"name": "id", "in": "path", "required": true, "schema": idSchema()}
	d.path(s.path, list, s.shared)
	d.path(s.path+"/{id}", one, append(slices.Clone(s.shared), id))
}

// path adds an address that has operations.
func (d *description) path(at string, operations object, params []object) {
	if len(operations) == 0 {
		return
	}
	if len(params) > 0 {
		operations["parameters"] = params
	}
	d.paths[at] = operations
}

// written is what answers a write: the record, or its id where no scope shows it.
func (s surface) written(shown object) object {
	if s.read != "" {
		return shown
	}
	return object{"type": "object", "required": []string{"id"}, "properties": object{"id": idSchema()}}
}

// names are what a parameter may list; nil when that is not known.
func (s surface) names(turned bool) []string {
	if s.listed == nil {
		return nil
	}
	out := append([]string{"id"}, s.listed...)
	if turned {
		for _, n := range slices.Clone(out) {
			out = append(out, "-"+n)
		}
	}
	return out
}
