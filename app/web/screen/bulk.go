package screen

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// Names posted by the confirm page beside those of the list.
const (
	fieldSure  = "sure"  // "1" when the person has confirmed
	fieldCount = "count" // how many records he was told
	// fieldOption is the way chosen among those that an action has.
	fieldOption = "option"
)

// What can be done with records besides the model's own actions.
const (
	doArchive   = "archive"
	doUnarchive = "unarchive"
	doDelete    = "delete"
)

// Limits of one bulk action.
const (
	maxBulk    = 5000
	bulkBatch  = 200 // records written in one transaction
	shownItems = 10  // on the confirm page
	undoable   = 20  // records that an Undo can name
	shownWhy   = 3   // reasons told when some could not be done
)

// task is one thing to do with some records.
type task struct {
	name    string
	label   string // "Archive"
	title   string // a question with the number in it
	text    string
	ask     bool // confirm first
	danger  bool
	undo    string
	done    string        // key of the sentence that says how many
	run     record.Action // a model's own action
	option  string        // the way to do it that was chosen, of those it has
	perform func(*record.Env, int64) error
}

// taskOf finds what a button asks for among what this person may do; bulk says whether
// it is for a list.
func (v *visit) taskOf(name string, bulk bool) (task, error) {
	switch name {
	case doArchive, doUnarchive:
		if !v.setsActive() || !v.Env.Can(record.OpWrite, v.info) {
			return task{}, v.forbidden(record.OpWrite)
		}
		on := name == doUnarchive
		t := task{name: name, label: v.T("screen." + name), ask: bulk, done: "screen." + name + ".done", undo: doUnarchive}
		if on {
			t.undo = doArchive
		} else {
			t.text = v.T("screen.archive.text")
		}
		t.perform = func(e *record.Env, id int64) error {
			_, err := record.SaveValues(e, v.info.Name, id, 0, map[string]any{"active": on})
			return err
		}
		return t, nil
	case doDelete:
		if !v.Env.Can(record.OpDelete, v.info) {
			return task{}, v.forbidden(record.OpDelete)
		}
		return task{name: name, label: v.T("screen.delete"), text: v.T("screen.delete.text"), ask: true, danger: true, done: "screen.delete.done",
			perform: func(e *record.Env, id int64) error { return record.Remove(e, v.info.Name, id, 0) }}, nil
	}
	for _, a := range v.info.Actions {
		if a.Name != name || bulk && !a.Bulk {
			continue
		}
		if !v.may(a) {
			return task{}, v.forbidden(record.OpWrite)
		}
		question := v.words().confirm(v.info, a)
		return task{name: name, label: v.words().action(v.info, a), title: question, ask: question != "" || bulk, danger: a.Tone == string(ui.ToneBad), run: a,
			option: optionOf(a, v.Form().Get(fieldOption))}, nil
	}
	return task{}, gone(name)
}

// optionOf is the option of an action that was chosen, the first one where none was.
func optionOf(a record.Action, chosen string) string {
	for _, o := range a.Options {
		if o.Value == chosen {
			return chosen
		}
	}
	if len(a.Options) == 0 {
		return ""
	}
	return a.Options[0].Value
}

func (v *visit) may(a record.Action) bool {
	return len(a.Groups) == 0 || slices.ContainsFunc(a.Groups, v.Env.Member)
}

// actions are the model's own that this person may use; bulk leaves those for lists.
func (v *visit) actions(bulk bool) []record.Action {
	var out []record.Action
	for _, a := range v.info.Actions {
		if v.may(a) && (!bulk || a.Bulk) {
			out = append(out, a)
		}
	}
	return out
}

// applies reports whether a record is one that the action is for.
func (v *visit) applies(a record.Action, id int64) bool {
	return a.When == "" || v.meets(a.When, id)
}

// meets reports whether a record meets a domain of a declaration.
func (v *visit) meets(text string, id int64) bool {
	when, err := domain.Parse([]byte(text))
	if err != nil {
		return false // Seal has refused it
	}
	n, err := record.Count(v.Env, v.info.Name, record.Query{Filter: domain.All(when, domain.Cond{Path: "id", Op: domain.Eq, Value: id}), Archived: true})
	return err == nil && n > 0
}

// bulkBar offers what can be done with ticked rows, nil when there is nothing.
func (v *visit) bulkBar(s state, total int) *ui.Bulk {
	var actions []ui.Action
	for _, a := range v.actions(true) {
		actions = append(actions, ui.Action{Label: v.words().action(v.info, a), Icon: a.Icon, Value: a.Name, Danger: a.Tone == string(ui.ToneBad)})
	}
	if v.setsActive() && v.Env.Can(record.OpWrite, v.info) {
		if s.archived != "only" {
			actions = append(actions, ui.Action{Label: v.T("screen.archive"), Icon: "archive", Value: doArchive})
		}
		if s.archived != "" {
			actions = append(actions, ui.Action{Label: v.T("screen.unarchive"), Icon: "undo", Value: doUnarchive})
		}
	}
	if v.Env.Can(record.OpDelete, v.info) {
		actions = append(actions, ui.Action{Label: v.T("screen.delete"), Icon: "trash", Value: doDelete, Danger: true})
	}
	if len(actions) == 0 || total == 0 {
		return nil
	}
	return &ui.Bulk{Action: web.ListPath(v.info.Name) + "/action", Hidden: s.pairs(), Actions: actions}
}

