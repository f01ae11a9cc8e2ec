package record

import "strings"

// inList returns the placeholders of an IN list and their values. Its length is rounded
// up, the last id being repeated, so that few texts have to be prepared.
func inList(ids []int64) (string, []any) {
	n := 1
	for n < len(ids) {
		n *= 2
	}
	args := make([]any, n)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return strings.TrimSuffix(strings.Repeat("?,", n), ","), args
}

// fillLists fetches the to-many values of a page, one statement a path.
func (s *statement) fillLists(p *plan, page []Row) error {
	for i, c := range p.cols {
		if c.lists == nil {
			continue
		}
		byRecord, err := s.lists(c.lists, page)
		if err != nil {
			return err
		}
		for _, r := range page {
			r.values[i] = c.lists.shape(byRecord[r.ID])
		}
	}
	return nil
}

func (l *listQuery) shape(values []any) any {
	if l.value != nil {
		if values == nil {
			return []any{}
		}
		return values
	}
	ids := make([]int64, 0, len(values))
	for _, v := range values {
		if n, ok := v.(int64); ok {
			ids = append(ids, n)
		}
	}
	return ids
}

func (s *statement) lists(l *listQuery, page []Row) (map[int64][]any, error) {
	const alias = "r1"
	target := l.relation.Target
	value, translation := alias+".id", []any(nil)
	if l.value != nil {
		value, translation = s.expr(alias, l.value)
	}
	owner, from := alias+"."+quote(inverseColumn(l.relation)), quote(target.Table)+" AS "+alias
	if l.relation.Type == Many2Many {
		owner = "x.record_id"
		from = quote(l.relation.JoinTable()) + " AS x JOIN " + quote(target.Table) + " AS " + alias + " ON " + alias + ".id = x.target_id"
	}
	ids := make([]int64, len(page))
	for i, r := range page {
		ids[i] = r.ID
	}
	marks, owners := inList(ids)
	text := "SELECT " + owner + ", " + value + " FROM " + from + " WHERE " + owner + " IN (" + marks + ")"
	args := append(translation, owners...)
	rule, free, err := modelSchema{env: s.env, info: target, alias: alias}.Rule()
	if err != nil {
		return nil, err
	}
	if rule != nil {
		cond, more, err := s.env.sql(rule, free)
		if err != nil {
			return nil, err
		}
		text += " AND (" + cond + ")"
		args = append(args, more...)
	}
	out := map[int64][]any{}
	err = s.env.database.DB.Each(s.env.Context, text+" ORDER BY "+alias+".id", args, func(cells []any) error {
		owner, _ := cells[0].(int64)
		v := cells[1]
		if l.value != nil && v != nil {
			v = l.value.fromDriver(v)
		}
		out[owner] = append(out[owner], v)
		return nil
	})
	return out, err
}

func inverseColumn(f *FieldInfo) string {
	if f.inverse == nil {
		return ""
	}
	return f.inverse.Column
}
