package screen_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

func at(id int64) string { return fmt.Sprintf("%s/%d", partners, id) }

func TestFormSaves(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		p := b.get(at(ids["Acorn"])).is(http.StatusOK)
		p.shows("Identity", "As on invoices", "Money", "Main", "More", "Statistics", "created it").hides("77123", "quietly", "Secret", "4711", "hash of")
		action, form := p.form(at(ids["Acorn"]))
		for name, want := range map[string]string{"name": "Acorn", "credit": "1234567.80", "since": "2024-02-29", "seen_at": "2026-11-20T10:00", "vip": "1", "kind": "retail"} {
			if got := form.Get(name); got != want {
				t.Errorf("the form holds %s = %q, want %q", name, got, want)
			}
		}

		// What nobody touched changes nothing.
		b.post(action, form).is(http.StatusOK).shows("There was nothing to save.")
		if v := h.partner(t, ids["Acorn"]).Version; v != 1 {
			t.Errorf("an untouched form made version %d", v)
		}

		form.Set("name", "Acorn & Sons")
		form.Set("credit", "1,000.05")
		form.Set("rating", "-1.250")
		form.Set("seen_at", "2026-07-01T12:00")
		form.Del("vip")
		form["tags"] = form["tags"][:1]
		b.post(action, form).is(http.StatusOK).shows("Saved.", "Acorn & Sons", "changed 6 fields", "became")
		got := h.partner(t, ids["Acorn"])
		if got.Name != "Acorn & Sons" || got.Credit != 100005 || got.Rating != -1250 || got.Vip || len(got.Tags) != 1 || got.Version != 2 {
			t.Errorf("saved as %+v", got)
		}
		if s := got.SeenAt.UTC().Format("15:04"); s != "10:00" {
			t.Errorf("noon in Paris in July was saved as %s UTC", s)
		}
		if got.Margin != 77123 || got.Rumour != "quietly-bankrupt" || got.PinHash != "hash of 4711-planted" {
			t.Errorf("what the person cannot see was changed: %+v", got)
		}
	})
}

func TestFormTellsWhatIsWrong(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		action, form := b.get(at(ids["Acorn"])).form(at(ids["Acorn"]))
		form.Set("name", "")
		form.Set("email", "nonsense <b>")
		form.Set("credit", "a lot")
		form.Set("rating", "1.23456")
		p := b.post(action, form).is(http.StatusUnprocessableEntity)
		p.shows("Credit limit: Write a number.", "Rating: Use 3 digits after the point at most.")
		_, kept := p.form(at(ids["Acorn"]))
		for _, name := range []string{"name", "email", "credit", "rating"} {
			if kept.Get(name) != form.Get(name) {
				t.Errorf("%s was typed as %q and comes back as %q", name, form.Get(name), kept.Get(name))
			}
		}
		kept.Set("credit", "-5")
		kept.Set("rating", "1")
		b.post(action, kept).is(http.StatusUnprocessableEntity).shows("A credit limit is never below zero.")
		kept.Set("credit", "5")
		b.post(action, kept).is(http.StatusUnprocessableEntity).shows("Name: Enter a value.", "e-mail address such as")
		if got := h.partner(t, ids["Acorn"]); got.Version != 1 {
			t.Errorf("a form with faults was saved: %+v", got)
		}
	})
}

func TestFormUniqueField(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.add(t, "test.partner", "name", "One", "ref", "R1", "company", h.acme)
		b := h.as(t, staff)
		action, form := b.get(partners + "/new").is(http.StatusOK).form(partners + "/new")
		form.Set("name", "Two")
		form.Set("ref", "R1")
		p := b.post(action, form).is(http.StatusUnprocessableEntity).shows("Reference: This value is already in use")
		_, kept := p.form(partners + "/new")
		if kept.Get("name") != "Two" {
			t.Errorf("the name was not kept: %v", kept)
		}
	})
}