// bulk does something with the ticked rows of a list, or with all that match it: first
// it asks, then it does it and says what came of it.
func bulk(v *visit) error {
	t, err := v.taskOf(v.Form().Get(ui.FieldBulk), true)
	if err != nil {
		return err
	}
	s, wrong := readState(v.Env, v.info, v.Form())
	if wrong != nil {
		return wrong
	}
	back := v.listURL(s)
	ids, err := v.chosen(s)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		v.tell(ui.ToneWarn, v.T("screen.bulk.none"))
		return v.Redirect303(back)
	}
	sure := v.Form().Get(fieldSure) == "1" && (v.Form().Get(ui.FieldAll) != "1" || v.Form().Get(fieldCount) == strconv.Itoa(len(ids)))
	if t.ask && !sure {
		return v.confirm(t, ids, web.ListPath(v.info.Name)+"/action", append(s.pairs(), v.selection(ids)...), back)
	}
	if err := v.do(t, ids); err != nil {
		return err
	}
	return v.Redirect303(back)
}

// selection is what the confirm page posts again: the ticked rows, or that all are meant.
func (v *visit) selection(ids []int64) []ui.Pair {
	if v.Form().Get(ui.FieldAll) == "1" {
		return []ui.Pair{{Name: ui.FieldAll, Value: "1"}, {Name: fieldCount, Value: strconv.Itoa(len(ids))}}
	}
	out := make([]ui.Pair, len(ids))
	for i, id := range ids {
		out[i] = ui.Pair{Name: ui.FieldSelected, Value: formatID(id)}
	}
	return out
}

// chosen are the records that are meant, all of which the person may see.
func (v *visit) chosen(s state) ([]int64, error) {
	q := s.query(v.info, "")
	if v.Form().Get(ui.FieldAll) != "1" {
		ids := idList(v.Form()[ui.FieldSelected])
		if len(ids) > 1000 { // of one "in"; a page has 80
			return nil, v.tooMany(len(ids))
		}
		q = record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Archived: true}
		if len(ids) == 0 {
			return nil, nil
		}
	}
	q.Limit, q.Order = maxBulk+1, "id"
	var out []int64
	for r, err := range record.Rows(v.Env, v.info.Name, q) {
		if err != nil {
			return nil, err
		}
		out = append(out, r.ID)
	}
	if len(out) > maxBulk {
		return nil, v.tooMany(len(out))
	}
	return out, nil
}

func (v *visit) tooMany(n int) error {
	return fault.New(fault.Invalid, "These are more than %d records at once: narrow the list first.", maxBulk).
		Keyed("screen.bulk.toomany", map[string]any{"Limit": v.format().count(maxBulk), "Count": n})
}

// confirm asks before something is done, and names some of the records.
func (v *visit) confirm(t task, ids []int64, action string, hidden []ui.Pair, cancel string) error {
	names, err := v.names(v.info, ids[:min(len(ids), shownItems)])
	if err != nil {
		return err
	}
	what := v.T("screen.some", "Count", v.format().count(len(ids)), "Noun", v.noun(len(ids)))
	title := t.title
	if title == "" {
		title = v.T("screen.confirm", "Do", t.label, "What", what)
	}
	page := v.Page(title)
	page.Crumbs = v.under(page.Crumbs, ui.Link{Text: t.label})
	out := ui.Confirm{Page: page, Title: title, Text: t.text, More: max(len(ids)-shownItems, 0), Action: action,
		Hidden: append(hidden, ui.Pair{Name: fieldSure, Value: "1"}), Name: ui.FieldBulk, Value: t.name,
		Label: v.T("screen.confirm.do", "Do", t.label, "What", what), Danger: t.danger, Cancel: cancel}
	for _, o := range t.run.Options {
		out.Options = append(out.Options, v.words().way(v.info, t.run, o))
	}
	if len(out.Options) > 0 {
		out.Label = t.label
		out.Option, out.Options[0].Selected = fieldOption, true
	}
	for _, id := range ids[:min(len(ids), shownItems)] {
		out.Items = append(out.Items, ui.Link{Text: orID(names[id], id), URL: web.RecordPath(v.info.Name, id)})
	}
	return v.Render(http.StatusOK, ui.ConfirmPage(out))
}

