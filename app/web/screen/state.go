package screen

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Names in the query string of a list. A facet adds "f." and the field's name.
const (
	paramText     = "q"
	paramSort     = "sort" // a field, with "-" before it for descending
	paramFrom     = "from" // rows to skip
	paramFilter   = "filter"
	paramNamed    = "is"       // a named filter; one empty value says none of the defaults
	paramArchived = "archived" // "only", "all"
	facetPrefix   = "f."
)

// Limits of what a query string can ask for.
const (
	pageRows   = 80
	maxFrom    = 100_000
	maxText    = 200 // characters in the search box
	maxWords   = 10
	maxPicked  = 50 // values of one facet
	facetItems = 12 // values of one facet that are offered
	// mostCounted bounds what a list counts and adds up: beyond, it says "10,000+".
	mostCounted = 10_000
	// mostTallied bounds the records that the values of facets are counted among, which
	// costs a look at each of them.
	mostTallied = 5_000
	// sampled is how many records of a list that is longer the choices of a facet come from.
	sampled = 500
)

// state is what the address of a list says. Whatever in it the model or the reader's
// rights do not know is left out, except a filter, which is refused.
type state struct {
	text     string
	sort     string // "" is the model's own order
	desc     bool
	from     int
	filter   string // as written
	node     domain.Node
	facets   map[string][]string
	named    []string // nil: the defaults; empty: none
	archived string
	columns  []string // nil: the model's own
	offered  []record.Filter
}

// readState reads a query string, or the same names from a posted form. The error is
// about the filter alone: the rest of the state is good beside it.
func readState(env *record.Env, m *record.Info, in url.Values) (state, *fault.Error) {
	s := state{text: searchText(in.Get(paramText)), facets: map[string][]string{}, offered: usable(env, m)}
	if sort, desc := strings.CutPrefix(in.Get(paramSort), "-"); sortable(env, m, sort) {
		s.sort, s.desc = sort, desc
	}
	if n, err := strconv.Atoi(in.Get(paramFrom)); err == nil && n > 0 {
		s.from = min(n, maxFrom) / pageRows * pageRows
	}
	if a := in.Get(paramArchived); archivable(env, m) && (a == "only" || a == "all") {
		s.archived = a
	}
	for _, f := range facetFields(env, m) {
		if picked := facetValues(f, in[facetPrefix+f.Name]); len(picked) > 0 {
			s.facets[f.Name] = picked
		}
	}
	if in.Has(paramNamed) {
		s.named = []string{}
		for _, f := range s.offered {
			if slices.Contains(in[paramNamed], f.Name) {
				s.named = append(s.named, f.Name)
			}
		}
	}
	if in.Has(ui.FieldColumns) {
		s.columns = []string{}
		for _, name := range m.List.Optional {
			if slices.Contains(in[ui.FieldColumns], name) {
				s.columns = append(s.columns, name)
			}
		}
	}
	return s, s.readFilter(env, m, in.Get(paramFilter))
}

func (s *state) readFilter(env *record.Env, m *record.Info, text string) *fault.Error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	s.filter = text
	node, err := domain.Parse([]byte(text))
	if err == nil {
		err = domain.Check(node, env.Schema(m))
	}
	if err == nil {
		s.node = node
		return nil
	}
	s.node = domain.False
	var f *fault.Error
	if !errors.As(err, &f) {
		f = fault.Wrap(err, fault.Invalid, "This filter cannot be used.")
	}
	return f.On(paramFilter)
}

// searchText makes what was typed into the box fit for a comparison.
func searchText(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText])
	}
	words := strings.Fields(s)
	return strings.Join(words[:min(len(words), maxWords)], " ")
}

// sortable reports whether a list can be ordered by a field: its own, stored, seen.
func sortable(env *record.Env, m *record.Info, name string) bool {
	f, ok := m.Field(name)
	if !ok || !f.Stored() || f.Private || !env.Sees(f) {
		return false
	}
	return f.Type != record.StringList && f.Type != record.JSON && f.Type != record.Many2Many
}

// archivable reports whether records are put away by a field "active".
func archivable(env *record.Env, m *record.Info) bool {
	f, ok := m.Field("active")
	return ok && f.Type == record.Bool && f.Stored() && env.Sees(f)
}

// facetFields are the declared facets that the reader may see.
func facetFields(env *record.Env, m *record.Info) []*record.FieldInfo {
	var out []*record.FieldInfo
	for _, name := range m.Search.Facets {
		f, ok := m.Field(name)
		if !ok || !f.Stored() || !env.Sees(f) {
			continue
		}
		if f.Type == record.Selection || f.Type == record.Bool || f.Type == record.Many2One {
			out = append(out, f)
		}
	}
	return out
}

