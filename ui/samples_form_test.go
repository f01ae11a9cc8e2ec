package ui

func sampleForm(p Page, x func(string) string) Form {
	people := []Option{{Value: "1", Label: x("Priya Raman"), Sub: x("Sales")}, {Value: "2", Label: x("Tom Beckett"), Selected: true}}
	p.Crumbs = []Link{{x("Settings"), "/settings"}, {x("OAuth provider clients"), "/clients"}, {Text: x("Webshop")}}
	return Form{
		Page: p, Title: x("Webshop"), Sub: x("shop.harrowvale.example · last token 4 minutes ago"), Tile: &Tile{Text: x("Webshop"), Hue: HueSales},
		Tags:   []Tag{{Text: x("Active"), Tone: ToneOK}, {Text: x("Web application")}},
		Tabs:   []Tab{{Label: x("Settings"), URL: "?", Current: true}, {Label: x("Activity"), URL: "?tab=activity", Count: "86"}, {Label: x("History"), URL: "?tab=history"}},
		Trail:  Trail{Position: x("2 of 5"), Previous: "/clients/1"},
		More:   []Action{{Label: x("Duplicate"), Icon: "copy", URL: "/clients/2/copy"}, {Label: x("Archive"), Icon: "archive", URL: "/clients/2/archive", Post: true, Danger: true, Hidden: []Pair{{"v", x("1")}}}},
		Action: "/clients/2", Version: x("7"), Hidden: []Pair{{"tab", x("settings")}}, Save: x("Save client"), Discard: "/clients/2",
		Groups: []Group{
			{Title: x("Identity"), Fields: []Field{
				{Name: "name", Label: x("Name"), Hint: x("shown to users"), Value: x("Webshop"), Required: true, MaxLength: 80},
				{Name: "code", Label: x("Client identifier"), Kind: FieldCode, Value: x("harrowvale-webshop"), Copy: true, Help: x("Applications send this as client_id.")},
				{Name: "secret", Label: x("Client secret"), Kind: FieldSecret, Text: x("tsk_live_••••••••••••••••Qv7e"), Sub: x("Created 3 Mar 2026 by Daniel Okafor"), Help: x("Stored as a hash. Nobody can read it back."), Actions: []Action{{Label: x("Rotate secret"), Icon: "refresh", Value: "rotate", URL: "/clients/2/rotate"}}},
			}},
			{Title: x("Application type"), Sub: x("Decides how the app obtains a token. Changing it signs everyone out of this app."), Fields: []Field{
				{Name: "type", Label: x("Type"), Kind: FieldCards, Bare: true, Value: "web", Options: []Option{
					{Value: "web", Label: x("Web application"), Sub: x("Authorization code grant"), Help: x("Has a server that can keep a secret. The token never passes through the browser."), Icon: "globe", Tag: &Tag{Text: x("Strong"), Tone: ToneOK, Icon: "shield-check"}},
					{Value: "backend", Label: x("Backend application"), Sub: x("Client credentials grant"), Help: x("No user is present. Acts as one service account, on its own schedule."), Icon: "server", Tag: &Tag{Text: x("Strong"), Tone: ToneOK, Icon: "shield-check"}},
				}},
			}},
			{Title: x("Details"), Fields: []Field{
				{Name: "description", Label: x("Description"), Kind: FieldMultiline, Value: x("Orders for trade customers.")},
				{Name: "limit", Label: x("Credit limit"), Kind: FieldMoney, Value: x("10,000.00"), Prefix: x("£")},
				{Name: "quota", Label: x("Quota"), Kind: FieldNumber, Value: x("12"), Suffix: x("per day")},
				{Name: "since", Label: x("Since"), Kind: FieldDate, Value: "2026-11-20"},
				{Name: "at", Label: x("Next run"), Kind: FieldDatetime, Value: "2026-11-20T09:41"},
				{Name: "lang", Label: x("Language"), Kind: FieldSelect, Value: "en", Options: []Option{{Value: "en", Label: x("English")}, {Value: "fr", Label: x("French")}}},
				{Name: "partner", Label: x("Partner"), Kind: FieldRelation, Value: "7", Text: x("Abbott & Sons"), URL: "/partners/7", Source: "/partners/options", Options: people, Found: people},
				{Name: "email", Label: x("E-mail"), Kind: FieldEmail, Value: x("a@b.example")},
				{Name: "pw", Label: x("Password"), Kind: FieldPassword, Value: x("never shown")},
				{Name: "tags", Label: x("Tags"), Kind: FieldTags, Options: people, Source: "/tags/options"},
				{Name: "groups", Label: x("Groups"), Kind: FieldMany, Options: people, Help: x("What people may do.")},
				{Name: "created", Label: x("Created"), Kind: FieldReadOnly, Text: x("3 Mar 2026"), Sub: x("Daniel Okafor")},
				{Name: "filter", Label: x("Filter"), Kind: FieldFilter, Part: FilterPart("expr"), Filter: sampleFilter(x)},
				{Name: "written", Label: x("Written"), Kind: FieldFilter, Value: x("[[1]]"), Error: x("It is wrong."), Filter: &Filter{Note: &Note{Text: x("Too deep.")}, Hidden: []Pair{{"written.as", x("expression")}},
					At: x("Line 1"), Marked: []Mark{{Text: x("[")}, {Text: x("[1]"), Wrong: true}, {Wrong: true}}}},
				{Name: "expr", Label: x("Expression"), Kind: FieldJSON, Value: x(`[["id","=",1]]`), Wide: true},
			}},
			{Title: x("Redirect URIs"), Sub: x("Users are sent only to an address that matches one of these exactly. The first is the default."), Fields: []Field{
				{Name: "redirect_uris", Label: x("Redirect URI"), Kind: FieldURLs, Bare: true, Values: []string{x("https://shop.harrowvale.example/cb"), x("http://localhost:8069/cb")}},
				{Name: "new_secret", Label: x("New secret"), Kind: FieldOnce, Value: x("tsk_live_8fQv7e0s2k")},
			}},
			{Title: x("Lines"), Actions: []Action{{Label: x("Recount"), Value: "count"}}, Fields: []Field{
				{Name: "lines", Label: x("Lines"), Kind: FieldLines, Bare: true, Lines: &Lines{
					Columns: []Column{{Label: x("Product")}, {Label: x("Quantity"), Right: true}, {Label: x("Paid")}}, Add: x("Add a line"), Total: []Pair{{x("Untaxed"), "£90.00"}, {x("Total"), "£108.00"}},
					Rows: []Line{{Name: "lines.0", Hidden: []Pair{{"lines.0.id", x("1")}}, Fields: []Field{
						{Name: "lines.0.product", Value: x("Chair")}, {Name: "lines.0.quantity", Kind: FieldNumber, Value: x("2")}, {Name: "lines.0.paid", Kind: FieldCheck, Checked: true}}}}}},
			}},
		},
		Aside: []Group{
			{Title: x("Consent"), Notes: []Note{{Tone: ToneWarn, Title: x("Nobody will see what Webshop reads."), Text: x("Use this only for software your company runs.")}}, Fields: []Field{
				{Name: "skip", Label: x("Skip the authorization page"), Kind: FieldSwitch, Checked: true, Help: x("Users are signed in to this app without being asked.")},
				{Name: "active", Label: x("Active"), Kind: FieldCheck, Checked: true},
			}},
			{Title: x("Allowed scopes"), Sub: x("The most this app can ask for."), Tag: &Tag{Text: x("5 of 12")}, Fields: []Field{{Name: "scopes", Label: x("Scopes"), Kind: FieldMany, Options: people}}},
		},
		Log: &Timeline{More: "?tab=history", Items: []Event{
			{Who: x("Priya Raman"), What: x("changed 2 fields"), When: x("4 minutes ago"), Datetime: "2026-11-20T09:41:00Z", Diffs: []Diff{{x("Name"), x("Shop"), x("Webshop")}, {x("Publisher"), "", x("Harrow & Vale")}}},
			{Who: x("System"), What: x("refused a token"), When: x("yesterday"), Datetime: "2026-11-19T09:41:00Z", Icon: "ban", Tone: ToneBad, Note: x("Wrong redirect URI")},
		}},
	}
}

