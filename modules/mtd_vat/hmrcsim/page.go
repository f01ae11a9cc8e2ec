package hmrcsim

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
)

//go:embed pages
var files embed.FS

//go:embed locales/*.toml
var locales embed.FS

// templates are the pages, each with the layout around it.
var templates = parsePages("sign_in", "signed_out", "grant", "manage", "control", "front", "problem")

func parsePages(names ...string) map[string]*template.Template {
	out := map[string]*template.Template{}
	for _, name := range names {
		out[name+".html"] = template.Must(template.ParseFS(files, "pages/layout.html", "pages/"+name+".html"))
	}
	return out
}

var texts = readTexts()

func readTexts() *i18n.Bundle {
	b, err := i18n.New(locales)
	if err != nil {
		panic(err) // the embed line above names the files
	}
	return b
}

// view is what a template sees: the texts of the reader's language, and the page's own.
type view struct {
	*i18n.Printer
	Page    any
	Control bool
}

// show answers with a page in the language that the browser asks for.
func (s *Sim) show(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	var out bytes.Buffer
	v := view{Printer: texts.For(texts.Match(r.Header.Get("Accept-Language"))), Page: page, Control: s.options.Control}
	if err := templates[name].ExecuteTemplate(&out, "layout.html", v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// problem shows one sentence of the locales.
func (s *Sim) problem(w http.ResponseWriter, r *http.Request, status int, key string) {
	s.show(w, r, status, "problem.html", struct{ Key string }{key})
}

// secured sets what every page has: no script, no frames, nothing kept.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowForm(w, "")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}

// allowForm sets the policy; further is another origin that an answer to a form may redirect to.
func allowForm(w http.ResponseWriter, further string) {
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+further)
}

func style(w http.ResponseWriter, _ *http.Request) {
	css, err := files.ReadFile("pages/style.css")
	if err != nil {
		panic(err) // the embed line above holds it
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(css)
}

// frontPage says what this is and where its pages are.
func (s *Sim) frontPage(w http.ResponseWriter, r *http.Request) {
	user, _ := s.signedIn(r)
	s.show(w, r, http.StatusOK, "front.html", struct{ User User }{user})
}

// day writes a date as every reader understands it.
func day(t time.Time) string { return t.Format(time.DateOnly) }
