package screen

import (
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// handOver has the record's form show the secrets that were made while it was saved.
func (v *visit) handOver(id int64) error {
	if v.made == nil || len(*v.made) == 0 {
		return nil
	}
	var list []web.Once
	for _, s := range *v.made {
		list = append(list, web.Once{Name: s.Field, Value: s.Value})
	}
	if !v.ShowOnce(web.RecordPath(v.info.Name, id), list) {
		return fault.New(fault.Internal, "a secret of %s %d could not be handed over", v.info.Name, id)
	}
	return nil
}

// drawOnce puts secrets that were just made on top of a form, this one time.
func (v *visit) drawOnce(id int64, out *ui.Form) {
	var fields []ui.Field
	for _, s := range v.TakeOnce(web.RecordPath(v.info.Name, id)) {
		label := s.Name
		if f, ok := v.info.Field(s.Name); ok {
			label = v.words().field(f)
		}
		fields = append(fields, ui.Field{Kind: ui.FieldOnce, Name: s.Name + "_once", Label: label, Value: s.Value})
	}
	if len(fields) > 0 {
		out.Groups = append([]ui.Group{{ID: "once", Title: v.T("screen.once"), One: true, Fields: fields}}, out.Groups...)
	}
}
