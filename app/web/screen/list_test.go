package screen_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
)

const partners = "/records/test.partner"

// crowd adds the partners that the stories of this file are about.
func (h *house) crowd(t testing.TB) map[string]int64 {
	t.Helper()
	euro := h.add(t, "test.currency", "name", "EUR")
	vip, old := h.add(t, "test.tag", "name", "Important"), h.add(t, "test.tag", "name", "Old")
	ids := map[string]int64{}
	ids["Acorn"] = h.add(t, "test.partner", "name", "Acorn", "email", "hello@acorn.example", "kind", "retail", "credit", "1234567.80", "currency", euro,
		"company", h.acme, "margin", "77123", "rumour", "quietly-bankrupt", "pin", "4711-planted", "tags", []any{vip, old}, "vip", true, "since", "2024-02-29",
		"seen_at", time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	ids["Birch"] = h.add(t, "test.partner", "name", "Birch", "kind", "wholesale", "parent", ids["Acorn"], "company", h.acme, "credit", "5")
	ids["=Cedar"] = h.add(t, "test.partner", "name", "=Cedar", "kind", "wholesale", "parent", ids["Acorn"], "company", h.acme, "note", "-1+2")
	ids["Dahlia"] = h.add(t, "test.partner", "name", "Dahlia", "company", h.acme, "active", false)
	ids["Elsewhere"] = h.add(t, "test.partner", "name", "Elsewhere", "company", h.beta, "kind", "retail")
	return ids
}

// The foot of a list adds up what matches, each currency apart, as far as the reader sees it.
func TestListFoot(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		staff, boss := h.as(t, staff), h.as(t, boss)
		staff.get(partners).shows("Credit limit: 5.00 + 1,234,567.80 EUR").hides("Margin")
		staff.get(partners + "?q=birch").shows("Credit limit: 5.00")
		staff.get(partners + "?q=nobody").hides("Credit limit: ")
		boss.get(partners).shows("Credit limit: 5.00 + 1,234,567.80 EUR · Margin: 0 + 77,123")
		staff.get("/records/test.order").hides("Credit limit")
	})
}

func TestList(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		b := h.as(t, staff)

		p := b.get(partners).is(http.StatusOK)
		if got := p.rows(); !slices.Equal(got, []string{"=Cedar", "Acorn", "Birch"}) {
			t.Errorf("the list shows %q", got)
		}
		p.shows("3 partners", "New partner", "Important").hides("Elsewhere", "Dahlia", "Margin", "77123", "quietly", "4711", "Rumour")
		if got := p.cells("Acorn"); got[0] != "Acorn hello@acorn.example" || got[1] != "Retail" || got[4] != "1,234,567.80 EUR" || got[5] != "Important Old" {
			t.Errorf("Acorn's cells are %q", got)
		}
		if got := h.as(t, boss).get(partners).cells("Acorn"); got[6] != "77,123" {
			t.Errorf("the boss sees the margin as %q", got)
		}
		for name, want := range map[string][]string{
			"?q=acorn.example":                     {"Acorn"},
			"?q=birch":                             {"Birch"},
			"?q=quietly":                           nil,
			"?sort=-name":                          {"Birch", "Acorn", "=Cedar"},
			"?sort=credit":                         {"=Cedar", "Birch", "Acorn"},
			"?sort=margin":                         {"=Cedar", "Acorn", "Birch"},
			"?sort=nothing":                        {"=Cedar", "Acorn", "Birch"},
			"?f.kind=wholesale":                    {"=Cedar", "Birch"},
			"?f.kind=wholesale&f.kind=retail":      {"=Cedar", "Acorn", "Birch"},
			"?f.vip=1":                             {"Acorn"},
			"?is=rich":                             {"Acorn"},
			"?archived=only":                       {"Dahlia"},
			"?archived=all&sort=-name":             {"Dahlia", "Birch", "Acorn", "=Cedar"},
			"?filter=" + esc(`[["credit",">",1]]`): {"Acorn", "Birch"},
			"?filter=" + esc(`[["parent.name","=","Acorn"]]`): {"=Cedar", "Birch"},
			"?from=80": {"=Cedar", "Acorn", "Birch"},
		} {
			if got := b.get(partners + name).is(http.StatusOK).rows(); !slices.Equal(got, want) {
				t.Errorf("%s shows %q, want %q", name, got, want)
			}
		}
	})
}

func esc(s string) string { return url.QueryEscape(s) }

