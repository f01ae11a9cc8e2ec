package apptest

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/ui"
)

// WizardSample drives a wizard from its start to its end. A module gives one for each of
// its wizards.
type WizardSample struct {
	Wizard string
	Login  string     // who does it
	Query  url.Values // of the start
	Posts  []WizardPost
}

// WizardPost is what a sample does at one step.
type WizardPost struct {
	Step string
	Form url.Values
	// Before prepares the outside of the step, such as a permission given elsewhere.
	Before func(a *App)
}

// wizards: each has a sample that survives a restart at every step.
func (c conformance) wizards(t *testing.T, samples []WizardSample) {
	for _, d := range c.Site.Wizards {
		info := d.Info()
		if !c.owns(info.Name) {
			continue
		}
		c.icon(t, "wizard "+info.Name, info.Icon)
		i := slices.IndexFunc(samples, func(s WizardSample) bool { return s.Wizard == info.Name })
		if i < 0 {
			t.Errorf("wizard %s: there is no sample that drives it", info.Name)
			continue
		}
		SurvivesRestarts(t, c.App, samples[i])
	}
}

// SurvivesRestarts drives a wizard over HTTP. At each step the application is closed and
// opened again on the same database: the page has to be what it was, and the run has to
// come to its end through every step.
func SurvivesRestarts(t *testing.T, a *App, s WizardSample) {
	t.Helper()
	d, ok := a.Site.Wizards.Find(s.Wizard)
	if !ok {
		t.Fatalf("there is no wizard %q", s.Wizard)
	}
	client := a.SignIn(s.Login)
	at := a.Follow(client, http.MethodGet, wizard.StartPath(s.Wizard)+"?"+s.Query.Encode(), nil)
	visited := map[string]bool{}
	for _, p := range s.Posts {
		if p.Before != nil {
			p.Before(a)
		}
		before := a.step(client, at)
		a.Reopen()
		after := a.step(client, at)
		if before != after {
			t.Errorf("wizard %s, step %s: the page is another one after a restart:\n%s\n---\n%s", s.Wizard, p.Step, before, after)
		}
		if !strings.HasSuffix(at, "/"+p.Step) {
			t.Fatalf("wizard %s: the run stands at %s, the sample posts to %s", s.Wizard, at, p.Step)
		}
		visited[p.Step] = true
		form := url.Values{ui.FieldVersion: {Version(after)}}
		for name, v := range p.Form {
			form[name] = v
		}
		at = a.Follow(client, http.MethodPost, at, form)
	}
	a.Reopen()
	if strings.HasPrefix(at, wizard.Prefix) { // a final step
		a.step(client, at)
		visited[at[strings.LastIndex(at, "/")+1:]] = true
	}
	for _, step := range d.Info().Steps {
		if !visited[step.Name] {
			t.Errorf("wizard %s: its sample never comes to the step %s", s.Wizard, step.Name)
		}
	}
	var status string
	row := a.Database.DB.QueryRowContext(context.Background(), "SELECT status FROM wizard_run WHERE wizard = ? ORDER BY id DESC LIMIT 1", s.Wizard)
	if err := row.Scan(&status); err != nil || status != string(wizard.Done) {
		t.Errorf("wizard %s: at the end of its sample the run is %q (%v), want done", s.Wizard, status, err)
	}
}

// step returns the page of a step, as it is when it is read again: flashed notes are gone.
func (a *App) step(client *http.Client, path string) string {
	a.t.Helper()
	a.Get(client, path)
	status, body := a.Get(client, path)
	if status != http.StatusOK {
		a.t.Fatalf("%s answers %d, want 200: %s", path, status, body)
	}
	return body
}

var versionInput = regexp.MustCompile(`name="` + ui.FieldVersion + `" value="(\d+)"`)

// Version is the one that a page of a run carries.
func Version(page string) string {
	m := versionInput.FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// Follow sends a form, or asks for a page, and returns the local path that the answer
// leads to.
func (a *App) Follow(client *http.Client, method, path string, form url.Values) string {
	a.t.Helper()
	status, body, location := a.Exchange(client, method, path, form)
	if status != http.StatusSeeOther {
		a.t.Fatalf("%s %s answers %d, want 303: %s", method, path, status, body)
	}
	return web.LocalPath(location)
}
