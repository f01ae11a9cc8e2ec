package ui

var hues = []Hue{HueContacts, HueSales, HueAccounting, HuePeople, HueSettings, HueAccount, HueGold}

func galleryActions() []Action {
	return []Action{
		{Label: "Save", Icon: "save", URL: "#", Primary: true},
		{Label: "Discard", URL: "#"},
		{Label: "Withdraw access", Icon: "ban", URL: "#", Danger: true},
		{Label: "Delete 3 records", URL: "#", Danger: true, Primary: true},
		{Label: "Not yet", URL: "#", Disabled: true, Why: "The filter matches nothing"},
	}
}

func galleryTags() []Tag {
	return []Tag{
		{Text: "IDs only"}, {Text: "Default", Tone: ToneInfo}, {Text: "Active", Tone: ToneOK},
		{Text: "No filter: all records", Tone: ToneWarn}, {Text: "Expired", Tone: ToneBad},
		{Text: "Needed to sign in", Icon: "lock"}, {Text: "Partner", Hue: HueContacts},
	}
}

func galleryNotes() []Note {
	return []Note{
		{Tone: ToneInfo, Title: "12 records", Text: "match this filter."},
		{Tone: ToneOK, Text: "Saved.", Links: []Link{{Text: "Open", URL: "#"}}},
		{Tone: ToneWarn, Title: "Nobody will see what Webshop reads.", Text: "Use this only for software your company runs."},
		{Tone: ToneBad, Text: "The secret has expired.", Undo: &Action{Label: "Rotate", URL: "#"}},
	}
}

// galleryFields shows every kind; names carry the theme so that ids stay unique.
func galleryFields(theme Theme) []Field {
	options := []Option{
		{Value: "web", Label: "Web application", Sub: "Authorization code", Help: "Has a server that can keep a secret.", Icon: "globe", Selected: true, Tag: &Tag{Text: "Strong", Tone: ToneOK}},
		{Value: "backend", Label: "Backend application", Sub: "Client credentials", Help: "No user is present.", Icon: "server"},
	}
	fields := []Field{
		{Label: "Text", Hint: "shown to users", Value: "Webshop", Help: "One line."},
		{Label: "Wrong", Value: "web shop", Error: "A code has no spaces. Try web-shop.", Required: true},
		{Kind: FieldNumber, Label: "Number", Value: "12"},
		{Kind: FieldMoney, Label: "Money", Value: "10,000.00", Prefix: "£"},
		{Kind: FieldDate, Label: "Date", Value: "2026-11-20"},
		{Kind: FieldDatetime, Label: "Date and time", Value: "2026-11-20T09:41"},
		{Kind: FieldPassword, Label: "Password"},
		{Kind: FieldCode, Label: "Code", Value: "partners.wholesale", Copy: true},
		{Kind: FieldSelect, Label: "Selection", Options: options},
		{Kind: FieldRelation, Label: "Relation", Value: "7", Text: "Priya Raman", URL: "#", Source: "#"},
		{Kind: FieldCheck, Label: "Check", Checked: true, Help: "A yes or no."},
		{Kind: FieldSwitch, Label: "Switch", Checked: true, Help: "Takes effect when saved."},
		{Kind: FieldMultiline, Label: "Several lines", Value: "See the trade customers you look after."},
		{Kind: FieldJSON, Label: "Expression", Value: `[["country", "=", "GB"]]`},
		{Kind: FieldCards, Label: "Cards", Options: options},
		{Kind: FieldMany, Label: "Many", Options: options},
		{Kind: FieldTags, Label: "Tags", Options: options, Source: "#"},
		{Kind: FieldURLs, Label: "Addresses", Values: []string{"https://shop.example/cb", "http://localhost:8069/cb"}},
		{Kind: FieldSecret, Label: "Secret", Text: "tsk_live_••••••••Qv7e", Sub: "Created 3 Mar 2026", Actions: []Action{{Label: "Rotate secret", Icon: "refresh", Name: "do", Value: "rotate"}}},
		{Kind: FieldOnce, Label: "New secret", Value: "tsk_live_8fQv7e0s2k"},
		{Kind: FieldFilter, Label: "Filter", Filter: galleryFilter()},
		{Kind: FieldFilter, Label: "Wrong expression", Value: `[["nope","=",1]]`, Error: "Partner has no field “nope”.", Filter: &Filter{At: "Line 1, character 4",
			Marked: []Mark{{Text: `[["`}, {Text: "nope", Wrong: true}, {Text: `","=",1]]`}}}},
		{Kind: FieldFilter, Label: "Filter of nothing", Filter: &Filter{Builder: true, Off: true, Note: &Note{Text: "Choose “Model” first."}}},
		{Kind: FieldReadOnly, Label: "Read only", Text: "20 Nov 2026"},
		{Kind: FieldReadOnly, Label: "Nothing"},
	}
	for i := range fields {
		fields[i].Name = string(theme) + string(fields[i].Kind) + ordinal(i)
		if f := fields[i].Filter; f != nil {
			f.Top = named(f.Top, fields[i].Name)
		}
	}
	return fields
}

