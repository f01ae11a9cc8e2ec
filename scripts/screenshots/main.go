// Command screenshots takes the pictures of the README: those of its tours, which it
// walks as the README tells them, and every shot below in light and dark, on a desktop
// and on a phone.
//
//	go run ./scripts/screenshots                     # starts a demo server of its own
//	go run ./scripts/screenshots -only consent       # one shot
//	go run ./scripts/screenshots -only tour          # the tours
//	go run ./scripts/screenshots -base http://localhost:8069 -out /tmp/shots
//
// A server given by -base must run with --demo and hold fixture.yaml; tours, which change
// it, are left out.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tessera-erp/tessera/app/apptest/browser"
)

// shot is one picture: who looks at which path, and what is done before it is taken.
type shot struct {
	name string
	// login is who signs in first, with the password that --demo gives; nobody when empty.
	login, password string
	path            string
	setup           func(p *browser.Page)
}

const (
	admin, adminPassword = "admin@example.com", "admin"
	anna, annaPassword   = "anna@example.com", "anna"
)

// shots are the pictures, in the order of the README.
var shots = []shot{
	{name: "home", login: admin, password: adminPassword, path: "/"},
	{name: "users", login: admin, password: adminPassword, path: "/records/base.user"},
	{name: "sign-in", path: "/"},
	{name: "scopes", login: admin, password: adminPassword, path: "/records/oauth_provider.scope"},
	{name: "scope", login: admin, password: adminPassword, path: "/records/oauth_provider.scope", setup: open("Wholesale partners")},
	{name: "client", login: admin, password: adminPassword, path: "/records/oauth_provider.client", setup: open("Webshop")},
	{name: "consent", login: anna, password: annaPassword, path: authorizePath},
}

// tours are walked before the shots are taken, on a server of our own.
var tours = []tour{managerTour, personTour, accountantTour}

// open follows a link of the page.
func open(name string) func(p *browser.Page) { return func(p *browser.Page) { p.Click(name) } }

// views are how each of them is looked at.
var views = []struct {
	name string
	how  browser.Options
}{
	{"desktop-light", browser.Options{Width: 1440, Height: 900}},
	{"desktop-dark", browser.Options{Width: 1440, Height: 900, Dark: true}},
	{"phone-light", browser.Options{Phone: true, Scale: 2}},
	{"phone-dark", browser.Options{Phone: true, Scale: 2, Dark: true}},
}

// authorizePath asks for what the client of fixture.yaml may ask for.
const authorizePath = "/oauth2/authorize?response_type=code&client_id=shots-shop&redirect_uri=https%3A%2F%2Fshop.example.com%2Fcallback" +
	"&scope=openid+shots_address+shots_customers&state=1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"

func main() {
	base := flag.String("base", "", "a running demo server; without it one is built and started")
	out := flag.String("out", filepath.Join("docs", "images"), "where the pictures go")
	only := flag.String("only", "", "take only the shots whose name contains this")
	flag.Parse()
	if err := run(*base, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func run(base, out, only string) error {
	b, err := browser.Start()
	if err != nil {
		return err
	}
	defer b.Close()
	if base == "" {
		d, err := startDemo()
		if err != nil {
			return err
		}
		defer d.stop()
		base = d.base
		if err := takeTours(d, b, out, only); err != nil {
			return err
		}
	}
	for _, s := range shots {
		if !strings.Contains(s.name, only) {
			continue
		}
		for _, v := range views {
			file := filepath.Join(out, s.name+"."+v.name+".png")
			if err := attempt(file, func(t *trial) { s.take(t, b, base, v.how, file) }); err != nil {
				return err
			}
			fmt.Println(file)
		}
	}
	return nil
}

// takeTours does the tours of the README on the way.
func takeTours(d *demo, b *browser.Browser, out, only string) error {
	for _, tr := range tours {
		if !strings.Contains(tr.name, only) {
			continue
		}
		if err := attempt(tr.name, func(t *trial) { tr.take(t, b, d, out) }); err != nil {
			return err
		}
		fmt.Println(tr.name)
	}
	return nil
}

// take signs in if the shot asks for it, goes there and takes the picture.
func (s shot) take(t browser.TB, b *browser.Browser, base string, how browser.Options, file string) {
	p := b.Page(t, how)
	if s.login != "" {
		p.Open(base + "/")
		p.Fill("[name=login]", s.login)
		p.Fill("[name=password]", s.password)
		p.Submit()
	}
	p.Open(base + s.path)
	if s.setup != nil {
		s.setup(p)
	}
	if complaints := p.Console(); len(complaints) > 0 {
		t.Fatalf("the page complains: %s", strings.Join(complaints, "; "))
	}
	p.Screenshot(file)
	if err := shrink(file); err != nil {
		t.Fatalf("%v", err)
	}
}
