package screen

import (
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// drawHead adds what the model's head says to the title and the tabs.
func (v *visit) drawHead(o *opened, out *ui.Form) error {
	draw := v.App.Site.Heads[v.info.Form.Head]
	if draw == nil {
		return nil
	}
	h, err := draw(v.Ctx, o.id)
	if err != nil {
		return err
	}
	out.Tile, out.Tags = h.Tile, h.Tags
	if h.Sub != "" {
		out.Sub = h.Sub
	}
	for i := range out.Tabs {
		out.Tabs[i].Count = h.Counts[o.layout.tabs[i].Name]
	}
	return nil
}

// mask says what may be said of a secret that is stored. It has nothing to post, so that
// saving the form leaves the secret as it is.
func (v *visit) mask(f *record.FieldInfo, id int64, s sheet) (ui.Field, error) {
	draw := v.App.Site.Masks[f.Mask]
	if draw == nil {
		return v.control(f, s), nil
	}
	out, err := draw(v.Ctx, id)
	out.Kind, out.Name, out.Label, out.Error = ui.FieldSecret, f.Name, v.words().field(f), s.errors[f.Name]
	return out, err
}
