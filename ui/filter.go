package ui

import (
	"strconv"
	"strings"
)

// Filter is a filter over records: rows to choose from, or an expression to write. Its
// field posts, besides what the rows name, Name+".as", which of the two is on the page,
// and the expression as Name. Its buttons are DoFilter: field, verb and place, such as
// "filter condition 1"; the verbs are condition, group, remove, builder, expression, update.
type Filter struct {
	Builder bool // rows are shown, else the expression
	Top     FilterGroup
	Hidden  []Pair
	Note    *Note // above it: why it cannot be shown as rows
	Off     bool  // nothing to choose from yet; Note says why
	// Marked is the expression again with the piece that is wrong; At says where it is.
	Marked []Mark
	At     string
}

// The ways in which a FilterGroup matches.
const (
	FilterAll  = "all"
	FilterAny  = "any"
	FilterNone = "none"
)

// FilterGroup is some conditions that are joined alike.
type FilterGroup struct {
	Name  string // "filter", "filter.1"; its choice is posted as Name+".match"
	Place string // "", "1"
	Match string
	Items []FilterItem
	Full  bool // nothing can be added
	Nest  bool // a group can be added
}

// FilterItem is a group, or a condition with its controls.
type FilterItem struct {
	Place     string
	Group     *FilterGroup
	Field, Op Field
	Value     []Field
	Hidden    []Pair
}

// Mark is a piece of a text; a wrong one stands out.
type Mark struct {
	Text  string
	Wrong bool
}

// FilterPart is the selector of a filter's field, for Field.Part of what it depends on.
func FilterPart(name string) string { return "#" + filterID(name) }

func filterID(name string) string { return "filter-" + idSafe(name) }

// joint is the word between an item and the one before it.
func (g FilterGroup) joint(p Page, i int) string {
	switch {
	case i == 0 && g.Place == "" && g.Match != FilterNone:
		return p.t("ui.filter.where")
	case i == 0:
		return ""
	case g.Match == FilterAll:
		return p.t("ui.filter.and")
	}
	return p.t("ui.filter.or")
}

// fields are the controls of an item in order.
func (i FilterItem) fields() []Field { return append([]Field{i.Field, i.Op}, i.Value...) }

// wrongs counts the controls of a group that are marked as wrong.
func (g FilterGroup) wrongs() int {
	n := 0
	for _, item := range g.Items {
		if item.Group != nil {
			n += item.Group.wrongs()
			continue
		}
		for _, f := range item.fields() {
			if f.Error != "" {
				n++
			}
		}
	}
	return n
}

// focused gives the focus to the first control that is wrong.
func (g FilterGroup) focused() FilterGroup {
	items := make([]FilterItem, len(g.Items))
	copy(items, g.Items)
	g.Items = items
	for i := range items {
		item := &items[i]
		switch {
		case item.Group != nil && item.Group.wrongs() > 0:
			inner := item.Group.focused()
			item.Group = &inner
			return g
		case item.Group != nil:
			continue
		case item.Field.Error != "":
			item.Field.Focus = true
			return g
		case item.Op.Error != "":
			item.Op.Focus = true
			return g
		}
		for v := range item.Value {
			if item.Value[v].Error != "" {
				item.Value = append([]Field{}, item.Value...)
				item.Value[v].Focus = true
				return g
			}
		}
	}
	return g
}

// optionGroup is some options of a select under a heading.
type optionGroup struct {
	Label   string
	Options []Option
}

// optionGroups puts neighbours with the same heading together.
func optionGroups(options []Option) []optionGroup {
	var out []optionGroup
	for _, o := range options {
		if last := len(out) - 1; last >= 0 && out[last].Label == o.Group {
			out[last].Options = append(out[last].Options, o)
			continue
		}
		out = append(out, optionGroup{o.Group, []Option{o}})
	}
	return out
}

func filterDo(f Field, verb, place string) string {
	if place == "" {
		return f.Name + " " + verb
	}
	return f.Name + " " + verb + " " + place
}

// placeWords counts a condition as people do: "2.1" is the first within the second.
func placeWords(place string) string {
	var out []string
	for _, n := range strings.Split(place, ".") {
		i, _ := strconv.Atoi(n)
		out = append(out, ordinal(i))
	}
	return strings.Join(out, ".")
}

// matchWords is how a group matches, read out.
func matchWords(p Page, g FilterGroup) string {
	word := p.t("ui.filter.all")
	switch g.Match {
	case FilterAny:
		word = p.t("ui.filter.any")
	case FilterNone:
		word = p.t("ui.filter.none")
	}
	return p.t("ui.filter.match") + " " + word + " " + p.t("ui.filter.of_these")
}
