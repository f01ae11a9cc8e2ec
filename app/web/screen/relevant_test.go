package screen_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

// A form shows the fields that matter as it stands, keeps what the others have, and loses
// nothing that was typed into one that went away.
func TestFormShowsWhatMatters(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		id := h.add(t, "test.segment", "name", "Press", "use", "list", "sites", []any{"kept"})
		b := h.as(t, staff)
		path := segmentsPath + "/" + strconv.FormatInt(id, 10)
		stored := func() segment {
			t.Helper()
			s, err := record.Get[segment](h.System(context.Background(), "test"), id)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		preview := func(form url.Values, use string) *page {
			t.Helper()
			form.Set("use", use)
			form.Set("_preview", "use")
			p := b.post(path, form).is(http.StatusOK)
			form.Del("_preview")
			return p
		}

		p := b.get(path).is(http.StatusOK).shows("Use").hides("Compliments slip", "Printed sites", "Loud letters")
		form := again(p, path)
		form.Set("name", "Journalists")
		b.post(path, form).is(http.StatusOK).shows("Saved.")
		if got := stored(); got.Name != "Journalists" || !got.Loud || !slices.Equal(got.Sites, record.Strings{"kept"}) {
			t.Errorf("a form without them changed what it does not show: %+v", got)
		}

		form = again(b.get(path), path)
		form = again(preview(form, "letter").shows("Compliments slip", "Printed sites", "Loud letters"), path)
		if got := form["sites"]; !slices.Equal(got, []string{"kept"}) || form.Get("loud") != "1" {
			t.Errorf("shown with %q and %q, want what is stored", got, form.Get("loud"))
		}
		form.Set("slip", "With compliments")
		form["sites"] = []string{"kept", "new"}
		form.Del("loud")
		form = again(preview(form, "list").hides("Compliments slip", "Loud letters"), path)
		form = again(preview(form, "letter"), path)
		if got := form["sites"]; form.Get("slip") != "With compliments" || !slices.Equal(got, []string{"kept", "new"}) || form.Get("loud") != "" {
			t.Errorf("typed, hidden and shown again: %q, %q, %q", form.Get("slip"), got, form.Get("loud"))
		}

		// What is wrong is shown where it can be mended, whatever the rest says.
		form.Set("use", "list")
		form.Set("slip", "shout")
		p = b.post(path, form).is(http.StatusUnprocessableEntity).shows("Do not shout.", "Compliments slip").hides("Printed sites")
		form = again(p, path)
		form.Set("slip", "With compliments")
		if form = again(b.post(path, form).is(http.StatusOK).shows("Saved."), path); form.Has("slip") {
			t.Error("the field is on the form again after saving")
		}
		if got := stored(); got.Slip != "With compliments" || !slices.Equal(got.Sites, record.Strings{"kept", "new"}) || got.Loud {
			t.Errorf("saved as %+v", got)
		}
	})
}

// A new record begins with the defaults of what its form does not show.
func TestNewFormShowsWhatMatters(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		b := h.as(t, staff)
		path := segmentsPath + "/new"
		p := b.get(path).is(http.StatusOK).hides("Compliments slip")
		form := again(p, path)
		form.Set("name", "Quiet")
		b.post(path, form).is(http.StatusOK).shows("Quiet")
		b.get(path + "?use=letter").is(http.StatusOK).shows("Compliments slip")
		all, err := record.Find[segment](h.System(context.Background(), "test"), record.Query{Filter: domain.Cond{Path: "name", Op: domain.Eq, Value: "Quiet"}})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 1 || all[0].Use != "list" || !all[0].Loud {
			t.Errorf("created as %+v", all)
		}
	})
}
