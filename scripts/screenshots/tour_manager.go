package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
)

// managerTour is the business user's: say what an application may see, look at what it
// would get, let an application in and connect it.
var managerTour = tour{name: "tour-manager", heading: "### … a business user: say what an application may see", height: 860, steps: []func(w *walk){
	func(w *walk) {
		w.Open(w.at.base + "/")
		w.signIn(admin, adminPassword)
		w.Click("Settings")
		w.Click("OAuth Provider Scopes")
		w.Click("New scope")
	},
	func(w *walk) {
		w.Fill("Name", "Trade customers")
		w.Fill("Code", "trade")
		w.Fill("Description", "To take their orders.")
		w.Select("Model", "Partner")
	},
	func(w *walk) {
		w.addTo("condition")
		w.condition("0", "Country", "value.text", "United Kingdom")
		w.addTo("group")
		w.condition("1.0", "Tags", "value.text", "Wholesale")
		w.addTo("condition 1")
		w.condition("1.1", "Credit limit", "value", "10,000")
	},
	func(w *walk) {
		for _, path := range []string{"name", "email", "vat", "country", "tags", "credit_limit"} {
			w.Check("css:[name=fields][value=" + path + "]")
		}
		w.look()
		w.Page.Click("Fields of Salesperson")
		w.Check("css:[name=fields][value='salesperson.name']")
		w.look()
	},
	func(w *walk) {
		w.WaitFor("records match")
		w.look()
		w.pick("As seen by", "Anna Keller")
		w.WaitFor("Counted for Anna Keller.")
		w.look()
		w.top("css:[name='model']")
		w.picture("tour-scope")
	},
	func(w *walk) {
		w.Click("css:[data-save]")
		w.WaitFor("Created.")
	},
	func(w *walk) {
		w.Click("OAuth Provider Clients")
		w.Click("New client")
		w.Click("Backend job")
		w.Fill("Name", "Price list")
		w.pick("Runs as", "Anna Keller")
		w.pick("Allowed scopes", "Trade customers")
		w.look()
	},
	func(w *walk) {
		w.Click("css:[data-save]")
		w.look()
		w.picture("tour-client")
		key := secret.FindString(w.seen.String())
		w.Click("Integration")
		w.connect(key)
		w.picture("tour-connect")
	},
}}

// addTo presses a button of the filter: a condition or a group, at its end or in a group.
func (w *walk) addTo(place string) { w.Click("css:button[name=_filter][value='filter " + place + "']") }

// condition fills in the row of the filter that was added.
func (w *walk) condition(place, field, input, value string) {
	row := "css:[name='filter." + place + "."
	w.WaitFor(row + "path']")
	w.told(field)
	w.Select(row+"path']", field)
	w.WaitFor(row + input + "']")
	w.Fill(row+input+"']", value)
	w.look()
}

var secret = regexp.MustCompile(`tss_[A-Za-z0-9_-]+`)

// connect runs the lines of the page as they stand, with the secret that was shown.
func (w *walk) connect(key string) {
	w.t.Helper()
	w.told("CLIENT_SECRET")
	var lines string
	w.Eval(`document.querySelector('#terminal').textContent`, &lines)
	job := exec.Command("sh", "-eu")
	job.Stdin = strings.NewReader(lines)
	job.Env = append(os.Environ(), "CLIENT_SECRET="+key)
	if out, err := job.CombinedOutput(); err != nil || !strings.Contains(string(out), `"credit_limit"`) {
		w.t.Fatalf("the lines of the page give %s, %v", out, err)
	}
}
