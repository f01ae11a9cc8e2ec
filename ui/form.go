package ui

import "github.com/a-h/templ"

// Form is the page of one record, or of settings. It posts to Action; when
// ReadOnly it has neither buttons nor controls.
type Form struct {
	Page
	Title    string
	Sub      string
	Tile     *Tile
	Tags     []Tag
	Tabs     []Tab
	Trail    Trail
	Notes    []Note
	Actions  []Action // at the title, left of Save
	More     []Action // behind the dots
	Action   string
	Version  string // FieldVersion; "" for a new record
	Hidden   []Pair
	Groups   []Group
	Aside    []Group
	Errors   []FieldError
	Save     string // label of the button; "" says "Save"
	Discard  string // URL that drops the entries
	ReadOnly bool
	Log      *Timeline
	// Preview says that cards show what would come of the entries: those with
	// data-previewed follow while one types, and on a phone a button leads to them.
	Preview bool
	Presets []Option // beginnings to choose from above a new record, with Label, Help, Icon and URL
}

// Trail leads to the neighbours of a record within the list it came from.
type Trail struct {
	Position string // "3 of 12"; "" leaves the trail out
	Previous string
	Next     string
}

// Group is a card of fields.
type Group struct {
	ID     string
	Title  string
	Sub    string
	Tag    *Tag
	Notes  []Note
	Fields []Field
	One    bool            // one column instead of two
	Open   bool            // no card around it: the body brings its own
	Body   templ.Component // after the fields; nil for none
	// Actions are submit buttons of the form around the card: their URL, when
	// set, becomes formaction.
	Actions []Action
}

// FieldKind says how a field is drawn and what it posts.
type FieldKind string

// The kinds of fields. Each posts its Name once unless said otherwise.
const (
	FieldText      FieldKind = ""
	FieldMultiline FieldKind = "multiline"
	FieldNumber    FieldKind = "number"
	FieldMoney     FieldKind = "money"    // Prefix or Suffix is the currency
	FieldDate      FieldKind = "date"     // 2006-01-02
	FieldDatetime  FieldKind = "datetime" // 2006-01-02T15:04, in the reader's zone
	FieldEmail     FieldKind = "email"
	FieldURL       FieldKind = "url"
	FieldPhone     FieldKind = "tel"
	FieldPassword  FieldKind = "password" // never shows Value
	FieldCode      FieldKind = "code"     // one line, monospace
	FieldJSON      FieldKind = "json"     // several lines, monospace
	FieldCheck     FieldKind = "check"    // posts "1" when ticked; FieldHas
	FieldSwitch    FieldKind = "switch"   // the same, drawn as a switch
	FieldSelect    FieldKind = "select"   // one of Options
	FieldCards     FieldKind = "cards"    // one of Options, as cards to choose from
	FieldRelation  FieldKind = "relation" // id as Name, typed text as Name+SuffixText; Source, Text, Found
	FieldMany      FieldKind = "many"     // Name per ticked Option; FieldHas
	FieldTree      FieldKind = "tree"     // Name per ticked path, Name+SuffixText for others, Name+SuffixOrder; FieldHas; Tree
	FieldTags      FieldKind = "tags"     // Name per kept Option, Name+SuffixText to add one; FieldHas; Source
	FieldURLs      FieldKind = "urls"     // Name per address in order, blank ones to be ignored; FieldHas
	FieldTexts     FieldKind = "texts"    // the same of other short texts
	FieldFilter    FieldKind = "filter"   // Filter; FieldHas
	FieldLines     FieldKind = "lines"    // Lines; FieldHas
	FieldSecret    FieldKind = "secret"   // Text is a mask, Sub its history; posts nothing
	FieldOnce      FieldKind = "once"     // Value shown once, with a copy button; posts nothing
	FieldReadOnly  FieldKind = "readonly" // Text, URL, Tags; posts nothing
)

// Field is one value of a form.
type Field struct {
	Kind         FieldKind
	Name         string
	Label        string
	Hint         string // quiet word after the label: "shown to users"
	Help         string // below the field
	Error        string // below the field, and linked from the summary
	Value        string // as posted: entries that do not parse are kept as typed
	Values       []string
	ValueTags    [][]Tag // beside each of Values
	Mono         bool    // Values are codes
	Text         string  // the value in words: a relation's label, a read-only value
	Sub          string
	URL          string // where a relation or read-only value leads
	Tags         []Tag
	Options      []Option
	Found        []Option // matches of DoFind to choose from
	Source       string   // GET ?q=, answers OptionsPage: remote search of a relation
	Checked      bool
	Required     bool
	ReadOnly     bool
	Bare         bool // the label is only read out: the card's title says it already
	Wide         bool // across both columns; multi-line kinds always are
	Copy         bool // with a copy button
	Focus        bool
	Placeholder  string
	Autocomplete string // "" switches it off
	Min          string
	Max          string
	Step         string
	MaxLength    int
	Rows         int
	Prefix       string
	Suffix       string
	Lines        *Lines
	Tree         *Tree
	Filter       *Filter
	Part         string   // a change of it redraws this part of the page, a selector; a button does without script
	Actions      []Action // submit buttons beside it: "Rotate secret"
	Masks        []Masked // further secrets that work still
	Diffs        []Diff   // read-only: what was changed
}

