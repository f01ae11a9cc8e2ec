package e2e_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

// blocks returns the code blocks of a page in one language.
func blocks(page, language string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(page, -1) {
		out = append(out, m[1])
	}
	return out
}

// TestReadme holds README.md to the program: its settings, its commands, its files, its
// load file and its lines for a backend application.
func TestReadme(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join(root, "README.md"))
	o := at(t, "")
	help := o.run("serve", "--help").ok().out

	t.Run("Settings", func(t *testing.T) {
		flag := regexp.MustCompile(`(?m)^ +--([a-z-]+)`)
		for _, m := range flag.FindAllStringSubmatch(help, -1) {
			if !strings.Contains(text, "| `--"+m[1]+"` |") {
				t.Errorf("the table of settings lacks --%s", m[1])
			}
		}
		for _, m := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\|").FindAllStringSubmatch(text, -1) {
			if !strings.Contains(help, " --"+m[1]) {
				t.Errorf("the table of settings has --%s, which is no flag", m[1])
			}
		}
	})
	t.Run("Commands", func(t *testing.T) {
		overview := o.run("--help").ok().out
		_, list, _ := strings.Cut(overview, "Commands:\n")
		for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+)( [a-z]+)?  `).FindAllStringSubmatch(list, -1) {
			if word := "`" + m[1]; !strings.Contains(text, word+"`") && !strings.Contains(text, word+" ") {
				t.Errorf("README.md lacks the command %s%s", m[1], m[2])
			}
		}
	})
	t.Run("Files", func(t *testing.T) {
		for _, m := range regexp.MustCompile(`\]\(([^):]+)\)`).FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("README.md leads to %s: %v", m[1], err)
			}
		}
	})
	t.Run("LoadFile", func(t *testing.T) {
		example := blocks(text, "yaml")[0]
		o.feed(example, "load", "-").ok("3 created")
		o.feed(example, "load", "-").ok("3 unchanged")
		if _, err := os.Stat(o.file("tessera.keyset")); err != nil || !strings.Contains(text, "`data/tessera.keyset`") {
			t.Errorf("the keyset is not where README.md says: %v", err)
		}
	})
	t.Run("Backend", func(t *testing.T) {
		if _, err := exec.LookPath("curl"); err != nil {
			t.Skip("needs curl")
		}
		demo := at(t, "")
		demo.demo = true
		s := demo.serve()
		at, err := url.Parse(s.base)
		if err != nil {
			t.Fatal(err)
		}
		for _, script := range blocks(text, "sh") {
			if !strings.Contains(script, "curl") {
				continue
			}
			script = strings.ReplaceAll(script, "localhost:8069", at.Host)
			out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
			if err != nil || len(object(t, string(out))) != 3 {
				t.Errorf("the lines for a backend application give %q, %v, want three records", out, err)
			}
			return
		}
		t.Error("README.md has no lines with curl")
	})
}
