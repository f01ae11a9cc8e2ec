package screen_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/ui"
)

const segmentsPath = "/records/test.segment"

// pressed is a post of a form with one of its buttons.
func pressed(form url.Values, name, value string) url.Values {
	out := url.Values{}
	for key, values := range form {
		out[key] = values
	}
	out.Set(name, value)
	return out
}

// cond is the filter that a segment has.
func (h *house) cond(t testing.TB, name string) string {
	t.Helper()
	list, err := record.Find[segment](h.System(context.Background(), "test"), record.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Name == name {
			return s.Cond
		}
	}
	t.Fatalf("there is no segment %q", name)
	return ""
}

// TestFilterBuilt builds a filter without script: each step is a button.
func TestFilterBuilt(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		b := h.as(t, staff)
		path := segmentsPath + "/new"
		action, form := b.get(path + "?model=test.partner&name=Rich").is(http.StatusOK).shows("No condition yet").form(path)
		next := func(name, value string) {
			t.Helper()
			p := b.post(action, pressed(form, name, value)).is(http.StatusOK)
			_, form = p.form(path)
		}
		next(ui.DoFilter, "cond condition")
		form.Set("cond.0.path", "vip")
		next(ui.DoFilter, "cond update")
		form.Set("cond.0.value", "true")
		next(ui.DoFilter, "cond group")
		form.Set("cond.1.0.path", "tags")
		next(ui.DoFilter, "cond update")
		form.Set("cond.1.0.value.text", "important")
		next(ui.DoFilter, "cond condition 1")
		form.Set("cond.1.1.path", "credit")
		next(ui.DoFilter, "cond update")
		form.Set("cond.1.1.value", "1,234.50")

		const want = `[["vip","=",true],"|",["tags","=","Important"],["credit",">=",1234.50]]`
		next(ui.DoFilter, "cond expression")
		if got := form.Get("cond"); got != want {
			t.Errorf("the expression is %s, want %s", got, want)
		}
		next(ui.DoFilter, "cond builder")
		if got := form.Get("cond.1.1.value"); got != "1,234.50" {
			t.Errorf("the amount came back as %q", got)
		}
		b.post(action, form).is(http.StatusOK)
		if got := h.cond(t, "Rich"); got != want {
			t.Errorf("stored is %s, want %s", got, want)
		}
		b.get(segmentsPath).shows("VIP is yes and (Tags include Important or Credit limit ≥ 1234.50)")
		h.as(t, reader).get(segmentsPath + "/1").is(http.StatusOK).shows("VIP is yes and (Tags include Important or Credit limit ≥ 1234.50)").hides("Expression")

		// What nobody touched changes nothing; a record that is there is changed by rows too.
		own := segmentsPath + "/1"
		action, form = b.get(own).form(own)
		b.post(action, form).is(http.StatusOK).shows("There was nothing to save.")
		action, form = b.post(action, pressed(form, ui.DoFilter, "cond remove 1.0")).is(http.StatusOK).form(own)
		b.post(action, form).is(http.StatusOK).shows("Saved.")
		if got := h.cond(t, "Rich"); got != `[["vip","=",true],["credit",">=",1234.50]]` {
			t.Errorf("after removing a condition: %s", got)
		}
	})
}

// TestFilterWritten pastes expressions.
func TestFilterWritten(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		b := h.as(t, staff)
		path := segmentsPath + "/new"
		post := func(text, button string) *page {
			t.Helper()
			form := url.Values{"name": {"Odoo"}, "model": {"test.partner"}, "cond": {text}, "cond.as": {"expression"}}
			if button != "" {
				form.Set(ui.DoFilter, button)
			}
			return b.post(path, form)
		}
		const odoo = "['|', ('name', 'ilike', 'acorn'), ('vip', '=', True)]"
		_, form := post(odoo, "cond builder").is(http.StatusOK).form(path)
		if form.Get("cond.match") != ui.FilterAny || form.Get("cond.0.op") != "ilike" || form.Get("cond.1.value") != "true" {
			t.Errorf("the rows are %v", form)
		}
		post(odoo, "").is(http.StatusOK)
		if got := h.cond(t, "Odoo"); got != `["|",["name","ilike","acorn"],["vip","=",true]]` {
			t.Errorf("stored is %s", got)
		}
		for name, c := range map[string]struct{ text, wrong, says string }{
			"ErrSyntax":       {"[('name', '=', lower('a'))]", "lower", "“lower” is neither a value"},
			"ErrUnknownField": {"[('name', '=', 'a'),\n ('country', '=', 1)]", "country", `has no field "country"`},
			"ErrHiddenField":  {`[["rumour","=","a"]]`, "rumour", `has no field "rumour"`},
			"ErrOperator":     {`[["vip",">",true]]`, `">"`, "does not fit"},
			"ErrValue":        {`[["credit","=","abc"]]`, `"abc"`, "does not fit"},
		} {
			for _, button := range []string{"", "cond builder"} {
				status := http.StatusUnprocessableEntity
				if button != "" {
					status = http.StatusOK
				}
				p := post(c.text, button).is(status)
				said := strings.NewReplacer("“", `"`, "”", `"`).Replace(c.says)
				p.shows(said)
				marks := all(p.root, "mark", "")
				if len(marks) != 1 || textOf(marks[0]) != c.wrong {
					t.Errorf("%s: marked is %v, want %q", name, marks, c.wrong)
				}
				if _, form := p.form(path); lines(form.Get("cond")) != c.text {
					t.Errorf("%s: the expression became %q", name, form.Get("cond"))
				}
			}
		}
		post(`["|",[0,"=",1],["vip","=",true]]`, "cond builder").is(http.StatusOK).shows("The builder cannot show this filter", "always or never true")
	})
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

