package main

import (
	"fmt"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest/browser"
)

// demoSite signs admin in and shows him a home page with what is given in it.
func demoSite(t *testing.T, home string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := r.Cookie("who"); err != nil {
			fmt.Fprint(w, `<title>Sign in</title><form method="post" action="/in"><input name="login"><input type="password" name="password"><button>Sign in</button></form>`)
			return
		}
		fmt.Fprint(w, `<title>Home</title><h1>Welcome</h1>`, home)
	})
	mux.HandleFunc("POST /in", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("login") == admin && r.FormValue("password") == adminPassword {
			http.SetCookie(w, &http.Cookie{Name: "who", Value: "admin"})
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestRun(t *testing.T) {
	t.Parallel()
	browser.New(t) // skips where there is none
	t.Run("EveryView", func(t *testing.T) {
		t.Parallel()
		out := t.TempDir()
		if err := run(demoSite(t, ""), out, "home"); err != nil {
			t.Fatal(err)
		}
		for _, v := range views {
			if info, err := os.Stat(filepath.Join(out, "home."+v.name+".png")); err != nil || info.Size() == 0 {
				t.Errorf("no picture of %s: %v", v.name, err)
			}
		}
	})
	t.Run("ErrPageComplains", func(t *testing.T) {
		t.Parallel()
		err := run(demoSite(t, `<img src="/gone.png">`), t.TempDir(), "home")
		if err == nil || !strings.Contains(err.Error(), "gone.png") {
			t.Errorf("got %v, want the complaint about gone.png", err)
		}
	})
}

// The tours of the README are walked as it tells them.
func TestTours(t *testing.T) {
	t.Parallel()
	b := browser.New(t)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	d, err := startDemo()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.stop)
	for _, tr := range tours {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			tr.take(t, b, d, t.TempDir())
		})
	}
}

// A step that tells of what is not there, or keeps quiet about what has to be done, fails.
func TestSteps(t *testing.T) {
	t.Parallel()
	got := stepsOf("## One\n\n1. elsewhere\n\n### Two\n\n1. Open *A*,\n   then “B”.\n2. Press *C*.\n\n![D](d.png)\n\n## Three\n\n1. no\n", "### Two")
	if want := []string{"Open *A*, then “B”.", "Press *C*."}; !slices.Equal(got, want) {
		t.Errorf("read the steps %q, want %q", got, want)
	}
	b := browser.New(t)
	site := demoSite(t, `<button>Press me</button>`)
	for name, c := range map[string]struct {
		step, want string
		do         func(w *walk)
	}{
		"ErrNotThere": {"Look at *Nothing*.", `speaks of "Nothing"`, func(w *walk) { w.Open(site) }},
		"ErrNotTold":  {"Look at it.", `does not tell of "Sign in"`, func(w *walk) { w.Open(site); w.Click("Sign in") }},
		"ErrMissing":  {"One.\n2. Two.", "has 2 steps", func(*walk) {}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &demo{root: t.TempDir()}
			if err := os.WriteFile(filepath.Join(d.root, "README.md"), []byte("### Tour\n\n1. "+c.step+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			tr := tour{name: "tour", heading: "### Tour", steps: []func(*walk){c.do}}
			err := attempt("tour", func(on *trial) { tr.take(on, b, d, t.TempDir()) })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %s", err, c.want)
			}
		})
	}
}

func TestShrink(t *testing.T) {
	t.Parallel()
	many := image.NewRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			many.Set(x, y, color.RGBA{uint8(x * 4), uint8(y * 4), 0, 255})
		}
	}
	for x := range 64 {
		many.Set(x, 0, color.RGBA{39, 71, 166, 255})
	}
	got := paletted(many)
	if n := len(got.Palette); n != mostColours {
		t.Errorf("%d colours, want %d", n, mostColours)
	}
	if c := got.At(5, 0); c != (color.RGBA{39, 71, 166, 255}) {
		t.Errorf("the most frequent colour has become %v", c)
	}
	file := filepath.Join(t.TempDir(), "none.png")
	if err := os.WriteFile(file, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := shrink(file); err == nil || !strings.Contains(err.Error(), "none.png") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestAttempt(t *testing.T) {
	t.Parallel()
	var order []string
	err := attempt("a shot", func(t *trial) {
		t.Cleanup(func() { order = append(order, "first") })
		t.Cleanup(func() { order = append(order, "last") })
		t.Fatalf("no %s", "light")
	})
	if err == nil || err.Error() != "a shot: no light" {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(order, " "); got != "last first" {
		t.Errorf("cleaned up in the order %q", got)
	}
}
