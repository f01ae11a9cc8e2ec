package main

// personTour is the end user's: grant, look at what was granted, withdraw it.
var personTour = tour{name: "tour-person", heading: "### … an end user: grant, look, withdraw", height: 660, steps: []func(w *walk){
	func(w *walk) {
		p, base, err := w.at.shop()
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		w.t.Cleanup(p.stop)
		w.shop = base
		w.Open(base)
		w.Click("Sign in with Tessera")
	},
	func(w *walk) {
		w.signIn(anna, annaPassword)
		w.WaitFor("Allow selected")
		w.look()
		w.Uncheck("E-mail address")
		w.Click("Allow selected")
		w.WaitFor("Signed in")
	},
	func(w *walk) {
		w.WaitFor("otherinfo")
	},
	func(w *walk) {
		w.Open(w.at.base + "/")
		w.look()
		w.Click("css:summary.round")
		w.Click("My account")
		w.Click("Connected applications")
		w.picture("tour-connected")
	},
	func(w *walk) {
		w.Click("Withdraw access")
		w.Click("Withdraw access")
		w.WaitFor("Webshop has no access any more.")
		w.look()
		w.Open(w.shop + "/again")
	},
}}