// facetValues are those of the values given that the field can have, each once.
func facetValues(f *record.FieldInfo, given []string) []string {
	var out []string
	for _, v := range given {
		fits := false
		switch f.Type {
		case record.Selection:
			fits = slices.ContainsFunc(f.Options, func(o record.Option) bool { return o.Value == v })
		case record.Bool:
			fits = v == "1" || v == "0"
		case record.Many2One:
			id, err := strconv.ParseInt(v, 10, 64)
			fits = err == nil && id > 0 && strconv.FormatInt(id, 10) == v
		}
		if fits && !slices.Contains(out, v) && len(out) < maxPicked {
			out = append(out, v)
		}
	}
	return out
}

// usable are the named filters that speak only of what the reader may see.
func usable(env *record.Env, m *record.Info) []record.Filter {
	var out []record.Filter
	for _, f := range m.Search.Filters {
		node, err := domain.Parse([]byte(f.Domain))
		if err == nil && domain.Check(node, env.Schema(m)) == nil {
			out = append(out, f)
		}
	}
	return out
}

// inForce are the named filters in force: those chosen, or the defaults.
func (s state) inForce() []record.Filter {
	var out []record.Filter
	for _, f := range s.offered {
		if s.named == nil && f.Default || slices.Contains(s.named, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// query is what the state asks of record; without is a facet to leave out of account.
func (s state) query(m *record.Info, without string) record.Query {
	var all domain.And
	for _, f := range s.inForce() {
		if n, err := domain.Parse([]byte(f.Domain)); err == nil { // checked at boot
			all = append(all, n)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.facets)) {
		if f, ok := m.Field(name); ok && name != without {
			all = append(all, facetNode(f, s.facets[name]))
		}
	}
	if s.archived == "only" {
		all = append(all, domain.Cond{Path: "active", Op: domain.Eq, Value: false})
	}
	if s.node != nil {
		all = append(all, s.node)
	}
	q := record.Query{Text: s.text, Archived: s.archived != "", Order: s.order()}
	if len(all) > 0 {
		q.Filter = domain.All(all...)
	}
	return q
}

func (s state) order() string {
	switch {
	case s.sort == "":
		return ""
	case s.desc:
		return s.sort + " desc"
	}
	return s.sort
}

func facetNode(f *record.FieldInfo, picked []string) domain.Node {
	var any domain.Or
	for _, v := range picked {
		c := domain.Cond{Path: f.Name, Op: domain.Eq, Value: v}
		switch f.Type {
		case record.Bool:
			c.Value = v == "1"
		case record.Many2One:
			id, _ := strconv.ParseInt(v, 10, 64)
			c.Value = id
		}
		any = append(any, c)
	}
	return domain.Any(any...)
}

// values writes the state as a query string, canonically.
func (s state) values() url.Values {
	out := url.Values{}
	set := func(name, value string) {
		if value != "" {
			out.Set(name, value)
		}
	}
	set(paramText, s.text)
	if s.sort != "" {
		set(paramSort, map[bool]string{true: "-"}[s.desc]+s.sort)
	}
	if s.from > 0 {
		set(paramFrom, strconv.Itoa(s.from))
	}
	set(paramFilter, s.filter)
	set(paramArchived, s.archived)
	for name, picked := range s.facets {
		out[facetPrefix+name] = picked
	}
	if s.named != nil {
		out[paramNamed] = orNone(s.named)
	}
	if s.columns != nil {
		out[ui.FieldColumns] = orNone(s.columns)
	}
	return out
}

// orNone keeps an empty choice apart from no choice.
func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// pairs are the values as hidden fields, without some names.
func (s state) pairs(without ...string) []ui.Pair {
	var out []ui.Pair
	all := s.values()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if slices.ContainsFunc(without, func(w string) bool {
			return name == w || strings.HasSuffix(w, ".") && strings.HasPrefix(name, w)
		}) {
			continue
		}
		for _, v := range all[name] {
			out = append(out, ui.Pair{Name: name, Value: v})
		}
	}
	return out
}

// first is the state at its first page.
func (s state) first() state {
	s.from = 0
	return s
}

// plain reports whether nothing narrows the list.
func (s state) plain() bool {
	return s.text == "" && s.filter == "" && len(s.facets) == 0 && len(s.inForce()) == 0 && s.archived == ""
}
