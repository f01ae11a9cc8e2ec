package ui

func sampleInquiry(p Page, x func(string) string) Inquiry {
	button := Ask{Action: "/vat/charges/XS1", Hidden: []Pair{{"next", x("/")}}, Device: "device", Label: x("Show the charge")}
	return Inquiry{Page: p, Title: x("VAT penalties"), Sub: x("Harrow · GB 123"), Tags: []Tag{{Text: x("Sandbox"), Tone: ToneWarn, Icon: "flag"}},
		Tabs: []Tab{{Label: x("Penalties"), URL: "/vat/penalties", Current: true}}, Notes: []Note{{Tone: ToneWarn, Title: x("Scenario"), Text: x("DEFAULT")}},
		Errors: []FieldError{{Name: "from", Text: x("From: no such day.")}},
		Cards: []InquiryCard{
			{ID: "ask", Title: x("Ask HMRC"), Sub: x("Of a year"), Tag: &Tag{Text: x("Asked")}, Notes: []Note{{Text: x("Nothing is lost.")}},
				Ask: &Ask{Action: "/vat/penalties", Fields: []Field{{Kind: FieldDate, Name: "from", Label: x("From"), Value: "2026-01-01", Error: x("No such day.")}, {Kind: FieldDate, Name: "to", Label: x("To")}},
					Hidden: []Pair{{"next", x("/")}}, Label: x("Ask HMRC"), Icon: "refresh", Primary: true, Hint: x("Asked at ten"), Device: "device", NoScript: x("Allow scripts.")}},
			{ID: "points", Title: x("Points"), Stats: []Stat{{x("Points"), x("2 of 4"), x("until May")}},
				Columns: []Column{{Key: "period", Label: x("Period")}, {Key: "amount", Label: x("Amount"), Right: true}, {Key: "charge", Label: x("Charge")}},
				Rows:    []Row{{Cells: []Cell{{Kind: CellStrong, Text: x("May to July")}, {Kind: CellMoney, Text: "200.00", Sub: x("GBP")}, {Kind: CellCustom, Body: AskButton(button)}}}}, Foot: x("Correlation")},
			{ID: "user", Title: x("Test user"), Fields: []Field{{Kind: FieldOnce, Name: "password", Label: x("Password"), Value: x("secret"), Copy: true}}},
			{ID: "none", Title: x("Payments"), Empty: &Empty{Icon: "receipt", Title: x("None"), Text: x("HMRC holds none.")}},
		}}
}
