package oauthprovider

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// The size of a page: what is given when nobody asks, and the most that is given.
const (
	usualPage = 100
	mostPage  = 1000
)

// listParams are the parameters of a list, held against what the token may see.
type listParams struct {
	filter domain.Node // nil: all
	fields []string
	order  string
	limit  int
	cursor string
}

// readParams reads a query whose parameters are known and stand once each: a filter that
// is misspelt must not give everything.
func readParams(raw string, known ...string) (map[string]string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badParameter("invalid_parameter", "", "The query is malformed: encode it as application/x-www-form-urlencoded.")
	}
	out := map[string]string{}
	for name, all := range values {
		if !slices.Contains(known, name) {
			return nil, badParameter("invalid_parameter", name, "There is no such parameter here; these are known: "+strings.Join(known, ", ")+".")
		}
		if len(all) > 1 {
			return nil, badParameter("invalid_parameter", name, "The parameter stands twice; write it once.")
		}
		out[name] = all[0]
	}
	return out, nil
}

func (t *target) listParams(raw string) (p listParams, err error) {
	values, err := readParams(raw, "filter", "fields", "order", "limit", "cursor")
	if err != nil {
		return p, err
	}
	p.cursor = values["cursor"]
	if p.limit, err = readLimit(values); err != nil {
		return p, err
	}
	if p.fields, err = t.readFields(values); err != nil {
		return p, err
	}
	if err = t.readFilter(&p, values["filter"]); err != nil {
		return p, err
	}
	var ordered []string
	if p.order, ordered, err = t.readOrder(values["order"]); err != nil {
		return p, err
	}
	return p, t.together(append(record.UsedPaths(t.model, p.filter), ordered...))
}

// fieldsParam reads the query of one record.
func (t *target) fieldsParam(raw string) ([]string, error) {
	values, err := readParams(raw, "fields")
	if err != nil {
		return nil, err
	}
	return t.readFields(values)
}

// readLimit caps what is too large.
func readLimit(values map[string]string) (int, error) {
	text, given := values["limit"]
	if !given {
		return usualPage, nil
	}
	digits := strings.TrimLeft(text, "0")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, badParameter("invalid_parameter", "limit", "Write a whole number from 1 to "+strconv.Itoa(mostPage)+".")
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return mostPage, nil // more than an int holds
	}
	return min(n, mostPage), nil
}

// readFields takes the paths asked for, each once; without the parameter all that are listed.
func (t *target) readFields(values map[string]string) ([]string, error) {
	text, given := values["fields"]
	if !given {
		return t.listed, nil
	}
	out := []string{}
	for part := range strings.SplitSeq(text, ",") {
		path := strings.TrimSpace(part)
		if path == "" || path == "id" || slices.Contains(out, path) {
			continue
		}
		if !slices.Contains(t.listed, path) {
			return nil, t.noField("fields", path)
		}
		out = append(out, path)
	}
	return out, nil
}

// noField is the answer to a path that no scope lists: whether the model has such a
// field is not to be seen.
func (t *target) noField(parameter, path string) error {
	if len(path) > 100 {
		path = path[:100] + "…"
	}
	return badParameter("unknown_field", parameter, "No granted scope lists a field "+strconv.Quote(path)+" of "+t.model.Name+".")
}

// readFilter parses a filter and holds every path in it against the listed ones first,
// so that an error never tells more of a field than that it is not listed.
func (t *target) readFilter(p *listParams, text string) error {
	if text == "" {
		return nil
	}
	n, err := domain.Parse([]byte(text))
	if err != nil {
		return t.badFilter(err)
	}
	for _, path := range record.UsedPaths(t.model, n) {
		if path != "id" && !slices.Contains(t.listed, path) {
			return t.noField("filter", path)
		}
	}
	if err := domain.Check(n, t.Env.Schema(t.model)); err != nil {
		return t.badFilter(err)
	}
	p.filter = n
	return nil
}

func (t *target) badFilter(err error) error {
	if f, ok := err.(*fault.Error); ok && f.Code == fault.Invalid {
		return badParameter("invalid_filter", "filter", web.Sentence(t.Print, f))
	}
	return err
}

// readOrder reads "city,-name" or "city, name desc" into the order of the rows. The id
// comes last, in the direction of the field before it: so one index can give the order.
func (t *target) readOrder(text string) (order string, paths []string, err error) {
	var parts []string
	direction := ""
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, dir, _ := strings.Cut(part, " ")
		dir = strings.TrimSpace(dir)
		if rest, ok := strings.CutPrefix(name, "-"); ok && dir == "" {
			name, dir = rest, "desc"
		}
		if dir != "" && dir != "asc" && dir != "desc" {
			return "", nil, badParameter("invalid_order", "order", "Write names of fields between commas, each with a minus before it or desc behind it to turn it round.")
		}
		if direction = ""; dir == "desc" {
			direction = " desc"
		}
		if name == "id" {
			parts = append(parts, "id"+direction)
			return strings.Join(parts, ", "), paths, nil
		}
		if !slices.Contains(t.listed, name) {
			return "", nil, t.noField("order", name)
		}
		if f, ok := t.model.Field(name); !ok || f.Type == record.Multiline {
			return "", nil, badParameter("invalid_order", "order", "Records cannot be ordered by "+strconv.Quote(name)+".")
		}
		parts, paths = append(parts, name+direction), append(paths, name)
	}
	return strings.Join(append(parts, "id"+direction), ", "), paths, nil
}

// together makes sure that one scope lists every field that a query looks at: rows are
// compared only where a scope that shows all of them does.
func (t *target) together(paths []string) error {
	for _, w := range t.Env.Windows(t.model) {
		if !slices.ContainsFunc(paths, func(p string) bool { return p != "id" && !slices.Contains(w.Fields, p) }) {
			return nil
		}
	}
	slices.Sort(paths)
	return problemOf(http.StatusBadRequest, "fields_apart", "The query cannot be answered",
		"No single granted scope lists all of "+strings.Join(slices.Compact(paths), ", ")+": filter and order by fields of one scope.")
}
