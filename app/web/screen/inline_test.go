package screen_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

const billList = "/records/test.bill"

func billAt(id int64) string { return fmt.Sprintf("%s/%d", billList, id) }

// items are those of a bill, by name.
func (h *house) items(t *testing.T, bill int64) []item {
	t.Helper()
	out, err := record.Find[item](h.System(context.Background(), "test"), record.Query{Filter: domain.Cond{Path: "bill", Op: domain.Eq, Value: bill}, Order: "name"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (h *house) bill(t *testing.T, items ...string) int64 {
	t.Helper()
	id := h.add(t, "test.bill", "name", "Bill")
	for _, name := range items {
		h.add(t, "test.item", "name", name, "bill", id, "price", "2.50")
	}
	return id
}

func TestInlineCreates(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		b := h.as(t, staff)
		action, form := b.get(billList + "/new").is(http.StatusOK).form(billList + "/new")
		if form.Get("items.0.quantity") != "1.0" || form.Get("items.0.name") != "" {
			t.Errorf("the blank line is %v", form)
		}
		form.Set("name", "Bill")
		form.Set("items.0.name", "Chair")
		form.Set("items.0.price", "12.50")
		form.Set("items.0.partner.text", "Acorn")
		form.Set("items.0.paid", "1")
		form.Set("_add", "items")
		form = again(b.post(action, form).is(http.StatusOK), billList+"/new")
		if form.Get("items.0.name") != "Chair" || form.Get("items.0.paid") != "1" || !form.Has("items.1.name") || form.Get("items.1.quantity") != "1.0" {
			t.Errorf("after asking for a line the form holds %v", form)
		}
		form.Set("_add", "items")
		form = again(b.post(action, form).is(http.StatusOK), billList+"/new")
		form.Set("items.2.name", "Table")
		form.Set("items.2.quantity", "3")
		p := b.post(action, form).is(http.StatusOK).shows("Created.")
		var id int64
		if _, err := fmt.Sscanf(p.path, billList+"/%d", &id); err != nil {
			t.Fatalf("after creating, the page is %s", p.path)
		}
		got := h.items(t, id)
		if len(got) != 2 || got[0].Name != "Chair" || got[0].Price != 1250 || int64(got[0].PartnerID) != ids["Acorn"] || !got[0].Paid || got[0].Sum != 1250 ||
			got[1].Name != "Table" || got[1].Quantity != 30 {
			t.Errorf("saved as %+v", got)
		}

		action, form = b.get(b.get(billAt(id)).link("Duplicate")).form(billList + "/new")
		if form.Get("items.0.name") != "Chair" || form.Get("items.1.quantity") != "3.0" || form.Has("items.0.id") {
			t.Errorf("the copy begins with %v", form)
		}
		p = b.post(action, form).is(http.StatusOK).shows("Created.")
		fmt.Sscanf(p.path, billList+"/%d", &id)
		if got := h.items(t, id); len(got) != 2 || !got[0].Paid {
			t.Errorf("the copy has %+v", got)
		}
	})
}

func TestInlineSaves(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		id := h.bill(t, "A", "B", "C")
		b := h.as(t, staff)
		path := billAt(id)
		form := again(b.get(path).is(http.StatusOK).shows("Add a line"), path)
		b.post(path, form).is(http.StatusOK).shows("There was nothing to save.")
		form.Set("items.0.price", "4")
		form.Set("_remove", "items.1")
		form = again(b.post(path, form).is(http.StatusOK), path)
		if form.Get("items.1.name") != "C" || form.Has("items.2.name") || form.Get("items.0.price") != "4" || len(h.items(t, id)) != 3 {
			t.Errorf("after taking a line away the form holds %v", form)
		}
		form.Set("_add", "items")
		form = again(b.post(path, form).is(http.StatusOK), path)
		form.Set("items.2.name", "D")
		b.post(path, form).is(http.StatusOK).shows("Saved.")
		got := h.items(t, id)
		if len(got) != 3 || got[0].Price != 400 || got[0].Version != 2 || got[1].Name != "C" || got[1].Version != 1 || got[2].Name != "D" {
			t.Errorf("saved as %+v", got)
		}

		if _, err := record.SaveValues(h.System(context.Background(), "test"), "test.bill", id, 0, map[string]any{"state": "paid"}); err != nil {
			t.Fatal(err)
		}
		closed := b.get(path).is(http.StatusOK).shows("A", "C", "D").hides("Add a line")
		if got := again(closed, path); got.Has("items.0.name") {
			t.Errorf("a paid bill lets its items be written: %v", got)
		}
	})
}