func TestFormCreates(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		p := b.get(partners + fmt.Sprintf("/new?parent=%d&margin=5&name=Given", ids["Acorn"])).is(http.StatusOK)
		p.shows("New partner", "PIN", "Sites").hides("Margin", "Rumour")
		action, form := p.form(partners + "/new")
		if form.Get("name") != "Given" || form.Get("parent.text") != "Acorn" {
			t.Errorf("what the address gives is not on the form: %v", form)
		}
		form.Set("name", "Fir")
		form.Set("pin", "0815-planted")
		form["sites"] = []string{"https://one.example", "", "https://two.example"}
		form.Set("tags.text", "Brand new")
		p = b.post(action, form).is(http.StatusOK).shows("Created.", "Fir", "Brand new").hides("0815")
		var id int64
		if _, err := fmt.Sscanf(p.path, partners+"/%d", &id); err != nil {
			t.Fatalf("after creating, the page is %s", p.path)
		}
		got := h.partner(t, id)
		if got.PinHash != "hash of 0815-planted" || !slices.Equal(got.Sites, record.Strings{"https://one.example", "https://two.example"}) ||
			!got.Active || got.CompanyID != record.ID(h.acme) || got.ParentID != record.ID(ids["Acorn"]) || len(got.Tags) != 1 {
			t.Errorf("created as %+v", got)
		}
		// The secret stays when its box stays empty, on its own tab.
		p = b.get(p.link("More")).is(http.StatusOK).hides("0815")
		action, form = p.form(at(id))
		if form.Has("name") || form.Get("pin") != "" {
			t.Errorf("the tab More holds %v", form)
		}
		form.Set("note", "Line one\r\nLine two")
		b.post(action, form).is(http.StatusOK).shows("Saved.")
		if got := h.partner(t, id); got.PinHash != "hash of 0815-planted" || got.Note != "Line one\nLine two" || len(got.Sites) != 2 {
			t.Errorf("after saving the tab More: %+v", got)
		}
		form = again(b.get(at(id)+"?tab=more"), at(id))
		form.Set("pin", "new-planted")
		b.post(at(id)+"?tab=more", form).is(http.StatusOK).hides("new-planted", "hash of")
		if got := h.partner(t, id); got.PinHash != "hash of new-planted" {
			t.Errorf("the new secret was not taken: %+v", got)
		}
	})
}

// again is what the form on a page holds.
func again(p *page, action string) url.Values {
	p.t.Helper()
	_, form := p.form(action)
	return form
}

func TestFormRelationWithoutScript(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		path := at(ids["Birch"])
		form := again(b.get(path), path)
		form.Set("parent.text", "=cedar")
		b.post(path, form).is(http.StatusOK).shows("Saved.")
		if got := h.partner(t, ids["Birch"]).ParentID; int64(got) != ids["=Cedar"] {
			t.Errorf("the typed name led to %d, want %d", got, ids["=Cedar"])
		}

		form = again(b.get(path), path)
		form.Set("parent.text", "c")
		p := b.post(path, form).is(http.StatusUnprocessableEntity).shows("can mean several", "Acorn", "=Cedar").hides("Elsewhere")
		form = again(p, path)
		if form.Get("parent.text") != "c" {
			t.Errorf("what was typed is not kept: %v", form)
		}
		form.Set("parent.found", fmt.Sprint(ids["Acorn"]))
		b.post(path, form).is(http.StatusOK).shows("Saved.")
		if got := h.partner(t, ids["Birch"]).ParentID; int64(got) != ids["Acorn"] {
			t.Errorf("the chosen match led to %d, want %d", got, ids["Acorn"])
		}

		form = again(b.get(path), path)
		form.Set("parent.text", "Elsewhere")
		b.post(path, form).is(http.StatusUnprocessableEntity).shows("No partner is called “Elsewhere”")

		form = again(b.get(path), path)
		form.Set("parent.text", "")
		b.post(path, form).is(http.StatusOK).shows("Saved.")
		if got := h.partner(t, ids["Birch"]).ParentID; got != 0 {
			t.Errorf("the emptied relation is %d", got)
		}

		// Somebody else's company stays out of reach by number as well.
		form = again(b.get(path), path)
		form.Set("parent", fmt.Sprint(ids["Elsewhere"]))
		form.Del("parent.text")
		b.post(path, form).is(http.StatusUnprocessableEntity).shows("Choose one of the records offered")

		form = again(b.get(path), path)
		form.Set("name", "Half typed")
		form.Set("_find", "parent")
		form.Set("parent.text", "a")
		p = b.post(path, form).is(http.StatusOK)
		if got := again(p, path); got.Get("name") != "Half typed" || len(all(p.root, "fieldset", "found")) != 1 {
			t.Errorf("looking for matches gave up the entries: %v", got)
		}
		if got := h.partner(t, ids["Birch"]).Name; got != "Birch" {
			t.Errorf("looking for matches saved %q", got)
		}
	})
}

