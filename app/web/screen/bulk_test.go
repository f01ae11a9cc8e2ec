package screen_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
)

func TestArchiveWithUndo(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		p := b.get(at(ids["Birch"]))
		action, form := p.form(at(ids["Birch"]) + "/archive")
		p = b.post(action, form).is(http.StatusOK).shows("Archived 1 partner.", "Undo")
		if got := p.rows(); slices.Contains(got, "Birch") {
			t.Errorf("after archiving, the list shows %q", got)
		}
		undo, form := undoOf(p)
		b.post(undo, form).is(http.StatusOK).shows("Brought back 1 partner.")
		if !h.partner(t, ids["Birch"]).Active {
			t.Error("undo did not bring it back")
		}
		b.get(at(ids["Dahlia"])).is(http.StatusOK).shows("Archived", "Bring back")
	})
}

// undoOf is the form of the Undo button among the notes.
func undoOf(p *page) (string, url.Values) {
	p.t.Helper()
	for _, f := range all(p.root, "form", "") {
		for _, b := range all(f, "button", "") {
			if textOf(b) == "Undo" {
				form := values(f)
				if name := attr(b, "name"); name != "" {
					form.Set(name, attr(b, "value"))
				}
				return attr(f, "action"), form
			}
		}
	}
	p.t.Fatalf("%s offers no Undo", p.path)
	return "", nil
}

func TestDeleteAsks(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, boss)
		action, form := b.get(at(ids["Birch"])).form(at(ids["Birch"]) + "/delete")
		p := b.post(action, form).is(http.StatusOK).shows("Delete 1 partner?", "Birch")
		h.partner(t, ids["Birch"]) // still there
		action, form = p.form(at(ids["Birch"]) + "/delete")
		p = b.post(action, form).is(http.StatusOK).shows("Deleted 1 partner.")
		if got := p.rows(); slices.Contains(got, "Birch") {
			t.Errorf("after deleting, the list shows %q", got)
		}
		b.get(at(ids["Birch"])).is(http.StatusNotFound)
	})
}

func TestBulk(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		action, form := b.get(partners + "?f.kind=wholesale").form(partners + "/action")
		form.Set("do", "archive")
		p := b.post(action, form).is(http.StatusOK).shows("Nothing was selected")
		if p.path != partners+"?f.kind=wholesale" {
			t.Errorf("an empty selection leads to %s", p.path)
		}
		form.Add("id", fmt.Sprint(ids["Birch"]))
		p = b.post(action, form).is(http.StatusOK).shows("Archive 1 partner?", "Birch", "can be brought back")
		action, sure := p.form(partners + "/action")
		sure.Set("do", "archive")
		p = b.post(action, sure).is(http.StatusOK).shows("Archived 1 partner.")
		if p.path != partners+"?f.kind=wholesale" || !slices.Equal(p.rows(), []string{"=Cedar"}) {
			t.Errorf("after archiving, %s shows %q", p.path, p.rows())
		}

		// All that match, and not one more.
		action, form = b.get(partners + "?q=ac").form(partners + "/action")
		form.Set("all", "1")
		form.Set("do", "greet")
		action, sure = b.post(action, form).is(http.StatusOK).shows("Greet them?", "Acorn").form(partners + "/action")
		sure.Set("do", "greet")
		h.add(t, "test.partner", "name", "Acacia", "company", h.acme)
		p = b.post(action, sure).is(http.StatusOK).shows("Greet them?", "Acacia") // the number has changed: asked again
		action, sure = p.form(partners + "/action")
		sure.Set("do", "greet")
		b.post(action, sure).is(http.StatusOK).shows("Greeted 2.")

		for _, bad := range []string{"", "nothing", "promote"} {
			b.post(partners+"/action", url.Values{"do": {bad}, "id": {fmt.Sprint(ids["Acorn"])}}).is(http.StatusNotFound)
		}
		b.post(partners+"/action", url.Values{"do": {"delete"}, "id": {fmt.Sprint(ids["Acorn"])}, "sure": {"1"}}).is(http.StatusForbidden)
	})
}

func TestBulkReachesOnlyWhatIsSeen(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, boss)
		p := b.post(partners+"/action", url.Values{"do": {"delete"}, "sure": {"1"}, "id": {fmt.Sprint(ids["Elsewhere"]), fmt.Sprint(ids["Birch"])}})
		p.is(http.StatusOK).shows("Deleted 1 partner.")
		if got := h.partner(t, ids["Elsewhere"]).Name; got != "Elsewhere" {
			t.Errorf("another company's partner is now %q", got)
		}
		b.post(at(ids["Elsewhere"])+"/action/promote", nil).is(http.StatusNotFound)
		b.post(at(ids["Acorn"])+"/action/promote", nil).is(http.StatusOK).shows("Promoted.")
		if !h.partner(t, ids["Acorn"]).Vip {
			t.Error("the action did nothing")
		}
		b.post(at(ids["Acorn"])+"/action/archive", nil).is(http.StatusNotFound)
	})
}

func TestBulkGoesOnWithTheOthers(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		good := h.add(t, "test.partner", "name", "Good", "company", h.acme)
		bad := h.add(t, "test.partner", "name", "Bad", "company", h.acme)
		if err := h.spoil(bad); err != nil {
			t.Fatal(err)
		}
		p := h.as(t, staff).post(partners+"/action", url.Values{"do": {"archive"}, "sure": {"1"}, "id": {fmt.Sprint(bad), fmt.Sprint(good)}})
		p.is(http.StatusOK).shows("Archived 1 partner.", "1 could not be done. A credit limit is never below zero.")
		if h.partner(t, good).Active || !h.partner(t, bad).Active {
			t.Error("one refused record decided over the other")
		}
	})
}

func TestOptions(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		b := h.as(t, staff)
		b.get(partners+"/options?q=acorn").is(http.StatusOK).shows("Acorn", "hello@acorn.example")
		p := b.get(partners+"/options?for=test.order.partner").is(http.StatusOK).shows("Birch", "=Cedar")
		for _, li := range all(p.root, "li", "") {
			if attr(li, "data-text") == "Acorn" || attr(li, "data-text") == "Elsewhere" {
				t.Errorf("the field's filter lets %s through", attr(li, "data-text"))
			}
		}
		for _, bad := range []string{"nothing", "test.order.nothing", "test.partner.tags", "test.partner.name", "."} {
			b.get(partners + "/options?for=" + bad).is(http.StatusBadRequest)
		}
		for i := range 25 {
			h.add(t, "test.partner", "name", fmt.Sprintf("Many %02d", i), "company", h.acme)
		}
		b.get(partners+"/options?q=many").is(http.StatusOK).shows("Many 19", "and 5 more")
	})
}