func sampleConflict(p Page, x func(string) string) Conflict {
	return Conflict{Page: p, Title: x("Webshop was saved before you"), Who: x("Daniel Okafor"), When: x("2 minutes ago"), Action: "/clients/2", Version: x("8"), Hidden: []Pair{{"lang", x("en")}}, Reload: "/clients/2",
		Fields: []Clash{{Name: "name", Label: x("Name"), Yours: x("Web shop"), Theirs: x("Webshop UK")}, {Name: "limit", Label: x("Credit limit"), Yours: "", Theirs: "1000", TheirsText: x("£1,000.00")}}}
}

func sampleConfirm(p Page, x func(string) string) Confirm {
	return Confirm{Page: p, Title: x("Delete 12 partners?"), Text: x("Their addresses go with them. Orders stay. This cannot be undone."), Action: "/partners/bulk", Hidden: []Pair{{"id", x("1")}},
		Notes: []Note{{Tone: ToneWarn, Text: x("3 of them have open orders and will be archived instead.")}},
		Items: []Link{{x("Abbott & Sons"), "/partners/1"}, {Text: x("Brackley Home")}}, More: 10, Name: FieldBulk, Value: "delete", Label: x("Delete 12 partners"), Danger: true, Cancel: "/partners"}
}

func sampleAccount(p Page, x func(string) string) Account {
	return Account{Page: p, Title: x("Sign-in and security"), Sub: x("How you prove that you are you."), Tabs: []Tab{{Label: x("Profile"), URL: "/account"}, {Label: x("Security"), URL: "/account/security", Current: true}},
		Notes: []Note{{Text: x("Two-step sign-in is on.")}},
		Panels: []Panel{
			{Group: Group{Title: x("Password"), One: true, Fields: []Field{{Name: "old", Label: x("Current password"), Kind: FieldPassword, Autocomplete: "current-password"}, {Name: "new", Label: x("New password"), Kind: FieldPassword, Autocomplete: "new-password"}}}, Action: "/account/password", Save: x("Change password"), Errors: []FieldError{{Name: "old", Text: x("That is not your password.")}, {Text: x("Nothing was changed.")}}, Hidden: []Pair{{"a", x("b")}}},
			{Group: Group{Title: x("Sign out everywhere"), Sub: x("Ends 3 sessions.")}, Action: "/account/out", Save: x("Sign out"), Danger: true},
			{Group: Group{Title: x("Facts"), Fields: []Field{{Name: "login", Label: x("Login"), Kind: FieldReadOnly, Text: x("priya")}}}},
		}}
}

