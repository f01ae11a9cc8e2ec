package oauthprovider

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// create answers POST /api/records/{model}: 201 with the new record as the scopes show it.
func (a *recordsAPI) create(c *web.Ctx) error {
	t, err := a.target(c, record.OpCreate)
	if err != nil {
		return err
	}
	fields, err := t.fieldsParam(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	values, err := a.readBody(t, record.OpCreate)
	if err != nil {
		return err
	}
	id, err := record.SaveValues(t.Env, t.model.Name, 0, 0, values)
	if err != nil {
		return writeProblem(t, err)
	}
	c.Response().Header().Set("Location", t.App.URL(recordsPath+"/"+t.model.Name+"/"+strconv.FormatInt(id, 10)))
	return a.readBack(t, http.StatusCreated, id, fields)
}

// update answers PATCH /api/records/{model}/{id}, a merge patch (RFC 7396) whose members
// are fields: those that are left out stay. It answers with the record as it then is.
func (a *recordsAPI) update(c *web.Ctx) error {
	t, err := a.target(c, record.OpWrite)
	if err != nil {
		return err
	}
	fields, err := t.fieldsParam(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	id, version, err := a.subject(t, record.OpWrite)
	if err != nil {
		return err
	}
	values, err := a.readBody(t, record.OpWrite)
	if err != nil {
		return err
	}
	if _, err := record.SaveValues(t.Env, t.model.Name, id, version, values); err != nil {
		return writeProblem(t, err)
	}
	return a.readBack(t, http.StatusOK, id, fields)
}

// remove answers DELETE /api/records/{model}/{id}.
func (a *recordsAPI) remove(c *web.Ctx) error {
	t, err := a.target(c, record.OpDelete)
	if err != nil {
		return err
	}
	if _, err := readParams(c.Request().URL.RawQuery); err != nil {
		return err
	}
	id, version, err := a.subject(t, record.OpDelete)
	if err != nil {
		return err
	}
	if err := record.Remove(t.Env, t.model.Name, id, version); err != nil {
		return writeProblem(t, err)
	}
	c.Response().WriteHeader(http.StatusNoContent)
	return nil
}

// subject finds the record that a request changes and holds If-Match against it. A record
// that the token neither shows nor may change is absent.
func (a *recordsAPI) subject(t *target, op record.Op) (id, version int64, err error) {
	if id, err = t.id(); err != nil {
		return 0, 0, err
	}
	seen := false
	if t.Env.Can(record.OpRead, t.model) {
		_, _, err := t.read(id, nil)
		if seen = err == nil; !seen && !isAbsent(err) {
			return 0, 0, err
		}
	}
	may, err := t.Env.CanOn(op, t.model, id)
	switch {
	case err != nil:
		return 0, 0, err
	case !may && seen:
		return 0, 0, forbidden("The granted scopes show this record, but do not allow to "+string(op)+" it, or the user has no right to.", "")
	case !may:
		return 0, 0, t.absent()
	}
	// Whoever may change a record may hold it against what it was, though no scope shows it.
	_, version, err = record.RowAt(t.Env.Sudo("compare"), t.model.Name, id, nil)
	if fault.Is(err, fault.NotFound) {
		return 0, 0, t.absent()
	}
	if err != nil {
		return 0, 0, err
	}
	return id, version, a.precondition(t, id, version)
}

func isAbsent(err error) bool {
	p, ok := err.(*problem)
	return ok && p.Status == http.StatusNotFound
}

// readBack answers with a record that was written: as far as the scopes show it now, and
// at least with its id.
func (a *recordsAPI) readBack(t *target, status int, id int64, fields []string) error {
	if t.Env.Can(record.OpRead, t.model) {
		row, version, err := t.read(id, fields)
		if err == nil {
			body := newShape(fields).append(nil, row)
			t.Response().Header().Set("ETag", a.tag(t.model, id, version, body))
			return t.answer(status, body)
		}
		if !isAbsent(err) {
			return err
		}
	}
	return t.answer(status, append(strconv.AppendInt([]byte(`{"id":`), id, 10), '}'))
}

// writable are the fields that one of the scopes lets an operation set, as far as the
// user may.
func (t *target) writable(op record.Op) []string { return writableFields(t.Env, t.model, op) }

func writableFields(env *record.Env, m *record.Info, op record.Op) []string {
	var out []string
	for _, w := range env.WindowsFor(m, op) {
		for _, path := range w.Fields {
			if f, ok := m.Field(path); ok && env.Sets(f) && !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out
}
