package mtdvat_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
	"github.com/tessera-erp/tessera/modules/hr"
	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
	"github.com/tessera-erp/tessera/ui"
)

func TestMain(m *testing.M) { apptest.MainWith(m, modules()...) }

func modules() []app.Module {
	return []app.Module{base.Module(), contacts.Module(), hr.Module(), accounting.Module(), oauthconsumer.Module(), mtdvat.Module()}
}

// Who can sign in at the stand-in: the company's accountant, and another business's.
var (
	harrow    = [2]string{"412096873315", "harrowvale"}
	northwind = [2]string{"885320146672", "northwind"}
)

// world is the demo's house with the stand-in for HMRC.
type world struct {
	*apptest.App
	t    *testing.T
	hmrc *hmrcsim.Server
	now  time.Time
}

// engines runs a story on both engines.
func engines(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		story(t, newWorld(t, url))
	})
}

func newWorld(t *testing.T, dbURL string) *world {
	t.Helper()
	return worldOf(t, apptest.New(t, dbURL, modules()...))
}

// worldOf makes a house that is open the demo's, with the stand-in.
func worldOf(t *testing.T, a *apptest.App) *world {
	t.Helper()
	w := &world{t: t, App: a, now: time.Now().UTC().Truncate(time.Microsecond)}
	w.Database.Clock = func() time.Time { return w.now }
	w.Load("- {model: base.user, id: marc, values: {lang: en}}")
	w.hmrc = standIn(t, w.App, func() time.Time { return w.now })
	return w
}

// standIn starts a stand-in and makes it the API that companies connect to; otherwise than
// beside a demo as change says.
func standIn(t *testing.T, a *apptest.App, now func() time.Time, change ...func(*load.Record)) *hmrcsim.Server {
	t.Helper()
	o := hmrcsim.Demo(mtdvat.SimulatorClient, mtdvat.SimulatorSecret, a.URL+"/oauth2/callback")
	o.Now, o.Rate = now, 0
	server, err := hmrcsim.Start(context.Background(), "0", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	api := mtdvat.StandIn(server.URL)
	for _, with := range change {
		with(&api)
	}
	if _, err := load.Apply(a.System(), []load.Record{api}); err != nil {
		t.Fatal(err)
	}
	return server
}

// accountant is Marc at his browser, with the cookies of both sites.
type accountant struct {
	*world
	client, away *http.Client
	run          string // path of the step that he is at
}

func (w *world) accountant(login string) *accountant {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	home := w.URL
	away := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), home+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return &accountant{world: w, client: w.SignIn(login), away: away}
}

const device = `{"userAgent":"Mozilla/5.0 (X11; Linux x86_64)","screens":[{"width":1440,"height":900,"scaling":"1","depth":24}],"window":{"width":1280,"height":800},"offsetMinutes":0}`

// begin starts the wizard.
func (a *accountant) begin() {
	a.t.Helper()
	a.run = a.Follow(a.client, http.MethodGet, wizard.StartPath(mtdvat.WizardName), nil)
}

// page is the step that he is at.
func (a *accountant) page() string {
	a.t.Helper()
	for range 3 {
		status, body, to := a.Exchange(a.client, http.MethodGet, a.run, nil)
		switch status {
		case http.StatusOK:
			return body
		case http.StatusSeeOther:
			a.run = to
		default:
			a.t.Fatalf("%s answers %d\n%s", a.run, status, text(body))
		}
	}
	a.t.Fatalf("%s leads around", a.run)
	return ""
}

// post sends the step that he is at, and returns the answer's page, or "" when it leads on.
func (a *accountant) post(fields ...string) string {
	a.t.Helper()
	form := a.form(fields...)
	_, body, to := a.Exchange(a.client, http.MethodPost, a.run, form)
	if to == "" {
		return body
	}
	a.run = to
	return ""
}