func sampleSessions(p Page, x func(string) string) Sessions {
	return Sessions{Page: p, Title: x("Sessions"), Sub: x("Where you are signed in."), EndOthers: &Action{Label: x("Sign out everywhere else"), URL: "/sessions/others", Post: true, Danger: true},
		Items: []Session{{Device: x("Firefox on Linux"), Where: x("192.0.2.7"), Started: x("20 Nov, 09:38"), How: x("password"), Current: true},
			{Device: x("Safari on iPhone"), Phone: true, Person: x("Priya Raman"), Where: x("192.0.2.9"), Started: x("3 Nov"), Seen: x("yesterday"), How: x("passkey"), End: &Action{Label: x("Sign out"), URL: "/sessions/2/end", Post: true}}}}
}

func sampleHome(p Page, x func(string) string) Home {
	app := func(label, sub, icon string, hue Hue) HomeApp {
		return HomeApp{App: App{Label: x(label), Icon: icon, Hue: hue, URL: "/" + icon}, Sub: x(sub)}
	}
	return Home{Page: p, Greeting: x("Good morning, Priya"), Sub: x("Friday 20 November · Harrow & Vale Ltd"),
		Apps: []HomeApp{app("Contacts", "4,310 partners", "contacts", HueContacts), app("Sales", "12 to confirm", "bag", HueSales), app("Accounting", "VAT due 7 Dec", "calculator", HueAccounting), app("People", "2 on leave", "users", HuePeople), app("Settings", "1 warning", "settings", HueSettings)},
		Todo: []Todo{{Title: x("VAT return, Aug to Oct"), Sub: x("Due 7 Dec, £18,472.63 to pay"), Icon: "receipt", Hue: HueAccounting, URL: "/vat", Action: x("Start"), Drop: &Action{Label: x("Discard"), Icon: "trash", URL: "/wizards/runs/h", Hidden: []Pair{{FieldDo, "discard"}}}},
			{Title: x("PISTE connection has expired"), Sub: x("3 invoices are waiting"), Icon: "plug-off", Hue: HuePeople, URL: "/piste", Action: x("Reconnect")}},
		Recent: []Recent{{Text: x("S04417 Abbott & Sons"), Kind: x("Sales order"), When: x("9 min ago"), Hue: HueSales, URL: "/s/1"}, {Text: x("INV/2026/11208"), Kind: x("Customer invoice"), When: x("22 min ago"), Hue: HueAccounting, URL: "/i/1"}, {Text: x("Wholesale partners"), Kind: x("OAuth scope"), When: x("Yesterday"), Hue: HueSettings, URL: "/o/1"}}}
}

