package oauthprovider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// The form of a scope shows, before it is saved, what an application would receive: as
// many records as match for a person, three of them, and how that person will be asked.
const (
	previewRows = 3
	// previewTime bounds the search for matches in a large table, so that the preview takes
	// 300 ms with all else; the form says when it was not enough.
	previewTime = 250 * time.Millisecond
	fieldAs     = "_as" // posted by the form: as whom to look
)

// scopePreview is what a scope as its form holds it gives to one person's application.
type scopePreview struct {
	scope   Scope
	model   *record.Info
	as      *record.Env // the person, looking through the scope
	name    string      // of the person
	own     bool        // he is the reader himself
	problem *fault.Error
	asFault *fault.Error // nobody to look as

	total, count int  // records that the person sees, and those that match; counted to mostCounted + 1
	slow         bool // it took too long
	rows         []record.Row
	names        []string // of the rows, where the reader may read them
	masked       bool
	everything   bool                 // the reader may read whatever there is
	readable     map[int64]record.Row // the rows as the reader himself may read them
}

// previewKey keeps a preview within a request: several cards show parts of it.
const previewKey = "oauth_provider.scope_preview"

// preview reads what a draft gives. Whatever is wrong with the draft is its problem.
func (h *host) preview(c *web.Ctx, d web.Draft) (*scopePreview, error) {
	if p, ok := c.Get(previewKey).(*scopePreview); ok {
		return p, nil
	}
	p, err := h.newPreview(c, d)
	if err == nil {
		c.Set(previewKey, p)
	}
	return p, err
}

func (h *host) newPreview(c *web.Ctx, d web.Draft) (*scopePreview, error) {
	p := &scopePreview{scope: draftScope(d)}
	reader, err := h.envOf(c.Env, c.Account.ID)
	if err != nil {
		return nil, err
	}
	person, err := h.lookedUpAs(c, p)
	if err != nil {
		return nil, err
	}
	if err := p.check(c.Env); err != nil || p.problem != nil {
		return p, err
	}
	env, err := h.envOf(c.Env, person)
	if err != nil {
		return nil, err
	}
	x, err := newExtent(p.scope.Model, p.scope.Filter, p.scope.Fields, p.scope.Operations)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Env, previewTime)
	defer cancel()
	p.as = env.In(ctx).Through(map[string][]record.Window{x.model: {{Scope: p.scope.Code, Filter: x.filter, Fields: x.fields, Ops: x.ops}}})
	err = p.read(h, env.In(ctx))
	if err == nil {
		err = p.compare(reader.In(ctx).WithLang(env.Lang))
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && c.Env.Err() == nil {
		p.slow, err = true, nil
	}
	p.as = p.as.In(c.Env)
	return p, err
}

// draftScope is the scope that a form holds.
func draftScope(d web.Draft) Scope {
	all, _ := d.Values["all_records"].(bool)
	required, _ := d.Values["required"].(bool)
	sensitive, _ := d.Values["sensitive"].(bool)
	protocol, _ := d.Values["protocol"].(bool)
	return Scope{Meta: record.Meta{ID: d.ID}, Code: d.Text("code"), Name: d.Text("name"), Description: d.Text("description"), Model: d.Text("model"),
		Filter: d.Text("filter"), AllRecords: all, Fields: d.Texts("fields"), Operations: d.Texts("operations"), Required: required, Sensitive: sensitive, Protocol: protocol}
}

// check finds out whether the draft gives anything, by the checks of saving it.
func (p *scopePreview) check(e *record.Env) error {
	if p.scope.Model == "" {
		p.problem = fault.New(fault.Invalid, "Choose a model first.").Keyed("oauth_provider.preview.nomodel", nil)
		return nil
	}
	m, ok := e.Registry().Model(p.scope.Model)
	if !ok || !m.Scopable {
		p.problem = fault.New(fault.Invalid, "There is no model %q that scopes can be made on.", p.scope.Model).
			Keyed("oauth_provider.scope.badmodel", map[string]any{"Model": p.scope.Model})
		return nil
	}
	p.model = m
	p.scope.Fields = slices.DeleteFunc(p.scope.Fields, func(path string) bool { return strings.TrimSpace(path) == "" })
	if len(p.scope.Operations) == 0 {
		p.scope.Operations = record.Strings{string(record.OpRead)}
	}
	err := checkFilter(e, &p.scope, m)
	if err == nil {
		err = checkPaths(e, &p.scope, m)
	}
	if errors.As(err, &p.problem) {
		return nil
	}
	if err == nil && !slices.Contains(p.scope.Operations, string(record.OpRead)) {
		p.problem = fault.New(fault.Invalid, "The scope does not allow reading: an application receives nothing.").Keyed("oauth_provider.preview.noread", nil)
	}
	return err
}

// read counts and reads as the person, through the scope: what /oauth2/otherinfo answers.
// The counts come first. They can be broken off at any time on every driver, and a table
// that could be counted in time gives three records in time.
func (p *scopePreview) read(h *host, free *record.Env) error {
	if !p.as.Can(record.OpRead, p.model) {
		return nil
	}
	var err error
	if p.total, err = record.Count(free, p.model.Name, record.Query{Limit: mostCounted + 1}); err != nil {
		return err
	}
	if p.count, err = record.Count(p.as, p.model.Name, record.Query{Limit: mostCounted + 1}); err != nil || p.count == 0 {
		return err
	}
	q := record.Query{Order: "id", Limit: previewRows, Fields: h.shown(p.as, p.model)}
	for row, err := range record.Rows(p.as, p.model.Name, q) {
		if err != nil {
			return err
		}
		p.rows = append(p.rows, row)
	}
	return nil
}

// compare reads the same rows with the reader's own rights: what he may not read himself,
// or would read otherwise, is masked. An administrator may read everything.
func (p *scopePreview) compare(reader *record.Env) error {
	if p.everything = reader.Member("base.admin"); p.everything {
		reader = reader.Sudo("preview of a scope")
	}
	p.readable = map[int64]record.Row{}
	if len(p.rows) == 0 || !reader.Can(record.OpRead, p.model) {
		return nil
	}
	var ids []int64
	for _, r := range p.rows {
		ids = append(ids, r.ID)
	}
	fields := readablePaths(reader, p.model.Name, append([]string{p.model.Display}, p.scope.Fields...))
	q := record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Order: "id", Fields: fields, Archived: true}
	for row, err := range record.Rows(reader, p.model.Name, q) {
		if err != nil {
			return err
		}
		p.readable[row.ID] = row
		if name := textOf(row, p.model.Display); name != "" {
			p.names = append(p.names, name)
		}
	}
	return nil
}

// mask stands for a value that the reader may not see.
const mask = `"•••••"`

// body is the answer of /oauth2/otherinfo with the first rows, byte for byte, but for
// values that the reader may not see.
func (p *scopePreview) body() []byte {
	b := []byte{'{'}
	for i, row := range p.rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendKeyed(b, row, func(b []byte, f *record.FieldInfo, path string, v any) []byte {
			at := len(b)
			b = appendJSON(b, f, v)
			if !p.sees(row.ID, f, path, b[at:]) {
				p.masked = true
				b = append(b[:at], mask...)
			}
			return b
		})
	}
	return append(b, '}')
}

// sees reports whether the reader himself reads the same value.
func (p *scopePreview) sees(id int64, f *record.FieldInfo, path string, value []byte) bool {
	own, ok := p.readable[id]
	if !ok || p.everything {
		return ok
	}
	v, ok := own.Value(path)
	return ok && string(appendJSON(nil, f, v)) == string(value)
}
