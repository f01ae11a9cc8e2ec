package oauthprovider

import (
	"crypto/hkdf"
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// recordsPath is where the records API is: /api/records/{model}[/{id}].
const recordsPath = "/api/records"

// recordsAPI gives applications the records that their tokens open, on the same rows as
// /oauth2/otherinfo: the windows of the granted scopes, never more than the user's own
// rights. Every answer that is not a record is problem details (RFC 9457).
type recordsAPI struct {
	*host
	tagKey []byte // of entity tags
}

// newRecordsAPI derives the key of the entity tags from one that all instances share.
func newRecordsAPI(h *host, secret []byte) (*recordsAPI, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "records api: entity tags", 32)
	return &recordsAPI{h, key}, err
}

func (a *recordsAPI) routes(site *web.Site) {
	list, one := recordsPath+"/:model", recordsPath+"/:model/:id"
	for _, r := range []struct {
		method, path string
		handle       func(*web.Ctx) error
	}{
		{http.MethodGet, list, a.list},
		{http.MethodPost, list, a.create},
		{http.MethodGet, one, a.get},
		{http.MethodPatch, one, a.update},
		{http.MethodDelete, one, a.remove},
	} {
		site.Route(web.Route{Kind: web.Token, Method: r.method, Path: r.path, Handle: answering(r.handle)})
	}
	site.Route(web.Route{Kind: web.Public, Method: http.MethodGet, Path: "/api/openapi.json", Foreign: true, Handler: http.HandlerFunc(a.openAPI)})
}

// target is what a request is about: a model that the token opens, through whose windows
// the user looks, and the paths that he can be shown of it.
type target struct {
	*web.Ctx
	model  *record.Info
	listed []string // of all windows for reading; the id is always there
}

// target finds the model of a request and makes sure that the token allows the
// operation. A model that the token opens for nothing is answered like an unknown one.
func (a *recordsAPI) target(c *web.Ctx, op record.Op) (*target, error) {
	m, ok := c.Env.Registry().Model(c.Param("model"))
	if !ok || !m.Scopable || !slices.ContainsFunc(allOps, func(op record.Op) bool { return c.Env.Can(op, m) }) {
		return nil, problemOf(http.StatusNotFound, "unknown_model", "The model is unknown",
			"There is no such model, or the granted scopes do not open it. GET /api/openapi.json with the token lists those that they open.")
	}
	if !c.Env.Can(op, m) {
		return nil, a.insufficient(c.Env, m, op)
	}
	t := &target{Ctx: c, model: m}
	if c.Env.Can(record.OpRead, m) {
		t.listed = a.shown(c.Env, m)
	}
	return t, nil
}

var allOps = []record.Op{record.OpRead, record.OpCreate, record.OpWrite, record.OpDelete}

// list answers GET /api/records/{model}: {"data": [record, …], "next": cursor or null}.
// It takes two statements for the page, whatever its size, and one for each list.
func (a *recordsAPI) list(c *web.Ctx) error {
	t, err := a.target(c, record.OpRead)
	if err != nil {
		return err
	}
	p, err := t.listParams(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	q := record.Query{Filter: p.filter, Order: p.order, Fields: p.fields, Limit: p.limit + 1, Places: true}
	binding := t.binding(p)
	if p.cursor != "" {
		if q.From, err = a.openCursor(p.cursor, binding); err != nil {
			return err
		}
	}
	return a.stream(t, q, binding)
}

// buffers are for answers in the making.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 20<<10); return &b }}

// stream writes a page as its records are read; one more than the page is asked for, to
// know whether there is a next one. Once a part is out, a failure can only end the
// connection, so that nobody takes half an answer for a whole one.
func (a *recordsAPI) stream(t *target, q record.Query, binding string) error {
	w := t.Response()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	b := append((*buffer)[:0], `{"data":[`...)
	sent, n := false, 0
	var last record.Row
	next := []byte("null")
	shape := newShape(q.Fields)
	for row, err := range record.Rows(t.Env, t.model.Name, q) {
		if err != nil {
			return a.broken(t, err, sent)
		}
		if n++; n == q.Limit {
			if next, err = a.sealCursor(last.Place(), binding); err != nil {
				return a.broken(t, err, sent)
			}
			break
		}
		last = row
		if n > 1 {
			b = append(b, ',')
		}
		b = shape.append(b, row)
		if len(b) > 16<<10 {
			if !sent {
				w.Header()["Content-Type"] = jsonType
			}
			if _, err := w.Write(b); err != nil {
				return nil // the client has gone
			}
			sent, b = true, b[:0]
		}
	}
	b = append(b, `],"next":`...)
	b = append(b, next...)
	b = append(b, '}')
	if !sent { // in one piece, which spares the server cutting it into chunks
		w.Header()["Content-Type"] = jsonType
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(b))}
	}
	_, _ = w.Write(b)
	*buffer = b
	return nil
}

var jsonType = []string{"application/json"}

func (a *recordsAPI) broken(t *target, err error, sent bool) error {
	if !sent {
		return listProblem(t, err)
	}
	a.log.ErrorContext(t.Env, "records broke off", "model", t.model.Name, "error", err)
	panic(http.ErrAbortHandler)
}

// get answers GET /api/records/{model}/{id} with the record and its entity tag.
func (a *recordsAPI) get(c *web.Ctx) error {
	t, err := a.target(c, record.OpRead)
	if err != nil {
		return err
	}
	fields, err := t.fieldsParam(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	id, err := t.id()
	if err != nil {
		return err
	}
	row, version, err := t.read(id, fields)
	if err != nil {
		return err
	}
	body := newShape(fields).append(nil, row)
	tag := a.tag(t.model, id, version, body)
	c.Response().Header().Set("ETag", tag)
	if notModified(c.Request(), tag) {
		c.Response().WriteHeader(http.StatusNotModified)
		return nil
	}
	return t.answer(http.StatusOK, body)
}

// id reads the number of the record; what is none names no record.
func (t *target) id() (int64, error) {
	id, err := strconv.ParseInt(t.Param("id"), 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != t.Param("id") {
		return 0, t.absent()
	}
	return id, nil
}

func (t *target) absent() error {
	return problemOf(http.StatusNotFound, "not_found", "The record is not there",
		"No record of this model has this id, or the granted scopes do not show it.")
}

// read returns a record that a list could show: one in the archive only where a scope
// lists "active", by which a filter can ask for it.
func (t *target) read(id int64, fields []string) (record.Row, int64, error) {
	row, version, err := record.RowWhere(t.Env, t.model.Name, domain.Cond{Path: "id", Op: domain.Eq, Value: id}, fields)
	if fault.Is(err, fault.NotFound) && slices.Contains(t.listed, "active") {
		archived := domain.And{domain.Cond{Path: "id", Op: domain.Eq, Value: id}, domain.Cond{Path: "active", Op: domain.Eq, Value: false}}
		row, version, err = record.RowWhere(t.Env, t.model.Name, archived, fields)
	}
	if fault.Is(err, fault.NotFound) {
		err = t.absent()
	}
	return row, version, err
}

func (t *target) answer(status int, body []byte) error {
	t.Response().Header()["Content-Type"] = jsonType
	t.Response().WriteHeader(status)
	_, _ = t.Response().Write(body) // the client may have gone
	return nil
}
