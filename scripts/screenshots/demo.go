package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

//go:embed fixture.yaml
var fixture []byte

// demo is a demo server on a data directory that goes with it.
type demo struct {
	dir, base string
	cmd       *exec.Cmd
	log       bytes.Buffer
	done      chan struct{}
}

// startLimit bounds the start, which makes the database and its demo data.
const startLimit = 2 * time.Minute

func startDemo() (*demo, error) {
	dir, err := os.MkdirTemp("", "tessera-shots-")
	if err != nil {
		return nil, err
	}
	s := &demo{dir: dir, done: make(chan struct{})}
	if err := s.start(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *demo) start() error {
	binary := filepath.Join(s.dir, "tessera")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/tessera-erp/tessera").CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	l.Close()
	s.base = "http://" + addr
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	s.cmd = exec.Command(binary, "serve", "--demo", "--addr", addr, "--base-url", s.base, "--data", data)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	if err := s.wait(); err != nil {
		return err
	}
	file := filepath.Join(s.dir, "fixture.yaml")
	if err := os.WriteFile(file, fixture, 0o600); err != nil {
		return err
	}
	if out, err := exec.Command(binary, "load", file, "--demo", "--data", data).CombinedOutput(); err != nil {
		return fmt.Errorf("tessera load: %w\n%s", err, out)
	}
	return nil
}

// wait returns when the server answers.
func (s *demo) wait() error {
	limit, tick := time.After(startLimit), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		if r, err := http.Get(s.base + "/healthz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.done:
			return fmt.Errorf("the server ended:\n%s", s.log.String())
		case <-limit:
			return fmt.Errorf("the server did not answer within %s", startLimit)
		case <-tick.C:
		}
	}
}

func (s *demo) stop() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.done:
		case <-time.After(20 * time.Second):
			_ = s.cmd.Process.Kill()
		}
	}
	os.RemoveAll(s.dir)
}
