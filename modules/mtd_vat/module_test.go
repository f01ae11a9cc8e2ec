package mtdvat_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	mtdvat "github.com/tessera-erp/tessera/modules/mtd_vat"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
)

// Every verdict and every reason has its sentence in both languages, and the English one
// of a verdict is that in the table.
func TestSentences(t *testing.T) {
	t.Parallel()
	b, err := i18n.New(os.DirFS("locales"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range hmrc.Verdicts() {
		if got := b.For("en").T(v.Key()); got != v.English {
			t.Errorf("%s says %q, the table %q", v.Key(), got, v.English)
		}
		if !b.Has("fr", v.Key()) {
			t.Errorf("%s has no French", v.Key())
		}
	}
	for _, r := range hmrc.Reasons {
		if !b.Has("en", r.Key()) || !b.Has("fr", r.Key()) {
			t.Errorf("%s has no sentence in both languages", r.Key())
		}
	}
	bad := []error{hmrc.CheckRedirectURI("http://127.0.0.1/"), hmrc.CheckRedirectURI("http://x.example/"), hmrc.CheckRedirectURI("x"), hmrc.Return{Period: "18A1"}.Check()}
	_, err = hmrc.ParseVRN("1")
	_, noKey := hmrc.ParsePeriodKey("1")
	for _, err := range append(bad, err, noKey) {
		f, ok := err.(*fault.Error)
		if !ok || b.For("en").Map(f.Key, "", f.Args) != f.Message || !b.Has("fr", f.Key) {
			t.Errorf("%v has no sentence in both languages", err)
		}
	}
}

func application(t *testing.T, base string) *web.Application {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return &web.Application{BaseURL: u, Demo: true}
}

// A demo starts the stand-in on the port behind its own, or on any when that is taken,
// and what was granted there outlives a restart.
func TestDemo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	data := t.TempDir()
	house := apptest.New(t, dbtest.URL(t, db.SQLite), modules()...)
	for _, base := range []string{"http://localhost:8069", "http://127.0.0.1:8069"} {
		site := application(t, base)
		site.Database = house.Database
		says, err := mtdvat.StartSimulator(ctx, app.DemoStart{App: site, Addr: (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port - 1}).String(), Data: data})
		if err != nil {
			t.Fatal(err)
		}
		at := says[strings.LastIndex(says, "http://"):]
		if strings.HasSuffix(at, taken.Addr().String()) {
			t.Fatalf("it is at %s, which is taken", at)
		}
		a, err := http.Get(at + "/oauth/authorize?client_id=" + mtdvat.SimulatorClient + "&response_type=code&scope=read:vat&redirect_uri=" + url.QueryEscape("http://localhost:8069/oauth2/callback"))
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if want := map[bool]int{true: 200, false: 400}[strings.Contains(base, "localhost")]; a.StatusCode != want {
			t.Errorf("the demo at %s may ask the stand-in with %d, want %d", base, a.StatusCode, want)
		}
	}
}

func TestCommand(t *testing.T) {
	t.Parallel()
	run := mtdvat.SimulatorCommand.Run
	for _, args := range [][]string{{"0"}, {"65536"}, {"x"}, {"1", "2"}} {
		if err := run(t.Context(), application(t, "http://localhost:8069"), args, &bytes.Buffer{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v is answered with %v, want invalid", args, err)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), application(t, "http://localhost:8069"), []string{port}, &bytes.Buffer{}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a port in use is answered with %v, want a conflict", err)
	}
	// Ports below those that systems give to outgoing connections: one of them is free.
	for p := 18000 + os.Getpid()%1000; ; p++ {
		ctx, stop := context.WithCancel(t.Context())
		out, port := &said{stop: stop}, strconv.Itoa(p)
		err := run(ctx, application(t, "http://localhost:8069"), []string{port}, out)
		stop()
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil || !strings.Contains(out.text, "http://localhost:"+port) {
			t.Errorf("it says %q and ends with %v", out.text, err)
		}
		return
	}
}

// said keeps what is written, and then interrupts.
type said struct {
	text string
	stop func()
}

func (s *said) Write(b []byte) (int, error) {
	s.text += string(b)
	s.stop()
	return len(b), nil
}

// HMRC's rows come with the module; the form says where what is missing comes from, and
// that HMRC takes no IP address.
func TestHMRCIsSetUp(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		admin := w.SignIn("admin@example.com")
		for _, id := range []string{"hmrc_production", "hmrc_sandbox"} {
			path := "/records/oauth_consumer.api/" + itoa(w.ID("oauth_consumer.api", id))
			_, form := w.Get(admin, path)
			wants(t, form, "see the tab Redirect URI")
			_, tab := w.Get(admin, path+"?tab=redirect")
			wants(t, tab, "Where client id and secret come from", "https://developer.service.hmrc.gov.uk", "/oauth2/callback")
		}
	})
}
