package domain

import (
	"embed"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/fault"
)

// Locales holds the sentences and phrases of this package, one locales/<lang>.toml a language.
//
//go:embed locales/*.toml
var Locales embed.FS

// messages are the sentences of this package by translation key. {{.name}} is a placeholder.
var messages = map[string]string{
	"domain.syntax":        `The filter cannot be read at character {{.character}}: {{.problem}}.`,
	"domain.too_long":      `The filter is longer than {{.limit}} bytes.`,
	"domain.too_deep":      `The filter is nested more than {{.limit}} deep.`,
	"domain.too_many":      `The filter has more than {{.limit}} conditions.`,
	"domain.too_many_all":  `The filter compares with more than {{.limit}} values.`,
	"domain.path_too_long": `Condition {{.number}}, {{.term}}: a path may have {{.limit}} names at most.`,
	"domain.unknown_field": `Condition {{.number}}, {{.term}}: {{.model}} has no field "{{.field}}".`,
	"domain.no_relation":   `Condition {{.number}}, {{.term}}: "{{.field}}" is not a relation, so nothing can follow it.`,
	"domain.unfilterable":  `Condition {{.number}}, {{.term}}: "{{.field}}" cannot be used in a filter.`,
	"domain.operator":      `Condition {{.number}}, {{.term}}: the operator "{{.operator}}" does not fit "{{.field}}" ({{.type}}).`,
	"domain.type":          `Condition {{.number}}, {{.term}}: {{.value}} does not fit "{{.field}}" ({{.type}}).`,
	"domain.option":        `Condition {{.number}}, {{.term}}: {{.value}} is not one of the choices of "{{.field}}" ({{.options}}).`,
	"domain.decimals":      `Condition {{.number}}, {{.term}}: {{.value}} is too large or has more than {{.scale}} decimals.`,
	"domain.list":          `Condition {{.number}}, {{.term}}: the operator "{{.operator}}" needs a list.`,
	"domain.no_list":       `Condition {{.number}}, {{.term}}: the operator "{{.operator}}" takes one value; for a list use "in".`,
	"domain.long_list":     `Condition {{.number}}, {{.term}}: the list has more than {{.limit}} values.`,
	"domain.long_text":     `Condition {{.number}}, {{.term}}: the text is longer than {{.limit}} bytes.`,
	"domain.bad_text":      `Condition {{.number}}, {{.term}}: the text contains characters that no field can hold.`,
	"domain.wildcards":     `Condition {{.number}}, {{.term}}: the pattern has more than {{.limit}} wildcards.`,
	"domain.no_name":       `Condition {{.number}}, {{.term}}: "{{.field}}" cannot be compared with a text.`,
	"domain.variable":      `Condition {{.number}}, {{.term}}: there is no variable {{.value}}.`,
	"domain.moment":        `Condition {{.number}}, {{.term}}: {{.value}} lies outside the calendar.`,
}

// Messages returns the English sentences and phrases of this package by translation key, which
// the locales translate.
func Messages() map[string]string {
	all := maps.Clone(messages)
	maps.Copy(all, phrases)
	for end, text := range problems {
		all["domain.problem."+end] = text
	}
	return all
}

// invalid returns the error of a key with the values of its placeholders.
func invalid(key string, args map[string]any) *fault.Error {
	pairs := make([]string, 0, 2*len(args))
	for name, value := range args {
		pairs = append(pairs, "{{."+name+"}}", fmt.Sprint(value))
	}
	sentence := strings.NewReplacer(pairs...).Replace(messages[key])
	return fault.New(fault.Invalid, "%s", sentence).Keyed(key, args)
}

// unreadable returns the error of a source that cannot be parsed. Its args hold the character
// (from 1) and the byte offset (from 0) of the place; text is the piece that a problem names.
func unreadable(src []byte, offset int, problem string, text ...any) *fault.Error {
	offset = min(offset, len(src))
	piece := fmt.Sprint(text...)
	return invalid("domain.syntax", map[string]any{
		"character": utf8.RuneCount(src[:offset]) + 1, "offset": offset, "text": piece,
		"problem": strings.ReplaceAll(problems[problem], "{{.text}}", piece), "problemKey": "domain.problem." + problem,
	})
}

// shorten cuts a text for an error message.
func shorten(s string) string {
	const most = 120
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
