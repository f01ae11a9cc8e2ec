package modules_test

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/apptest/browser"
)

// mostTabs is how far a person goes on with the Tab key before he gives up.
const mostTabs = 120

// keyboard is a person who has no pointer.
type keyboard struct {
	*browser.Page
	t *testing.T
}

// TestKeyboard administers the house with the keyboard only, with the house's scripts and
// without.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	a := house(t)
	for _, story := range []struct {
		name, user string // who is changed: two stories on one user would meet in a conflict
		noScript   bool
	}{{"WithScripts", "Anna Keller", false}, {"WithoutScripts", "Marc Dubois", true}} {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			k := keyboard{b.Page(t, browser.Options{NoScript: story.noScript}), t}
			k.administer(a, story.user)
			if !story.noScript {
				k.jump()
			}
			for _, line := range k.Console() {
				t.Errorf("the console says: %s", line)
			}
		})
	}
}

// administer walks from the sign-in through the lines of Settings and changes a user's
// telephone number on the way.
func (k keyboard) administer(a *apptest.App, user string) {
	const phone = "+44 20 7946 0911"
	k.Open(a.URL + "/signin")
	k.to("Email")
	k.Press("admin@example.com", "Tab", "admin", "Enter")
	k.shows("Good ", "Needs you")
	k.follow("Settings")
	k.shows("Users", user)
	k.follow(user)
	k.to("Phone")
	k.Press("Control+a", phone)
	k.follow("Save")
	k.shows("Saved", "History")
	if got := k.Value("Phone"); got != phone {
		k.t.Errorf("the telephone number is %q after saving, want %q", got, phone)
	}
	for _, line := range []struct{ menu, shows string }{
		{"Access groups", "Administrator"}, {"Companies", "Harrow & Vale Ltd"}, {"Sessions & devices", "Priya Raman"}, {"Audit log", "changed it"},
	} {
		k.follow(line.menu)
		k.shows(line.menu, line.shows)
	}
	k.follow(user) // what the line of the log is about
	if got := k.Value("Phone"); got != phone {
		k.t.Errorf("the audit log leads to the telephone number %q, want %q", got, phone)
	}
}

// jump goes to a page through the palette, and closes it without going anywhere.
func (k keyboard) jump() {
	k.Press("Control+k")
	k.WaitFor("#palette")
	k.Press("audit")
	k.WaitFor("css:#palette [role=option]")
	k.Press("Enter")
	k.shows("Audit log")
	k.Press("Control+k")
	k.WaitFor("#palette")
	k.Press("Escape")
	k.WaitGone("#palette")
}

// follow goes to a link or button and presses it.
func (k keyboard) follow(name string) {
	k.t.Helper()
	k.to(name)
	k.Press("Enter")
}

// to presses Tab until the cursor is on what is called so. What has the cursor on the way
// must be to be seen: its outline is where a person is.
func (k keyboard) to(name string) {
	k.t.Helper()
	var way []string
	for range mostTabs {
		var at struct {
			Name string
			Seen bool
		}
		k.Eval(focusJS, &at)
		if !at.Seen {
			k.t.Errorf("the cursor is on %q, which is not to be seen", at.Name)
		}
		if at.Name == name || strings.HasPrefix(at.Name, name+" ") {
			return
		}
		way = append(way, at.Name)
		k.Press("Tab")
	}
	k.t.Fatalf("the Tab key does not come to %q on %s, only to %q", name, k.URL(), way)
}

// focusJS tells what has the cursor, and whether it is within the window and outlined.
const focusJS = `(() => {
	const el = document.activeElement;
	if (!el || el === document.body || el.id === 'main') return {Name: '', Seen: true};
	const squeeze = s => (s || '').replace(/\s+/g, ' ').trim();
	const name = squeeze(el.ariaLabel) || squeeze(el.labels && el.labels.length ? el.labels[0].innerText : '') || squeeze(el.innerText);
	const r = (el.closest('.searchbox, .input-group, .chosen, .type, .pick') || el).getBoundingClientRect();
	const inside = r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
	return {Name: name.replace(/ • Required$/, ''), Seen: inside};
})()`

func (k keyboard) shows(texts ...string) {
	k.t.Helper()
	for _, text := range texts {
		if !k.Visible(text) {
			k.t.Errorf("%s does not show %q:\n%s", k.URL(), text, k.Text())
		}
	}
}
