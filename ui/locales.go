package ui

import (
	"embed"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Locales holds the texts of this package, one go-i18n message file per
// language: locales/en.toml, locales/fr.toml. Every key starts with "ui.".
//
//go:embed locales/*.toml
var Locales embed.FS

// Localize makes a Translate of a localizer whose bundle holds Locales and the
// files of the modules. A key without a message answers the key itself, which
// is what a developer sees first and a test finds.
func Localize(l *i18n.Localizer) Translate {
	return func(key string, args ...any) string {
		data := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			if name, ok := args[i].(string); ok {
				data[name] = args[i+1]
			}
		}
		text, err := l.Localize(&i18n.LocalizeConfig{
			MessageID: key, TemplateData: data, PluralCount: data["Count"],
		})
		if err != nil && text == "" {
			return key
		}
		return text
	}
}

// t translates a text of this package. Messages write a "Count" as {{.N}}: the
// same number with the reader's separators.
func (p Page) t(key string, args ...any) string {
	if p.T == nil {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		if n, ok := args[i+1].(int); ok && args[i] == "Count" {
			return p.T(key, append(args, "N", p.number(n))...)
		}
	}
	return p.T(key, args...)
}

// number writes a whole number as the reader does: 4,310 or 4 310.
func (p Page) number(n int) string {
	return message.NewPrinter(language.Make(p.Lang)).Sprint(number.Decimal(n))
}
