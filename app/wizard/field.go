package wizard

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

const (
	lineSize = 256
	textSize = 10_000
	// moneyDigits are those of the amounts a person types.
	moneyDigits = 2
)

// kind is the control of the field.
func (f Field) kind() ui.FieldKind {
	if f.Kind != "" {
		return f.Kind
	}
	switch f.Into.(type) {
	case *bool:
		return ui.FieldCheck
	case *int64:
		return ui.FieldNumber
	case *record.Money:
		return ui.FieldMoney
	case *record.Date:
		return ui.FieldDate
	case *[]string:
		return ui.FieldMany
	}
	if len(f.Options) > 0 {
		return ui.FieldSelect
	}
	return ui.FieldText
}

// kinds are the controls that a wizard draws.
var kinds = []ui.FieldKind{ui.FieldText, ui.FieldMultiline, ui.FieldNumber, ui.FieldMoney, ui.FieldDate, ui.FieldEmail, ui.FieldURL,
	ui.FieldPhone, ui.FieldCode, ui.FieldCheck, ui.FieldSwitch, ui.FieldSelect, ui.FieldCards, ui.FieldMany}

// wrong says what is wrong with the declaration, "" when nothing is.
func (f Field) wrong() string {
	switch f.Into.(type) {
	case *string, *bool, *int64, *record.Money, *record.Date, *[]string:
	default:
		return fmt.Sprintf("it cannot be kept in a %T", f.Into)
	}
	if !slices.Contains(kinds, f.kind()) {
		return fmt.Sprintf("there is no control %q in a wizard", f.kind())
	}
	if f.Label == "" && !f.Drawn {
		return "it needs a label"
	}
	return ""
}

// value is what the control shows: several texts for *[]string, one for all others.
func (f Field) value(lang string) []string {
	switch into := f.Into.(type) {
	case *bool:
		if *into {
			return []string{"1"}
		}
		return nil
	case *int64:
		if *into == 0 {
			return nil
		}
		return []string{strconv.FormatInt(*into, 10)}
	case *record.Money:
		if *into == 0 {
			return nil
		}
		text := decimal.New(int64(*into), -moneyDigits).StringFixed(moneyDigits)
		if lang == "fr" {
			text = strings.Replace(text, ".", ",", 1)
		}
		return []string{text}
	case *record.Date:
		return []string{string(*into)}
	case *[]string:
		return *into
	case *string:
		return []string{*into}
	}
	return nil
}

// posted reports whether the field was on the page that was posted.
func (f Field) posted(form url.Values) bool {
	_, there := form[f.Name]
	return there || slices.Contains(form[ui.FieldHas], f.Name)
}

// read writes what was typed into the data. A field that was not on the page keeps its value.
func (f Field) read(form url.Values, lang string) *fault.Error {
	if !f.posted(form) {
		return nil
	}
	text := strings.TrimSpace(strings.ReplaceAll(last(form[f.Name]), "\r\n", "\n"))
	var wrong *fault.Error
	switch into := f.Into.(type) {
	case *bool:
		*into = text == "1" || text == "true" || text == "on"
	case *int64:
		*into, wrong = record.ParseNumber(text, lang, 0)
	case *record.Money:
		var n int64
		n, wrong = record.ParseNumber(text, lang, moneyDigits)
		*into = record.Money(n)
	case *record.Date:
		wrong = readDate(into, text)
	case *[]string:
		wrong = f.readMany(into, form[f.Name])
	case *string:
		wrong = f.readText(into, text)
	}
	if wrong != nil {
		return wrong.On(f.Name)
	}
	return nil
}

// last is what counts of several values under one name: a hidden one may stand before a check box.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

func readDate(into *record.Date, text string) *fault.Error {
	if text != "" {
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return fault.New(fault.Invalid, "Write the date as YYYY-MM-DD.").Keyed("record.invalid.date", nil)
		}
	}
	*into = record.Date(text)
	return nil
}

func (f Field) readText(into *string, text string) *fault.Error {
	size := f.Size
	if size == 0 {
		size = lineSize
		if f.kind() == ui.FieldMultiline {
			size = textSize
		}
	}
	switch {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return fault.New(fault.Invalid, "Write a text; some characters cannot be stored.").Keyed("record.invalid.text", nil)
	case utf8.RuneCountInString(text) > size:
		return fault.New(fault.Invalid, "This text is too long: use %d characters at most.", size).Keyed("record.invalid.size", map[string]any{"Limit": size})
	case f.kind() != ui.FieldMultiline && strings.ContainsAny(text, "\r\n"):
		return fault.New(fault.Invalid, "Write this on one line.").Keyed("record.invalid.line", nil)
	case text != "" && f.chosen() && !f.offers(text):
		return errOption()
	}
	*into = text
	return nil
}

