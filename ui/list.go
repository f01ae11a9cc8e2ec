package ui

import "github.com/a-h/templ"

// List is a page of rows: search, columns, selection, actions, pages. All state
// is in URLs that the caller makes; the page only shows them.
type List struct {
	Page
	Title   string
	Sub     string
	Tags    []Tag
	Tabs    []Tab
	Notes   []Note
	Actions []Action // at the title; the Primary one comes last
	Search  *Search  // nil: none
	Columns []Column
	Rows    []Row
	Total   int    // rows that match, on all pages
	Over    bool   // more match than Total, which is as far as was counted
	Noun    string // what Total counts, in the right number: "scopes"; "" says "records"
	Foot    string // more about the total: "1 without a filter"
	Pager   Pager
	Bulk    *Bulk          // nil: rows cannot be ticked
	Choose  []ColumnChoice // optional columns; none: no chooser
	Hidden  []Pair         // query of this page that the column chooser keeps
	CSV     string         // URL of the same rows as CSV; "" leaves the link out
	Empty   Empty          // what stands there when Rows is empty
}

// Search is the box above a list: a GET form.
type Search struct {
	Action      string // path of the list
	Name        string // of the text field; "q" when empty
	Value       string
	Placeholder string
	Hidden      []Pair // kept from the query: sort, chosen facets
	Tokens      []Token
	Facets      []Facet
}

// Token is one filter in force, with the link that removes it.
type Token struct {
	Label  string
	Value  string
	Remove string // URL without this filter
}

// Facet is a menu of filters. Choices with a URL are links (one at a time),
// otherwise check boxes posted as Name together with the search form.
type Facet struct {
	Label   string
	Name    string
	Choices []Choice
}

// Choice is one value of a facet.
type Choice struct {
	Label    string
	Value    string
	URL      string
	Count    string
	Hue      Hue
	Selected bool
}

// Phone says where a column goes when rows become cards.
type Phone string

// The places of a card. PhoneAuto makes the first column the title and shows
// the others as label and value.
const (
	PhoneAuto   Phone = ""
	PhoneTitle  Phone = "title"
	PhoneCorner Phone = "corner" // top right
	PhoneLine   Phone = "line"   // a line of its own without the label
	PhoneHide   Phone = "hide"
)

// Column is one column of a list.
type Column struct {
	Key     string
	Label   string
	SortURL string // link that sorts by it, or turns the order round; "" cannot sort
	Sorted  string // "asc", "desc" or "" for not by this one
	Right   bool   // numbers and amounts
	Phone   Phone
}

// ColumnChoice is a column that can be shown or hidden (FieldColumns).
type ColumnChoice struct {
	Key   string
	Label string
	Shown bool
}

// Row is one record of a list. Cells are in the order of the columns.
type Row struct {
	ID    string // posted as FieldSelected
	Label string // the record in words, for "Select Webshop"
	Cells []Cell
	Muted bool // archived
}

// CellKind says how a cell is drawn.
type CellKind string

// The kinds of cells. The comment names the fields of Cell each one reads.
const (
	CellText   CellKind = ""       // Text, Sub, URL (a quiet link)
	CellStrong CellKind = "strong" // Text, Sub, SubCode, URL, Tile: what the row is called
	CellTag    CellKind = "tag"    // Tags
	CellNumber CellKind = "number" // Text
	CellMoney  CellKind = "money"  // Text, Sub (currency)
	CellDate   CellKind = "date"   // Text, Datetime
	CellBool   CellKind = "bool"   // Bool
	CellLink   CellKind = "link"   // Text, URL, Hue: a relation
	CellTile   CellKind = "tile"   // Tile, Text, Sub, URL
	CellCode   CellKind = "code"   // Text
	CellMeter  CellKind = "meter"  // Text, Value, Max
	CellAction CellKind = "action" // Actions
	CellCustom CellKind = "custom" // Body
)

// Cell is one value of a row, formatted for the reader.
type Cell struct {
	Kind     CellKind
	Text     string
	Sub      string // a second, quieter line
	SubCode  bool   // Sub is a code
	URL      string
	Tags     []Tag
	Tile     *Tile
	Hue      Hue
	Bool     bool
	Datetime string // RFC 3339, for <time>
	Value    int    // of a meter, 0..Max
	Max      int
	Actions  []Action // each a form of its own: only where List.Bulk is nil
	Body     templ.Component
}

// Pager leads through the pages of a list. Empty URLs are ends.
type Pager struct {
	First    int // number of the first row shown, from 1
	Last     int
	Previous string
	Next     string
}

// Bulk lets rows be ticked and acted on together: a POST form of FieldSelected,
// FieldAll and FieldBulk to Action, which answers with a ConfirmPage.
type Bulk struct {
	Action  string
	Hidden  []Pair // the query that FieldAll means
	Actions []Action
}

// Options is a bare list of matches: what a relation field or the palette
// fetches, and a page of its own without script.
type Options struct {
	Page
	Title  string
	Search *Search
	Groups []OptionGroup
	More   int // matches left out
}

// OptionGroup is a titled run of matches.
type OptionGroup struct {
	Title   string
	Options []Option
}
