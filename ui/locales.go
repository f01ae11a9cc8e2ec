package ui

import (
	"embed"

	"github.com/nicksnyder/go-i18n/v2/i18n"
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

// t translates a text of this package.
func (p Page) t(key string, args ...any) string {
	if p.T == nil {
		return key
	}
	return p.T(key, args...)
}
