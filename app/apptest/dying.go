package apptest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/mark"
)

// dying is what another process of the test binary is to do: serve a house, and be dead
// at a mark. It goes there as JSON in the environment.
type dying struct {
	Config      app.Config
	URL, Keyset string
	At          string
}

const dyingVariable = "TESSERA_TEST_DYING"

// MainWith is [Main] in packages that use [App.Dying]: the test binary is the program of
// the other process too, with these modules.
func MainWith(m *testing.M, modules ...app.Module) {
	text := os.Getenv(dyingVariable)
	if text == "" {
		Main(m)
		return
	}
	var d dying
	err := json.Unmarshal([]byte(text), &d)
	if err == nil {
		err = d.serve(modules)
	}
	fmt.Println("failed:", err)
	os.Exit(1)
}

// serve answers until a request comes to the mark.
func (d dying) serve(modules []app.Module) error {
	d.Config.BaseURL, d.Config.Keyset = d.URL, d.Keyset
	in, err := app.Open(context.Background(), d.Config, modules, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	server, err := in.Server()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", d.Config.Addr)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.ServeHTTP(w, r.WithContext(mark.Into(r.Context(), func(name string) {
			if name == d.At {
				Kill()
			}
		})))
	}))
}

// Kill ends this process as kill -9 does.
func Kill() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // nothing happens any more
}

// Dying stops the house and has another process serve it at the same address, which is
// killed when the form that is sent there comes to the mark (package app/mark). Then the
// house is opened again, as by an operator after a crash. The other process knows no clock
// but the real one.
func (a *App) Dying(at string, client *http.Client, path string, form url.Values) {
	a.t.Helper()
	text, err := json.Marshal(dying{Config: a.config, URL: a.URL, Keyset: a.config.Keyset, At: at})
	if err != nil {
		a.t.Fatal(err)
	}
	clock := a.Database.Clock
	a.stop()
	defer func() {
		a.start(a.config.Addr)
		a.Database.Clock = clock
	}()
	cmd := exec.CommandContext(a.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), dyingVariable+"="+string(text))
	cmd.Stderr = a.t.Output()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		a.t.Fatal(err)
	}
	if said, _ := bufio.NewReader(out).ReadString('\n'); said != "ready\n" {
		a.t.Errorf("the other process says %q, want that it is ready", said)
	} else if res, err := client.Do(a.request(http.MethodPost, path, form)); err == nil {
		_ = res.Body.Close()
		a.t.Errorf("the other process answers %d, want it dead at %s", res.StatusCode, at)
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		a.t.Errorf("the other process ended with %v, want it killed", cmd.ProcessState)
	}
}
