package screen

import (
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// drawPreview has a card show what would come of the form as it stands.
func (v *visit) drawPreview(o *opened, g group, s sheet, card *ui.Group, out *ui.Form) error {
	draw := v.App.Site.Previews[g.Preview]
	if draw == nil {
		return nil
	}
	body, err := draw(v.Ctx, v.draft(o, s))
	if err != nil {
		return err
	}
	card.Body = body
	out.Preview = true
	return nil
}

// draft is the record as the form holds it: the entries, and what is only read as stored.
func (v *visit) draft(o *opened, s sheet) web.Draft {
	d := web.Draft{Model: v.info.Name, ID: o.id, Values: map[string]any{}}
	for _, f := range o.layout.fields() {
		if !f.own || f.info.Type == record.Secret || f.info.Type == record.One2Many {
			continue
		}
		e, there := s.in[f.path]
		if !there {
			value, _ := o.row.Value(f.path)
			e = v.stored(f.info, value)
		}
		d.Values[f.path] = v.value(f.info, e)
	}
	return d
}