// form is that of the step that he is at, filled in.
func (a *accountant) form(fields ...string) url.Values {
	a.t.Helper()
	page := a.page()
	form := url.Values{ui.FieldVersion: {apptest.Version(page)}, "device": {device}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// at asks for the step that he is at, by name.
func (a *accountant) at(step string) string {
	a.t.Helper()
	page := a.page()
	if !strings.HasSuffix(a.run, "/"+step) {
		a.t.Fatalf("he is at %s, want the step %s\n%s", a.run, step, text(page))
	}
	return page
}

// leave sets out to HMRC from the page before leaving, and returns the address there.
func (a *accountant) leave() string {
	a.t.Helper()
	if !strings.HasPrefix(a.run, "/connections/attempts/") {
		a.t.Fatalf("he is at %s, want the page before leaving\n%s", a.run, text(a.page()))
	}
	status, body, to := a.Exchange(a.client, http.MethodPost, a.run, nil)
	if status != http.StatusSeeOther || !strings.HasPrefix(to, a.hmrc.URL+"/oauth/authorize") {
		a.t.Fatalf("leaving: %d to %q\n%s", status, to, text(body))
	}
	return to
}

var handle = regexp.MustCompile(`name="handle" value="([^"]+)"`)

// decide signs in at HMRC, unless somebody is, and answers; it returns the way back.
func (a *accountant) decide(address string, who [2]string, decision string) string {
	a.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		a.t.Fatal(err)
	}
	res, err := a.away.Get(address)
	if err != nil {
		a.t.Fatal(err)
	}
	page := drain(a.t, res)
	m := handle.FindStringSubmatch(page)
	if m == nil {
		res, err = a.away.PostForm(a.hmrc.URL+"/gateway/sign-in", url.Values{"continue": {"/oauth/authorize?" + u.RawQuery}, "user_id": {who[0]}, "password": {who[1]}})
		if err != nil {
			a.t.Fatal(err)
		}
		page = drain(a.t, res)
		if m = handle.FindStringSubmatch(page); m == nil {
			a.t.Fatalf("signing in at HMRC leads to %s", text(page))
		}
	}
	res, err = a.away.PostForm(a.hmrc.URL+"/oauth/grant", url.Values{"handle": {m[1]}, "decision": {decision}})
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	return strings.TrimPrefix(res.Header.Get("Location"), a.URL)
}

// signOut ends the sign-in at HMRC, which outlives what it was made for.
func (a *accountant) signOut() {
	a.t.Helper()
	res, err := a.away.Get(a.hmrc.URL + "/gateway/sign-out")
	if err != nil {
		a.t.Fatal(err)
	}
	drain(a.t, res)
}

// back comes back from HMRC.
func (a *accountant) back(callback string) {
	a.t.Helper()
	status, body, to := a.Exchange(a.client, http.MethodGet, callback, nil)
	if status != http.StatusSeeOther {
		a.t.Fatalf("the callback answers %d\n%s", status, text(body))
	}
	a.run = to
}

// connect goes to HMRC and back.
func (a *accountant) connect(who [2]string) { a.back(a.decide(a.leave(), who, "grant")) }

// toReview walks to the review, connected.
func (a *accountant) toReview() {
	a.t.Helper()
	a.begin()
	a.post()
	if strings.HasPrefix(a.run, "/connections/") {
		a.connect(harrow)
		a.at("period")
		a.post()
	}
	a.at("review")
}

// toDeclare walks to the declaration.
func (a *accountant) toDeclare() {
	a.t.Helper()
	a.toReview()
	a.post()
	a.at("declare")
}

func drain(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

var tagged = regexp.MustCompile(`(?s)<script.*?</script>|<svg.*?</svg>|<[^>]*>`)

// text is what a page says.
func text(page string) string {
	return strings.Join(strings.Fields(tagged.ReplaceAllString(page, " ")), " ")
}

func wants(t *testing.T, page string, words ...string) {
	t.Helper()
	said := text(page)
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("the page does not say %q:\n%s", w, said)
		}
	}
}

// returns are those that are kept here.
func (w *world) returns() []mtdvat.Return {
	w.t.Helper()
	out, err := record.Find[mtdvat.Return](w.System(), record.Query{Order: "id"})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}
