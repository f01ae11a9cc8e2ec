package ui

import (
	"strings"
	"unicode/utf8"
)

// chosen counts the choices of a facet in force.
func chosen(f Facet) int {
	n := 0
	for _, c := range f.Choices {
		if c.Selected {
			n++
		}
	}
	return n
}

// posts tells a facet of check boxes from one of links.
func posts(f Facet) bool {
	for _, c := range f.Choices {
		if c.URL == "" {
			return true
		}
	}
	return false
}

func sortState(c Column) string {
	switch c.Sorted {
	case "asc":
		return "ascending"
	case "desc":
		return "descending"
	}
	return ""
}

func sortIcon(c Column) string {
	if c.Sorted == "desc" {
		return "arrow-down"
	}
	return "arrow-up"
}

// cellClass places a cell in the table and on the card of a phone.
func cellClass(columns []Column, i int, c *Cell) string {
	var out []string
	var col Column
	if i < len(columns) {
		col = columns[i]
	}
	if col.Right || numeric(c) {
		out = append(out, "r")
	}
	if c.Kind == CellDate {
		out = append(out, "mut")
	}
	phone := col.Phone
	if phone == PhoneAuto && i == 0 {
		phone = PhoneTitle
	}
	if phone != PhoneAuto {
		out = append(out, "p-"+string(phone))
	}
	if blank(c) {
		out = append(out, "p-empty")
	}
	return strings.Join(out, " ")
}

// rightAligned tells whether a heading stands over numbers.
func rightAligned(v List, i int) bool {
	if v.Columns[i].Right {
		return true
	}
	for _, row := range v.Rows {
		if i < len(row.Cells) && numeric(&row.Cells[i]) {
			return true
		}
	}
	return false
}

// How long a text may be to stay on one line, and what one word may take before it is cut.
const (
	shortText = 26
	longWord  = 34
)

// textClass keeps short texts, such as telephone numbers, on one line. A long one without
// blanks, such as an address, is cut; its whole is in the title.
func textClass(text string) string {
	switch {
	case cutOff(text) != "":
		return "cut"
	case utf8.RuneCountInString(text) <= shortText:
		return "nowrap"
	}
	return ""
}

// cutOff is a text that a cell does not show whole, "" for the others.
func cutOff(text string) string {
	if utf8.RuneCountInString(text) <= longWord || strings.ContainsRune(text, ' ') {
		return ""
	}
	return text
}

func numeric(c *Cell) bool {
	return c.Kind == CellNumber || c.Kind == CellMoney || c.Kind == CellMeter
}

// blank cells are left out of the card on a phone.
func blank(c *Cell) bool {
	switch c.Kind {
	case CellBool, CellTile, CellStrong, CellCustom:
		return false
	case CellTag:
		return len(c.Tags) == 0
	case CellAction:
		return len(c.Actions) == 0
	}
	return c.Text == "" && c.Sub == ""
}

func cellLabel(columns []Column, i int) string {
	if i < len(columns) {
		return columns[i].Label
	}
	return ""
}

func listTotal(v List) string {
	if v.Over {
		return v.Page.t("ui.list.over", "Number", listCount(v), "Noun", orElse(v.Noun, v.Page.t("ui.list.records")))
	}
	if v.Noun != "" {
		return v.Page.t("ui.list.total_of", "Count", v.Total, "Noun", v.Noun)
	}
	return v.Page.t("ui.list.total", "Count", v.Total)
}

// listCount is how many rows match: "4,310", or "10,000+" where counting ended.
func listCount(v List) string {
	if v.Over {
		return v.Page.number(v.Total) + "+"
	}
	return v.Page.number(v.Total)
}

func matches(v Options) int {
	n := 0
	for _, g := range v.Groups {
		n += len(g.Options)
	}
	return n
}
