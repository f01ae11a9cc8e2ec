package record

import "strings"

// Type says what a field holds and so how it is stored, shown, filtered and written.
type Type uint8

// The field types. The Go type that the struct must have stands behind each.
const (
	Text       Type = iota + 1 // string, one line
	Multiline                  // string, many lines
	Email                      // string
	URL                        // string
	Code                       // string, shown in a monospace face
	Int                        // int64
	Decimal                    // int64, scaled by Field.Scale digits
	Amount                     // Money, minor units
	Bool                       // bool
	Day                        // Date
	Moment                     // time.Time, UTC
	Selection                  // string, one of Field.Options
	StringList                 // Strings
	JSON                       // string, a JSON text; not filterable
	Secret                     // string with gorm:"-": written, never read back
	Many2One                   // ID in a struct field named <Name>ID
	One2Many                   // not in the struct; rows of Field.Model whose Field.Inverse is this record
	Many2Many                  // []int64 with gorm:"-"; a join table holds the pairs
)

// Option is one choice of a Selection, or of a field with Choices.
type Option struct {
	Value, Label string // English; other languages by the key <model>.<name>.<value>, or Key
	Key          string // the translation key of a label that stands elsewhere
	Tone         string // of its tag on screen: "", ok, warn, bad, info
	Icon, Hue    string
	// Sub and Help say what choosing it means; options that have them are offered as
	// cards. Other languages by the label's key followed by .sub and .help.
	Sub, Help string
	// Mark is a word on its card, in the tone that Tone names; key followed by .mark.
	Mark string
}

// Field is one field of a model.
type Field struct {
	Name  string // snake_case: the name in filters, load files, the API and scopes
	Label string // English; other languages by the key <model>.<name>
	Help  string // under the field; other languages by the key <model>.<name>.help
	Type  Type

	Required  bool
	Unique    bool // a unique index must exist; a clash is a clear error on this field
	Readonly  bool // shown, never written by a person or client
	Translate bool // Text or Multiline: one text a language
	Sensitive bool // marked with an eye where scopes are made
	Private   bool // for code only: not on screens, in filters, exports, the API or audit
	NoCopy    bool // a duplicate starts without it

	Size    int      // longest text, in characters; 0 means 256 for one line, 64 Ki for many
	Scale   int      // digits of a Decimal; of an Amount 2 when 0
	Options []Option // of a Selection
	// Choices are what a person is offered for a Text, a Code or the entries of a
	// StringList. They are a help only: the model's hooks decide what is valid.
	Choices func(*Env) []Option
	// Spoken is the beginning of the keys that say the values of a Code in words:
	// "audit" says "export" by the key audit.export. What has no key is said as it is.
	Spoken string
	Of     Type   // the entries of a StringList: URL or Code; 0 is plain text
	First  string // what the first entry of a StringList is, such as "Default"; key <model>.<name>.first
	// About names two fields of the same record that hold a model's name and a record's
	// number: the value is a link there.
	About [2]string
	// ChangesOf names the field with the model whose changes, as the audit log keeps
	// them, this JSON holds.
	ChangesOf string
	// FilterOf names the field with the model that this JSON is a filter over: lists say
	// it in words.
	FilterOf string
	// PathsOf names the field with the model whose fields this StringList of codes names,
	// through relations with a point: forms offer them as a tree.
	PathsOf string
	Default func(*Env) any
	// When is a domain over Selection and Bool fields of the same record: forms show the
	// field where it is met, and follow as those are changed. "" for always. It is a help
	// only: what is not shown keeps its value, and hooks decide what is valid.
	When string
	// Seconds says that this Int is a length of time: forms say it in days, hours and
	// minutes too.
	Seconds bool
	// Mask names a registered mask of a Secret: the form of a record that exists shows what
	// it says of the secret instead of a box to write another.
	Mask string

	Model   string // the other model of a relation
	Inverse string // One2Many: the Many2One field over there that points here
	// Inline names the fields over there that the form lets a person write in place, a row
	// for each record of a One2Many; without, its records are only shown. InlineWhen is a
	// domain: only of records that meet it; "" for all.
	Inline     []string
	InlineWhen string
	Filter     string // a domain that the choices of a relation must meet

	Groups      []string // who may see and write the field; nil: whoever may see the record
	WriteGroups []string // who may write it; nil: whoever may see it
}

// Access gives the members of a group rights on a whole model. Group "*" is every
// signed-in user. Rights of several lines add up.
type Access struct {
	Group                       string
	Read, Create, Write, Delete bool
}

// Rule narrows what is seen and touched to the records that meet a domain. Rules
// without groups all apply; of those with groups, one that the user is in suffices.
type Rule struct {
	Name   string
	Groups []string
	Filter string // a domain, variables allowed
	// Ops limits the rule to some operations; nil means all of them.
	Ops []Op
}

