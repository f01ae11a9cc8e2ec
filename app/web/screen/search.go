package screen

import (
	"errors"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// searchBox is the box above a list with the filters in force and those offered.
func (v *visit) searchBox(s state, long bool) (*ui.Search, error) {
	facets, err := v.facets(s, long)
	if err != nil {
		return nil, err
	}
	tokens, err := v.tokens(s, facets)
	if err != nil {
		return nil, err
	}
	return &ui.Search{
		Action: web.ListPath(v.info.Name), Name: paramText, Value: s.text,
		Placeholder: v.T("screen.search", "Models", lower(v.words().models(v.info))),
		Hidden:      s.first().pairs(paramText, facetPrefix), Tokens: tokens, Facets: facets,
	}, nil
}

// without is the state with one filter less: all of a name, or one value of it.
func (s state) without(name, value string) state {
	s = s.first()
	switch name {
	case paramFilter:
		s.filter, s.node = "", nil
	case paramArchived:
		s.archived = ""
	case paramNamed:
		s.named = slices.DeleteFunc(slices.Clone(s.named), func(n string) bool { return n == value })
	default:
		facets := map[string][]string{}
		for f, picked := range s.facets {
			if f != name {
				facets[f] = picked
			}
		}
		s.facets = facets
	}
	return s
}

// tokens are the filters in force, each with the way to drop it.
func (v *visit) tokens(s state, facets []ui.Facet) ([]ui.Token, error) {
	var out []ui.Token
	named := s
	for _, f := range s.inForce() {
		if s.named == nil { // spell the defaults out, so that one can go
			named.named = append(named.named, f.Name)
		}
	}
	for _, f := range s.inForce() {
		out = append(out, ui.Token{Label: v.T("screen.filter"), Value: v.words().filter(v.info, f), Remove: v.listURL(named.without(paramNamed, f.Name))})
	}
	for _, f := range facets {
		var picked string
		for _, c := range f.Choices {
			if c.Selected && c.URL == "" {
				picked = joined(picked, c.Label)
			}
		}
		if picked != "" {
			out = append(out, ui.Token{Label: f.Label, Value: picked, Remove: v.listURL(s.without(f.Name[len(facetPrefix):], ""))})
		}
	}
	switch s.archived {
	case "only":
		out = append(out, ui.Token{Label: v.T("screen.archived"), Value: v.T("screen.archived.only"), Remove: v.listURL(s.without(paramArchived, ""))})
	case "all":
		out = append(out, ui.Token{Label: v.T("screen.archived"), Value: v.T("screen.archived.all"), Remove: v.listURL(s.without(paramArchived, ""))})
	}
	if s.filter != "" {
		out = append(out, ui.Token{Label: v.T("screen.filter.own"), Value: v.described(s), Remove: v.listURL(s.without(paramFilter, ""))})
	}
	return out, nil
}

// maxLooked bounds the records whose names are looked up to describe a filter.
const maxLooked = 5

// described is the filter in a sentence; one that cannot be used as it was written.
func (v *visit) described(s state) string {
	if s.node == nil || s.node == domain.False {
		return shorten(s.filter)
	}
	return shorten(v.sentenceOf(v.info, s.node))
}

// sentenceOf is a filter over a model in words.
func (v *visit) sentenceOf(m *record.Info, node domain.Node) string {
	looked := 0
	voice := domain.Voice{T: v.Print.T, Name: func(model string, id int64) string {
		m, ok := v.Env.Registry().Model(model)
		if looked++; !ok || looked > maxLooked {
			return ""
		}
		names, err := v.names(m, []int64{id})
		if err != nil {
			return "" // by its number, then
		}
		return names[id]
	}}
	return domain.Sentence(domain.Describe(node, v.Env.Schema(m), voice))
}

func joined(list, more string) string {
	if list == "" {
		return more
	}
	return list + ", " + more
}

// facets are the menus of filters: the model's named filters, its facets with counts,
// and whether archived records show. A long list offers what some of its records have,
// and no counts.
func (v *visit) facets(s state, long bool) ([]ui.Facet, error) {
	var out []ui.Facet
	if len(s.offered) > 0 {
		out = append(out, v.namedFacet(s))
	}
	fields := facetFields(v.Env, v.info)
	tallies, err := v.tally(s, fields, long)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		facet, err := v.facet(s, f, tallies[f.Name])
		if err != nil {
			return nil, err
		}
		out = append(out, facet)
	}
	if archivable(v.Env, v.info) {
		out = append(out, v.archivedFacet(s))
	}
	return out, nil
}