func sampleSignIn(p Page, x func(string) string) SignIn {
	return SignIn{Page: bare(p), Action: "/login", Hidden: []Pair{{"next", x("/scopes")}}, Login: x("priya.raman@harrowvale.example"), Error: x("Wrong email or password."), For: &Client{Name: x("Fieldbook"), Hue: HueContacts}, Keep: true, Kept: true, Forgot: "/forgot", Company: x("Harrow & Vale Ltd"), Links: []Link{{x("Privacy"), "/privacy"}}, LoginTip: x("Email")}
}

func sampleConsent(p Page, x func(string) string) Consent {
	return Consent{Page: p, Client: Client{Name: x("Fieldbook"), Hue: HueContacts, Publisher: x("Fieldbook Ltd")}, Company: x("Harrow & Vale"), Name: x("Priya Raman"), Email: x("priya.raman@harrowvale.example"), NotYou: &Action{URL: "/login?again=1"},
		Action: "/oauth2/consent", Hidden: []Pair{{"handle", x("h1")}}, Host: x("app.fieldbook.example"), Path: x("/oauth/callback"), Lasts: x("Lasts until you withdraw it."), Added: x("Added by Daniel Okafor, 3 March 2026."), Apps: "/account/apps", Known: true,
		Scopes: []ConsentScope{
			{Code: x("profile"), Name: x("Your profile"), Description: x("Your name and language, so Fieldbook can greet you."), Required: true, Fields: x("name, language and time zone"), Records: 1, Own: true, Reveals: []Pair{{x("Name"), x("Priya Raman")}, {x("Language"), x("English (UK)")}}},
			{Code: x("email"), Name: x("Email address"), Description: x("To send you a copy of each order you take."), Checked: true, Fields: x("email"), Records: 1, Own: true, Reveals: []Pair{{x("Email"), x("priya.raman@harrowvale.example")}}},
			{Code: x("partners.wholesale"), Name: x("Wholesale partners"), Description: x("See the trade customers you look after, so you can order for them."), Checked: true, New: true, Fields: x("name, VAT number, email, country, tags and credit limit"), Records: 128, Reveals: []Pair{{x("For example"), x("Abbott & Sons, Brackley Home and 126 more")}}},
			{Code: x("stock"), Name: x("Bank details"), Description: x("Pay suppliers."), Sensitive: true, Records: 9540, More: true},
		}}
}

