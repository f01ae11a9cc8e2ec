package record

import (
	"iter"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
)

// Row is one record as the asker sees it: the id and the values of the paths asked for.
// Values are string, int64 (numbers, and amounts in minor units), bool, Date,
// time.Time, Strings, *Ref for a Many2One, []int64 or []any for lists; nil is empty.
type Row struct {
	ID      int64
	version int64 // when the plan asks for it
	plan    *plan
	values  []any
	hidden  []bool // paths that no matching window lists; nil when there are no windows
}

// Value returns the value of a path; false when it was not asked for or is hidden.
func (r Row) Value(path string) (any, bool) {
	i := r.index(path)
	if i < 0 || r.hidden != nil && r.hidden[i] {
		return nil, false
	}
	return r.values[i], true
}

// index is the place of a path; the zero Row has none.
func (r Row) index(path string) int {
	if r.plan == nil {
		return -1
	}
	return slices.Index(r.plan.paths, path)
}

// All yields the visible paths and their values in the order asked for.
func (r Row) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if r.plan == nil {
			return
		}
		for i, p := range r.plan.paths {
			if r.hidden != nil && r.hidden[i] {
				continue
			}
			if !yield(p, r.values[i]) {
				return
			}
		}
	}
}

// Field returns the last field of a path that was asked for.
func (r Row) Field(path string) *FieldInfo {
	if i := r.index(path); i >= 0 {
		return r.plan.cols[i].field
	}
	return nil
}

// pageSize is how many records are read at once: no connection is held while the
// reader of a row works on it, or waits for a slow client.
const pageSize = 256

// gathered is the longest answer that is read whole before its first row is given.
const gathered = 1024

// Rows yields the records of a model that match a query, each with the paths asked
// for. It is the one reading path of lists, CSV, API, MCP and OAuth data. A long answer
// is read in portions: a record that changes meanwhile appears as it then is, one that
// comes into being may be missing. Unknown and hidden paths give the same Invalid error.
func Rows(e *Env, model string, q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		m, ok := e.registry.Model(model)
		if !ok {
			yield(Row{}, fault.New(fault.NotFound, "There is no model %q.", model))
			return
		}
		s, p, err := prepare(e, m, q)
		if err != nil {
			yield(Row{}, err)
			return
		}
		for page, err := range s.pages(p, q) {
			if err != nil {
				yield(Row{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// pages yields the answer to a query in portions.
func (s *statement) pages(p *plan, q Query) iter.Seq2[[]Row, error] {
	switch {
	case q.Places:
		return func(yield func([]Row, error) bool) { yield(s.placed(p, q)) }
	case s.env.tx != nil || q.Limit > 0 && q.Limit <= gathered:
		return func(yield func([]Row, error) bool) { yield(s.read(p, q.Limit, q.Offset)) }
	case s.byID && q.Offset <= 0:
		return s.walk(p, q)
	}
	return s.follow(p, q)
}

// walk reads on from the last id of each portion.
func (s *statement) walk(p *plan, q Query) iter.Seq2[[]Row, error] {
	return func(yield func([]Row, error) bool) {
		s.where = append(s.where, root+".id > ?")
		s.whArgs = append(s.whArgs, q.After)
		for read := 0; q.Limit <= 0 || read < q.Limit; {
			want := pageSize
			if q.Limit > 0 {
				want = min(want, q.Limit-read)
			}
			page, err := s.read(p, want, 0)
			if err != nil || len(page) > 0 {
				if !yield(page, err) || err != nil {
					return
				}
			}
			if len(page) < want {
				return
			}
			read += len(page)
			s.whArgs[len(s.whArgs)-1] = page[len(page)-1].ID
		}
	}
}

// follow reads the ids in the order asked for, then the records they belong to.
func (s *statement) follow(p *plan, q Query) iter.Seq2[[]Row, error] {
	return func(yield func([]Row, error) bool) {
		ids, err := s.ids(q.Limit, q.Offset)
		if err != nil {
			yield(nil, err)
			return
		}
		where, args := s.where, s.whArgs
		for chunk := range slices.Chunk(ids, pageSize) {
			marks, more := inList(chunk)
			s.where = append(where[:len(where):len(where)], root+".id IN ("+marks+")")
			s.whArgs = append(args[:len(args):len(args)], more...)
			page, err := s.read(p, 0, 0)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// ids returns the ids of the whole answer in its order.
func (s *statement) ids(limit, offset int) ([]int64, error) {
	bare := *s
	bare.selects, bare.selArgs = []string{root + ".id"}, nil
	text, args := bare.text(limit, offset)
	var out []int64
	err := s.env.database.DB.Each(s.env.Context, text, args, func(cells []any) error {
		id, _ := cells[0].(int64)
		out = append(out, id)
		return nil
	})
	return out, err
}

// read runs the statement and returns its rows with their lists. The connection is
// free again when it returns.
func (s *statement) read(p *plan, limit, offset int) ([]Row, error) {
	page, err := s.scan(p, limit, offset)
	if err != nil {
		return nil, err
	}
	return page, s.fillPage(p, page)
}

func (s *statement) fillPage(p *plan, page []Row) error {
	for chunk := range slices.Chunk(page, pageSize) {
		if err := s.fillLists(p, chunk); err != nil {
			return err
		}
	}
	return nil
}

func (s *statement) scan(p *plan, limit, offset int) ([]Row, error) {
	text, args := s.text(limit, offset)
	page := make([]Row, 0, min(max(limit, 0), pageSize))
	err := s.env.database.DB.Each(s.env.Context, text, args, func(cells []any) error {
		page = append(page, p.row(cells))
		return nil
	})
	return page, err
}