func TestListRefusesAFilter(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		b := h.as(t, staff)
		b.get(partners+"?filter="+esc(`[["nothing","=",1]]`)).is(http.StatusBadRequest).shows("This filter cannot be used", `has no field "nothing"`)
		ids := esc(`[["parent","=",1],["kind","=","wholesale"]]`)
		b.get(partners + "?filter=" + ids).is(http.StatusOK).shows("Parent is Acorn and Kind is")
		// A hidden field and one that does not exist are told apart by nothing.
		hidden := b.get(partners + "?filter=" + esc(`[["margin","=",1]]`)).is(http.StatusBadRequest).shows(`has no field "margin"`)
		hidden.hides("77123")
		b.get(partners + "?filter=" + esc(`[["pin_hash","ilike","4711"]]`)).is(http.StatusBadRequest).shows(`has no field "pin_hash"`)
		b.get(partners + "?filter=" + esc(`__import__("os")`)).is(http.StatusBadRequest).shows("cannot be read")
		h.as(t, boss).get(partners + "?filter=" + esc(`[["margin","=",77123]]`)).is(http.StatusOK).shows("Acorn")
	})
}

func TestListOffersFacetsWithCounts(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		p := h.as(t, staff).get(partners + "?f.kind=wholesale").is(http.StatusOK)
		got := map[string]string{}
		for _, l := range all(p.root, "label", "") {
			in := all(l, "input", "")
			if len(in) == 1 && strings.HasPrefix(attr(in[0], "name"), "f.") {
				got[attr(in[0], "name")+"="+attr(in[0], "value")] = textOf(l)
			}
		}
		want := map[string]string{"f.kind=retail": "Retail 1", "f.kind=wholesale": "Wholesale 2", "f.vip=1": "Yes 0", "f.vip=0": "No 2",
			fmt.Sprintf("f.parent=%d", ids["Acorn"]): "Acorn 2"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("facets are\n%v, want\n%v", got, want)
		}
		if rows := h.as(t, staff).get(p.link("Remove the filter Kind: Wholesale")).rows(); len(rows) != 3 {
			t.Errorf("without the filter the list shows %q", rows)
		}
	})
}

func TestListDefaultFilter(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.add(t, "test.order", "number", "S1", "state", "draft", "company", h.acme)
		h.add(t, "test.order", "number", "S2", "state", "done", "company", h.acme)
		b := h.as(t, staff)
		p := b.get("/records/test.order").is(http.StatusOK)
		if got := p.rows(); !slices.Equal(got, []string{"S1"}) {
			t.Errorf("with its default filter the list shows %q", got)
		}
		p = b.get(p.link("Remove the filter Filter: Open")).is(http.StatusOK)
		if got := p.rows(); !slices.Equal(got, []string{"S2", "S1"}) {
			t.Errorf("without its default filter the list shows %q", got)
		}
	})
}

func TestListColumns(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		p := h.as(t, staff).get(partners + "?col=since&col=rumour&col=pin_hash&col=nothing").is(http.StatusOK)
		if got := p.cells("Acorn"); got[len(got)-1] != "29 Feb 2024" {
			t.Errorf("with the column Since, Acorn's cells are %q", got)
		}
		p.hides("quietly", "hash of")
	})
}

// TestListStatements holds a page of 80 rows with relations to a number of statements
// that does not grow with the rows.
func TestListStatements(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		tag := h.add(t, "test.tag", "name", "T")
		parent := h.add(t, "test.partner", "name", "A0 parent", "company", h.acme)
		h.add(t, "test.partner", "name", "A1", "company", h.acme, "parent", parent, "tags", []any{tag})
		b := h.as(t, staff)
		b.get(partners) // the count in the menu is kept from here
		few := b.statements(partners)
		for i := range 100 {
			h.add(t, "test.partner", "name", fmt.Sprintf("P%03d", i), "company", h.acme, "parent", parent, "tags", []any{tag})
		}
		many := b.statements(partners)
		if few != many || many > 8 {
			t.Errorf("a list of 2 rows takes %d statements, one of 80 takes %d; want the same, 8 at most", few, many)
		}
	})
}

func TestListPages(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		for i := range 85 {
			h.add(t, "test.partner", "name", fmt.Sprintf("P%03d", i), "company", h.acme)
		}
		b := h.as(t, staff)
		first := b.get(partners + "?q=P0&sort=-name")
		if got := first.rows(); len(got) != 80 || got[0] != "P084" {
			t.Fatalf("the first page begins with %q and has %d rows", got[0], len(got))
		}
		second := b.get(first.link("Next page"))
		if got := second.rows(); !slices.Equal(got, []string{"P004", "P003", "P002", "P001", "P000"}) {
			t.Errorf("the second page shows %q", got)
		}
		third := b.get(second.link("P003"))
		third.shows("82 of 85")
		b.get(third.link("Next record")).shows("P002", "83 of 85")
		b.get(third.link("Previous record")).shows("P004", "81 of 85")
		if got := b.get(third.link("Partners")).rows(); !slices.Contains(got, "P003") {
			t.Errorf("the way back leads to %q", got)
		}
	})
}

