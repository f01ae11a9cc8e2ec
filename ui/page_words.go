package ui

import "strings"

// withoutMenu is a page that stands beside the apps, not inside one.
func withoutMenu(p Page) Page {
	p.Menu = nil
	return p
}

func confirmIcon(v Confirm) string {
	if v.Danger {
		return "alert"
	}
	return "check"
}

// settledPanel hands the errors of a panel to its fields.
func settledPanel(v Panel) Panel {
	f := settledForm(Form{Groups: []Group{v.Group}, Errors: v.Errors})
	v.Group = f.Groups[0]
	return v
}

func sessionIcon(s Session) string {
	if s.Phone {
		return "phone"
	}
	return "monitor"
}

// sessionFacts is one line: who, where from, how, since when, last seen.
func sessionFacts(p Page, s Session) string {
	var facts []string
	add := func(text string) {
		if text != "" {
			facts = append(facts, text)
		}
	}
	add(s.Person)
	add(s.Where)
	add(s.How)
	if s.Started != "" {
		add(p.t("ui.sessions.since", "When", s.Started))
	}
	if s.Seen != "" && !s.Current {
		add(p.t("ui.sessions.seen", "When", s.Seen))
	}
	return strings.Join(facts, " · ")
}
