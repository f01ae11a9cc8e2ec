package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// controlAttrs are the attributes that every control of a field shares. The
// type of a control is not among them: it is part of its markup.
func controlAttrs(f Field) templ.Attributes {
	a := templ.Attributes{
		"id":           fieldID(f.Name),
		"name":         f.Name,
		"autocomplete": orElse(f.Autocomplete, "off"),
	}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("aria-describedby", describedBy(f))
	set("data-part", f.Part)
	set("min", f.Min)
	set("max", f.Max)
	set("step", f.Step)
	set("data-part", f.Part)
	switch f.Kind {
	case FieldSelect, FieldCheck, FieldSwitch:
	default:
		set("placeholder", f.Placeholder)
		if f.MaxLength > 0 {
			a["maxlength"] = strconv.Itoa(f.MaxLength)
		}
	}
	if f.Required {
		a["aria-required"] = "true"
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Focus {
		a["autofocus"] = true
	}
	return a
}

// relationAttrs are those of the box of a relation: what is typed has a name of
// its own beside the id.
func relationAttrs(f Field) templ.Attributes {
	a := controlAttrs(f)
	a["name"] = f.Name + SuffixText
	if len(f.Options) > 0 {
		a["list"] = fieldID(f.Name) + "-list"
	}
	return a
}

func lineColumn(l Lines, i int) Column {
	if i < len(l.Columns) {
		return l.Columns[i]
	}
	return Column{}
}

// tagAttrs are those of the box of tags beyond its own.
func tagAttrs(f Field) templ.Attributes {
	a := templ.Attributes{}
	if f.Part != "" {
		a["data-part"] = f.Part
	}
	if f.Error != "" {
		a["aria-invalid"], a["aria-describedby"] = "true", fieldID(f.Name)+"-err"
	}
	if f.Focus {
		a["autofocus"] = true
	}
	return a
}
