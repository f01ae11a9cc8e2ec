package screen

import (
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// relevant reports whether the form shows a field as its entries stand. One with a fault
// is always shown: there it is mended.
func (v *visit) relevant(o *opened, f formField, s sheet) (bool, error) {
	if !f.own || s.errors[f.info.Name] != "" {
		return true, nil
	}
	return f.info.Relevant(v.Env, func(name string) any {
		on, _ := v.info.Field(name)
		e, there := s.in[name]
		switch {
		case !there && s.fresh:
			return on.Initial(v.Env)
		case !there:
			value, _ := o.row.Value(name)
			return value
		case on.Type == record.Bool:
			return isTrue(e.first())
		}
		return e.first()
	})
}

// carry posts along what was entered into a field that is not shown any more, so that it
// is there again when it is.
func (v *visit) carry(f formField, s sheet, out *ui.Form) {
	e, there := s.in[f.info.Name]
	if !f.write || !there || f.info.Type == record.Secret || f.info.Type == record.One2Many || e.same(f.info, s.was[f.info.Name]) {
		return
	}
	out.Hidden = append(out.Hidden, ui.Pair{Name: ui.FieldHas, Value: f.info.Name})
	if packed := e.packed(f.info); packed != "" {
		out.Hidden = append(out.Hidden, ui.Pair{Name: f.info.Name, Value: packed})
	}
}
