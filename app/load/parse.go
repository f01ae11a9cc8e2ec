package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/tessera-erp/tessera/app/fault"
)

// The limits of a file: what a person or a script writes stays far below.
const (
	maxBytes = 32 << 20
	maxDepth = 32
)

// Parse reads the records of one file. Every problem is reported at once, each with file
// and line, as fault.Invalid.
func Parse(file string, text []byte) ([]Record, error) {
	if len(text) > maxBytes {
		return nil, fault.New(fault.Invalid, "%s: the file is larger than %d MB.", file, maxBytes>>20)
	}
	p := &parser{file: file}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		err := decode(dec, &doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "%s: this is no YAML: %s.", file, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		p.document(&doc)
	}
	return p.records, fault.Join(p.errs...)
}

// decode reads one document; the library panics on some malformed input.
func decode(dec *yaml.Decoder, doc *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return dec.Decode(doc)
}

// With begins the name of a folder whose files are read only where the module that the
// rest of the name says is installed too, after all other files of the module.
const With = "with-"

// Files reads every *.yaml of one folder of a module, in the order of their names; none
// when there is no such folder. The folder "." is the file system's own.
func Files(module string, from fs.FS, folder string) ([]Record, error) {
	if from == nil {
		return nil, nil
	}
	entries, err := fs.ReadDir(from, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Record
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".yaml" {
			continue
		}
		name := path.Join(folder, e.Name())
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		records, err := Parse(path.Join(module, name), text)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	return all, nil
}

type parser struct {
	file    string
	records []Record
	errs    []*fault.Error
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, fault.New(fault.Invalid, "%s:%d: %s", p.file, n.Line, fmt.Sprintf(format, args...)))
}

func (p *parser) document(doc *yaml.Node) {
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return
	}
	root := doc.Content[0]
	switch {
	case root.Kind == yaml.ScalarNode && root.Tag == "!!null":
	case root.Kind != yaml.SequenceNode:
		p.fail(root, "the file has to be a list of records, each with model, id and values.")
	default:
		for _, n := range root.Content {
			p.record(n)
		}
	}
}

// record reads one entry of the list.
func (p *parser) record(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "a record needs model, id and values.")
		return
	}
	before := len(p.errs)
	r := Record{Values: map[string]any{}, at: place{file: p.file, line: n.Line, fields: map[string]int{}}}
	p.pairs(n, func(key string, k, v *yaml.Node) {
		switch key {
		case "model":
			r.Model = p.text(key, v)
		case "id":
			r.ID = p.text(key, v)
		case "values":
			p.values(&r, v)
		case "translations":
			p.translations(&r, v)
		case "once":
			if r.Once = v.Value == "true"; !r.Once && v.Value != "false" {
				p.fail(v, "once is true or false.")
			}
		default:
			p.fail(k, "a record has model, id, values, translations and once, not %q.", key)
		}
	})
	if len(p.errs) > before {
		return
	}
	if r.Model == "" || r.ID == "" {
		p.fail(n, "a record needs a model and an id.")
		return
	}
	p.records = append(p.records, r)
}

// pairs walks a mapping; a key that stands twice is refused.
func (p *parser) pairs(n *yaml.Node, each func(key string, k, v *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			p.fail(k, "a key has to be a word.")
			continue
		}
		if seen[k.Value] {
			p.fail(k, "%q stands twice.", k.Value)
			continue
		}
		seen[k.Value] = true
		each(k.Value, k, v)
	}
}

func (p *parser) text(key string, n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "" {
		p.fail(n, "%s has to be a text.", key)
		return ""
	}
	return n.Value
}

func (p *parser) values(r *Record, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "values has to be a mapping of fields to values.")
		return
	}
	p.pairs(n, func(field string, _, v *yaml.Node) {
		r.at.fields[field] = v.Line
		r.Values[field] = p.value(v, 0)
	})
}

func (p *parser) translations(r *Record, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "translations has to be a mapping of languages.")
		return
	}
	r.Translations = map[string]map[string]string{}
	p.pairs(n, func(lang string, _, texts *yaml.Node) {
		if texts.Kind != yaml.MappingNode {
			p.fail(texts, "%s has to be a mapping of fields to texts.", lang)
			return
		}
		r.Translations[lang] = map[string]string{}
		p.pairs(texts, func(field string, _, v *yaml.Node) { r.Translations[lang][field] = p.text(field, v) })
	})
}

// value brings a node to what record reads. A number or a date that is a field's whole
// value stays the text that was written, so that the postcode 01234 keeps its zero; the
// field's type reads it. Inside lists and mappings (filters) it gets its YAML type.
func (p *parser) value(n *yaml.Node, depth int) any {
	if depth > maxDepth {
		p.fail(n, "the value is nested too deeply.")
		return nil
	}
	switch n.Kind {
	case yaml.AliasNode:
		p.fail(n, "anchors and aliases are not read here; write the value out.")
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, p.value(item, depth+1))
		}
		return list
	case yaml.MappingNode:
		m := map[string]any{}
		p.pairs(n, func(key string, _, v *yaml.Node) { m[key] = p.value(v, depth+1) })
		return m
	case yaml.ScalarNode:
		return p.scalar(n, depth)
	}
	return nil
}

func (p *parser) scalar(n *yaml.Node, depth int) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		if depth == 0 {
			return n.Value
		}
		var v any
		if err := n.Decode(&v); err != nil {
			p.fail(n, "%q is no number.", n.Value)
		}
		switch number := v.(type) {
		case int:
			return int64(number)
		case uint64:
			p.fail(n, "%q is too large a number.", n.Value)
		}
		return v
	case "!!binary":
		p.fail(n, "binary values are not read here.")
	}
	return n.Value
}
