package oauthconsumer_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/mark"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/hr"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// order is what another process of the program is to do. It goes there as JSON in the
// environment; the process says "ready", waits for a line, does it and says what came.
type order struct {
	Config app.Config
	BaseURL,
	Keyset string
	Do    string // calls, send, serve
	Calls int
	Die   string // mark at which it kills itself, "" for none
}

const orderVariable = "TESSERA_TEST_ORDER"

// TestMain is also the main function of the other processes: the test binary itself.
func TestMain(m *testing.M) {
	text := os.Getenv(orderVariable)
	if text == "" {
		apptest.Main(m)
		return
	}
	var o order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = o.obey()
	}
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func (o order) obey() error {
	ctx := context.Background()
	o.Config.BaseURL, o.Config.Keyset = o.BaseURL, o.Keyset
	in, err := app.Open(ctx, o.Config, []app.Module{base.Module(), hr.Module(), oauthconsumer.Module(), trial(oauthconsumer.Profile{Key: "trial"})}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer in.Close()
	ctx = o.dying(ctx)
	company, err := record.ByExternalID(in.App.Database.System(ctx, "test"), record.CompanyModel, "main")
	if err != nil {
		return err
	}
	env := in.App.Database.System(ctx, "test")
	env.Company = company
	if o.Do == "serve" {
		return o.serve(in)
	}
	fmt.Println("ready")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return err
	}
	errs := make([]error, o.Calls)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			if o.Do == "send" {
				_, errs[i] = sendThing.Call(env, oauthconsumer.Subject{}, thing{ID: "S1"})
			} else {
				_, errs[i] = readThing.Call(env, oauthconsumer.Subject{}, thing{ID: "1"})
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

// dying is a context in which the process kills itself at the mark of the order.
func (o order) dying(ctx context.Context) context.Context {
	return mark.Into(ctx, func(name string) {
		if name == o.Die {
			apptest.Kill()
		}
	})
}

// serve answers until somebody ends the process.
func (o order) serve(in *app.Instance) error {
	server, err := in.Server()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	fmt.Println("ready http://localhost:" + port)
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { server.ServeHTTP(w, r.WithContext(o.dying(r.Context()))) }))
}

// process is another process of the program on the database of a world.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said string // behind "ready"
}

func (w *world) process(o order) *process {
	w.t.Helper()
	c := w.Config()
	o.Config, o.Keyset, o.BaseURL = c, c.Keyset, w.App.URL
	text, err := json.Marshal(o)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &process{t: w.t, cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), orderVariable+"="+string(text))
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		w.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		_ = p.cmd.Wait()
	})
	p.out = bufio.NewReader(out)
	line := p.line()
	rest, ok := strings.CutPrefix(line, "ready")
	if !ok {
		w.t.Fatalf("the other process says %q, want that it is ready", line)
	}
	p.said = strings.TrimSpace(rest)
	return p
}

// line is the next thing that the process says, "" when it is over.
func (p *process) line() string {
	text, _ := p.out.ReadString('\n')
	return strings.TrimSpace(text)
}

func (p *process) begin() { fmt.Fprintln(p.in) }

// expireNow makes the main company's token one that has run out, also for other clocks.
func (w *world) expireNow() { w.exec("UPDATE oauth_consumer_token SET expires_at = 1") }

// twoProcesses: two processes on one database make 50 calls at the moment when the token has
// run out, and the provider is asked for exactly one new token.
func twoProcesses(t *testing.T, w *world) {
	w.connected()
	w.expireNow()
	a, b := w.process(order{Do: "calls", Calls: 25}), w.process(order{Do: "calls", Calls: 25})
	a.begin()
	b.begin()
	for _, p := range []*process{a, b} {
		if said := p.line(); said != "done" {
			t.Errorf("a process: %s", said)
		}
	}
	if _, refreshes, calls := w.counts(); refreshes != 1 || calls != 50 {
		t.Errorf("%d refreshes and %d calls, want 1 and 50", refreshes, calls)
	}
}