// Masked is a secret of which only so much may be said.
type Masked struct {
	Text    string // "tss_••••Qv7e"
	Sub     string
	Tag     *Tag
	Actions []Action
}

// Option is one choice of a field, or a match of a search.
type Option struct {
	Value    string // the id
	Label    string
	Sub      string // quieter words: a code, the path of a menu
	Group    string // heading over neighbours in a select
	Help     string // cards: what choosing it means
	Icon     string
	Hue      Hue
	Tag      *Tag
	URL      string // palette: where it leads
	Selected bool
	Disabled bool
}

// Lines is a table of fields within a form. Each line's fields are in the order
// of Columns and carry full names ("lines.0.quantity"). Name+".0._remove" is
// posted as "1" for a line to take away.
type Lines struct {
	Columns []Column
	Rows    []Line
	Add     string // label of the button for one more; "" leaves it out
	Hidden  []Pair // posted with the rows
	Total   []Pair
}

// Line is one row of Lines.
type Line struct {
	Name   string // prefix of its fields: "lines.0"
	Hidden []Pair
	Fields []Field
	Error  string
}

// Tree is what a FieldTree offers: the fields of a model, those behind its relations
// folded under them.
type Tree struct {
	Always string     // what is among them without being chosen: "ID, always sent"
	Chosen []TreePath // in their order
	Count  string     // "7 of 42 chosen"
	Groups []TreeGroup
	None   string // instead of groups
}

// TreeGroup is a titled part of a tree.
type TreeGroup struct {
	Title string
	Paths []TreePath
}

// TreePath is one field of a tree.
type TreePath struct {
	Path      string // "country.code"
	Label     string // within the tree "Code", among the chosen "Country › Code"
	Sensitive bool
	Checked   bool
	Unknown   bool // chosen, but no field of the model
	Under     []TreePath
}

// FieldError is one line of the summary above a form.
type FieldError struct {
	Name string // of the field it links to; "" belongs to the whole form
	Text string
}

// Timeline is the history of a record, newest first.
type Timeline struct {
	Title string // "" says "History"
	Items []Event
	More  string // URL of the rest
}

// Event is one entry of a timeline.
type Event struct {
	Who      string
	What     string // "changed 2 fields"
	When     string
	Datetime string // RFC 3339
	Icon     string
	Tone     Tone
	Note     string
	Diffs    []Diff
}

// Diff is one value before and after. A secret value comes masked.
type Diff struct {
	Label string
	Old   string
	New   string
}

// Conflict is shown when somebody else saved first: both values, side by side.
// It posts the reader's choice per field under the field's own name.
type Conflict struct {
	Page
	Title   string
	Who     string // who saved meanwhile
	When    string
	Action  string
	Version string // the newer one
	Hidden  []Pair // entries that do not clash
	Fields  []Clash
	Reload  string // URL that drops the entries
}

// Clash is one field saved by two people.
type Clash struct {
	Name       string
	Label      string
	Yours      string // as posted
	Theirs     string
	YoursText  string // in words; "" shows Yours
	TheirsText string
}

// Account is a page of cards that each save on their own: my account.
type Account struct {
	Page
	Title  string
	Sub    string
	Tabs   []Tab
	Notes  []Note
	Panels []Panel
}

// Panel is a card with a form of its own; without Action it only shows.
type Panel struct {
	Group
	Action string
	Hidden []Pair
	Errors []FieldError
	Save   string
	Danger bool
}

// Sessions lists where a person is signed in.
type Sessions struct {
	Page
	Title     string
	Sub       string
	Tabs      []Tab
	Items     []Session
	EndOthers *Action // "Sign out everywhere else"
}

// Session is one browser or device.
type Session struct {
	Device  string // "Firefox on Linux"
	Phone   bool   // drawn as a phone instead of a screen
	Person  string // for an administrator's list
	Where   string // address
	Started string
	Seen    string
	How     string // "password", "passkey"
	Current bool
	End     *Action
}
