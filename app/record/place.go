package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// Place is where a record stands in the order of a query: the values that it is ordered
// by, its id last. Its JSON form keeps every value exactly. A Place holds values that
// only the reader of the record may see: whoever sends it out seals it.
type Place []any

// placedTime is a time in the JSON form of a Place, in microseconds since 1970.
type placedTime struct {
	Micros int64 `json:"t"`
}

// MarshalJSON writes the values as a list.
func (p Place) MarshalJSON() ([]byte, error) {
	list := make([]any, len(p))
	for i, v := range p {
		if t, ok := v.(time.Time); ok {
			v = placedTime{t.UnixMicro()}
		}
		list[i] = v
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Place) UnmarshalJSON(text []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*p = make(Place, len(list))
	for i, raw := range list {
		v, err := placed(raw)
		if err != nil {
			return err
		}
		(*p)[i] = v
	}
	return nil
}

func placed(raw json.RawMessage) (any, error) {
	if bytes.HasPrefix(raw, []byte("{")) {
		var t placedTime
		err := json.Unmarshal(raw, &t)
		return time.UnixMicro(t.Micros).UTC(), err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil, string, bool:
		return v, nil
	case json.Number:
		return v.Int64()
	}
	return nil, fmt.Errorf("%s has no place in an order", raw)
}

// Place returns where the record stands; nil unless the query asked for places.
func (r Row) Place() Place {
	if r.plan == nil || r.plan.keys == nil {
		return nil
	}
	return append(append(Place{}, r.values[len(r.plan.cols):]...), r.ID)
}

// key is one part of an order in SQL.
type key struct {
	expr     string
	collate  string // what follows the expression wherever it is compared
	desc     bool
	nullable bool
	own      bool // a column of the model's own table, which may have an index
}

// sorted writes the key for ORDER BY. An empty value is the smallest on both engines;
// PostgreSQL has to be told so, and then uses no ordinary index.
func (k key) sorted(e db.Engine) string {
	text := k.expr + k.collate
	if k.desc {
		text += " DESC"
	}
	if e == db.Postgres && k.nullable {
		text += map[bool]string{false: " NULLS FIRST", true: " NULLS LAST"}[k.desc]
	}
	return text
}

func (s *statement) sorted(keys []key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.sorted(s.engine)
	}
	return out
}

// placeColumns adds what the rows are ordered by to the SELECT, but for the id.
func (s *statement) placeColumns() []int {
	at := []int{}
	for _, k := range s.keys[:len(s.keys)-1] {
		at = append(at, s.add(k.expr))
	}
	return at
}

// stretch is a part of an answer in which an index gives the order: the rows whose first
// key is empty, or those that have a value there.
type stretch struct {
	where []string
	args  []any
	order []string
}

// stretches splits what stands behind a place, nil for all, into parts to be read one
// after the other.
func (s *statement) stretches(from Place) ([]stretch, error) {
	if from != nil && len(from) != len(s.keys) {
		return nil, fault.New(fault.Invalid, "This place belongs to another order.").On("cursor")
	}
	first := s.keys[0]
	if len(s.keys) == 1 || !first.own || from == nil && s.engine == db.SQLite {
		return []stretch{s.stretch(s.keys, from)}, nil
	}
	solid := append([]key{first}, s.keys[1:]...)
	solid[0].nullable = false
	var empty, filled []stretch
	switch {
	case from == nil:
		empty, filled = []stretch{s.stretch(s.keys[1:], nil)}, []stretch{s.stretch(solid, nil)}
	case from[0] == nil:
		empty = []stretch{s.stretch(s.keys[1:], from[1:])}
		if !first.desc {
			filled = []stretch{s.stretch(solid, nil)}
		}
	default:
		filled = []stretch{s.stretch(solid, from)}
		if first.desc {
			empty = []stretch{s.stretch(s.keys[1:], nil)}
		}
	}
	for i := range empty {
		empty[i].where = append(empty[i].where, first.expr+" IS NULL")
	}
	for i := range filled {
		filled[i].where = append(filled[i].where, first.expr+" IS NOT NULL")
	}
	if first.desc {
		return append(filled, empty...), nil
	}
	return append(empty, filled...), nil
}

func (s *statement) stretch(keys []key, from Place) stretch {
	st := stretch{order: s.sorted(keys)}
	if from != nil {
		text, args := behind(keys, from)
		st.where, st.args = []string{text}, args
	}
	return st
}

// behind is the condition that a row stands behind a place in an order. The last key is
// the id, so that no two rows stand at the same place.
func behind(keys []key, from Place) (string, []any) {
	if comparable(keys, from) {
		return compareRows(keys, from), from
	}
	k, v := keys[0], from[0]
	rest, more := behind(keys[1:], from[1:])
	if v == nil {
		text := "(" + k.expr + " IS NULL AND " + rest + ")"
		if !k.desc {
			text = "(" + k.expr + " IS NOT NULL OR " + text + ")"
		}
		return text, more
	}
	sign, expr := map[bool]string{false: " > ?", true: " < ?"}[k.desc], k.expr+k.collate
	text := "(" + expr + sign + " OR " + expr + " = ? AND " + rest + ")"
	args := append([]any{v, v}, more...)
	if k.desc && k.nullable {
		return "(" + k.expr + " IS NULL OR " + text + ")", args
	}
	// This says the same once more, as a range that an index can begin at.
	bound := expr + map[bool]string{false: " >= ?", true: " <= ?"}[k.desc]
	return "(" + bound + " AND " + text + ")", append([]any{v}, args...)
}

// comparable reports whether one comparison of rows says what stands behind a place: all
// keys go the same way and no empty value takes part.
func comparable(keys []key, from Place) bool {
	for i, k := range keys {
		if from[i] == nil || k.desc != keys[0].desc || k.desc && k.nullable {
			return false
		}
	}
	return true
}

func compareRows(keys []key, from Place) string {
	sign := map[bool]string{false: " > ", true: " < "}[keys[0].desc]
	exprs := make([]string, len(keys))
	for i, k := range keys {
		exprs[i] = k.expr + k.collate
	}
	if len(keys) == 1 {
		return exprs[0] + sign + "?"
	}
	return "(" + strings.Join(exprs, ", ") + ")" + sign + "(" + strings.TrimSuffix(strings.Repeat("?, ", len(from)), ", ") + ")"
}

// placed reads one page of an answer stretch by stretch.
func (s *statement) placed(p *plan, q Query) ([]Row, error) {
	if q.Limit <= 0 || q.Limit > gathered || q.Offset > 0 {
		return nil, fault.New(fault.Invalid, "Pages by place have at most %d records and no offset.", gathered).On("limit")
	}
	all, err := s.stretches(q.From)
	if err != nil {
		return nil, err
	}
	where, args := s.where, s.whArgs
	var page []Row
	for _, st := range all {
		s.where = append(where[:len(where):len(where)], st.where...)
		s.whArgs = append(args[:len(args):len(args)], st.args...)
		s.order = st.order
		part, err := s.scan(p, q.Limit-len(page), 0)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			page = part
		} else {
			page = append(page, part...)
		}
		if len(page) == q.Limit {
			break
		}
	}
	return page, s.fillPage(p, page)
}
