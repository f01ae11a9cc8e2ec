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
		{Kind: FieldReadOnly, Label: "Read only", Text: "20 Nov 2026"},
		{Kind: FieldReadOnly, Label: "Nothing"},
	}
	for i := range fields {
		fields[i].Name = string(theme) + string(fields[i].Kind) + ordinal(i)
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
