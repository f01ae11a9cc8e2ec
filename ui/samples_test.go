package ui

import (
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/a-h/templ"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// translator reads the real messages.
func translator(t testing.TB, lang string) Translate {
	t.Helper()
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, l := range []string{"en", "fr"} {
		if _, err := b.LoadMessageFileFS(Locales, "locales/"+l+".toml"); err != nil {
			t.Fatalf("read the messages of %s: %v", l, err)
		}
	}
	return Localize(i18n.NewLocalizer(b, lang))
}

// A sample is one page in one state.
type sample struct {
	name string
	page func(Page) templ.Component
}

// samples hold every page with every part of its view in use. text is put into
// each word a caller supplies, so that a hostile one reaches every field.
func samples(text func(string) string) []sample {
	x := text
	return []sample{
		{"list", func(p Page) templ.Component { return ListPage(sampleList(p, x)) }},
		{"list-empty", func(p Page) templ.Component {
			v := sampleList(p, x)
			v.Rows, v.Total, v.Pager = nil, 0, Pager{}
			v.Empty = Empty{Title: x("No scopes yet"), Text: x("A scope opens some records of one model to other applications."), Actions: v.Actions[1:]}
			return ListPage(v)
		}},
		{"list-plain", func(p Page) templ.Component { return ListPage(sampleUsers(p, x)) }},
		{"options", func(p Page) templ.Component { return OptionsPage(sampleOptions(p, x)) }},
		{"form", func(p Page) templ.Component { return FormPage(sampleForm(p, x)) }},
		{"form-errors", func(p Page) templ.Component {
			v := sampleForm(p, x)
			v.Errors = []FieldError{{Name: "code", Text: x("Code: use letters, digits and dots.")}, {Text: x("The limit is lower than the open orders.")}}
			v.Groups[4].Fields[0].Lines.Rows[0].Fields[1].Error = x("More than nothing.")
			v.Aside[0].Fields[1].Error = x("It has live tokens.")
			return FormPage(v)
		}},
		{"form-read", func(p Page) templ.Component {
			v := sampleForm(p, x)
			v.ReadOnly = true
			return FormPage(v)
		}},
		{"conflict", func(p Page) templ.Component { return ConflictPage(sampleConflict(p, x)) }},
		{"confirm", func(p Page) templ.Component { return ConfirmPage(sampleConfirm(p, x)) }},
		{"account", func(p Page) templ.Component { return AccountPage(sampleAccount(p, x)) }},
		{"sessions", func(p Page) templ.Component { return SessionsPage(sampleSessions(p, x)) }},
		{"home", func(p Page) templ.Component { return HomePage(sampleHome(p, x)) }},
		{"signin", func(p Page) templ.Component { return SignInPage(sampleSignIn(p, x)) }},
		{"signin-locked", func(p Page) templ.Component {
			v := sampleSignIn(p, x)
			v.Locked, v.For = x("15 minutes"), nil
			return SignInPage(v)
		}},
		{"setup", func(p Page) templ.Component {
			return SetupPage(Setup{Page: bare(p), Action: "/setup", Hidden: []Pair{{"token", x("t")}}, Login: x("admin"), MinLength: 12,
				Errors: []FieldError{{Name: "again", Text: x("The two do not match.")}}})
		}},
		{"consent", func(p Page) templ.Component { return ConsentPage(sampleConsent(p, x)) }},
		{"connected", func(p Page) templ.Component { return ConnectedPage(sampleConnected(p, x)) }},
		{"connected-none", func(p Page) templ.Component {
			return ConnectedPage(Connected{Page: p, Empty: Empty{Icon: "plug", Text: x("When you let one in, it stands here.")}})
		}},
		{"sharing", func(p Page) templ.Component { return SharingPage(sampleSharing(p, x)) }},
		{"wizard", func(p Page) templ.Component { return WizardPage(sampleWizard(p, x)) }},
		{"wizard-errors", func(p Page) templ.Component {
			v := sampleWizard(p, x)
			v.Errors, v.Blocked = []FieldError{{Name: "adjustment", Text: x("Adjustment: write a number.")}}, x("Box 5 does not add up.")
			v.Groups[0].Fields[0].Error = x("Write a number.")
			return WizardPage(v)
		}},
		{"wizard-wait", func(p Page) templ.Component {
			v := sampleWizard(p, x)
			v.Wait = &WizardWait{Icon: "pin", Tone: ToneInfo, Title: x("Something is needed from elsewhere"), Text: x("HMRC wants you to sign in."), Lead: x("What you entered is kept."), Retry: x("Continue"), Others: []Action{{Label: x("Discard and start a new one"), Name: FieldDo, Value: "again", URL: "/wizards/runs/h"}}}
			return WizardPage(v)
		}},
		{"wizard-away", func(p Page) templ.Component {
			v := sampleWizard(p, x)
			v.Wait = &WizardWait{Tone: ToneWarn, Title: x("Away"), Text: x("HMRC wants you to sign in."), Away: &Action{Label: x("Continue there"), URL: "https://hmrc.example/"}, Host: x("hmrc.example")}
			return WizardPage(v)
		}},
		{"wizard-over", func(p Page) templ.Component {
			v := sampleWizard(p, x)
			v.Back, v.Save, v.More, v.Leave = false, false, nil, &Action{Label: x("Done"), URL: "/"}
			return WizardPage(v)
		}},
		{"tasks", func(p Page) templ.Component {
			return TasksPage(Tasks{Page: p, Title: x("Go on where you were?"), Text: x("You can go on, or begin another one."), Items: sampleHome(p, x).Todo, New: Action{Label: x("Start a new one"), Icon: "plus", URL: "/wizards/x/start", Post: true}, Cancel: "/"})
		}},
		{"connections", func(p Page) templ.Component { return ConnectionsPage(sampleConnections(p, x)) }},
		{"leaving", func(p Page) templ.Component { return LeavingPage(sampleLeaving(p, x)) }},
		{"inquiry", func(p Page) templ.Component { return InquiryPage(sampleInquiry(p, x)) }},
		{"inquiry-none", func(p Page) templ.Component {
			return InquiryPage(Inquiry{Page: p, Title: x("Liabilities"), Empty: &Empty{Icon: "receipt", Title: x("No registration"), Text: x("Enter the number.")}})
		}},
		{"failure", func(p Page) templ.Component {
			return FailurePage(Failure{Page: p, Status: 500, ID: x("01HX4Z9Q"), Wait: x("30 seconds")})
		}},
		{"failure-401", func(p Page) templ.Component {
			return FailurePage(Failure{Page: bare(p), Status: 401, Text: x("Your session has ended."), Next: x("Sign in."), Title: x("Over")})
		}},
		{"message", func(p Page) templ.Component {
			return MessagePage(Message{Page: bare(p), Tone: ToneOK, Title: x("You are signed out"), Text: x("See you."), Actions: []Action{{Label: x("Sign in"), URL: "/login", Primary: true}}})
		}},
		{"gallery", func(p Page) templ.Component {
			return Gallery(Page{Title: x("Gallery"), T: p.T, Lang: p.Lang, Theme: p.Theme})
		}},
	}
}

func bare(p Page) Page {
	p.User, p.Menu, p.Crumbs, p.Flash = nil, nil, nil, nil
	return p
}

func samplePage(t Translate, x func(string) string) Page {
	return Page{
		Title: x("OAuth provider scopes"), Lang: "en", T: t,
		App: App{Label: x("Settings"), Icon: "settings", Hue: HueSettings, URL: "/settings"},
		Menu: []MenuGroup{
			{Title: x("Users"), Items: []MenuItem{
				{Label: x("Users"), Icon: "users", URL: "/users", Count: "86"},
				{Label: x("Access groups"), Icon: "shield-lock", URL: "/groups", Count: "14"},
				{Label: x("OAuth provider scopes"), Icon: "filter-check", URL: "/scopes", Count: "12", Current: true},
				{Label: x("OAuth provider clients"), Icon: "apps", URL: "/clients", Count: "5"},
				{Label: x("Sessions"), Icon: "devices", URL: "/sessions"},
			}},
			{Title: x("Companies"), Items: []MenuItem{{Label: x("Companies"), Icon: "building", URL: "/companies", Count: "3"}}},
			{Title: x("System"), Items: []MenuItem{
				{Label: x("Modules"), Icon: "puzzle", URL: "/modules", Count: "4"},
				{Label: x("Scheduled jobs"), Icon: "clock-play", URL: "/jobs"},
				{Label: x("Audit log"), Icon: "history", URL: "/audit"},
			}},
		},
		Crumbs: []Link{{x("Settings"), "/settings"}, {x("Users"), "/users"}, {Text: x("OAuth provider scopes")}},
		Flash:  []Note{{Tone: ToneOK, Text: x("Archived 3 scopes."), Undo: &Action{Label: x("Undo"), URL: "/undo", Post: true}}},
		User: &User{Name: x("Priya Raman"), Email: x("priya.raman@harrowvale.example"), Company: x("Harrow & Vale Ltd"),
			Companies: []Company{{"main", x("Harrow & Vale Ltd"), true}, {"fr", x("Harrow & Vale SARL"), false}}},
		URLs: URLs{Self: "/scopes?page=1", Home: "/", Account: "/account", SignIn: "/login", SignOut: "/logout", Theme: "/theme", Company: "/company", Search: "/search"},
	}
}

func sampleList(p Page, x func(string) string) List {
	row := func(id, name, code, model string, hue Hue, filter, fields string, n, of int) Row {
		return Row{ID: id, Label: x(name), Cells: []Cell{
			{Kind: CellStrong, Text: x(name), Sub: x(code), SubCode: true, URL: "/scopes/" + id},
			{Kind: CellLink, Text: x(model), Hue: hue},
			{Text: x(filter)}, {Kind: CellNumber, Text: fields},
			{Kind: CellMeter, Text: p.number(n) + " of " + p.number(of), Value: n, Max: of},
			{Kind: CellDate, Text: x("19 Nov 2026"), Datetime: "2026-11-19T09:00:00Z"},
		}}
	}
	v := List{
		Page: p, Title: x("OAuth provider scopes"),
		Sub:   x("What other applications may read. Each scope opens some records of one model, and only the fields you list."),
		Total: 42, Noun: x("scopes"), Foot: x("1 unused, 1 without a filter"), CSV: "/scopes.csv",
		Actions: []Action{{Label: x("Clients"), Icon: "apps", URL: "/clients"}, {Label: x("New scope"), Icon: "plus", URL: "/scopes/new", Primary: true, Key: "n"}},
		Search: &Search{Action: "/scopes", Placeholder: x("Name, code, field or app"), Hidden: []Pair{{"sort", x("name")}},
			Tokens: []Token{{Label: x("Status"), Value: x("Active"), Remove: "/scopes?status="}},
			Facets: []Facet{
				{Label: x("Model"), Name: "model", Choices: []Choice{{Label: x("Partner"), Value: x("partner"), Count: "2", Hue: HueContacts, Selected: true}, {Label: x("User"), Value: "user", Count: "2", Hue: HueSettings}}},
				{Label: x("Used by"), Choices: []Choice{{Label: x("Webshop"), URL: "/scopes?by=shop", Count: "3"}, {Label: x("Nobody"), URL: "/scopes?by=", Selected: true}}},
			}},
		Columns: []Column{{Key: "name", Label: x("Scope"), SortURL: "/scopes?sort=-name", Sorted: "asc"}, {Key: "model", Label: x("Model"), SortURL: "/scopes?sort=model", Phone: PhoneCorner},
			{Key: "filter", Label: x("Lets through"), Phone: PhoneLine}, {Key: "fields", Label: x("Fields"), Right: true}, {Key: "n", Label: x("Records matched"), Right: true}, {Key: "changed", Label: x("Changed"), SortURL: "/scopes?sort=changed", Right: true, Phone: PhoneHide}},
		Rows: []Row{
			row("1", "Your profile", "profile", "User", HueSettings, "Only the signed-in user", "5", 1, 86),
			row("2", "Email address", "email", "User", HueSettings, "Only the signed-in user", "1", 1, 86),
			row("3", "Wholesale partners", "partners.wholesale", "Partner", HueContacts, "Country is United Kingdom and (Tags include Wholesale or Credit limit ≥ £10,000)", "7", 128, 4310),
			row("4", "Delivery addresses", "partners.delivery", "Partner", HueContacts, "Type is Delivery address", "9", 1942, 4310),
			row("5", "Open sales orders", "sales.open", "Sales order", HueSales, "Status is Confirmed or Part delivered", "12", 342, 28915),
			row("6", "Customer invoices", "invoices.customer", "Invoice", HueAccounting, "Type is Customer invoice and Status is Posted", "10", 18204, 41377),
			row("7", "Employee directory", "hr.directory", "Employee", HuePeople, "Active", "5", 79, 93),
		},
		Pager:  Pager{First: 1, Last: 7, Next: "/scopes?page=2"},
		Bulk:   &Bulk{Action: "/scopes/bulk", Hidden: []Pair{{"status", "active"}}, Actions: []Action{{Label: x("Archive"), Icon: "archive", Value: "archive"}, {Label: x("Delete"), Icon: "trash", Value: "delete", Danger: true}}},
		Choose: []ColumnChoice{{"model", x("Model"), true}, {"created", x("Created"), false}},
		Hidden: []Pair{{"status", "active"}},
	}
	v.Rows[5].Cells[2] = Cell{Kind: CellTag, Tags: []Tag{{Text: x("No filter: all records"), Tone: ToneWarn}}}
	v.Rows[6].Muted = true
	return v
}

func sampleUsers(p Page, x func(string) string) List {
	return List{Page: p, Title: x("Users"), Total: 2,
		Columns: []Column{{Key: "name", Label: x("Name")}, {Key: "login", Label: x("Login")}, {Key: "active", Label: x("Active")}, {Key: "groups", Label: x("Groups")}, {Key: "limit", Label: x("Limit"), Right: true}, {Key: "do", Label: x("Actions")}},
		Rows: []Row{{ID: "1", Label: x("Anna Keller"), Cells: []Cell{
			{Kind: CellTile, Text: x("Anna Keller"), Sub: x("anna@example.com"), URL: "/users/1", Tile: &Tile{Text: x("Anna"), Hue: HuePeople}},
			{Kind: CellCode, Text: x("anna")}, {Kind: CellBool, Bool: true}, {Kind: CellTag, Tags: []Tag{{Text: x("Sales")}, {Text: x("Users"), URL: "/groups/1"}}},
			{Kind: CellMoney, Text: "1,000.00", Sub: x("GBP")}, {Kind: CellAction, Actions: []Action{{Label: x("Sign out"), URL: "/x", Post: true}}},
		}}, {ID: "2", Label: x("Marc"), Cells: []Cell{{Text: x("Marc"), URL: "/users/2"}, {}, {Kind: CellBool}, {}, {}, {Kind: CellCustom}}}},
		Tabs: []Tab{{Label: x("All"), URL: "/users", Count: "2", Current: true}, {Label: x("Archived"), URL: "/users?archived=1"}},
	}
}

func sampleOptions(p Page, x func(string) string) Options {
	return Options{Page: p, Title: x("Search"), Search: &Search{Action: "/search", Value: x("oauth"), Placeholder: x("Search")}, More: 3,
		Groups: []OptionGroup{{Title: x("Records"), Options: []Option{{Value: x("1"), Label: x("Webshop"), Sub: x("OAuth client"), Icon: "globe", Hue: HueSales, URL: "/clients/1"}, {Value: "2", Label: x("Other")}}}}}
}