func lines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// TestFilterTellsWhatIsWrong shows errors beside their rows, and nothing lost.
func TestFilterTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	h.crowd(t)
	path := segmentsPath + "/new"
	rows := func(pairs ...string) url.Values {
		form := url.Values{"name": {"Wrong"}, "model": {"test.partner"}, "cond.as": {"builder"}, "cond.model": {"test.partner"}, "cond.match": {"all"}, ui.FieldHas: {"cond"}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set("cond.0."+pairs[i], pairs[i+1])
		}
		return form
	}
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"ErrBlank":        {rows("path", "credit", "op", ">=", "value", ""), "Choose a value, or remove the condition."},
		"ErrNumber":       {rows("path", "credit", "op", ">=", "value", "plenty"), "Write a number"},
		"ErrDecimals":     {rows("path", "credit", "op", ">=", "value", "1.234"), "more than 2 decimals"},
		"ErrDay":          {rows("path", "since", "op", ">=", "value", "day", "value.text", "soon"), "Choose a day"},
		"ErrOption":       {rows("path", "kind", "op", "=", "value", "odd"), "Choose one of the values"},
		"ErrUnknownField": {rows("path", "nope", "op", "=", "value", "1"), "There is no field “nope”"},
		"ErrHiddenField":  {rows("path", "rumour", "op", "=", "value", "x"), "There is no field “rumour”"},
		"ErrOperator":     {rows("path", "vip", "op", ">", "value", "true"), "This comparison does not fit"},
		"ErrNoOperator":   {rows("path", "name", "op", "=:1]],[["), "This comparison does not fit"},
		"ErrNoSuchTag":    {rows("path", "tags", "op", "=", "value.text", "Nowhere"), "Nowhere"},
		"ErrManyTags":     {rows("path", "parent", "op", "=", "value.text", "r"), "Acorn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := h.as(t, staff).post(path, c.form).is(http.StatusUnprocessableEntity).shows("Which: Condition 1: ", c.says)
			_, form := p.form(path)
			for _, key := range []string{"path", "op", "value", "value.text"} {
				if want := c.form.Get("cond.0." + key); want != "" && form.Get("cond.0."+key) != want {
					t.Errorf("%s became %q, want %q", key, form.Get("cond.0."+key), want)
				}
			}
			// It stays among the rows: an expression could not hold what is not complete.
			h.as(t, staff).post(path, pressed(c.form, ui.DoFilter, "cond expression")).is(http.StatusOK).shows(c.says)
		})
	}
	t.Run("French", func(t *testing.T) {
		t.Parallel()
		b := h.as(t, french)
		b.post(path, rows("path", "credit", "op", ">=", "value", "beaucoup")).shows("Écrivez un nombre")
		b.post(path, url.Values{"name": {"Faux"}, "model": {"test.partner"}, "cond": {"[('a', '=', b)]"}}).
			shows("Le filtre est illisible au caractère 13 : « b » n’est ni une valeur", "Ligne 1, caractère 13")
		_, form := b.post(path, pressed(rows("path", "credit", "op", ">=", "value", "1 234,5"), ui.DoFilter, "cond expression")).form(path)
		if got := form.Get("cond"); got != `[["credit",">=",1234.5]]` {
			t.Errorf("the expression is %s", got)
		}
	})
}

