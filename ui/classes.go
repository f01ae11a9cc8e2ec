package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// classes is a class attribute, without one when all names are empty. It is for what a
// list draws in every cell: templ's own class lists take as long as the cell.
func classes(first string, more ...string) templ.OrderedAttributes {
	names := first
	for _, name := range more {
		if name != "" {
			names += " " + name
		}
	}
	if names = strings.TrimPrefix(names, " "); names == "" {
		return nil
	}
	return templ.OrderedAttributes{{Key: "class", Value: names}}
}

// only is a name where it applies, "" elsewhere.
func only(applies bool, name string) string {
	if applies {
		return name
	}
	return ""
}
