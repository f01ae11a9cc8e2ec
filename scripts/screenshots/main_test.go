package main

import (
	"fmt"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
