package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/web"
)

// Serve answers requests and runs jobs until the context ends. It tells out where the
// server is, once it is there.
func (in *Instance) Serve(ctx context.Context, out io.Writer) error {
	listener, err := in.listen(ctx)
	if err != nil {
		return err
	}
	server, err := in.Server()
	if err != nil {
		_ = listener.Close()
		return err
	}
	var working sync.WaitGroup
	defer working.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	services, err := in.demoServices(ctx, listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		return err
	}
	if err := in.welcome(ctx, out, services); err != nil {
		_ = listener.Close()
		return err
	}
	in.db.TakeLease()
	tuneMemory()
	runner := in.Runner()
	working.Go(func() { runner.Run(ctx) })
	return server.Serve(ctx, listener)
}

// tuneMemory lets garbage grow to three times what is in use before it is collected: a
// server of few megabytes would otherwise collect many times a second. What the start
// left behind is given back first. GOGC overrules it.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	debug.FreeOSMemory()
}

// Runner returns what works off the instance's jobs, not yet running.
func (in *Instance) Runner() *jobs.Runner {
	return &jobs.Runner{Database: in.App.Database, Schedule: in.registrar.Jobs, Logger: in.logger}
}

// Server returns the HTTP server of the instance, not yet listening.
func (in *Instance) Server() (*web.Server, error) {
	c := web.Config{
		Pick:         func(*http.Request) *web.Application { return in.App },
		Logger:       in.logger,
		TrustedHops:  int(in.config.TrustedHops),
		MetricsToken: in.config.MetricsToken,
		Dev:          in.config.Dev,
	}
	if in.config.AccessLog {
		c.AccessLog = in.logger
	}
	server := web.New(c)
	return server, server.Mount(in.App)
}

func (in *Instance) listen(ctx context.Context) (net.Listener, error) {
	addr := in.config.Addr
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.Wrap(err, fault.Conflict, "The address %s is in use by another program: choose another one with --addr.", addr)
	case errors.Is(err, os.ErrPermission):
		return nil, fault.Wrap(err, fault.Forbidden, "This account may not listen on %s: choose a port above 1023 with --addr.", addr)
	}
	return nil, fault.Wrap(err, fault.Invalid, "Listening on %q is not possible: write the address as host:port.", addr)
}

// demoServices starts what runs beside a demo and returns what they say of themselves.
func (in *Instance) demoServices(ctx context.Context, addr string) ([]string, error) {
	if !in.config.Demo {
		return nil, nil
	}
	var says []string
	for _, s := range in.registrar.services {
		line, err := s.Start(ctx, DemoStart{App: in.App, Addr: addr, Data: in.config.dataDir()})
		if err != nil {
			return nil, fmt.Errorf("starting %s beside the demo: %w", s.Name, err)
		}
		says = append(says, line)
	}
	return says, nil
}

// welcome tells where the server is, how to get in, and what runs beside it.
func (in *Instance) welcome(ctx context.Context, out io.Writer, services []string) error {
	link, err := web.NewSetupLink(ctx, in.App)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Tessera is at %s\n", in.App.BaseURL)
	if link != "" {
		fmt.Fprintf(&text, "Set the administrator's password within an hour, with this link that works once:\n  %s\n", link)
	}
	if in.config.Demo {
		text.WriteString("These are demo records. Sign in as\n")
		for _, p := range in.registrar.people {
			fmt.Fprintf(&text, "  %-20s password %-8s %s\n", p.Login, p.Password, p.Role)
		}
		for _, line := range services {
			text.WriteString(line + "\n")
		}
	}
	_, err = io.WriteString(out, text.String())
	return err
}