// do carries a task out and leaves a note of what came of it. Records that cannot be
// done do not stop the others; an error of the house does.
func (v *visit) do(t task, ids []int64) error {
	if t.run.Name != "" {
		done, err := t.runOn(v.Env, ids)
		if f := asFault(err); mendable(f) && f.Code != fault.Forbidden {
			v.tell(ui.ToneBad, v.sentence(f))
			return nil
		}
		if err == nil && done != "" {
			v.tell(ui.ToneOK, v.words().done(v.info, t.run, t.option, done, len(ids)))
		}
		return err
	}
	var did []int64
	var why []string
	failed := 0
	for batch := range slices.Chunk(ids, bulkBatch) {
		err := v.Env.Write(func(e *record.Env) error {
			for _, id := range batch {
				err := e.Write(func(in *record.Env) error { return t.perform(in, id) })
				f := asFault(err)
				switch {
				case err == nil:
					did = append(did, id)
				case f != nil && (mendable(f) || f.Code == fault.NotFound):
					failed++
					if text := v.sentence(f); len(why) < shownWhy && !slices.Contains(why, text) {
						why = append(why, text)
					}
				default:
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	v.report(t, did, failed, why)
	return nil
}

// runOn lets the model's own action do it, in the way that was chosen.
func (t task) runOn(env *record.Env, ids []int64) (done string, err error) {
	if t.run.RunWith != nil {
		return t.run.RunWith(env, ids, t.option)
	}
	return t.run.Run(env, ids)
}

// report says how many were done, offers to undo it, and why others were not.
func (v *visit) report(t task, did []int64, failed int, why []string) {
	if len(did) > 0 {
		n := ui.Note{Tone: ui.ToneOK, Text: v.T(t.done, "Count", len(did), "What", v.T("screen.some", "Count", v.format().count(len(did)), "Noun", v.noun(len(did))))}
		if t.undo != "" && len(did) <= undoable {
			n.Undo = &ui.Action{Label: v.T("screen.undo"), Post: true, URL: web.ListPath(v.info.Name) + "/action",
				Hidden: append([]ui.Pair{{Name: ui.FieldBulk, Value: t.undo}, {Name: fieldSure, Value: "1"}}, idPairs(did)...)}
		}
		v.Flash(n)
	}
	if failed > 0 {
		text := v.T("screen.bulk.failed", "Count", failed)
		for _, w := range why {
			text += " " + w
		}
		v.tell(ui.ToneBad, text)
	}
}

func idPairs(ids []int64) []ui.Pair {
	out := make([]ui.Pair, len(ids))
	for i, id := range ids {
		out[i] = ui.Pair{Name: ui.FieldSelected, Value: formatID(id)}
	}
	return out
}

// one does something with the record of a form: it asks first where the task says so.
func (v *visit) one(name, address string, leave bool) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	t, err := v.taskOf(name, false)
	if err != nil {
		return err
	}
	if _, err := record.RowOf(v.Env, v.info.Name, id, nil); err != nil {
		return err
	}
	own := v.formURL(id, v.QueryParam(paramTab))
	if t.ask && v.Form().Get(fieldSure) != "1" {
		return v.confirm(t, []int64{id}, v.onTab(web.RecordPath(v.info.Name, id)+address), nil, own)
	}
	if err := v.do(t, []int64{id}); err != nil {
		return err
	}
	if err := v.handOver(id); err != nil {
		return err
	}
	if _, err := record.RowOf(v.Env, v.info.Name, id, nil); leave || fault.Is(err, fault.NotFound) {
		return v.Redirect303(v.backURL())
	}
	return v.Redirect303(own)
}

// onTab puts the list and the tab that the form is open on behind an address.
func (v *visit) onTab(address string) string {
	q := v.kept()
	if tab := v.QueryParam(paramTab); tab != "" {
		q.Set(paramTab, tab)
	}
	return withQuery(address, q)
}

// askAct is the page that asks before an action: cards lead to it by a link, which keeps
// the form around them out of it.
func askAct(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	t, err := v.taskOf(v.Param("name"), false)
	if err != nil {
		return err
	}
	if t.run.Name == "" || !t.ask {
		return gone(t.name)
	}
	if _, err := record.RowOf(v.Env, v.info.Name, id, nil); err != nil {
		return err
	}
	if !v.applies(t.run, id) {
		return gone(t.name)
	}
	return v.confirm(t, []int64{id}, v.onTab(v.Request().URL.Path), nil, v.formURL(id, v.QueryParam(paramTab)))
}

func act(v *visit) error {
	name := v.Param("name")
	if name == doArchive || name == doUnarchive || name == doDelete {
		return gone(name)
	}
	return v.one(name, "/action/"+url.PathEscape(name), false)
}

func archive(v *visit) error   { return v.one(doArchive, "/archive", true) }
func unarchive(v *visit) error { return v.one(doUnarchive, "/unarchive", false) }
func remove(v *visit) error    { return v.one(doDelete, "/delete", false) }