func TestExport(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		b := h.as(t, staff)
		p := b.get(partners + "/export.csv?archived=all&col=note&col=rating").is(http.StatusOK)
		lines, err := csv.NewReader(strings.NewReader(p.body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"id", "Name", "Kind", "Parent", "Currency", "Credit limit", "Tags", "Rating", "Note"}
		if !slices.Equal(lines[0], want) {
			t.Errorf("the head is %q", lines[0])
		}
		if len(lines) != 5 {
			t.Fatalf("%d lines, want a head and 4 partners:\n%s", len(lines), p.body)
		}
		if got := lines[1][1:]; got[0] != "'=Cedar" || got[7] != "'-1+2" {
			t.Errorf("formulas are not neutralised: %q", got)
		}
		if got := lines[2][1:]; !slices.Equal(got, []string{"Acorn", "Retail", "", "EUR", "1234567.80", "Important, Old", "0.000", ""}) {
			t.Errorf("Acorn is %q", got)
		}
		p.hides("77123", "quietly", "4711", "hash of", "Elsewhere")
		if got := p.header.Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
			t.Errorf("content type %q", got)
		}
		b.get(partners + "/export.csv?filter=" + esc(`[["margin",">",0]]`)).is(http.StatusBadRequest)
		h.as(t, stranger).get(partners + "/export.csv").is(http.StatusForbidden)
	})
}

func TestWhoMayOpenWhat(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		ids := h.crowd(t)
		one := fmt.Sprintf("%s/%d", partners, ids["Acorn"])
		no := h.as(t, stranger)
		for _, path := range []string{partners, partners + "/new", partners + "/options", one, partners + "?filter=x"} {
			no.get(path).is(http.StatusForbidden).hides("Acorn")
		}
		for _, path := range []string{partners + "/new", one, one + "/archive", one + "/delete", one + "/action/greet", partners + "/action"} {
			no.post(path, url.Values{"name": {"Mine"}, "_version": {"1"}, "do": {"delete"}, "id": {"1"}}).is(http.StatusForbidden)
		}
		reads := h.as(t, reader)
		reads.get(one).is(http.StatusOK).shows("Acorn").hides("data-save", "4711")
		reads.get(partners + "/new").is(http.StatusForbidden)
		reads.post(one, url.Values{"name": {"Mine"}, "_version": {"1"}}).is(http.StatusForbidden)
		reads.post(one+"/archive", nil).is(http.StatusForbidden)
		h.as(t, staff).post(one+"/delete", url.Values{"sure": {"1"}}).is(http.StatusForbidden)
		h.as(t, staff).post(one+"/action/promote", nil).is(http.StatusForbidden)
		// What only a menu for others leads to is closed, though relations may name it.
		h.as(t, staff).get("/records/test.currency").is(http.StatusForbidden)
		h.as(t, staff).get("/records/test.currency/options").is(http.StatusOK).shows("EUR")
		h.as(t, boss).get("/records/test.currency").is(http.StatusOK)
		for _, path := range []string{"/records/nothing", partners + "/999999", partners + "/abc", partners + "/-1", fmt.Sprintf("%s/%d", partners, ids["Elsewhere"])} {
			h.as(t, boss).get(path).is(http.StatusNotFound).hides("Elsewhere")
		}
		if p := h.as(t, staff).get("/records/res.partner?q=acorn").is(http.StatusOK); p.path != partners+"?q=acorn" {
			t.Errorf("the alias leads to %s", p.path)
		}
		if got := h.partner(t, ids["Acorn"]).Name; got != "Acorn" {
			t.Errorf("after all that Acorn is called %q", got)
		}
	})
}

// A list longer than what is counted says so, everywhere where a number would be wrong,
// and can be turned over further than that.
func TestListOver(t *testing.T) {
	engines(t, func(t *testing.T, h *house) {
		h.crowd(t)
		if err := h.DB.Write(t.Context(), func(tx *db.Tx) error {
			columns := "version, created_at, updated_at, email, ref, kind, credit, rating, visits, active, vip, company_id, note, slogan, margin, rumour, pin_hash, sites"
			_, err := tx.Exec("INSERT INTO test_partner (name, " + columns + ") SELECT 'Zinnia', " + columns + ` FROM test_partner,
				(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050) SELECT i FROM n) AS many WHERE name = 'Birch'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		b := h.as(t, boss)
		p := b.get(partners).is(http.StatusOK).shows("10,000+ partners", "1–80 of 10,000+", "Added up for up to 10,000 records", "Wholesale").hides("Credit limit: ", "10,05", "10,001", "that match")
		if got := p.rows()[:3]; !slices.Equal(got, []string{"=Cedar", "Acorn", "Birch"}) {
			t.Errorf("the list begins with %q", got)
		}
		b.get(partners+"?from=9920").is(http.StatusOK).shows("9,921–10,000 of 10,000+").holds("from=10000", true)
		b.get(partners + "?from=10000").is(http.StatusOK).shows("10,001–10,053 of 10,053").hides("10,053+")
		b.get(partners + "?from=90000").is(http.StatusOK).shows("10,001–10,053 of 10,053")
		b.get(partners+"?q=acorn").shows("1 partner", "Credit limit: ").hides("Added up")
		h.as(t, staff).get(partners + "?f.kind=retail").shows("1 partner").hides("10,000+")
	})
}
