// Package i18n turns keys into sentences in the reader's language. A module brings
// files locales/<lang>.toml; labels of models and fields need English only in the
// code, as the default of their key.
package i18n

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Languages are those that every text must exist in; the first is the fallback.
var Languages = []string{"en", "fr"}

// Bundle holds the texts of all installed modules.
type Bundle struct {
	bundle   *i18n.Bundle
	matcher  language.Matcher
	printers map[string]*Printer
	keys     map[string]map[string]bool
	// templates are the texts, as lang/key, that do more than print values.
	templates map[string]bool
}

// New reads every <lang>.toml below the given file systems. A key that stands twice
// in one language is an error that names the file.
func New(sources ...fs.FS) (*Bundle, error) {
	b := &Bundle{bundle: i18n.NewBundle(language.English), keys: map[string]map[string]bool{}, templates: map[string]bool{}, printers: map[string]*Printer{}}
	b.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	tags := make([]language.Tag, len(Languages))
	for i, lang := range Languages {
		tags[i] = language.MustParse(lang)
		b.keys[lang] = map[string]bool{}
	}
	b.matcher = language.NewMatcher(tags)
	for _, src := range sources {
		if src == nil {
			continue
		}
		if err := b.load(src); err != nil {
			return nil, err
		}
	}
	for i, lang := range Languages {
		p := &Printer{lang: lang, tag: tags[i], loc: i18n.NewLocalizer(b.bundle, lang), keys: b.keys[lang], templates: b.templates}
		p.separator, p.byThree = groupsBy(p.number)
		b.printers[lang] = p
	}
	return b, nil
}

func (b *Bundle) load(src fs.FS) error {
	return fs.WalkDir(src, ".", func(p string, d fs.DirEntry, err error) error {
		lang := strings.TrimSuffix(path.Base(p), ".toml")
		if err != nil || d.IsDir() || !slices.Contains(Languages, lang) || path.Ext(p) != ".toml" {
			return err
		}
		text, err := fs.ReadFile(src, p)
		if err != nil {
			return err
		}
		f, err := b.bundle.ParseMessageFileBytes(text, path.Base(p))
		if err != nil {
			return fmt.Errorf("translations %s: %w", p, err)
		}
		for _, m := range f.Messages {
			if b.keys[lang][m.ID] {
				return fmt.Errorf("translations %s: the key %q stands twice", p, m.ID)
			}
			b.keys[lang][m.ID] = true
			if !placeholders(m.Zero + m.One + m.Two + m.Few + m.Many + m.Other) {
				b.templates[lang+"/"+m.ID] = true
			}
		}
		return nil
	})
}

// Has reports whether a key has a text in a language.
func (b *Bundle) Has(lang, key string) bool { return b.keys[lang][key] }

// Keys returns the keys of a language, sorted.
func (b *Bundle) Keys(lang string) []string {
	out := make([]string, 0, len(b.keys[lang]))
	for k := range b.keys[lang] {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Match picks the best language for a list of wishes, each a tag or an
// Accept-Language header.
func (b *Bundle) Match(wishes ...string) string {
	_, i := language.MatchStrings(b.matcher, wishes...)
	return Languages[i]
}

// For returns the printer of a language; of the first one when it is not spoken.
func (b *Bundle) For(lang string) *Printer {
	if p := b.printers[lang]; p != nil {
		return p
	}
	return b.printers[Languages[0]]
}

// Printer speaks one language.
type Printer struct {
	lang      string
	tag       language.Tag
	loc       *i18n.Localizer
	keys      map[string]bool
	templates map[string]bool // of the bundle
	plain     sync.Map        // the texts of keys that were asked for without placeholders
	patterns  sync.Map        // patternKey to *pattern
	numbers   sync.Pool       // of *message.Printer, which is for one at a time
	separator string          // between thousands, where byThree
	byThree   bool
}

// Lang returns the language's code.
func (p *Printer) Lang() string { return p.lang }

// Number writes a whole number with its digits grouped: 4,310 or 4 310.
func (p *Printer) Number(n int64) string {
	if p.byThree {
		return grouped(n, p.separator)
	}
	return p.number(n)
}

func (p *Printer) number(n int64) string {
	m, ok := p.numbers.Get().(*message.Printer)
	if !ok {
		m = message.NewPrinter(p.tag)
	}
	defer p.numbers.Put(m)
	return m.Sprint(n)
}

// T returns the text of a key, its placeholders filled from name and value pairs;
// "Count" picks the plural. A key without a text gives the key itself.
func (p *Printer) T(key string, args ...any) string { return p.Or(key, key, args...) }

// Or is T with the English text to use when the key has none in this language.
func (p *Printer) Or(key, english string, args ...any) string {
	if len(args) == 0 && p.keys[key] {
		if text, ok := p.plain.Load(key); ok {
			return text.(string)
		}
		text := p.Map(key, english, nil)
		p.plain.Store(key, text)
		return text
	}
	data := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		data[fmt.Sprint(args[i])] = args[i+1]
	}
	return p.Map(key, english, data)
}

// Map is Or with the placeholders' values in a map.
func (p *Printer) Map(key, english string, data map[string]any) string {
	if key == "" {
		return english
	}
	if p.keys[key] && !p.templates[p.lang+"/"+key] {
		if text, ok := p.fast(key, data); ok {
			return text
		}
	}
	cfg := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if n, ok := data["Count"]; ok {
		cfg.PluralCount = n
	}
	text, err := p.loc.Localize(cfg)
	if err != nil && text == "" {
		return english
	}
	return text
}
