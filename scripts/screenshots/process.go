package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"syscall"
	"time"
)

// process is a server that this program started.
type process struct {
	cmd  *exec.Cmd
	log  bytes.Buffer
	done chan struct{}
}

// startLimit bounds the start, which makes the database and its demo data.
const startLimit = 2 * time.Minute

// start starts a server and returns when the address answers. A server that does not is stopped.
func start(address, binary string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(binary, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	if err := p.wait(address); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func (p *process) wait(address string) error {
	limit, tick := time.After(startLimit), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		if r, err := http.Get(address); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended:\n%s", p.cmd.Path, p.log.String())
		case <-limit:
			return fmt.Errorf("%s did not answer within %s", p.cmd.Path, startLimit)
		case <-tick.C:
		}
	}
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
	}
}

// freeAddress is a port of this machine that nobody listens at.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
