package screen

import (
	"net/http"
	"strconv"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// conflict shows both values of each field that two people saved, and keeps the
// entries that do not clash. Nothing was overwritten; the page posts to the form again
// with the newer version.
func (v *visit) conflict(o *opened, version int64, fields []*record.FieldInfo, was, in entries) error {
	who, when, theirs, err := v.meanwhile(o, version)
	if err != nil {
		return err
	}
	labels, err := v.conflictLabels(fields, was, in)
	if err != nil {
		return err
	}
	page := v.Page(o.title)
	page.Crumbs = v.under(page.Crumbs, ui.Link{Text: o.title, URL: v.formURL(o.id, "")}, ui.Link{Text: v.T("screen.conflict")})
	out := ui.Conflict{Page: page, Who: who, When: when, Action: v.formURL(o.id, v.tabName(o)),
		Version: strconv.FormatInt(o.version, 10), Reload: v.formURL(o.id, v.tabName(o))}
	for _, f := range fields {
		mine, there := in[f.Name]
		if !there || mine.same(f, was[f.Name]) {
			continue
		}
		if f.Type == record.Secret {
			out.Page.Flash = append(out.Page.Flash, ui.Note{Tone: ui.ToneWarn, Text: v.T("screen.conflict.secret", "Field", v.words().field(f))})
			continue
		}
		if f.Type == record.Bool || isMany(f) {
			out.Hidden = append(out.Hidden, ui.Pair{Name: ui.FieldHas, Value: f.Name})
		}
		if theirs != nil && !theirs[f.Name] {
			out.Hidden = append(out.Hidden, ui.Pair{Name: f.Name, Value: mine.packed(f)})
			continue
		}
		clash := ui.Clash{
			Name: f.Name, Label: v.words().field(f), Yours: mine.packed(f), Theirs: was[f.Name].packed(f),
			YoursText: v.entryText(f, mine, labels), TheirsText: v.entryText(f, was[f.Name], labels),
		}
		if f.FilterOf != "" {
			clash.YoursText, clash.TheirsText = v.filterText(f, was, in), v.filterText(f, nil, was)
		}
		out.Fields = append(out.Fields, clash)
	}
	out.Hidden = append(out.Hidden, linePairs(v.inlines(o.layout), v.Form())...)
	return v.Render(http.StatusConflict, ui.ConflictPage(out))
}

// meanwhile finds in the audit log who saved last, and which fields were changed since
// the version that the person began with: each save is one version and one line. theirs
// is nil when that cannot be told.
func (v *visit) meanwhile(o *opened, version int64) (who, when string, theirs map[string]bool, err error) {
	saves := o.version - version
	if v.info.NoAudit || saves <= 0 || saves > logLong {
		return v.T("screen.somebody"), "", nil, nil
	}
	history, err := record.History(v.Env, v.info.Name, o.id, logLong, 0)
	if err != nil {
		return "", "", nil, err
	}
	theirs = map[string]bool{}
	for _, l := range history {
		if l.Action != "write" || saves == 0 {
			continue
		}
		if who == "" {
			who, when = l.User, v.format().moment(l.At)
		}
		for _, c := range l.Changes {
			theirs[c.Field] = true
		}
		saves--
	}
	if who == "" {
		who = v.T("screen.somebody")
	}
	if saves > 0 {
		theirs = nil
	}
	return who, when, theirs, nil
}

// conflictLabels are the names of the related records on both sides.
func (v *visit) conflictLabels(fields []*record.FieldInfo, sides ...entries) (map[string]map[int64]string, error) {
	out := map[string]map[int64]string{}
	for _, f := range fields {
		if f.Type != record.Many2One && f.Type != record.Many2Many {
			continue
		}
		var ids []int64
		for _, in := range sides {
			ids = append(ids, idList(in[f.Name].values)...)
		}
		names, err := v.names(f.Target, ids[:min(len(ids), maxNamed)])
		if err != nil {
			return nil, err
		}
		out[f.Name] = names
	}
	return out, nil
}

// entryText is an entry in words.
func (v *visit) entryText(f *record.FieldInfo, e entry, labels map[string]map[int64]string) string {
	switch f.Type {
	case record.Many2One, record.Many2Many:
		text := ""
		for _, value := range e.values {
			if ids := idList([]string{value}); len(ids) == 1 {
				value = orID(labels[f.Name][ids[0]], ids[0])
			}
			text = joined(text, value)
		}
		return text
	case record.Bool:
		return v.plain(f, isTrue(e.first()))
	case record.Selection:
		return v.plain(f, e.first())
	case record.Day:
		return v.format().day(record.Date(e.first()))
	case record.StringList:
		return v.plain(f, record.Strings(e.values))
	}
	return e.first()
}
