package ui

// Connected lists the applications that may see something of a person's data, and those
// that no longer may.
type Connected struct {
	Page
	Title     string
	Sub       string
	Tabs      []Tab
	Apps      []ConnectedApp
	Withdrawn []ConnectedApp
	Empty     Empty // when there are no Apps
}

// ConnectedApp is one application on the list.
type ConnectedApp struct {
	ID      string // of the element, to lead to it
	Client  Client
	Tags    []Tag
	Sees    string // names of what it may see, or could
	Used    string // "Last used 4 minutes ago", "Withdrawn on 4 October 2026"
	Open    bool   // unfolded from the start
	Scopes  []ConsentScope
	Facts   []Fact
	Text    string // what can be done with it, a sentence
	Actions []Action
}

// Fact is a label with its value, which may lead somewhere.
type Fact struct{ Label, Text, URL string }

// Sharing asks which scopes one application may see: a form as on the consent page, in
// the frame of the account. It posts [FieldScope] for each box that is ticked.
type Sharing struct {
	Page
	Title  string
	Sub    string
	Client Client
	Tabs   []Tab
	Notes  []Note
	Action string
	Hidden []Pair
	Scopes []ConsentScope
	Hint   string // beside the heading of the boxes
	Text   string // what saving does, a sentence
	Save   string // label of the button
	Cancel string // URL
}