// A process is killed at each marked point of a renewal, of an exchange and of an unsafe
// call; afterwards the stated behaviour.
func TestKilled(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for mark, tell := range map[string]func(*testing.T, *world, string){
			"refresh.claimed": killedRenewing, "refresh.answered": killedRenewing, "refresh.saved": killedRenewing,
			"exchange.claimed": killedExchanging, "exchange.answered": killedExchanging, "exchange.saved": killedExchanging,
			"call.noted": killedSending, "call.answered": killedSending, "call.concluded": killedSending,
		} {
			w.sub(t, mark, func(t *testing.T, w *world) { tell(t, w, mark) })
		}
	})
}

func crashBeforeSave(t *testing.T, w *world)           { killedRenewing(t, w, "refresh.answered") }
func crashBeforeSaveOfExchange(t *testing.T, w *world) { killedExchanging(t, w, "exchange.answered") }
func crashWhileSending(t *testing.T, w *world)         { killedSending(t, w, "call.answered") }

// dead gives a process its order and waits until it is killed.
func (p *process) dead() {
	p.t.Helper()
	p.begin()
	if said := p.line(); said != "" {
		p.t.Fatalf("the process says %q, want that it is dead", said)
	}
}

func killedRenewing(t *testing.T, w *world, mark string) {
	w.now = time.Now()
	env := w.connected()
	w.expireNow()
	w.process(order{Do: "calls", Calls: 1, Die: mark}).dead()
	w.later(40 * time.Second) // beyond its lease
	_, err := w.call(env)
	refreshes := 1 // in all, once somebody else has used the connection
	if mark == "refresh.answered" {
		refreshes = 2
		wantReason(t, err, oauthconsumer.Interrupted)
		_, err = w.call(env)
		wantReason(t, err, oauthconsumer.Interrupted) // and it goes on saying so
	} else if err != nil {
		t.Errorf("the next use: %v, want that it works", err)
	}
	if _, n, _ := w.counts(); n != refreshes {
		t.Errorf("%d refreshes, want %d", n, refreshes)
	}
}

func killedExchanging(t *testing.T, w *world, mark string) {
	w.now = time.Now()
	admin := w.SignIn("admin@example.com")
	page, address := w.start(admin, w.companySubject(), "trial")
	callback := w.grant(t, address)
	p := w.process(order{Do: "serve", Die: mark})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.said+callback, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := admin.Do(r); err == nil {
		_ = res.Body.Close()
		t.Fatalf("the process answered %d, want that it is dead", res.StatusCode)
	}
	w.later(time.Minute)
	status, body, to := w.Exchange(admin, "GET", callback, nil)
	if mark == "exchange.saved" {
		if status != 303 || to != "/account" {
			t.Errorf("saved before it died: %d to %q, want the outcome", status, to)
		}
	} else {
		contains(t, fmt.Sprintf("the page (%d)", status), body, "stopped in the middle")
		if _, _, to := w.Exchange(admin, "GET", w.grant(t, w.leave(admin, page)), nil); to != "/account" {
			t.Errorf("started again it leads to %q", to)
		}
	}
	w.mustCall(w.As("admin@example.com"))
}

// killedSending: nothing is sent twice.
func killedSending(t *testing.T, w *world, mark string) {
	w.now = time.Now()
	env := w.connected()
	w.process(order{Do: "send", Calls: 1, Die: mark}).dead()
	send := func() error {
		_, err := sendThing.Call(env, oauthconsumer.Subject{}, thing{ID: "S1"})
		return err
	}
	var already *oauthconsumer.AlreadySent
	under, arrived := mark != "call.concluded", mark != "call.noted"
	if err := send(); !errors.As(err, &already) || already.UnderWay != under {
		t.Errorf("right after: %v, want that it was sent, under way: %v", err, under)
	}
	w.later(2 * time.Minute)
	if err := send(); errors.Is(err, oauthconsumer.ErrOutcomeUnknown) != under {
		t.Errorf("later: %v, want an unknown outcome: %v", err, under)
	}
	if err := sendThing.Settle(env, oauthconsumer.Subject{}, thing{ID: "S1"}, arrived); err != nil {
		t.Fatal(err)
	}
	if err := send(); arrived != errors.As(err, &already) {
		t.Errorf("once the API was asked (arrived: %v): %v", arrived, err)
	}
	if _, _, calls := w.counts(); calls != 1 {
		t.Errorf("the API was called %d times, want 1", calls)
	}
}
