package ui

func sampleConnections(p Page, x func(string) string) ConnectionsView {
	card := ConnectionCard{
		ID: "provider-1", Tile: Tile{Text: x("HMRC"), Hue: HueAccounting}, Name: x("HMRC"), Summary: x("VAT returns"), Tags: []Tag{{Text: x("Connected"), Tone: ToneOK, Icon: "plug"}},
		ChoiceLabel: x("API of HMRC"), Choice: []Action{{Label: x("Production"), URL: "/choose/1", Post: true, Hidden: []Pair{{"next", x("/")}}, Disabled: true}, {Label: x("Sandbox"), URL: "/choose/2", Post: true}},
		Banner: x("Sandbox: nothing counts."), Notes: []Note{{Tone: ToneBad, Text: x("The permission has run out.")}}, Host: x("https://api.example.com"),
		Facts: []ConnectionFact{{Label: x("Scopes"), Codes: []string{x("read:vat")}}, {Label: x("Access"), Text: x("Renews itself"), Sub: x("until May")},
			{Label: x("Authorised"), Text: x("20 Nov")}, {Label: x("Last call"), Text: x("20 Nov"), Sub: x("401"), Tone: ToneBad}},
		Actions: []Action{{Label: x("Details"), URL: "/details"}, {Label: x("Disconnect"), URL: "/disconnect", Post: true, Danger: true}},
	}
	return ConnectionsView{Page: p, Title: x("Connections"), Sub: x("Your own"), Tabs: []Tab{{Label: x("Profile"), URL: "/account"}},
		Parts: []ConnectionsPart{{Title: x("As a user"), Connections: Connections{Text: x("Services"), Notes: []Note{{Tone: ToneWarn, Title: x("Moved."), Text: x("Confirm.")}}, Cards: []ConnectionCard{card}}},
			{Connections: Connections{Empty: Empty{Icon: "plug", Title: x("None"), Text: x("Nothing is set up.")}}}}}
}

func sampleLeaving(p Page, x func(string) string) Leaving {
	return Leaving{Page: p, Client: Client{Name: x("HMRC"), Hue: HueAccounting}, Title: x("HMRC needs your permission"), Lead: x("You will be sent there."), Banner: x("Sandbox"),
		Notes: []Note{{Tone: ToneWarn, Text: x("Sign out first.")}}, Steps: []Pair{{x("Sign in"), x("with your account")}, {x("Grant"), x("access")}},
		Action: "/connections/attempts/1", Label: x("Continue to HMRC"), Cancel: "/back", Host: x("www.example.com"), Fine: x("It can be withdrawn."), Why: x("It has run out."), Details: []Pair{{x("For"), x("Harrow")}}}
}