func sampleConnected(p Page, x func(string) string) Connected {
	return Connected{Page: p, Title: x("Connected applications"), Sub: x("What each may see of what you see."),
		Tabs: []Tab{{Label: x("Sessions"), URL: "/account/sessions"}, {Label: x("Applications"), URL: "/account/applications", Current: true}},
		Apps: []ConnectedApp{
			{ID: "app-1", Client: Client{Name: x("Fieldbook"), Hue: HueContacts}, Sees: x("Your profile, Wholesale partners"), Used: x("Last used 4 minutes ago"), Open: true,
				Scopes: sampleConsent(p, x).Scopes, Facts: []Fact{{x("Site"), x("fieldbook.example"), "https://fieldbook.example"}, {Label: x("Allowed"), Text: x("20 Nov 2026, 09:38")}},
				Text: x("Withdrawing stops it at once."), Actions: []Action{{Label: x("Change what it sees"), URL: "/account/applications/1"}, {Label: x("Withdraw access"), URL: "/account/applications/1/withdraw", Danger: true}}},
			{ID: "app-2", Client: Client{Name: x("Datapoint BI"), Hue: HuePeople}, Tags: []Tag{{Tone: ToneWarn, Icon: "clock", Text: x("Unused for 74 days")}}, Used: x("Last used 8 September")},
		},
		Withdrawn: []ConnectedApp{{ID: "app-3", Client: Client{Name: x("Till"), Hue: HueSales}, Sees: x("Your profile"), Used: x("Withdrawn on 4 October 2026"), Text: x("It cannot ask you itself."),
			Actions: []Action{{Label: x("Allow again"), URL: "/account/applications/3/allow"}}}}}
}

func sampleSharing(p Page, x func(string) string) Sharing {
	return Sharing{Page: p, Title: x("What Fieldbook sees"), Sub: x("By Fieldbook Ltd"), Client: Client{Name: x("Fieldbook"), Hue: HueContacts}, Notes: []Note{{Tone: ToneBad, Text: x("Tick at least one.")}},
		Action: "/account/applications/1", Hidden: []Pair{{"shown", x("profile@1")}}, Scopes: sampleConsent(p, x).Scopes, Hint: x("Untick what you do not want to share"), Text: x("Holds at once."), Save: x("Save"), Cancel: "/account/applications"}
}

func sampleWizard(p Page, x func(string) string) Wizard {
	return Wizard{Page: p, Title: x("VAT return"), Sub: x("Harrow & Vale Ltd · 1 Aug to 31 Oct 2026"), Action: "/wizards/runs/h/review", Version: "4",
		Steps: []WizardStep{{Label: x("Period"), Done: true, Name: "period"}, {Label: x("Authorise"), Done: true}, {Label: x("Review"), Current: true}, {Label: x("Declare")}, {Label: x("Receipt")}},
		More:  []Action{{Label: x("Discard"), Icon: "trash", URL: "/wizards/runs/h", Post: true, Name: FieldDo, Value: "discard"}},
		Notes: []Note{{Tone: ToneInfo, Title: x("You are back."), Text: x("Nothing was submitted meanwhile.")}},
		Groups: []Group{{ID: "step", Title: x("Nine boxes"), Sub: x("From 1,106 posted entries."), Fields: []Field{{Kind: FieldMoney, Name: "adjustment", Label: x("Adjustment"), Value: "240.00", Suffix: "GBP"}},
			Actions: []Action{{Label: x("Ask again"), Icon: "refresh", Name: FieldDo, Value: "ask"}}}},
		Aside: []Group{{ID: "pay", Title: x("To pay"), Fields: []Field{{Kind: FieldReadOnly, Name: "pay", Label: x("To pay HMRC"), Text: x("£18,472.63")}}}},
		Back:  true, Save: true, Continue: x("Continue to declaration")}
}

func sampleFilter(x func(string) string) *Filter {
	f := galleryFilter()
	f.Hidden = []Pair{{"filter.as", x("builder")}}
	f.Top.Items = append(f.Top.Items, FilterItem{Place: "4", Field: f.Top.Items[0].Field, Op: f.Top.Items[0].Op,
		Value: []Field{{Kind: FieldMany, Label: x("Kind"), Options: []Option{{Value: x("a"), Label: x("A"), Selected: true}}}}})
	f.Top = named(f.Top, "filter")
	f.Top.Items[0].Hidden = []Pair{{"filter.0.was", x("country one")}}
	f.Top.Items[0].Field.Options[0].Label, f.Top.Items[0].Field.Options[0].Group = x("Country"), x("Address")
	f.Top.Items[0].Value[0].Text = x("United Kingdom")
	f.Top.Items[1].Group.Items[0].Value[0].Options[0].Label = x("Wholesale")
	f.Top.Items[1].Group.Items[1].Value[0].Error = x("Write a number.")
	return f
}
