package oauthprovider

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/record"
)

// The types that a body may have. A merge patch of a record is the members to change, so
// both are read alike.
const (
	typeJSON  = "application/json"
	typePatch = "application/merge-patch+json"
)

// readBody reads the members of the body and holds them against the fields that the
// scopes let the operation set; relations become ids. Everything wrong is named at once.
func (a *recordsAPI) readBody(t *target, op record.Op) (map[string]any, error) {
	kind, _, err := mime.ParseMediaType(t.Request().Header.Get("Content-Type"))
	if err != nil || kind != typeJSON && (kind != typePatch || op != record.OpWrite) {
		return nil, problemOf(http.StatusUnsupportedMediaType, "unsupported_media_type", "The body has another type",
			"Send a JSON object as "+typeJSON+".").with("Accept-Patch", typePatch+", "+typeJSON)
	}
	text, err := io.ReadAll(t.Request().Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, problemOf(http.StatusRequestEntityTooLarge, "too_large", "The body is too large",
			"Send at most "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes.").with("Connection", "close")
	}
	if err != nil {
		return nil, badBody("The body did not come whole.")
	}
	values, wrong := readObject(text)
	if wrong != "" {
		return nil, badBody(wrong)
	}
	return values, t.checkMembers(values, op)
}

// The sentences about a body that cannot be read.
const (
	noJSON   = "The body is no JSON."
	noObject = "The body must be one JSON object whose members are fields."
	noEnd    = "Something follows the JSON object."
)

func badBody(detail string) error {
	return problemOf(http.StatusBadRequest, "invalid_body", "The body cannot be read", detail)
}

// checkMembers refuses members that no scope lets the operation set, whether the model
// has such a field or not, and brings relations to ids.
func (t *target) checkMembers(values map[string]any, op record.Op) error {
	p := problemOf(http.StatusUnprocessableEntity, "invalid_record", "The values cannot be saved", "Mend what errors names and send the request again.")
	known := t.writable(op)
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		detail := ""
		if !slices.Contains(known, name) {
			detail = "No granted scope lets the application set such a field of " + t.model.Name + ", or the user may not."
		} else if f, _ := t.model.Field(name); f.IsRelation() {
			if values[name], detail = related(f, values[name]); detail == "" {
				continue
			}
		} else {
			detail = plainMember(f, values[name])
		}
		if detail != "" {
			p.Errors = append(p.Errors, problemDetail{Pointer: pointer(name), Detail: detail})
		}
	}
	if len(p.Errors) > 0 {
		return p
	}
	return nil
}

// plainMember says what is wrong with the JSON type of a value; the model says the rest.
func plainMember(f *record.FieldInfo, v any) string {
	if v == nil || f.Type == record.JSON {
		return ""
	}
	ok, want := true, ""
	switch f.Type {
	case record.Bool:
		_, ok = v.(bool)
		want = "Write true or false."
	case record.Int, record.Decimal, record.Amount:
		_, number := v.(json.Number)
		text, written := v.(string)
		ok, want = number || written && json.Valid([]byte(text)), "Write a number."
	case record.StringList:
		_, ok = v.([]any)
		want = "Write a list of texts."
	default:
		_, ok = v.(string)
		want = "Write a text."
	}
	if ok {
		return ""
	}
	return want
}

// related reads what an application writes for a relation: an id, a record as the API
// gives it ({"id": 7, "name": …}), null, or for a list a list of these. Names are not
// looked up: they would tell which records there are.
func related(f *record.FieldInfo, v any) (any, string) {
	if f.Type == record.Many2One {
		if v == nil {
			return nil, ""
		}
		id, ok := relatedID(v)
		if !ok {
			return nil, "Write the id of the related record, or null."
		}
		return id, ""
	}
	list, ok := v.([]any)
	ids := make([]int64, 0, len(list))
	for _, one := range list {
		id, fits := relatedID(one)
		ok = ok && fits
		ids = append(ids, id)
	}
	if !ok {
		return nil, "Write a list of the ids of the related records."
	}
	return ids, ""
}

func relatedID(v any) (int64, bool) {
	if object, ok := v.(map[string]any); ok {
		v = object["id"]
	}
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	id, err := n.Int64()
	return id, err == nil && id > 0
}

// readObject reads one JSON object and nothing behind it. Numbers keep their digits. A
// member that stands twice is refused: which one is meant, nobody knows (RFC 8259 §4).
// What is wrong comes back as a sentence.
func readObject(text []byte) (values map[string]any, wrong string) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	open, err := d.Token()
	if err != nil {
		return nil, noJSON
	}
	if open != json.Delim('{') {
		return nil, noObject
	}
	out := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, noJSON
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, noJSON
		}
		if _, twice := out[name.(string)]; twice {
			return nil, "The member " + strconv.Quote(name.(string)) + " stands twice."
		}
		out[name.(string)] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, noJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, noEnd
	}
	return out, ""
}
