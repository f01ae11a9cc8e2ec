package ui

// Names of form fields that a wizard's page posts besides the step's own.
const (
	// FieldDo says which button was pressed: DoBack, DoLeave, DoRetry or the Value of a
	// card's action. Continue posts none.
	FieldDo = "_do"
	// FieldGo is the WizardStep.Name to go back to.
	FieldGo = "_go"
)

// Values of FieldDo. No button of a step begins with a dash.
const (
	DoBack  = "-back"  // to the step before; what is typed is kept
	DoLeave = "-leave" // away; what is typed is kept
	DoRetry = "-retry" // set out again on what the task waits for
)

// Wizard is the page of one step of a task.
type Wizard struct {
	Page
	Title   string
	Sub     string
	Steps   []WizardStep
	More    []Action // behind the dots
	Notes   []Note
	Errors  []FieldError
	Action  string // where the page posts
	Version string // FieldVersion
	Groups  []Group
	Aside   []Group
	// Wait is shown instead of cards: the task cannot go on now.
	Wait *WizardWait

	Back     bool   // there is a step to go back to
	Save     bool   // the task can be left and gone on with later
	Continue string // label of the button; "" says "Continue"
	Blocked  string // why the button cannot be pressed
	// Leave is the only button of a task that is over.
	Leave *Action
}

// WizardStep is one step of the rail.
type WizardStep struct {
	Label   string
	Done    bool
	Current bool
	Name    string // FieldGo; "" for one that cannot be gone back to
}

// WizardWait says why a task cannot go on now, and how it does.
type WizardWait struct {
	Icon  string
	Tone  Tone
	Title string
	Text  string // the reason
	Lead  string // what the person can rely on: nothing is lost
	Retry string // label of the button that posts DoRetry; "" for none
	// Away leads to another site instead; URL alone is shown beside it.
	Away   *Action
	Host   string
	Others []Action
}

// Tasks offers to go on with what was begun, or to begin anew.
type Tasks struct {
	Page
	Title  string
	Text   string
	Items  []Todo
	New    Action
	Cancel string // URL
}

// stepAt is the place of the current step, from 1, and how many there are.
func (v Wizard) stepAt() (at, of int, label string) {
	for i, s := range v.Steps {
		if s.Current {
			return i + 1, len(v.Steps), s.Label
		}
	}
	return 0, len(v.Steps), ""
}
