package ui

// Connections are the connections of one API user to providers, as cards: on a tab of its
// form, on My account, on the page of the application itself.
type Connections struct {
	Text  string // over the cards
	Notes []Note
	Cards []ConnectionCard
	Empty Empty // when there are none
}

// ConnectionCard is an API user's standing with one provider.
type ConnectionCard struct {
	ID      string // of the element
	Tile    Tile
	Name    string // of the provider
	Summary string
	Tags    []Tag // the status first
	// Choice are the provider's APIs to choose from, as submit buttons; at most one is
	// Disabled, and that is the one in use.
	Choice      []Action
	ChoiceLabel string
	Banner      string // what this is not: "Sandbox: nothing here counts"
	Notes       []Note
	Facts       []ConnectionFact
	Host        string // where it is
	Actions     []Action
}

// ConnectionFact is one thing to know of a connection.
type ConnectionFact struct {
	Label string
	Text  string
	Sub   string
	Tone  Tone // of Sub
	Codes []string
}

// ConnectionsView is a page of nothing but connections.
type ConnectionsView struct {
	Page
	Title string
	Sub   string
	Tabs  []Tab
	Parts []ConnectionsPart
}

// ConnectionsPart is one API user's share of the page.
type ConnectionsPart struct {
	Title string // "" when there is only one
	Connections
}

// Leaving tells where a person is about to be sent, before he goes.
type Leaving struct {
	Page
	Client  Client // the provider
	Title   string
	Lead    string
	Banner  string
	Notes   []Note
	Steps   []Pair // what happens there: a strong beginning and the rest
	Action  string // posts
	Label   string // of the button
	Cancel  string // URL
	Host    string
	Fine    string // small print under the button
	Why     string
	Details []Pair
}
