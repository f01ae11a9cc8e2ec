package main

const marc, marcPassword = "marc@example.com", "marc"

// accountantTour is the accountant's: a VAT return goes to the stand-in for HMRC, and its
// receipt comes back.
var accountantTour = tour{name: "tour-accountant", heading: "### … an accountant: file a VAT return", height: 860, steps: []func(w *walk){
	func(w *walk) {
		w.Open(w.at.base + "/")
		w.signIn(marc, marcPassword)
		w.Click("css:summary.round")
		w.Click("Mon compte")
		w.Select("Langue", "English")
		w.Click("Enregistrer")
		w.Open(w.at.base + "/")
		w.Click("File")
	},
	func(w *walk) {
		w.Click("Continue")
		w.Click("Continue to HMRC")
	},
	func(w *walk) {
		w.told("Harrow & Vale Ltd")
		w.Click("css:[aria-label='Sign in: Harrow & Vale Ltd']")
		w.Click("Give permission")
		w.WaitFor("HMRC’s own periods")
		w.Click("Continue")
	},
	func(w *walk) {
		w.WaitFor("Nine boxes")
		w.picture("tour-vat")
		w.Select("Box to adjust", "4 VAT reclaimed")
		w.Fill("Amount", "12.50")
		w.Fill("Reason", "Fuel scale charge")
		w.Click("Add this adjustment")
	},
	func(w *walk) {
		w.Click("Continue to declaration")
		w.Check("I have read the declaration and confirm it for this company.")
		w.Click("Submit to HMRC")
		w.WaitFor("HMRC has your return.")
		w.look()
		w.Click("VAT returns")
	},
}}