func TestInlineTellsWhatIsWrong(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		id := h.bill(t, "A")
		b := h.as(t, staff)
		path := billAt(id)
		form := again(b.get(path), path)
		form.Set("name", "Renamed")
		form.Set("items.0.price", "a lot")
		form.Set("items.1.name", "New")
		form.Set("items.1.partner.text", "Nobody of that name")
		p := b.post(path, form).is(http.StatusUnprocessableEntity).shows("No partner is called")
		form = again(p, path)
		form.Set("items.1.partner.text", "")
		p = b.post(path, form).is(http.StatusUnprocessableEntity).shows("Price 1: Write a number.")
		kept := again(p, path)
		if kept.Get("name") != "Renamed" || kept.Get("items.0.price") != "a lot" || kept.Get("items.1.name") != "New" {
			t.Errorf("the entries were not kept: %v", kept)
		}
		kept.Set("items.0.price", "-1")
		kept.Set("items.0.name", "")
		b.post(path, kept).is(http.StatusUnprocessableEntity).shows("Price 1: A price is never below zero.")
		kept.Set("items.0.price", "1")
		b.post(path, kept).is(http.StatusUnprocessableEntity).shows("Thing 1: Enter a value.")
		if got := h.items(t, id); len(got) != 1 || got[0].Version != 1 {
			t.Errorf("a form with faults was saved: %+v", got)
		}

		form = again(b.get(path), path)
		for name, value := range map[string]string{"items.0.sum": "99", "items.0.bill": "1", "items.0.created_by": "1", "items.x.name": "y"} {
			form.Set(name, value)
		}
		form.Set("items.0.name", "AA")
		b.post(path, form).is(http.StatusOK).shows("Saved.", "they were ignored")
		if got := h.items(t, id); len(got) != 1 || got[0].Sum != 250 || got[0].Name != "AA" {
			t.Errorf("foreign fields came through: %+v", got)
		}
	})
}

func TestInlineOvertaken(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		id := h.bill(t, "A", "B", "C")
		mine, theirs := h.as(t, staff), h.as(t, boss)
		path := billAt(id)
		form := again(mine.get(path), path)
		other := again(theirs.get(path), path)
		other.Set("items.0.price", "7")
		other.Set("_remove", "items.1")
		other = again(theirs.post(path, other), path)
		other.Set("items.1.price", "8")
		theirs.post(path, other).is(http.StatusOK).shows("Saved.")

		form.Set("items.0.name", "Mine")
		form = again(mine.post(path, form).is(http.StatusConflict).shows("changed this line", "Price: 7.00"), path)
		if form.Get("items.0.name") != "Mine" {
			t.Errorf("the entry was not kept: %v", form)
		}
		form.Set("items.1.name", "B again")
		form = again(mine.post(path, form).is(http.StatusConflict).shows("removed this line"), path)
		press := url.Values{}
		for k, v := range form {
			press[k] = v
		}
		press.Set("_remove", "items.2")
		form = again(mine.post(path, press).is(http.StatusOK), path)
		form = again(mine.post(path, form).is(http.StatusConflict).shows("line that you removed"), path)
		mine.post(path, form).is(http.StatusOK).shows("Saved.")
		got := h.items(t, id)
		if len(got) != 2 || got[0].Name != "B again" || got[1].Name != "Mine" || got[1].Price != 250 {
			t.Errorf("after all it is %+v", got)
		}
	})
}
