// Package ui turns plain view structs into HTML pages. It knows nothing of
// records, routes or the database: a handler fills a struct such as [List] or
// [Form] and renders the component that the function of the same name returns:
// ListPage(List), FormPage(Form), HomePage, SignInPage, SetupPage, ConsentPage,
// OptionsPage, ConflictPage, InquiryPage, WizardPage, TasksPage, ConfirmPage, AccountPage, SessionsPage,
// FailurePage and MessagePage.
//
// Texts inside a view (titles, labels, values) arrive in the reader's language.
// Texts of the package itself ("Save", "3 selected") go through [Page.T]; their
// messages are in locales/*.toml and exported as [Locales].
//
// Every page works without script. No page holds inline style or script, so the
// strictest Content-Security-Policy applies to all of them.
package ui

// Names of form fields that pages of this package add to what a view names.
// A handler reads them from the posted form.
const (
	// FieldVersion carries Form.Version, for optimistic locking.
	FieldVersion = "_version"
	// FieldHas repeats the name of every field whose absence means "empty":
	// check boxes, switches, many-to-many, addresses, lines. A field neither
	// posted nor named here was not on the page and keeps its value.
	FieldHas = "_has"
	// FieldNext is the local URL to go back to after a theme, company or sign-out post.
	FieldNext = "next"
	// FieldTheme is "light", "dark" or "" (as the device), posted to URLs.Theme.
	FieldTheme = "theme"
	// FieldCompany is a Company.ID, posted to URLs.Company.
	FieldCompany = "company"
	// FieldSelected repeats a Row.ID per ticked row of a list.
	FieldSelected = "id"
	// FieldAll is "1" when every match of the list is meant, not only the ticked rows.
	FieldAll = "all"
	// FieldBulk is the Action.Value of the bulk action that was pressed.
	FieldBulk = "do"
	// FieldColumns repeats the Key of each column to show, in a list's query string.
	FieldColumns = "col"
	// FieldScope repeats the code of each ticked scope on the consent page.
	// Required scopes are not posted: the server adds them.
	FieldScope = "scope"
	// FieldDecision is DecisionAllow or DecisionDeny on the consent page.
	FieldDecision = "decision"
)

// Values of FieldDecision.
const (
	DecisionAllow = "allow"
	DecisionDeny  = "deny"
)

// Buttons that post a form back to draw it again with the entries kept. Each is
// a field name; its value says what is meant.
const (
	// DoAdd asks for one more blank line or address; the value is the field's name.
	DoAdd = "_add"
	// DoRemove, DoUp and DoDown act on one entry; the value is "name.index", from 0.
	DoRemove = "_remove"
	DoUp     = "_up"
	DoDown   = "_down"
	// DoFilter changes how a filter is written; see Filter.
	DoFilter = "_filter"
	// DoPreview asks for the page as it would be with the entries, and for nothing else.
	DoPreview = "_preview"
	// DoFind asks for the matches of a relation's typed text (Field.Found); the
	// value is the field's name.
	DoFind = "_find"
)

// RecordForm is the id of the form of a record, which Save, outside of it, belongs to.
const RecordForm = "record"

// Suffixes of names posted by relation fields: "partner" is the id,
// "partner.text" what is typed in the box. Without script only the text
// changes: when it is no longer the label of the id, the text decides.
const (
	SuffixText = ".text"
	// SuffixFound is the id chosen among Field.Found; "" takes none of them.
	SuffixFound = ".found"
	// SuffixOrder are the paths that a tree had, in their order, separated by commas.
	SuffixOrder = ".order"
)

// A Translate answers the message of key in the reader's language. args are
// name and value pairs for the message; "Count" also selects the plural form.
type Translate func(key string, args ...any) string

// Theme is what <html data-theme> says. The zero value follows the device.
type Theme string

