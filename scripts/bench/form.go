package main

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// form is an HTML form as a browser would send it.
type form struct {
	action string
	values url.Values
	// password and agrees tell the form that matters from a language switch or a sign-out.
	password, agrees bool
}

// agreement are the values and words of a button that a willing person presses.
var agreement = []string{"allow", "accept", "grant", "continue", "sign in", "log in", "login"}

// bestForm is the form of the page that a person would send to get on: the one
// with a password, else one with a button that agrees, else the first that posts.
func bestForm(doc *html.Node) *form {
	var all []*form
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && strings.EqualFold(attribute(n, "method"), "post") {
			all = append(all, readForm(n))
		}
	}
	for _, fits := range []func(*form) bool{
		func(f *form) bool { return f.password },
		func(f *form) bool { return f.agrees },
		func(*form) bool { return true },
	} {
		if i := slices.IndexFunc(all, fits); i >= 0 {
			return all[i]
		}
	}
	return nil
}

func readForm(n *html.Node) *form {
	f := &form{action: attribute(n, "action"), values: url.Values{}}
	var buttons []*html.Node
	for e := range n.Descendants() {
		kind := strings.ToLower(attribute(e, "type"))
		switch {
		case e.Type != html.ElementNode || has(e, "disabled"):
		case e.Data == "button" && (kind == "" || kind == "submit"), e.Data == "input" && kind == "submit":
			buttons = append(buttons, e)
		case e.Data != "input" && e.Data != "textarea" && e.Data != "select" || attribute(e, "name") == "":
		case (kind == "checkbox" || kind == "radio") && !has(e, "checked"):
		case e.Data == "select":
			f.values.Add(attribute(e, "name"), chosen(e))
		default:
			f.password = f.password || kind == "password"
			f.values.Add(attribute(e, "name"), value(e, kind))
		}
	}
	f.press(buttons)
	return f
}

// press adds the button that agrees, or the first one.
func (f *form) press(buttons []*html.Node) {
	i := slices.IndexFunc(buttons, func(b *html.Node) bool {
		words := strings.ToLower(attribute(b, "value") + " " + text(b))
		return slices.ContainsFunc(agreement, func(w string) bool { return strings.Contains(words, w) })
	})
	f.agrees = i >= 0
	if len(buttons) == 0 {
		return
	}
	if b := buttons[max(i, 0)]; attribute(b, "name") != "" {
		f.values.Add(attribute(b, "name"), attribute(b, "value"))
	}
	if action := attribute(buttons[max(i, 0)], "formaction"); action != "" {
		f.action = action
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func value(n *html.Node, kind string) string {
	if n.Data == "textarea" {
		return text(n)
	}
	if (kind == "checkbox" || kind == "radio") && !has(n, "value") {
		return "on"
	}
	return attribute(n, "value")
}

// chosen is the value of the selected option, else of the first.
func chosen(n *html.Node) string {
	first, found := "", false
	for o := range n.Descendants() {
		if o.Data != "option" {
			continue
		}
		v := attribute(o, "value")
		if has(o, "selected") {
			return v
		}
		if !found {
			first, found = v, true
		}
	}
	return first
}

func text(n *html.Node) string {
	var s strings.Builder
	for e := range n.Descendants() {
		if e.Type == html.TextNode {
			s.WriteString(e.Data)
		}
	}
	return strings.TrimSpace(s.String())
}
