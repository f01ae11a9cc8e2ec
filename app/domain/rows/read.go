package rows

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
)

// Read reads the rows that a form holds below a name. What no page of ours sends is left
// out: rows beyond the limits, names without sense.
func Read(form url.Values, name string) Group {
	r := reader{form: form, below: map[string][]int{}}
	r.index(name)
	return r.group(name, 1)
}

type reader struct {
	form  url.Values
	below map[string][]int // the numbers of the items of each group, by its name
	read  int
}

// index finds the items that the form names.
func (r *reader) index(name string) {
	for key := range r.form {
		rest, ok := strings.CutPrefix(key, name+".")
		if !ok {
			continue
		}
		parent := name
		for range MaxDepth {
			number, more, found := strings.Cut(rest, ".")
			n, err := strconv.Atoi(number)
			if !found || err != nil || n < 0 || n >= maxNumber || strconv.Itoa(n) != number {
				break
			}
			r.below[parent] = append(r.below[parent], n)
			parent, rest = parent+"."+number, more
		}
	}
	for parent, numbers := range r.below {
		slices.Sort(numbers)
		r.below[parent] = slices.Compact(numbers)
	}
}

func (r *reader) group(name string, depth int) Group {
	g := Group{Match: Match(r.form.Get(name + ".match"))}
	if g.Match != Any && g.Match != None {
		g.Match = All
	}
	for _, n := range r.below[name] {
		at := name + "." + strconv.Itoa(n)
		if r.read >= MaxRows {
			break
		}
		switch {
		case r.form.Has(at + ".path"):
			r.read++
			g.Items = append(g.Items, Item{Row: r.row(at)})
		case r.form.Has(at+".match") && depth < MaxDepth:
			r.read++
			inner := r.group(at, depth+1)
			g.Items = append(g.Items, Item{Group: &inner})
		}
	}
	return g
}

func (r *reader) row(at string) *Row {
	one := func(name string) string { return cut(r.form.Get(at + name)) }
	row := &Row{Path: one(".path"), Op: one(".op"), Text: one(".value.text"), Found: one(".value.found"), Was: one(".was"),
		Typed: r.form.Has(at + ".value.text")}
	for _, value := range r.form[at+".value"] {
		if len(row.Values) < MaxValues {
			row.Values = append(row.Values, cut(value))
		}
	}
	return row
}

// cut is a text that the filter language can hold.
func cut(s string) string {
	if len(s) > domain.MaxText {
		s = s[:domain.MaxText]
	}
	return strings.ToValidUTF8(s, "")
}