func galleryList(p Page) List {
	return List{
		Page: p,
		Columns: []Column{
			{Label: "Scope"}, {Label: "Model"}, {Label: "State"}, {Label: "Sign-in"},
			{Label: "Records", Right: true}, {Label: "Limit", Right: true}, {Label: "Changed", Right: true},
		},
		Rows: []Row{{ID: "1", Label: "Wholesale partners", Cells: []Cell{
			{Kind: CellStrong, Text: "Wholesale partners", Sub: "partners.wholesale", SubCode: true, URL: "#"},
			{Kind: CellLink, Text: "Partner", Hue: HueContacts},
			{Kind: CellTag, Tags: []Tag{{Text: "Active", Tone: ToneOK}}},
			{Kind: CellBool, Bool: true},
			{Kind: CellMeter, Text: "128 of 4,310", Value: 128, Max: 4310},
			{Kind: CellMoney, Text: "10,000.00", Sub: "GBP"},
			{Kind: CellDate, Text: "19 Nov 2026", Datetime: "2026-11-19T09:00:00Z"},
		}}},
	}
}

// galleryFilter shows every control of a condition, one of them wrong.
func galleryFilter() *Filter {
	path := func(label string) Field {
		return Field{Kind: FieldSelect, Label: "Field", Value: "1", Required: true, Options: []Option{{Value: "1", Label: label, Group: "Address"}, {Value: "2", Label: "Name", Group: "Country"}}}
	}
	op := func(label string) Field {
		return Field{Kind: FieldSelect, Label: "Comparison", Value: "1", Required: true, Options: []Option{{Value: "1", Label: label}}}
	}
	kept := []Option{{Value: "1", Label: "Wholesale", Selected: true}}
	inner := FilterGroup{Place: "1", Match: FilterAny, Nest: true, Items: []FilterItem{
		{Place: "1.0", Field: path("Tags"), Op: op("include"), Value: []Field{{Kind: FieldTags, Label: "Tags", Options: kept, Source: "#"}}},
		{Place: "1.1", Field: path("Credit limit"), Op: op("at least"), Value: []Field{{Kind: FieldNumber, Label: "Value", Value: "plenty", Error: "Write a number, such as 10000 or 99.50."}}},
	}}
	return &Filter{Builder: true, Top: FilterGroup{Match: FilterAll, Nest: true, Items: []FilterItem{
		{Place: "0", Field: path("Country"), Op: op("is"), Value: []Field{{Kind: FieldRelation, Label: "Country", Text: "United Kingdom", Source: "#"}}},
		{Place: "1", Group: &inner},
		{Place: "2", Field: path("Since"), Op: op("on or after"), Value: []Field{{Kind: FieldNumber, Label: "How many", Value: "30"}, {Kind: FieldSelect, Label: "Unit", Value: "1", Required: true, Options: []Option{{Value: "1", Label: "days"}}}, {Kind: FieldSelect, Label: "Which day", Value: "1", Required: true, Options: []Option{{Value: "1", Label: "before today"}}}}},
		{Place: "3", Field: path("Salesperson"), Op: op("is the current user")},
	}}}
}

// named gives the controls of a group names below another one.
func named(g FilterGroup, name string) FilterGroup {
	g.Name = entryOf(name, g.Place)
	for i := range g.Items {
		item := &g.Items[i]
		at := entryOf(name, item.Place)
		item.Field.Name, item.Op.Name = at+".path", at+".op"
		for v := range item.Value {
			item.Value[v].Name = at + ".value" + ordinal(v)
		}
		if item.Group != nil {
			inner := named(*item.Group, name)
			item.Group = &inner
		}
	}
	return g
}

func entryOf(name, place string) string { return name + "." + place }
