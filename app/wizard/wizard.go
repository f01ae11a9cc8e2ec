package wizard

import (
	"net/url"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/ui"
)

// Wizard is a task in steps, as its module declares it. D is the data of one run: a plain
// struct that goes to JSON and back without loss. Secrets do not belong into it.
type Wizard[D any] struct {
	Name  string // module.noun, e.g. mtd_vat.return
	Title string // English; key wizard.<name>
	App   string // the app whose menu stands beside the steps
	Icon  string
	Hue   string
	// Groups are those who may; nil: every signed-in person.
	Groups []string
	// Home is the local path that saving, leaving and the end lead to, and whose line of
	// the menu is marked; "" is the home page.
	Home string
	// Keep is how long a run that nobody touches is kept, 30 days when 0.
	Keep time.Duration
	// Schema is the number of D's shape. It is raised when older data cannot be read any
	// more; Upgrade then makes the new JSON of an old one. Without Upgrade a run of
	// another schema cannot be continued, and its person is told to start again.
	Schema  int
	Upgrade func(from int, old []byte) ([]byte, error)
	// Begin fills the data of a new run from the query that it was started with; nil
	// leaves D zero. An error with a code is answered as it is, and no run is made; it
	// cannot detour.
	Begin func(env *record.Env, s *State[D], query url.Values) error
	// Summary says in the reader's language what the run is about, under the title and
	// on the home page: "Harrow & Vale Ltd · 1 Aug to 31 Oct 2026". It may be nil.
	Summary func(p *i18n.Printer, d *D) string

	Start string // name of the first step
	Steps []Step[D]
}

// Effect says whether doing something twice does harm.
type Effect uint8

const (
	// Safe may run again by itself: reading, computing.
	Safe Effect = iota
	// Unsafe must happen once: sending, filing, paying. Nothing but a person's own
	// submit runs it.
	Unsafe
)

// Step is one page of a wizard. What it needs to know stands in functions that get the
// run with its data; a step that only asks for fields needs none of them.
type Step[D any] struct {
	Name  string
	Title string // English; key wizard.<wizard>.<step>
	Help  string // one sentence at the top of the card; key ….help
	// Continue is the label of the button, "Continue" when empty; key ….continue.
	Continue string
	Effect   Effect // of Post
	// Final: there is nothing to do here. Entering the step ends the run, and the page
	// stays readable until the run is removed.
	Final bool

	// Prepare gets what the page needs into the data. It runs each time that the step is
	// entered, so it must not do harm, and must leave the data alone where nothing new
	// is known. It may detour.
	Prepare func(env *record.Env, s *State[D]) error
	// Fields are the inputs, bound to their places in the data. The function must not
	// look at anything but the data.
	Fields func(d *D) []Field
	// Check looks at the data once all fields were read: an error with the code invalid,
	// with its Field where it belongs to one.
	Check func(d *D) error
	// Draw adds to the page, which has the card with the fields already.
	Draw func(env *record.Env, p *Page, s *State[D]) error
	// Post does what Continue stands for and returns the next step: "" is the one that
	// follows in Steps, behind the last one the run is done. nil does nothing. It runs
	// outside of any transaction. It may detour.
	Post func(env *record.Env, s *State[D]) (next string, err error)
	// Buttons stand beside Continue.
	Buttons []Button[D]
}

// Button is something else that a person can do at a step.
type Button[D any] struct {
	Name  string
	Label string // English; key wizard.<wizard>.<step>.<button>
	Icon  string
	// Do returns the step to go to; "" stays. It may detour.
	Do     func(env *record.Env, s *State[D]) (next string, err error)
	Effect Effect // of Do
	// Loose takes the fields as far as they can be read and does not check them.
	Loose bool
}

// End, returned by Post or Do, ends the run.
const End = "."

// Field is one input of a step.
type Field struct {
	Name  string // within its step
	Label string // English; key wizard.<wizard>.<step>.<field>
	Help  string // English; key ….help
	// Into points to the place in the data that is shown and written: *string, *bool,
	// *int64, *record.Money, *record.Date or *[]string (several of Options).
	Into     any
	Kind     ui.FieldKind // "" takes the one that suits Into
	Required bool
	Size     int // longest text in characters; 0 means 256 for one line, 10,000 for many
	Options  []Option
	Prefix   string
	Suffix   string
	// Drawn says that the step's own Draw has the control: it is read, but not drawn.
	Drawn bool
}

// Option is one choice of a field.
type Option struct {
	Value string
	Label string // English; key wizard.<wizard>.<step>.<field>.<value>, unless Plain
	Help  string // of a card; key ….help, unless Plain
	Plain bool   // Label and Help are data, and so not translated
}

// Page is what Draw adds to. Texts are in the reader's language.
type Page struct {
	Print *i18n.Printer
	Sub   string // under the title
	Notes []ui.Note
	Cards []ui.Group // the first one holds the step's fields
	Aside []ui.Group
	// Continue is the label of the button; Blocked, when set, says why it cannot be
	// pressed. That is drawn only: Check and Post decide what is accepted.
	Continue string
	Blocked  string
	// Returned: the person is back from a detour that this step had sent him on.
	// Interrupted: the step's Post was begun and never came to an end.
	Returned, Interrupted bool
	// Typed and Wrong are for controls that Draw makes itself: what was typed and not
	// accepted yet, by name, and what has to be mended.
	Typed url.Values
	Wrong []*fault.Error
}

// State is a run with its data, as a step's functions see it.
type State[D any] struct {
	*Run
	Data D
	// Form is what was posted, for Post and Do; empty when a step runs by itself after
	// a detour.
	Form url.Values

	wizard *Wizard[D]
}

// Save stores the data as it is now, in the transaction that env is in, e.g. what is about
// to be sent before it is sent. Conflict when the run went on elsewhere meanwhile.
func (s *State[D]) Save(env *record.Env) error {
	data, err := s.encode()
	if err != nil {
		return err
	}
	return s.storeData(env, data)
}
