package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tessera-erp/tessera/db/dbtest"
)

// Violation is one rule of axe-core that the page breaks.
type Violation struct {
	// ID is the rule, such as "image-alt"; Help says it in words; Impact is
	// minor, moderate, serious or critical.
	ID, Impact, Help, HelpURL string
	Nodes                     []Node
}

// Node is one element that breaks a rule.
type Node struct {
	// Target is a CSS selector, HTML the beginning of the element, FailureSummary what to mend.
	Target               []string
	HTML, FailureSummary string
}

func (v Violation) String() string {
	s := fmt.Sprintf("%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		s += fmt.Sprintf("\n  %s  %s\n    %s", strings.Join(n.Target, " "), n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return s
}

// axeLimit bounds one examination; a long page takes two seconds on a slow machine.
const axeLimit = time.Minute

// axeWorld is the world of scripts that axe-core runs in: it sees the page's
// elements and shares no variable with the page.
const axeWorld = "axe"

// axeRun leaves out the rows of a long table that are drawn as those before them are:
// they would take most of the time and tell nothing new.
const axeRun = `axe.run({exclude: [['tbody tr:nth-child(n + 7)']]}, {resultTypes: ['violations'], preload: false}).then(r => r.violations)`

// Axe examines the page with axe-core and returns the rules that it breaks, all
// that axe-core knows, best practices included. Where npm cannot fetch axe-core the
// test is skipped, or failed under TESSERA_TEST_REQUIRE=all.
func (p *Page) Axe() []Violation {
	p.t.Helper()
	source, err := axeSource()
	if err != nil {
		if t, ok := p.t.(testing.TB); ok {
			dbtest.Require(t, "axe-core", false, err.Error())
		}
		p.t.Fatalf("Axe(): %v", err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, axeLimit)
	defer cancel()
	var found []Violation
	err = chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		if p.opts.NoScript { // axe-core needs timers; the page's own scripts have had their chance and do not run now
			if err := setScripts(ctx, tab, true); err != nil {
				return err
			}
			defer setScripts(ctx, tab, false)
		}
		world, err := cdp.Call(ctx, tab, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: p.watch.main, WorldName: axeWorld})
		if err != nil {
			return err
		}
		at := runtime.EvaluateParams{ContextID: world.ExecutionContextID}
		at.Expression = source + "\n;0"
		if err := evaluateWith(ctx, at, nil); err != nil {
			return fmt.Errorf("loading axe-core: %w", err)
		}
		at.Expression = axeRun
		return evaluateWith(ctx, at, &found)
	}))
	if err != nil {
		p.fail("Axe(): %v", err)
	}
	return found
}

// axeSource is the text of axe-core from scripts/axe, fetched by npm if need be.
var axeSource = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "scripts", "axe")
	file := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	if b, err := os.ReadFile(file); err == nil {
		return string(b), nil
	}
	if err := npmInstall(dir, file); err != nil {
		return "", fmt.Errorf("axe-core is not installed (npm ci in scripts/axe): %w", err)
	}
	b, err := os.ReadFile(file)
	return string(b), err
})

// npmInstall runs npm once even when several test processes want it at the same
// time: whoever makes the lock directory runs it, the others wait for its file.
func npmInstall(dir, file string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("there is no npm")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	lock := filepath.Join(os.TempDir(), "tessera-axe.lock")
	for os.Mkdir(lock, 0o755) != nil {
		if info, err := os.Stat(lock); err == nil && time.Since(info.ModTime()) > 3*time.Minute {
			os.Remove(lock) // whoever made it is gone
		}
		if !pause(ctx) {
			return errors.New("somebody else has been installing it for two minutes")
		}
	}
	defer os.Remove(lock)
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// moduleRoot is the directory of go.mod above the working directory, which in a
// test is that of its package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", errors.New("there is no go.mod above the working directory")
	}
}
