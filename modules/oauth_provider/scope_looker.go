package oauthprovider

import (
	"strconv"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// lookedUpAs is the person as whom a scope's records are looked up: the one chosen on the
// form, else the reader himself. Looking as somebody else is audited.
func (h *host) lookedUpAs(c *web.Ctx, p *scopePreview) (int64, error) {
	p.name, p.own = c.Account.Name, true
	form := c.Form()
	id, _ := strconv.ParseInt(form.Get(fieldAs), 10, 64)
	text := form.Get(fieldAs + ui.SuffixText)
	if text == "" || text == c.Account.Name && (id == 0 || id == c.Account.ID) {
		return c.Account.ID, nil
	}
	row, err := personNamed(c.Env, id, text)
	if f, ok := err.(*fault.Error); ok && (f.Code == fault.NotFound || f.Code == fault.Invalid) {
		p.asFault = f
		return c.Account.ID, nil
	}
	if err != nil {
		return 0, err
	}
	p.name, p.own = textOf(row, "name"), row.ID == c.Account.ID
	if p.own {
		return row.ID, nil
	}
	return row.ID, h.auditLook(c, row.ID, p)
}

// personNamed finds somebody whom the reader sees: by id where the text is still that
// person's name, else by the text alone.
func personNamed(e *record.Env, id int64, text string) (record.Row, error) {
	fields := []string{"name", "login"}
	if id != 0 {
		row, err := record.RowOf(e, record.UserModel, id, fields)
		if err == nil && textOf(row, "name") == text {
			return row, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return row, err
		}
	}
	named := domain.Any(domain.Cond{Path: "name", Op: domain.Eq, Value: text}, domain.Cond{Path: "login", Op: domain.Eq, Value: text})
	var found []record.Row
	for row, err := range record.Rows(e, record.UserModel, record.Query{Filter: named, Fields: fields, Limit: 2}) {
		if err != nil {
			return row, err
		}
		found = append(found, row)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return record.Row{}, fault.New(fault.NotFound, "There is nobody called %q whom you may see.", text).
			Keyed("oauth_provider.preview.nobody", map[string]any{"Name": text})
	}
	return record.Row{}, fault.New(fault.Invalid, "Several people are called %q: write the login.", text).
		Keyed("oauth_provider.preview.several", map[string]any{"Name": text})
}

// looks remembers who looked as whom a moment ago, so that a form that follows each key
// leaves one line in the audit log and not hundreds.
type looks struct {
	mu   sync.Mutex
	last map[look]time.Time
}

type look struct{ reader, person, scope int64 }

const (
	lookAgain = 10 * time.Minute
	mostLooks = 1024
)

// fresh reports whether a look has to be written down now.
func (l *looks) fresh(one look, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.last[one]; ok && now.Sub(at) < lookAgain {
		return false
	}
	if l.last == nil || len(l.last) >= mostLooks {
		l.last = map[look]time.Time{}
	}
	l.last[one] = now
	return true
}

// forget has the next look be written down: the line of this one failed.
func (l *looks) forget(one look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.last, one)
}

// auditLook writes down, on the person's own record, that a manager looked through a
// scope with his eyes.
func (h *host) auditLook(c *web.Ctx, person int64, p *scopePreview) error {
	one := look{c.Account.ID, person, p.scope.ID}
	if !h.looks.fresh(one, c.Env.Now) {
		return nil
	}
	err := record.Audit(c.Env, record.UserModel, person, p.name, "previewed_as", record.Change{Field: "scope", New: p.scope.Code})
	if err != nil {
		h.looks.forget(one)
	}
	return err
}