// The themes a reader can choose.
const (
	ThemeSystem Theme = ""
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Tone colours a tag, note or button; a word always says the same.
type Tone string

// The tones. ToneNone is neutral.
const (
	ToneNone Tone = ""
	ToneInfo Tone = "info"
	ToneOK   Tone = "ok"
	ToneWarn Tone = "warn"
	ToneBad  Tone = "bad"
)

// Hue is the colour of an app's tile; decoration only, always beside a word.
// An unknown hue shows as HueSettings.
type Hue string

// The hues there are.
const (
	HueContacts   Hue = "contacts"
	HueSales      Hue = "sales"
	HueAccounting Hue = "accounting"
	HuePeople     Hue = "people"
	HueSettings   Hue = "settings"
	HueAccount    Hue = "account"
	HueGold       Hue = "gold"
)

// Page is what all pages share; every view embeds it.
type Page struct {
	Title  string // of the browser tab, and of the page where the view has no Title of its own
	Lang   string // BCP 47: "en", "fr"
	Theme  Theme
	T      Translate
	App    App         // the app whose menu the sidebar shows
	Menu   []MenuGroup // the sidebar; empty: a page without a sidebar
	Crumbs []Link      // from the outside in; the last is this page, and headings of the menu lead nowhere
	Flash  []Note      // what the last action did
	User   *User       // nil: nobody is signed in, no menu of the person
	URLs   URLs
}

// App is one tile of the home page and the head of the sidebar.
type App struct {
	Label string
	Icon  string // a name of the sprite, see Icons
	Hue   Hue
	URL   string
}

// MenuGroup is a titled part of the sidebar.
type MenuGroup struct {
	Title string // "" for none
	Items []MenuItem
}

// MenuItem is one line of the sidebar.
type MenuItem struct {
	Label   string
	Icon    string
	URL     string
	Count   string // formatted for the reader, "4,310"; "" for none
	Current bool
}

// Link is a word that leads somewhere.
type Link struct {
	Text string
	URL  string
}

// User is the person who is signed in.
type User struct {
	Name      string
	Email     string
	Company   string    // the one acted for
	Companies []Company // those to switch to; one or none: no switch
}

// Company is one choice of the company switch.
type Company struct {
	ID      string
	Name    string
	Current bool
}

// URLs lead from every page to the places the shell knows. An empty one leaves
// its button out.
type URLs struct {
	Self    string // this page with its query: where theme and company posts come back to
	Home    string
	Account string
	SignIn  string
	SignOut string // POST
	Theme   string // POST FieldTheme, FieldNext
	Company string // POST FieldCompany, FieldNext
	Search  string // GET ?q=; answers with OptionsPage; used by the palette
}

// Tile is a small coloured square: an icon, or the first letter of Text.
type Tile struct {
	Icon string
	Text string // the name whose first letter shows when there is no icon
	Hue  Hue
}

// Tag is a word, with an icon, in a tone.
type Tag struct {
	Text string
	Icon string // "" takes the tone's own icon, none for ToneNone
	Tone Tone
	URL  string // "" for plain text
	Hue  Hue    // a small square before the word, for models and apps
}

// Note is a call-out on the page, or what the last action did (Page.Flash).
type Note struct {
	Tone  Tone
	Title string // bold start, may be empty
	Text  string
	Links []Link
	Undo  *Action // a POST that takes the action back
}

// Pair is a name and a value: hidden fields, facts.
type Pair struct {
	Name  string
	Value string
}

// Action is a button or a link that looks like one. With Post it is a form of
// its own; with Value alone it is a submit button of the form around it.
type Action struct {
	Label    string
	About    string // read out behind the label where several buttons of a page have the same
	Icon     string
	URL      string
	Post     bool   // POST to URL instead of a link
	Hidden   []Pair // posted along
	Name     string // of the submit button; FieldBulk in a list's bulk actions when empty
	Value    string
	Primary  bool
	Danger   bool
	Disabled bool
	Why      string // said beside a disabled action
	Key      string // one-letter shortcut: "n" for new
}

// Tab is one of the pages a record or an account is divided into.
type Tab struct {
	Label   string
	URL     string
	Count   string
	Current bool
}

// Empty is shown instead of rows.
type Empty struct {
	Icon    string
	Title   string
	Text    string
	Actions []Action
}
