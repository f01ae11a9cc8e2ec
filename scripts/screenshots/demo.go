package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed fixture.yaml
var fixture []byte

const house = "github.com/tessera-erp/tessera"

// demo is a demo server, on a data directory that goes with it.
type demo struct {
	root, dir, base string
	server          *process
}

// startDemo builds the program, starts it with --demo and loads fixture.yaml.
func startDemo() (*demo, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tessera-shots-")
	if err != nil {
		return nil, err
	}
	d := &demo{root: root, dir: dir}
	if err := d.start(); err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	return filepath.Dir(strings.TrimSpace(string(out))), err
}

func (d *demo) start() error {
	binary, err := d.build("tessera", house)
	if err != nil {
		return err
	}
	addr, err := freeAddress()
	if err != nil {
		return err
	}
	d.base = "http://" + strings.Replace(addr, "127.0.0.1", "localhost", 1) // HMRC takes no IP address
	data := filepath.Join(d.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if d.server, err = start(d.base+"/healthz", binary, "serve", "--demo", "--addr", addr, "--base-url", d.base, "--data", data); err != nil {
		return err
	}
	file := filepath.Join(d.dir, "fixture.yaml")
	if err := os.WriteFile(file, fixture, 0o600); err != nil {
		return err
	}
	if out, err := exec.Command(binary, "load", file, "--demo", "--data", data).CombinedOutput(); err != nil {
		return fmt.Errorf("tessera load: %w\n%s", err, out)
	}
	return nil
}

// build builds a command of the repository and returns where it is.
func (d *demo) build(name, pkg string) (string, error) {
	binary := filepath.Join(d.dir, name)
	if out, err := exec.Command("go", "build", "-o", binary, pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return binary, nil
}

// shop starts the web application of the examples and returns where it is.
func (d *demo) shop() (*process, string, error) {
	binary, err := d.build("webclient", house+"/scripts/examples/webclient")
	if err != nil {
		return nil, "", err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	base := "http://" + addr
	p, err := start(base, binary, "-issuer", d.base, "-addr", addr, "-base-url", base)
	return p, base, err
}

func (d *demo) stop() {
	if d.server != nil {
		d.server.stop()
	}
	os.RemoveAll(d.dir)
}