// TestFilterFindsRecords names records in the ways in which people do.
func TestFilterFindsRecords(t *testing.T) {
	t.Parallel()
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	ids := h.crowd(t)
	path := segmentsPath + "/new"
	acorn := number(ids["Acorn"])
	for name, c := range map[string]struct {
		post string
		want string
	}{
		"Fresh":         {"path=parent&op=%3D&value=" + acorn + "&value.text=Acorn", `[["parent","=",` + acorn + `]]`},
		"Typed":         {"path=parent&op=%3D&value=&value.text=acorn", `[["parent","=",` + acorn + `]]`},
		"Found":         {"path=parent&op=%3D&value=&value.text=r&value.found=" + acorn, `[["parent","=",` + acorn + `]]`},
		"Kept":          {"path=parent&op=%3D&value=%23" + acorn + "&value.text=Acorn", `[["parent","=",` + acorn + `]]`},
		"Unknown":       {"path=parent&op=%3D&value=%2399999&value.text=%2399999", `[["parent","=",99999]]`},
		"Cleared":       {"path=parent&op=%3D&value=%23" + acorn + "&value.text=", ``},
		"Behind":        {"path=parent.name&op=ilike&value=aco", `[["parent.name","ilike","aco"]]`},
		"Me":            {"path=created_by&op=%3D:%7B%22$%22:%22uid%22%7D", `[["created_by","=",{"$":"uid"}]]`},
		"Tags":          {"path=tags&op=in&value=%3DImportant&value.text=old", `[["tags","in",["Important","Old"]]]`},
		"TagsOnce":      {"path=tags&op=%3D&value=%3DImportant&value.text=important", `[["tags","=","Important"]]`},
		"DaysAgo":       {"path=since&op=%3E%3D&value=before&value.text=30&value.found=days", `[["since",">=",{"$":"today","add":{"days":-30}}]]`},
		"SeveralTexts":  {"path=name&op=in&value=a&value.text=b", `[["name","in",["a","b"]]]`},
		"SeveralNumber": {"path=visits&op=in&value=1&value.text=20", `[["visits","in",[1,20]]]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			posted, err := url.ParseQuery(c.post)
			if err != nil {
				t.Fatal(err)
			}
			form := url.Values{"name": {name}, "model": {"test.partner"}, "cond.as": {"builder"}, "cond.model": {"test.partner"}, ui.FieldHas: {"cond"}}
			for key, values := range posted {
				form["cond.0."+key] = values
			}
			_, shown := h.as(t, boss).post(path, pressed(form, ui.DoFilter, "cond expression")).is(http.StatusOK).form(path)
			if got := shown.Get("cond"); got != c.want {
				t.Errorf("the filter is %s, want %s", got, c.want)
			}
		})
	}
	t.Run("FindLists", func(t *testing.T) {
		t.Parallel()
		form := url.Values{"model": {"test.partner"}, "cond.as": {"builder"}, "cond.model": {"test.partner"}, "cond.0.path": {"parent"}, "cond.0.op": {"="}, "cond.0.value.text": {"r"}, ui.FieldHas: {"cond"}}
		p := h.as(t, staff).post(path, pressed(form, ui.DoFind, "cond.0.value")).is(http.StatusOK)
		if found := all(p.root, "fieldset", "found"); len(found) != 1 || !strings.Contains(textOf(found[0]), "Acorn") {
			t.Errorf("the matches are %v", found)
		}
	})
}

// TestFilterOfAnotherModel keeps a filter whose model was changed.
func TestFilterOfAnotherModel(t *testing.T) {
	t.Parallel()
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	path := segmentsPath + "/new"
	form := url.Values{"name": {"Moved"}, "model": {"test.order"}, "cond.as": {"builder"}, "cond.model": {"test.partner"}, "cond.0.path": {"vip"}, "cond.0.op": {"="}, "cond.0.value": {"true"}, ui.FieldHas: {"cond"}}
	b := h.as(t, staff)
	p := b.post(path, pressed(form, ui.DoPreview, "1")).is(http.StatusOK).shows(`test.order has no field "vip"`)
	if _, shown := p.form(path); shown.Get("cond") != `[["vip","=",true]]` {
		t.Errorf("the filter became %q", shown.Get("cond"))
	}
	b.post(path, form).is(http.StatusUnprocessableEntity)
	form.Set("model", "")
	b.post(path, pressed(form, ui.DoFilter, "cond update")).is(http.StatusOK)
	b.get(path).shows("Choose “Model” first")
	form = url.Values{"name": {"Moved"}, "model": {"test.order"}, "cond.as": {"builder"}, "cond.model": {"test.partner"}, "cond.0.path": {"company"}, "cond.0.op": {`=:{"$":"company_id"}`}, ui.FieldHas: {"cond"}}
	_, shown := b.post(path, pressed(form, ui.DoFilter, "cond update")).is(http.StatusOK).form(path)
	if shown.Get("cond.model") != "test.order" || shown.Get("cond.0.path") != "company" {
		t.Errorf("a filter that fits both models became %v", shown)
	}
}

// TestFilterConflict shows both filters where two people saved.
func TestFilterConflict(t *testing.T) {
	t.Parallel()
	h := openHouse(t, dbtest.URL(t, db.SQLite))
	id := h.add(t, "test.segment", "name", "Two", "model", "test.partner", "cond", `[["vip","=",true]]`)
	own := segmentsPath + "/" + number(id)
	b := h.as(t, staff)
	action, form := b.get(own).form(own)
	if _, err := record.SaveValues(h.System(context.Background(), "test"), "test.segment", id, 0, map[string]any{"cond": `[["visits",">",1]]`}); err != nil {
		t.Fatal(err)
	}
	form.Set("cond.0.value", "false")
	p := b.post(action, form).is(http.StatusConflict).shows("Visits > 1", "VIP is no")
	action, form = p.form(own)
	b.post(action, form).is(http.StatusOK)
	if got := h.cond(t, "Two"); got != `[["vip","=",false]]` {
		t.Errorf("stored is %s", got)
	}
}