// Op is what somebody wants to do with a record.
type Op string

// The operations, as access lines, rules, scopes and the audit log name them.
const (
	OpRead   Op = "read"
	OpCreate Op = "create"
	OpWrite  Op = "write"
	OpDelete Op = "delete"
)

// List is a model's list screen.
type List struct {
	Columns  []string // field paths; the first is the link to the record
	Optional []string // columns that a reader can switch on
	Order    string   // "name" or "date desc, number"
	Sub      string   // a field shown small under the first column
	Help     string   // a sentence under the title; key <model>.list.help
	Totals   []string // number fields that are added up under the list
}

// Search is what the search box and the facets of a list look at.
type Search struct {
	Fields  []string // text fields that the box looks into
	Facets  []string // Selection, Bool and Many2One fields offered as facets
	Filters []Filter // named filters
}

// Filter is a named domain on a list.
type Filter struct {
	Name, Label, Domain string
	Default             bool
}

// Form is a model's form screen.
type Form struct {
	Tabs []Tab
	// WriteWhen is a domain: of records that do not meet it the form is only for reading;
	// "" for none. It is a help only: hooks refuse.
	WriteWhen string
	Title     string // field shown as the title; the model's display name when empty
	Sub       string // field under the title
	Head      string // name of a registered head, which adds a tile, tags and counts to the title
}

// Tab is one tab of a form: groups of fields, or a panel that a module draws.
type Tab struct {
	Name, Label string
	After       string // the tab it comes behind; "" puts it last
	Groups      []Group
	Panel       string   // name of a registered panel, shown instead of groups
	Access      []string // groups that see the tab; nil: whoever sees the form
}

// Group is a card of fields on a form.
type Group struct {
	Name, Label, Help string
	Fields            []string
	Aside             bool // in the narrow column
	// Preview names a registered preview, drawn under the fields: what would come of the
	// form as it stands, before it is saved.
	Preview string
}

// Action is something a person does with one or several records besides saving.
type Action struct {
	Name, Label string
	Icon, Tone  string
	Groups      []string
	Bulk        bool   // offered on lists for a selection
	Confirm     string // a question asked first; "" asks nothing
	When        string // a domain: the form offers it for records that meet this; "" for all
	Button      Button // where the form offers it
	// Run does it and returns the sentence that says what was done.
	Run func(env *Env, ids []int64) (done string, err error)
	// Options are ways to do it, one of which the person chooses where he is asked to
	// confirm; the first is chosen for him. RunWith, in the place of Run, is told which.
	// Keys: <model>.action.<name>.<value> with .help, and .done.<value>.
	Options []Option
	RunWith func(env *Env, ids []int64, option string) (done string, err error)
}

// Button says where the form of a record offers an action.
type Button uint8

// Where that may be.
const (
	AtTitle    Button = iota // a button beside Save
	BehindDots               // in the menu of further actions
	OnCard                   // where a mask or a panel of the module itself leads to it
)

// Preset is a good beginning for a new record: what the form is filled in with before a
// person goes on.
type Preset struct {
	Name, Label, Help, Icon string // keys <model>.preset.<name> and .help
	Note                    string // a warning above the form; key .note
	Values                  func(*Env) (map[string]any, error)
}

// Model declares everything the house knows of a kind of record.
type Model struct {
	Name    string // module.thing: the name in load files, scopes and the API
	Label   string // English, singular; key <name>
	Plural  string // English; key <name>.plural
	Icon    string
	Hue     string   // the app's colour class, e.g. contacts
	Aliases []string // other names that clients may use, e.g. res.partner
	Table   string   // <name> with underscores when empty

	Fields  []Field
	Display string // field that names a record; "name" when empty
	Key     string // field by which load files may name a record; Display when empty
	// QuickCreate lets a relation written by name create the record, as tags do.
	QuickCreate bool
	// Shared says that records belong to no company although there is a company field.
	Shared bool

	List     List
	Search   Search
	Form     Form
	Access   []Access
	Rules    []Rule
	Actions  []Action
	Presets  []Preset // offered above the form of a new record
	Scopable bool     // business users may make OAuth scopes on it
	NoAudit  bool     // for tables that are a log themselves
}

// GroupDef declares an access group. Groups are rows of base.group; base creates them.
type GroupDef struct {
	Code, Name, Help string
	Category         string   // heading under which the user form shows it
	Implies          []string // whoever is in this group is in those too; "*.manager" is every module's manager
}

// CategoryKey is the translation key of the category.
func (g GroupDef) CategoryKey() string {
	return "group.category." + strings.ReplaceAll(strings.ToLower(g.Category), " ", "_")
}
