package hmrcsim

// Demo are the options of the stand-in that --demo and the command hmrc-sim start. Two
// organisations are registered: the company of the demo records, and another one that an
// accountant can sign in with by mistake. The redirect URIs are those of the client.
func Demo(clientID, secret string, redirectURIs ...string) Options {
	return Options{
		Applications: []Application{{
			Name: "Tessera", ClientID: clientID, Secrets: []string{secret},
			RedirectURIs: redirectURIs, Scopes: []string{readVAT, writeVAT},
		}},
		Users: []User{
			{UserID: "412096873315", Password: "harrowvale", FullName: "Marc Dubois", Email: "marc@example.com",
				Business: Business{Name: "Harrow & Vale Ltd", VRN: "123456789", Stagger: JanuaryQuarters, DirectDebit: true, BankDetails: true}},
			{UserID: "885320146672", Password: "northwind", FullName: "Ida Newton", Email: "ida.newton@example.com",
				Business: Business{Name: "Northwind Joinery Ltd", VRN: vatNumber("6661196"), Stagger: FebruaryQuarters, HashedPeriod: true}},
			{UserID: "301774925508", Password: "novatyet", FullName: "Owen Pryce", Email: "owen.pryce@example.com",
				Business: Business{Name: "Pryce Garden Design"}},
		},
		Rate: Rate, AnyPeriod: false, Loopback: true, Listed: true, Control: true,
	}
}
