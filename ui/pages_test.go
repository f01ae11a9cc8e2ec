package ui

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

func plain(s string) string { return s }

// render draws a sample and parses what came out.
func render(t *testing.T, s sample, p Page) (string, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	if err := s.page(p).Render(t.Context(), &b); err != nil {
		t.Fatalf("render %s: %v", s.name, err)
	}
	doc, err := html.Parse(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatalf("parse %s: %v", s.name, err)
	}
	return b.String(), doc
}

// showing is a sample of one component that is there already.
func showing(c templ.Component) sample {
	return sample{"page", func(Page) templ.Component { return c }}
}

// elements walks a document.
func elements(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		elements(c, visit)
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func TestPages(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr"} {
		for _, s := range samples(plain) {
			t.Run(lang+"/"+s.name, func(t *testing.T) {
				t.Parallel()
				p := samplePage(translator(t, lang), plain)
				p.Lang = lang
				text, doc := render(t, s, p)
				if strings.Contains(text, "ui.") && regexp.MustCompile(`[>"]ui\.[a-z_.]+[<"]`).MatchString(text) {
					t.Errorf("a message is missing: %s", regexp.MustCompile(`[>"]ui\.[a-z_.]+[<"]`).FindString(text))
				}
				checkOutline(t, doc)
				checkReferences(t, doc)
				checkLabels(t, doc)
				checkPolicy(t, doc)
			})
		}
	}
}

// checkOutline wants one h1, one main and a language.
func checkOutline(t *testing.T, doc *html.Node) {
	t.Helper()
	seen := map[string]int{}
	elements(doc, func(n *html.Node) {
		seen[n.Data]++
		if n.Data == "html" {
			if lang, _ := attr(n, "lang"); lang == "" {
				t.Error("<html> has no language")
			}
		}
	})
	for _, name := range []string{"h1", "main", "title"} {
		if seen[name] != 1 {
			t.Errorf("the page has %d <%s>, not one", seen[name], name)
		}
	}
}

// checkReferences wants ids to be unique and to be there where they are named.
func checkReferences(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	elements(doc, func(n *html.Node) {
		id, ok := attr(n, "id")
		if ok && ids[id] {
			t.Errorf("the id %q stands twice", id)
		}
		if ok {
			ids[id] = true
		}
	})
	elements(doc, func(n *html.Node) {
		for _, name := range []string{"for", "form", "list", "popovertarget", "aria-labelledby", "aria-describedby", "aria-controls", "data-copy", "data-swap"} {
			value, _ := attr(n, name)
			for _, id := range strings.Fields(value) {
				if !ids[strings.TrimPrefix(id, "#")] {
					t.Errorf("<%s %s=%q> names an id that is not on the page", n.Data, name, id)
				}
			}
		}
		if href, _ := attr(n, "href"); n.Data == "a" && len(href) > 1 && href[0] == '#' && !ids[href[1:]] {
			t.Errorf("the link %q leads nowhere", href)
		}
	})
}

// checkLabels wants a name for every control, button and link.
func checkLabels(t *testing.T, doc *html.Node) {
	t.Helper()
	labelled := map[string]bool{}
	elements(doc, func(n *html.Node) {
		if id, ok := attr(n, "for"); ok && innerText(n) != "" {
			labelled[id] = true
		}
	})
	elements(doc, func(n *html.Node) {
		switch n.Data {
		case "input", "select", "textarea":
			kind, _ := attr(n, "type")
			id, _ := attr(n, "id")
			name, _ := attr(n, "aria-label")
			if kind != "hidden" && name == "" && !labelled[id] && !inLabel(n) {
				control, _ := attr(n, "name")
				t.Errorf("<%s name=%q> has no label", n.Data, control)
			}
		case "a", "button", "summary":
			if name, _ := attr(n, "aria-label"); name == "" && innerText(n) == "" {
				t.Errorf("<%s> has no words: %v", n.Data, n.Attr)
			}
		}
	})
}

func inLabel(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return innerText(p) != ""
		}
	}
	return false
}

func innerText(n *html.Node) string {
	if n.Type == html.TextNode {
		return strings.TrimSpace(n.Data)
	}
	var out string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		out += innerText(c)
	}
	return out
}

// checkPolicy wants nothing that the Content-Security-Policy forbids.
func checkPolicy(t *testing.T, doc *html.Node) {
	t.Helper()
	elements(doc, func(n *html.Node) {
		switch n.Data {
		case "style", "iframe", "object", "embed", "base":
			t.Errorf("<%s> on the page", n.Data)
		case "script":
			if src, _ := attr(n, "src"); !strings.HasPrefix(src, StaticPrefix) || n.FirstChild != nil {
				t.Errorf("a script that is not a file of ours: %q", src)
			}
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q> is inline style or script", n.Data, a.Key, a.Val)
			}
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("<%s %s=%q> would run script", n.Data, a.Key, a.Val)
			}
		}
	})
}