func TestFormListButtons(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		id := h.add(t, "test.partner", "name", "Gorse", "company", h.acme, "sites", []any{"https://a.example", "https://b.example"})
		b := h.as(t, staff)
		path := at(id) + "?tab=more"
		form := again(b.get(path), at(id))
		press := func(button, value string) url.Values {
			form.Set(button, value)
			next := again(b.post(path, form).is(http.StatusOK), at(id))
			return next
		}
		form = press("_down", "sites.0")
		if got := form["sites"]; !slices.Equal(got, []string{"https://b.example", "https://a.example"}) {
			t.Errorf("after moving down: %q", got)
		}
		form = press("_add", "sites")
		if got := form["sites"]; len(got) != 3 || got[2] != "" {
			t.Errorf("after adding: %q", got)
		}
		form = press("_remove", "sites.1")
		if got := form["sites"]; !slices.Equal(got, []string{"https://b.example"}) {
			t.Errorf("after removing: %q", got)
		}
		for _, nonsense := range []string{"sites.99", "sites.-1", "sites", "pin_hash.0", "sites.x"} {
			form = press("_remove", nonsense)
		}
		b.post(path, form).is(http.StatusOK)
		if got := h.partner(t, id).Sites; !slices.Equal(got, record.Strings{"https://b.example"}) {
			t.Errorf("saved as %q", got)
		}
	})
}

func TestFormIgnoresForeignFields(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		form := again(b.get(at(ids["Acorn"])), at(ids["Acorn"]))
		for name, value := range map[string]string{"margin": "1", "rumour": "x", "pin_hash": "x", "created_by": "1", "version": "9", "company": fmt.Sprint(h.beta), "note": "other tab", "name": "Oak"} {
			form.Set(name, value)
		}
		b.post(at(ids["Acorn"]), form).is(http.StatusOK).shows("Saved.", "they were ignored")
		got := h.partner(t, ids["Acorn"])
		if got.Name != "Oak" || got.Margin != 77123 || got.Rumour != "quietly-bankrupt" || got.PinHash != "hash of 4711-planted" || int64(got.CompanyID) != h.acme || got.Note != "" {
			t.Errorf("foreign fields came through: %+v", got)
		}
		history, err := record.History(h.System(context.Background(), "test"), "test.partner", ids["Acorn"], 10, 0)
		if err != nil {
			t.Fatal(err)
		}
		var named []string
		for _, l := range history {
			if l.Action == "fields_ignored" {
				for _, c := range l.Changes {
					named = append(named, c.Field)
				}
			}
		}
		if want := []string{"company", "created_by", "margin", "note", "pin_hash", "rumour", "version"}; !slices.Equal(named, want) {
			t.Errorf("the audit log names %q, want %q", named, want)
		}

		action, form := b.get(partners + "/new").form(partners + "/new")
		form.Set("name", "Pine")
		form.Set("margin", "9")
		form.Set("id", "1")
		p := b.post(action, form).is(http.StatusOK).shows("Created.")
		var id int64
		fmt.Sscanf(p.path, partners+"/%d", &id)
		if got := h.partner(t, id); got.Margin != 0 || got.Name != "Pine" {
			t.Errorf("created with foreign fields: %+v", got)
		}
	})
}

func TestConflict(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		path := at(ids["Acorn"])
		mine, theirs := h.as(t, staff), h.as(t, boss)
		form := again(mine.get(path), path)

		other := again(theirs.get(path), path)
		other.Set("email", "theirs@acorn.example")
		other.Set("kind", "wholesale")
		theirs.post(path, other).is(http.StatusOK).shows("Saved.")

		form.Set("email", "mine@acorn.example")
		form.Set("rating", "4.5")
		form["tags"] = nil
		p := mine.post(path, form).is(http.StatusConflict).shows("Boss", "E-mail", "mine@acorn.example", "theirs@acorn.example")
		if got := h.partner(t, ids["Acorn"]); got.Email != "theirs@acorn.example" || got.Rating != 0 || got.Version != 2 {
			t.Errorf("the conflict overwrote: %+v", got)
		}
		again := again(p, path)
		if again.Get("_version") != "2" || again.Get("rating") != "4.5" || !again.Has("tags") {
			t.Errorf("entries that do not clash are not kept: %v", again)
		}
		again.Set("email", "theirs@acorn.example")
		again.Set("kind", "wholesale")
		mine.post(path, again).is(http.StatusOK).shows("Saved.")
		got := h.partner(t, ids["Acorn"])
		if got.Email != "theirs@acorn.example" || got.Kind != "wholesale" || got.Rating != 4500 || len(got.Tags) != 0 || got.Version != 3 {
			t.Errorf("after choosing: %+v", got)
		}
		mine.post(path, url.Values{"name": {"No version"}}).is(http.StatusBadRequest)
	})
}

