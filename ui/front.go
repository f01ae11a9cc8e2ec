package ui

// SignIn is the page with the mosaic. It posts "login", "password" and "keep".
type SignIn struct {
	Page
	Action   string
	Hidden   []Pair  // the sealed request that goes on after signing in
	Login    string  // kept after a failure
	Error    string  // one sentence that does not tell which of the two was wrong
	Locked   string  // "15 minutes": too many attempts; the form is shown closed
	For      *Client // the application that asked; nil: Tessera itself
	Keep     bool    // offer "Keep me signed in"
	Kept     bool
	Forgot   string // URL
	Notes    []Note
	Company  string
	Links    []Link
	LoginTip string // label of the first field; "" says "Email"
}

// Client is an application from outside, as people see it.
type Client struct {
	Name      string
	Logo      string // URL on this host; "" shows the tile
	Hue       Hue
	Publisher string
}

// Setup is the first-start page that sets the administrator's password. It
// posts "password" and "again".
type Setup struct {
	Page
	Action    string
	Hidden    []Pair
	Login     string // shown, not editable
	MinLength int
	Errors    []FieldError
}

// Consent asks whether an application may see data. It has no script at all.
type Consent struct {
	Page
	Client  Client
	Company string // whose data; "" leaves it out
	Name    string // who is signed in
	Email   string
	NotYou  *Action
	Action  string
	Hidden  []Pair // the one-time handle
	Scopes  []ConsentScope
	Write   bool   // some scope allows changes: leaves "read only" out
	Host    string // of the redirect URI
	Path    string // the rest of it
	Lasts   string // a sentence: how long
	Added   string // a sentence: who registered the application, when
	Apps    string // URL of the page where access is withdrawn
	Known   bool   // asked before: New scopes are marked
	Error   string
}

// ConsentScope is one thing that is asked for.
type ConsentScope struct {
	Code        string
	Name        string
	Description string
	Required    bool
	Checked     bool
	New         bool
	Sensitive   bool
	Write       bool
	Protocol    bool   // steers the protocol: it is about no records
	Fields      string // "name, e-mail and country"; "" when it shows only ids
	Records     int    // how many records it reveals right now
	More        bool   // Records is a lower bound
	Own         bool   // the one record is the person's own
	Reveals     []Pair // what it is, right now, label and value
}

// Home is the first page after signing in.
type Home struct {
	Page
	Greeting string
	Sub      string
	Notes    []Note
	Apps     []HomeApp
	Todo     []Todo
	Recent   []Recent
}

// HomeApp is one tile.
type HomeApp struct {
	App
	Sub string // "4,310 partners"
}

// Todo is something that waits for this person.
type Todo struct {
	Title  string
	Sub    string
	Icon   string
	Hue    Hue
	URL    string
	Action string  // label of the button: "Reconnect"
	Drop   *Action // what makes it wait no more: "Discard"
}

// Recent is a record seen lately.
type Recent struct {
	Text string
	Kind string // "Partner"
	When string
	Hue  Hue
	URL  string
}

// Confirm asks before something that touches many records or cannot be undone.
type Confirm struct {
	Page
	Title   string // a question: "Archive 12 partners?"
	Text    string // what will happen
	Notes   []Note
	Items   []Link // some of the records
	More    int    // those not listed
	Option  string // name of the choice between Options, "" for none
	Options []Option
	Action  string
	Hidden  []Pair
	Name    string // of the button: FieldBulk, …
	Value   string
	Label   string // what the button does: "Archive 12 partners"
	Danger  bool
	Cancel  string // URL
}

// Failure says what went wrong and what to do next. Title and Text have
// words of their own for 400, 401, 403, 404, 405, 409, 413, 429, 500 and 503.
type Failure struct {
	Page
	Status  int
	Title   string
	Text    string // one sentence for the person
	Next    string // what to do; "" takes the words for Status
	Actions []Action
	ID      string // of the request, to quote
	Wait    string // 429, 503: "30 seconds"
}

// Message is a page of one sentence: signed out, link used up, done.
type Message struct {
	Page
	Icon    string
	Tone    Tone
	Title   string
	Text    string
	Actions []Action
}