func (f Field) readMany(into *[]string, values []string) *fault.Error {
	var out []string
	for _, v := range values {
		if v == "" || slices.Contains(out, v) {
			continue
		}
		if !f.offers(v) {
			return errOption()
		}
		out = append(out, v)
	}
	*into = out
	return nil
}

func errOption() *fault.Error {
	return fault.New(fault.Invalid, "Choose one of the values offered.").Keyed("record.invalid.option", nil)
}

// chosen: the field takes nothing but one of its options.
func (f Field) chosen() bool {
	return f.kind() == ui.FieldSelect || f.kind() == ui.FieldCards || len(f.Options) > 0
}

func (f Field) offers(value string) bool {
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == value })
}

// missing reports whether a required field has no value.
func (f Field) missing() bool {
	if !f.Required {
		return false
	}
	switch into := f.Into.(type) {
	case *string:
		return *into == ""
	case *bool:
		return !*into
	case *record.Date:
		return *into == ""
	case *[]string:
		return len(*into) == 0
	}
	return false // a number may be 0
}

// readAll reads a post into the data and returns what is wrong, one error a field.
func readAll(fields []Field, form url.Values, lang string) []*fault.Error {
	var wrong []*fault.Error
	for _, f := range fields {
		e := f.read(form, lang)
		if e == nil && f.empty(form) {
			e = fault.New(fault.Invalid, "Enter a value.").Keyed("record.invalid.required", nil).On(f.Name)
		}
		if e != nil {
			wrong = append(wrong, e)
		}
	}
	return wrong
}

// empty reports whether a required value is missing, in the data or, for a number, on the page.
func (f Field) empty(form url.Values) bool {
	switch f.Into.(type) {
	case *int64, *record.Money:
		return f.Required && f.posted(form) && strings.TrimSpace(last(form[f.Name])) == ""
	}
	return f.missing()
}

// typed are the inputs of the fields as they were posted, cut to what can be kept.
func typed(fields []Field, form url.Values) url.Values {
	out := url.Values{}
	for _, f := range fields {
		if !f.posted(form) {
			continue
		}
		values := []string{}
		for _, v := range form[f.Name] {
			if len(values) < maxTyped && len(v) <= 8*textSize {
				values = append(values, v)
			}
		}
		out[f.Name] = values
	}
	return out
}

// maxTyped bounds the values that are kept of one field.
const maxTyped = 200

// controls draws the fields: with what was typed where that is kept, else with the data.
func controls(p *i18n.Printer, key string, fields []Field, kept url.Values) []ui.Field {
	var out []ui.Field
	for _, f := range fields {
		if f.Drawn {
			continue
		}
		values, isKept := kept[f.Name]
		if !isKept {
			values = f.value(p.Lang())
		}
		out = append(out, f.control(p, key+"."+f.Name, values))
	}
	return out
}

func (f Field) control(p *i18n.Printer, key string, values []string) ui.Field {
	c := ui.Field{Kind: f.kind(), Name: f.Name, Label: p.Or(key, f.Label), Required: f.Required, Value: last(values), Prefix: f.Prefix, Suffix: f.Suffix}
	if f.Help != "" {
		c.Help = p.Or(key+".help", f.Help)
	}
	switch c.Kind {
	case ui.FieldCheck, ui.FieldSwitch:
		c.Checked = last(values) == "1"
	case ui.FieldMultiline:
		c.MaxLength, c.Wide = orSize(f.Size, textSize), true
	case ui.FieldText, ui.FieldEmail, ui.FieldURL, ui.FieldPhone, ui.FieldCode:
		c.MaxLength = orSize(f.Size, lineSize)
	}
	for _, o := range f.Options {
		option := ui.Option{Value: o.Value, Label: o.Label, Help: o.Help, Selected: slices.Contains(values, o.Value)}
		if !o.Plain {
			option.Label = p.Or(key+"."+o.Value, o.Label)
			if o.Help != "" {
				option.Help = p.Or(key+"."+o.Value+".help", o.Help)
			}
		}
		c.Options = append(c.Options, option)
	}
	return c
}

func orSize(size, otherwise int) int {
	if size == 0 {
		return otherwise
	}
	return size
}
