package e2e_test

import (
	"encoding/json"
	"go/format"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lesson is what the pages for developers make: their modules, laid over the repository.
type lesson struct {
	files   map[string]string // by path from the root
	scripts []string
	overlay string // the file of go build -overlay
}

var (
	lessonFile = regexp.MustCompile("(?ms)^`(modules/[^`\n]+)`\n\n```[a-z]+\n(.*?)^```$")
	lessonLine = regexp.MustCompile("(?m)^```go\n(\t[^\n]+\n)```$")
)

// lessonPages are the pages, the modules that they make, and what the line in the list
// stands behind.
var lessonPages = []struct{ page, module, behind string }{
	{"module.md", "bookshelf", "contacts"},
	{"outside-api.md", "pickup", "oauthconsumer"},
}

func readLesson(t *testing.T) lesson {
	t.Helper()
	l := lesson{files: map[string]string{}}
	list := read(t, filepath.Join(root, "modules", "modules.go"))
	put := func(behind, line string) {
		before, after, found := strings.Cut(list, behind)
		if !found {
			t.Fatalf("modules/modules.go has no %q", behind)
		}
		list = before + behind + line + after
	}
	for _, p := range lessonPages {
		text := read(t, filepath.Join(root, "docs", p.page))
		l.scripts = append(l.scripts, blocks(text, "sh")...)
		files := lessonFile.FindAllStringSubmatch(text, -1)
		for _, m := range files {
			l.files[m[1]] = m[2]
		}
		line := lessonLine.FindStringSubmatch(text)
		if line == nil || len(files) == 0 {
			t.Fatalf("docs/%s has %d files and the line %q", p.page, len(files), line)
		}
		put("/modules/hr\"\n", "\t\""+house+"/modules/"+p.module+"\"\n")
		put("\t"+p.behind+".Module(),\n", line[1])
	}
	l.files["modules/modules.go"] = list
	l.lay(t)
	return l
}

// lay writes the files to a folder of their own, and where the go command is to see them.
func (l *lesson) lay(t *testing.T) {
	t.Helper()
	folder, top := t.TempDir(), absolute(t, root)
	replace := map[string]string{}
	for path, text := range l.files {
		file := filepath.Join(folder, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(top, filepath.FromSlash(path))] = file
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	l.overlay = filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(l.overlay, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	out, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// script is the page's lines with a word in them.
func (l lesson) script(t *testing.T, word string) string {
	t.Helper()
	for _, s := range l.scripts {
		if strings.Contains(s, word) {
			return s
		}
	}
	t.Fatalf("the pages have no lines with %s", word)
	return ""
}

// TestModule does what docs/module.md and docs/outside-api.md tell a developer to do, with
// the code that stands there, and sees what they promise.
func TestModule(t *testing.T) {
	t.Parallel()
	l := readLesson(t)
	t.Run("Formatted", func(t *testing.T) {
		t.Parallel()
		for path, text := range l.files {
			if !strings.HasSuffix(path, ".go") {
				continue
			}
			if path == "modules/modules.go" {
				continue // the order of its imports is not that of the pages
			}
			if want, err := format.Source([]byte(text)); err != nil || string(want) != text {
				t.Errorf("%s is not as gofmt writes it: %v", path, err)
			}
		}
	})
	t.Run("Conforms", func(t *testing.T) {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), "sh", "-c", l.script(t, "go test"))
		cmd.Dir = root
		// vet does not see folders that are only laid over
		cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -v -vet=off -overlay="+l.overlay)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestConformance/bookshelf") {
			t.Errorf("the module does not conform: %v\n%s", err, out)
		}
	})
	built := newBinary("tessera-lesson", house, true, "-overlay", l.overlay)
	t.Run("CallsOutside", func(t *testing.T) {
		t.Parallel()
		o := at(t, "").with(built)
		o.demo, o.port = true, port(t)
		sendParcel(t, o)
	})
	t.Run("Works", func(t *testing.T) {
		t.Parallel()
		o := at(t, "").with(built)
		o.demo = true
		s := o.serve()
		l.screens(t, s)
		l.curl(t, s)
	})
}

// screens: Anna sees two books and lends one, the administrator sees three, Marc none.
func (l lesson) screens(t *testing.T, s *server) {
	t.Helper()
	anna, admin := newBrowser(t), newBrowser(t)
	anna.signIn(s, "anna@example.com", "anna").want(http.StatusOK, "Bookshelf")
	list := anna.get(s.base+"/records/bookshelf.book").want(http.StatusOK, "Frankenstein", "The Last Man", "Mary Shelley", "On the shelf")
	if strings.Contains(list.body, "Minutes of the board") {
		t.Error("Anna sees the book that is for librarians only")
	}
	anna.get(s.base+"/records/bookshelf.book?q=last").want(http.StatusOK, "The Last Man")
	link := regexp.MustCompile(`href="(/records/bookshelf\.book/\d+)[^"]*"[^>]*>The Last Man`).FindStringSubmatch(list.body)
	if link == nil {
		t.Fatalf("the list leads to no form of The Last Man: %.3000s", list.body)
	}
	at := anna.get(s.base+link[1]).want(http.StatusOK, "For librarians only", "Lend")
	anna.submit(at, form{action: link[1] + "/action/lend"}).want(http.StatusOK, "The book is lent.")

	admin.signIn(s, "admin@example.com", "admin")
	admin.get(s.base+"/records/bookshelf.book").want(http.StatusOK, "Minutes of the board")
	admin.get(s.base+"/records/bookshelf.book/new").want(http.StatusOK, "Title", "Author")
	marc := newBrowser(t)
	marc.signIn(s, "marc@example.com", "marc")
	if got := marc.get(s.base + "/records/bookshelf.book").status; got != http.StatusForbidden {
		t.Errorf("Marc, who is in no group of the bookshelf, gets %d, want 403", got)
	}
}

// curl: an application gets of Anna's books the fields of the scope, and no others.
func (l lesson) curl(t *testing.T, s *server) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	at, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	script := strings.ReplaceAll(l.script(t, "curl"), "localhost:8069", at.Host)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	if err != nil {
		t.Fatalf("the lines for an application give %q, %v", out, err)
	}
	var titles []string
	for _, book := range object(t, string(out)) {
		fields, _ := book.(map[string]any)
		title, _ := fields["name"].(string)
		if _, there := fields["state"]; there || fields["author"] == nil {
			t.Errorf("the application gets %v, want name and author", fields)
		}
		titles = append(titles, title)
	}
	if len(titles) != 2 {
		t.Errorf("the application gets the books %q, want Anna's two", titles)
	}
}
