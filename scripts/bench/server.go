package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed fixture.yaml
var fixture []byte

// build makes the stripped binary as a release would.
func build(dir string) (string, error) {
	binary := filepath.Join(dir, "tessera")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "github.com/tessera-erp/tessera")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building: %w\n%s", err, out)
	}
	return binary, nil
}

// server is our server on a data directory.
type server struct {
	binary, data string
	database     string // URL of PostgreSQL, "" for SQLite in data
	demo         bool   // with the demo records, in data
	localhost    bool   // by that name, as HMRC wants it, instead of the address
	base         string
	cmd          *exec.Cmd
	log          bytes.Buffer
	done         chan error
}

// startLimit bounds the first start, which makes the database.
const startLimit = time.Minute

// start runs the server and returns how long it took until /healthz said 200.
func (s *server) start() (time.Duration, error) {
	port, err := freePort()
	if err != nil {
		return 0, err
	}
	addr := net.JoinHostPort("127.0.0.1", port)
	s.base = "http://" + addr
	if s.localhost {
		s.base = "http://" + net.JoinHostPort("localhost", port)
	}
	s.log.Reset()
	s.cmd = exec.Command(s.binary, append([]string{"serve", "--addr", addr, "--base-url", s.base}, s.where()...)...)
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	s.done = done
	go func(cmd *exec.Cmd) { done <- cmd.Wait() }(s.cmd)
	_, text, err := request{method: "GET", url: s.base + "/healthz"}.render()
	if err != nil {
		return 0, err
	}
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	for time.Since(began) < startLimit {
		w := dial(addr)
		r, err := w.send(text)
		w.close()
		if err == nil && r.status == 200 {
			return time.Since(began), nil
		}
		select {
		case err := <-done:
			done <- err
			return 0, fmt.Errorf("the server ended (%v):\n%s", err, s.log.String())
		case <-tick.C:
		}
	}
	return 0, errors.Join(fmt.Errorf("the server did not answer within %s", startLimit), s.stop())
}

// stop ends the server as an operator does, and kills it if it does not end.
func (s *server) stop() error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-s.done:
		s.cmd = nil
		return err
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		s.cmd = nil
		return errors.New("the server did not stop within 20 s")
	}
}

// where are the flags that say where everything is.
func (s *server) where() []string {
	if s.demo {
		return []string{"--data", s.data, "--demo"}
	}
	if s.database == "" {
		return []string{"--data", s.data}
	}
	return []string{"--data", s.data, "--database", s.database}
}

// load puts a fixture into the running server's database.
func (s *server) load(dir string, fixture []byte) error {
	file := filepath.Join(dir, "fixture.yaml")
	if err := os.WriteFile(file, fixture, 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, s.binary, append([]string{"load", file}, s.where()...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("tessera load: %w\n%s", err, out)
	}
	return nil
}

// starts is how often the start is measured.
const starts = 7

// medianStart stops and starts the server on its database.
func (s *server) medianStart() (time.Duration, error) {
	var all []time.Duration
	for range starts {
		if err := s.stop(); err != nil {
			return 0, err
		}
		d, err := s.start()
		if err != nil {
			return 0, err
		}
		all = append(all, d)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// settleTime is how long the server is left alone before its memory is read.
const settleTime = 3 * time.Second

// idleMemory is the proportional set size in bytes, a moment after the start,
// the resident size where the system does not give it.
func (s *server) idleMemory() (int64, error) {
	time.Sleep(settleTime)
	if n, err := procField(s.cmd.Process.Pid, "smaps_rollup", "Pss:"); err == nil {
		return n, nil
	}
	return procField(s.cmd.Process.Pid, "status", "VmRSS:")
}

// procField reads a line "Name:   123 kB" of a file of /proc, in bytes.
func procField(pid int, file, name string) (int64, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			return kib * 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/%s has no %s", pid, file, name)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
