package screen

import (
	"net/http"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// maxOptions are the matches that a search for a relation answers.
const maxOptions = 20

// options answers the records that a relation field may lead to: by ?q= what they are
// called, by ?for=<model>.<field> the field whose filter they must meet.
func options(v *visit) error {
	if !v.Env.Can(record.OpRead, v.info) {
		return v.forbidden(record.OpRead)
	}
	f, err := v.optionField(v.QueryParam(paramFor))
	if err != nil {
		return err
	}
	text := searchText(v.QueryParam(paramText))
	found, more, err := v.candidates(v.info, f, text, maxOptions)
	if err != nil {
		return err
	}
	if v.opens(v.info) {
		for i := range found {
			found[i].URL = web.RecordPath(v.info.Name, idList([]string{found[i].Value})[0])
		}
	}
	title := v.words().models(v.info)
	out := ui.Options{Page: v.Page(title), Title: title, Groups: []ui.OptionGroup{{Options: found}},
		Search: &ui.Search{Action: web.ListPath(v.info.Name) + "/options", Name: paramText, Value: text}}
	if f != nil {
		out.Search.Hidden = []ui.Pair{{Name: paramFor, Value: v.QueryParam(paramFor)}}
	}
	if more {
		q := record.Query{Text: text, Limit: mostCounted}
		if q.Filter, err = filterOf(f); err != nil {
			return err
		}
		total, err := record.Count(v.Env, v.info.Name, q)
		if err != nil {
			return err
		}
		out.More = total - len(found)
	}
	return v.Render(http.StatusOK, ui.OptionsPage(out))
}

// optionField is the relation field that a search is for; nil when none is named.
func (v *visit) optionField(name string) (*record.FieldInfo, error) {
	if name == "" {
		return nil, nil
	}
	at := strings.LastIndexByte(name, '.')
	if at > 0 {
		if m, ok := v.Env.Registry().Model(name[:at]); ok {
			if f, ok := m.Field(name[at+1:]); ok && f.Target == v.info && (v.Env.Sees(f) || v.Env.Sets(f)) {
				return f, nil
			}
		}
	}
	return nil, fault.New(fault.Invalid, "There is no field %q that leads here.", shorten(name)).Keyed("screen.nofield", map[string]any{"Name": shorten(name)})
}
