package oauthprovider

import (
	"strings"

	"github.com/tessera-erp/tessera/app/record"
)

func ref(schema string) object { return object{"$ref": "#/components/schemas/" + schema} }

func content(schema object) object { return object{"application/json": object{"schema": schema}} }

func body(schema string, types ...string) object {
	all := object{}
	for _, t := range types {
		all[t] = object{"schema": ref(schema)}
	}
	return object{"required": true, "content": all}
}

// operation describes one method of one address. Every failure is a problem.
func operation(verb, name, summary string, params []object, body object, status string, answer object) object {
	out := object{
		"operationId": verb + "_" + strings.ReplaceAll(name, ".", "_"), "tags": []string{name}, "summary": summary,
		"responses": object{status: answer, "default": object{"description": "What went wrong (RFC 9457)",
			"content": object{"application/problem+json": object{"schema": ref("problem")}}}},
	}
	if len(params) > 0 {
		out["parameters"] = params
	}
	if body != nil {
		out["requestBody"] = body
	}
	return out
}

// tagged adds the entity tag to an answer.
func tagged(answer object) object {
	answer["headers"] = object{"ETag": object{"schema": object{"type": "string"}}}
	return answer
}

func headerParam(name string, required bool) object {
	return object{"name": name, "in": "header", "required": required, "description": "The ETag that the record was read with.", "schema": object{"type": "string"}}
}

// queryParam is a list between commas; names are its choices, nil for any.
func queryParam(name, text string, names []string) object {
	item := object{"type": "string"}
	if names != nil {
		item["enum"] = names
	}
	return object{"name": name, "in": "query", "description": text, "explode": false, "schema": object{"type": "array", "items": item}}
}

func filterParam() object {
	return object{"name": "filter", "in": "query", "schema": object{"type": "string"},
		"description": `Conditions in prefix form as JSON, such as ["|", ["id", "<", 10], ["id", ">=", 1000]].`}
}

func idSchema() object { return object{"type": "integer", "format": "int64", "minimum": 1} }

func pageSchema(schema string) object {
	return object{"type": "object", "required": []string{"data", "next"}, "properties": object{
		"data": object{"type": "array", "items": ref(schema)},
		"next": object{"type": []string{"string", "null"}, "description": "The cursor of the next page, null on the last one."},
	}}
}

func problemSchema() object {
	text := object{"type": "string"}
	return object{"type": "object", "required": []string{"title", "status"}, "properties": object{
		"type": text, "title": text, "status": object{"type": "integer"}, "detail": text, "request": text,
		"code": object{"type": "string", "description": "Stable, for programs."},
		"errors": object{"type": "array", "items": object{"type": "object", "properties": object{
			"pointer": object{"type": "string", "format": "json-pointer"}, "parameter": text, "detail": text}}},
	}}
}

// readSchema describes a record as it is given. Only the id is always there: the other
// fields are those of the scopes that match the record.
func readSchema(m *record.Info, listed []string) object {
	properties := object{"id": idSchema()}
	for _, path := range listed {
		if fields := fieldsOf(m, path); fields != nil {
			properties[path] = pathSchema(fields)
		}
	}
	return object{"type": "object", "title": m.Label, "required": []string{"id"}, "properties": properties}
}

// fieldsOf follows a path; nil when it leads nowhere.
func fieldsOf(m *record.Info, path string) []*record.FieldInfo {
	var out []*record.FieldInfo
	for name := range strings.SplitSeq(path, ".") {
		if m == nil {
			return nil
		}
		f, ok := m.Field(name)
		if !ok {
			return nil
		}
		out, m = append(out, f), f.Target
	}
	return out
}

// pathSchema is what stands at the end of a path; a path through a list gives a list.
func pathSchema(fields []*record.FieldInfo) object {
	last := fields[len(fields)-1]
	if len(fields) > 1 && fields[0].Type != record.Many2One {
		return object{"type": "array", "title": last.Label, "items": valueSchema(last)}
	}
	s := valueSchema(last)
	s["title"] = last.Label
	if last.Readonly || len(fields) > 1 {
		s["readOnly"] = true
	}
	return s
}

// valueSchema is the JSON of a field's value, as appendJSON writes it.
func valueSchema(f *record.FieldInfo) object {
	switch f.Type {
	case record.Bool:
		return object{"type": []string{"boolean", "null"}}
	case record.Int:
		return object{"type": []string{"integer", "null"}, "format": "int64"}
	case record.Decimal, record.Amount:
		return object{"type": []string{"number", "null"}}
	case record.Day:
		return object{"type": []string{"string", "null"}, "format": "date"}
	case record.Moment:
		return object{"type": []string{"string", "null"}, "format": "date-time"}
	case record.JSON:
		return object{}
	case record.StringList:
		return object{"type": []string{"array", "null"}, "items": object{"type": "string"}}
	case record.Many2One:
		return object{"type": []string{"object", "null"}, "required": []string{"id", "name"}, "properties": object{"id": idSchema(), "name": object{"type": "string"}}}
	case record.One2Many, record.Many2Many:
		return object{"type": "array", "items": idSchema()}
	}
	s := object{"type": []string{"string", "null"}}
	if f.Type == record.Selection {
		all := []any{nil, ""}
		for _, o := range f.Options {
			all = append(all, o.Value)
		}
		s["enum"] = all
	}
	if f.Size > 0 {
		s["maxLength"] = f.Size
	}
	return s
}

// writeSchema describes what an operation may set. A relation is written by its id.
func writeSchema(env *record.Env, m *record.Info, op record.Op) object {
	properties := object{}
	var required []string
	for _, name := range writableFields(env, m, op) {
		f, _ := m.Field(name)
		s := valueSchema(f)
		switch f.Type {
		case record.Many2One:
			s = object{"type": []string{"integer", "null"}, "format": "int64"}
		case record.StringList, record.Many2Many:
			s["type"] = "array"
		}
		s["title"] = f.Label
		properties[name] = s
		if f.Required && op == record.OpCreate && f.Default == nil {
			required = append(required, name)
		}
	}
	out := object{"type": "object", "title": m.Label, "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}