func (v *visit) namedFacet(s state) ui.Facet {
	out := ui.Facet{Label: v.T("screen.filters"), Name: paramNamed}
	on := []string{}
	for _, f := range s.inForce() {
		on = append(on, f.Name)
	}
	for _, f := range s.offered {
		next := s.first()
		selected := slices.Contains(on, f.Name)
		if selected {
			next.named = slices.DeleteFunc(slices.Clone(on), func(n string) bool { return n == f.Name })
		} else {
			next.named = append(slices.Clone(on), f.Name)
		}
		out.Choices = append(out.Choices, ui.Choice{Label: v.words().filter(v.info, f), Value: f.Name, Selected: selected, URL: v.listURL(next)})
	}
	return out
}

func (v *visit) archivedFacet(s state) ui.Facet {
	out := ui.Facet{Label: v.T("screen.archived"), Name: paramArchived}
	for _, c := range []struct{ value, key string }{{"", "screen.archived.not"}, {"only", "screen.archived.only"}, {"all", "screen.archived.all"}} {
		next := s.first()
		next.archived = c.value
		selected := s.archived == c.value
		out.Choices = append(out.Choices, ui.Choice{Label: v.T(c.key), Value: c.value, Selected: selected && c.value != "", URL: v.listURL(next)})
	}
	return out
}

// tallied is what was counted of a field.
type tallied struct {
	values []record.Tally
	all    bool // no record was left out
}

// tally counts the values of the facets, each among what the rest of the state matches:
// those that nothing is picked of together.
func (v *visit) tally(s state, fields []*record.FieldInfo, long bool) (map[string]tallied, error) {
	out := map[string]tallied{}
	count := func(without string, names ...string) error {
		q := s.query(v.info, without)
		if q.Limit = mostTallied; long {
			q.Limit = sampled
		}
		found, all, err := record.Tallies(v.Env, v.info.Name, names, q, facetItems)
		for i := range found {
			out[names[i]] = tallied{found[i], all}
		}
		return err
	}
	var free []string
	for _, f := range fields {
		if long && f.Type != record.Many2One {
			continue // its choices are known, and their numbers not shown
		}
		if len(s.facets[f.Name]) == 0 {
			free = append(free, f.Name)
		} else if err := count(f.Name, f.Name); err != nil {
			return nil, err
		}
	}
	if len(free) == 0 {
		return out, nil
	}
	return out, count("", free...)
}

// facet offers the values of a field that were counted, and those that are picked.
func (v *visit) facet(s state, f *record.FieldInfo, found tallied) (ui.Facet, error) {
	out := ui.Facet{Label: v.words().field(f), Name: facetPrefix + f.Name}
	counts, names := map[string]int{}, map[string]string{}
	var order []string
	for _, t := range found.values {
		value, label := v.facetChoice(f, t.Value)
		if value != "" {
			order = append(order, value)
			counts[value], names[value] = t.Count, label
		}
	}
	switch f.Type {
	case record.Selection:
		order = nil
		for _, o := range f.Options {
			order = append(order, o.Value)
			names[o.Value] = v.words().choice(f, o)
		}
	case record.Bool:
		order, names = []string{"1", "0"}, map[string]string{"1": v.T("screen.yes"), "0": v.T("screen.no")}
	case record.Many2One:
		missing := slices.DeleteFunc(slices.Clone(s.facets[f.Name]), func(id string) bool { return names[id] != "" })
		known, err := v.names(f.Target, idList(missing))
		if err != nil {
			return out, err
		}
		for _, id := range missing {
			n, _ := strconv.ParseInt(id, 10, 64)
			if names[id] = known[n]; names[id] == "" {
				names[id] = "#" + id
			}
			order = append(order, id)
		}
	}
	for _, value := range order {
		choice := ui.Choice{Label: names[value], Value: value, Selected: slices.Contains(s.facets[f.Name], value)}
		if found.all {
			choice.Count = v.format().count(counts[value])
		}
		out.Choices = append(out.Choices, choice)
	}
	return out, nil
}

func (v *visit) facetChoice(f *record.FieldInfo, value any) (string, string) {
	switch val := value.(type) {
	case *record.Ref:
		return strconv.FormatInt(val.ID, 10), val.Name
	case bool:
		return map[bool]string{true: "1", false: "0"}[val], ""
	case string:
		return val, ""
	}
	return "", ""
}

func idList(texts []string) []int64 {
	var out []int64
	for _, t := range texts {
		if id, err := strconv.ParseInt(t, 10, 64); err == nil && id > 0 {
			out = append(out, id)
		}
	}
	return out
}

// names are the display names of those records that the reader may see.
func (v *visit) names(m *record.Info, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	display, ok := columnAt(v.Env, m, m.Display)
	if len(ids) == 0 || !ok {
		return out, nil
	}
	q := record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Fields: []string{display.read}, Archived: true, Order: "id"}
	for r, err := range record.Rows(v.Env, m.Name, q) {
		if fault.Is(err, fault.Forbidden) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out[r.ID] = v.label(r, display)
	}
	return out, nil
}

// asFault returns the house's error in a chain, nil when there is none.
func asFault(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}