func TestFormTabsAndPanels(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		if _, err := record.SaveValues(h.System(context.Background(), "test"), "test.partner", ids["Acorn"], 0, map[string]any{"kind": "wholesale"}); err != nil {
			t.Fatal(err)
		}
		h.add(t, "test.order", "number", "S77", "partner", ids["Acorn"], "company", h.acme)
		b := h.as(t, staff)
		p := b.get(at(ids["Acorn"]))
		b.get(p.link("Statistics")).is(http.StatusOK).shows(fmt.Sprintf("Statistics of %d", ids["Acorn"]))
		more := b.get(p.link("More")).is(http.StatusOK).shows("S77", "Draft")
		b.get(more.link("S77")).is(http.StatusOK).shows("Draft", "History")
		b.get(at(ids["Acorn"])+"?tab=secret").is(http.StatusOK).hides("quietly", "Rumour")
		if got := again(h.as(t, boss).get(at(ids["Acorn"])+"?tab=secret"), at(ids["Acorn"])).Get("rumour"); got != "quietly-bankrupt" {
			t.Errorf("the boss's tab holds %q", got)
		}
		b.get(at(ids["Birch"])).is(http.StatusOK).shows("hello@acorn.example")
	})
}

func TestFormDuplicates(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		id := h.add(t, "test.partner", "name", "Hazel", "ref", "H1", "credit", "12.50", "company", h.acme, "kind", "retail", "margin", 5)
		b := h.as(t, staff)
		action, form := b.get(b.get(at(id)).link("Duplicate")).is(http.StatusOK).form(partners + "/new")
		if form.Get("name") != "Hazel (copy)" || form.Get("ref") != "" || form.Get("credit") != "12.50" || form.Get("kind") != "retail" || form.Has("margin") {
			t.Errorf("the copy begins with %v", form)
		}
		b.post(action, form).is(http.StatusOK).shows("Created.", "Hazel (copy)")
		b.get(partners + "/new?copy=99999").is(http.StatusNotFound)
	})
}

func TestHistoryHidesWhatTheReaderMayNotSee(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		env := h.System(context.Background(), "test")
		if _, err := record.SaveValues(env, "test.partner", ids["Acorn"], 0, map[string]any{"rumour": "planted-rumour", "pin": "planted-pin", "parent": ids["=Cedar"], "kind": "wholesale"}); err != nil {
			t.Fatal(err)
		}
		h.as(t, staff).get(at(ids["Acorn"])).is(http.StatusOK).shows("Wholesale", "=Cedar").hides("planted", "quietly", "Rumour", "hash of")
		h.as(t, boss).get(at(ids["Acorn"])).is(http.StatusOK).shows("planted-rumour").hides("planted-pin")
	})
}

func TestFormInFrench(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, french)
		p := b.get(partners).is(http.StatusOK)
		if got := strings.Join(p.cells("Acorn"), "|"); !strings.Contains(got, ",80") || strings.Contains(got, "1,234") {
			t.Errorf("in French, Acorn's cells are %q", got)
		}
		form := again(b.get(at(ids["Acorn"])).is(http.StatusOK), at(ids["Acorn"]))
		if got := form.Get("credit"); got != "1234567,80" {
			t.Errorf("the French form holds %q", got)
		}
		form.Set("rating", "1,234")
		form.Set("credit", "2 000,50")
		form.Set("slogan", "Toujours vert")
		b.post(at(ids["Acorn"]), form).is(http.StatusOK).shows("Modifications enregistrées.")
		if got := h.partner(t, ids["Acorn"]); got.Rating != 1234 || got.Credit != 200050 || got.Slogan != "" {
			t.Errorf("saved as %+v", got)
		}
		b.get(at(ids["Acorn"])).is(http.StatusOK)
		if got := again(b.get(at(ids["Acorn"])), at(ids["Acorn"])).Get("slogan"); got != "Toujours vert" {
			t.Errorf("the French slogan is %q", got)
		}
	})
}
