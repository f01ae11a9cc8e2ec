package modules_test

import (
	"strconv"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/apptest/browser"
	"github.com/tessera-erp/tessera/app/web"
)

// day is somebody who works with the house.
type day struct {
	*browser.Page
	t      *testing.T
	house  *apptest.App
	script bool
	second *browser.Page // a colleague
}

// TestDailyWork does in a browser what people do all day with lists, forms and the ways
// from one to the other, with the house's scripts and without.
func TestDailyWork(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	for name, o := range map[string]browser.Options{"Script": {}, "NoScript": {NoScript: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := day{b.Page(t, o), t, house(t), !o.NoScript, b.Page(t, o)}
			for _, p := range []*browser.Page{d.Page, d.second} {
				p.Open(d.house.URL + "/signin")
				signIn(p, "admin@example.com")
			}
			d.home()
			d.list()
			d.bulk()
			d.order()
			d.conflict()
			d.around()
			for _, p := range []*browser.Page{d.Page, d.second} {
				for _, line := range p.Console() {
					t.Errorf("the console says: %s", line)
				}
			}
		})
	}
}

func (d day) shows(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		d.WaitFor(text)
	}
}

// gone waits until texts are not to be seen any more.
func (d day) gone(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		d.WaitGone(text)
	}
}

// home has a tile for each application and what waits for the person.
func (d day) home() {
	d.shows("Good ", "Needs you", "VAT return 1", "Contacts", "Employees", "Accounting")
	d.Click("Sales")
	d.shows("Orders", "New order")
}

// list sorts, picks a facet, adds a column, reads the totals and goes to the next page.
func (d day) list() {
	d.Open(d.house.URL + "/records/sales.order")
	d.Click("css:th a[href$='sort=total']")
	d.WaitFor("css:th[aria-sort=ascending]")
	d.Click("css:th[aria-sort=ascending] a")
	d.WaitFor("css:th[aria-sort=descending]")
	d.Click("Columns")
	d.Check("Before tax")
	d.Click("Show")
	d.WaitFor("css:th a[href*='sort=untaxed']")
	d.Open(d.house.URL + "/records/sales.order")
	d.Click("css:details:has([name='f.state']) summary")
	d.Check("css:[name='f.state'][value=done]")
	d.Click("css:details:has([name='f.state']) button")
	d.shows("Done")
	d.gone("Confirmed", "Draft")
	d.Click("Next page")
	d.shows("81")
	d.gone("Confirmed", "Draft")
	d.Open(d.house.URL + "/records/sales.order?q=no+such+order")
	d.shows("Nothing")
}

// bulk ticks records of a list and does something with all of them.
func (d day) bulk() {
	d.Open(d.house.URL + "/records/sales.order?f.state=draft")
	d.Check("css:tbody tr:nth-child(1) .c-sel input")
	d.Check("css:tbody tr:nth-child(2) .c-sel input")
	if d.script {
		d.shows("Selected: 2")
	}
	d.Click("Confirm")
	d.shows("2 orders")
	amara := d.house.URL + "/records/contacts.partner?q=Amara"
	d.Open(amara)
	id := d.first()
	d.Check("css:tbody tr:nth-child(1) .c-sel input")
	d.Click("Archive")
	d.Click("Archive 1 partner")
	d.shows("Archived 1 partner.", "Undo")
	d.gone("css:tbody input[value='" + id + "']")
	d.Click("Undo")
	d.shows("Brought back 1 partner.")
	d.Open(amara)
	if got := d.first(); got != id {
		d.t.Errorf("after Undo the list begins with %s, want %s", got, id)
	}
}

// first is the id of the record in the first row.
func (d day) first() (id string) {
	d.t.Helper()
	d.Eval("document.querySelector('tbody .c-sel input').value", &id)
	return id
}

// order makes an order with lines, is told what is missing, and finds what was typed.
func (d day) order() {
	d.Open(d.house.URL + "/records/sales.order/new")
	d.Fill("Customer", "Garrick Cer")
	if d.script {
		d.Click("css:[role=listbox]:not([hidden]) [role=option]")
	} else {
		d.Click("Find: Customer")
		d.shows("can mean several")
		d.Click("css:[data-save]")
		d.shows("can mean several") // nothing is chosen for him
		d.Check("Garrick Ceramics")
	}
	d.Click("Add a line")
	if got := d.Value("Customer"); got != "Garrick Ceramics" {
		d.t.Errorf("the customer is %q, want the one whose name begins as it was typed", got)
	}
	d.Fill("Product 1", "Oak stool")
	d.Fill("Quantity 1", "many")
	d.Click("css:[data-save]")
	d.shows("Quantity")
	if got := d.Value("Quantity 1"); got != "many" {
		d.t.Errorf("the quantity that was typed is %q now", got)
	}
	d.Fill("Quantity 1", "4")
	d.Fill("Unit price 1", "12.50")
	d.Click("css:[data-save]")
	d.shows("Created.", "50.00 GBP")
	if d.script {
		d.Fill("Quantity 1", "5")
		var asks bool
		d.Eval("!dispatchEvent(new Event('beforeunload', {cancelable: true}))", &asks)
		if !asks {
			d.t.Error("a form with entries that are not saved is left without a question")
		}
	}
}

// conflict saves what a colleague has saved meanwhile, and chooses what holds.
func (d day) conflict() {
	path := web.RecordPath("contacts.partner", firstID(d.t, d.house.As("admin@example.com"), "contacts.partner"))
	d.Open(d.house.URL + path)
	d.second.Open(d.house.URL + path)
	d.second.Fill("City", "Leeds")
	d.second.Click("css:[data-save]")
	d.second.WaitFor("Saved")
	d.Fill("City", "York")
	d.Click("css:[data-save]")
	d.shows("Leeds", "York")
	d.Click("Save what is chosen")
	d.shows("Saved", "Leeds", "York")
}

// around goes from record to record and from page to page, in another theme, another
// company and another language.
func (d day) around() {
	d.Open(d.house.URL + "/records/contacts.partner")
	d.Click("css:tbody tr:nth-child(1) a[href*='at=']")
	first := d.URL()
	d.Click("Next record")
	d.shows("2 of 306")
	if d.URL() == first {
		d.t.Errorf("the next record is at %s again", first)
	}
	d.Click("Previous record")
	d.shows("1 of 306")
	d.Click("css:.crumbs a[href='/records/contacts.partner']")
	d.shows("New partner")
	if d.script {
		d.Press("?")
		d.shows("Keyboard shortcuts")
		d.Press("Escape")
		d.Press("Control+k")
		d.Press("garrick")
		d.WaitFor("css:#palette [role=option]")
		d.Press("Escape")
	} else {
		d.Open(d.house.URL + "/search?q=garrick")
		d.shows("Garrick")
	}
	d.Open(d.house.URL + "/")
	d.Click("css:summary.round")
	d.Click("css:.menu [name=theme][value=light]")
	d.WaitFor("css:html[data-theme=light]")
	d.Open(d.house.URL + "/")
	d.Click("css:summary.round")
	d.Click("css:[name=company][value='" + itoa(d.house.ID("base.company", "france")) + "']")
	d.shows("France")
	d.Open(d.house.URL + "/account")
	d.Select("Language", "Français")
	d.Click("Save")
	d.shows("Mon compte")
	d.Open(d.house.URL + "/")
	d.shows("Contacts", "Comptabilité")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