// TestPagesEscape puts markup into every word a caller supplies.
func TestPagesEscape(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><b onclick='x' style="y">&amp;`
	hostile := func(s string) string { return s + evil }
	for _, s := range samples(hostile) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			text, doc := render(t, s, samplePage(translator(t, "en"), hostile))
			if strings.Contains(text, "<script>") || strings.Contains(text, "<b onclick") {
				t.Error("markup from a value reached the page")
			}
			if !strings.Contains(text, "&lt;script&gt;") {
				t.Error("the hostile value is not on the page at all: the test proves nothing")
			}
			checkPolicy(t, doc)
		})
	}
}

// TestLinksToScript: a URL that a caller got wrong never runs.
func TestLinksToScript(t *testing.T) {
	t.Parallel()
	p := samplePage(translator(t, "en"), plain)
	const evil = "javascript:alert(1)"
	v := sampleList(p, plain)
	v.Rows[0].Cells[0].URL, v.Actions[0].URL, v.Page.Crumbs[0].URL, v.CSV = evil, evil, evil, evil
	_, doc := render(t, showing(ListPage(v)), p)
	checkPolicy(t, doc)
}

// TestConsentWithoutScript: the page where
// something is given away runs no code, and neither button is favoured.
func TestConsentWithoutScript(t *testing.T) {
	t.Parallel()
	p := samplePage(translator(t, "en"), plain)
	_, doc := render(t, showing(ConsentPage(sampleConsent(p, plain))), p)
	var decisions, classes []string
	elements(doc, func(n *html.Node) {
		if n.Data == "script" {
			t.Error("the consent page loads a script")
		}
		if name, _ := attr(n, "name"); n.Data == "button" && name == FieldDecision {
			value, _ := attr(n, "value")
			class, _ := attr(n, "class")
			decisions, classes = append(decisions, value), append(classes, class)
		}
	})
	if fmt.Sprint(decisions) != "[deny allow]" || classes[0] != classes[1] {
		t.Errorf("the buttons are %v with classes %v; want deny and allow of equal weight", decisions, classes)
	}
}

// TestRequiredScopeIsFixed: what is required cannot be unticked, and is not posted.
func TestRequiredScopeIsFixed(t *testing.T) {
	t.Parallel()
	p := samplePage(translator(t, "en"), plain)
	_, doc := render(t, showing(ConsentPage(sampleConsent(p, plain))), p)
	got := map[string]string{}
	elements(doc, func(n *html.Node) {
		if name, _ := attr(n, "name"); name == FieldScope {
			value, _ := attr(n, "value")
			_, checked := attr(n, "checked")
			_, fixed := attr(n, "disabled")
			got[value] = fmt.Sprint(checked, fixed)
		}
	})
	want := map[string]string{"profile": "true true", "email": "true false", "partners.wholesale": "true false", "stock": "false false"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("checked and fixed are %v; want %v", got, want)
	}
}

// TestPasswordsAreNotShown: neither a password nor a masked secret's value.
func TestPasswordsAreNotShown(t *testing.T) {
	t.Parallel()
	p := samplePage(translator(t, "en"), plain)
	for _, readOnly := range []bool{false, true} {
		v := sampleForm(p, plain)
		v.ReadOnly = readOnly
		text, _ := render(t, showing(FormPage(v)), p)
		if strings.Contains(text, "never shown") {
			t.Errorf("read-only %v: the value of a password field is on the page", readOnly)
		}
	}
}

// TestPageWeight: a page with all its files stays under 60 KB gzipped.
func TestPageWeight(t *testing.T) {
	t.Parallel()
	p := samplePage(translator(t, "en"), plain)
	for _, s := range samples(plain) {
		text, doc := render(t, s, p)
		total := zipped(t, []byte(text))
		elements(doc, func(n *html.Node) {
			for _, name := range []string{"src", "href"} {
				url, _ := attr(n, name)
				if a := assets().byURL[url]; a != nil {
					total += zipped(t, a.body)
				}
			}
		})
		total += zipped(t, assets().named["icons.svg"].body) + zipped(t, assets().named["mosaic.svg"].body)
		if total > 60<<10 {
			t.Errorf("%s weighs %d bytes; the budget is 60 KB", s.name, total)
		}
	}
}

func zipped(t *testing.T, b []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
