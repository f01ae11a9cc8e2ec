// Package app puts the house together: it orders the modules, opens the database,
// brings both to service (see [Instance]) and runs the commands of the command line.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tessera-erp/tessera/app/fault"
)

// The exit codes: a failure of the command, and a command line that cannot be understood.
const (
	exitFailed = 1
	exitUsage  = 2
)

// Main is the program: it runs the command line on these modules and exits.
func Main(modules []Module) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := Run(ctx, modules, os.Args[1:], Streams{In: os.Stdin, Out: os.Stdout, Errors: os.Stderr})
	stop()
	os.Exit(code)
}

// Streams are where a command reads and writes.
type Streams struct {
	In          io.Reader
	Out, Errors io.Writer
}

// exited is how kong ends after --help: by a panic, since it would go on otherwise.
type exited int

// Run runs one command line and returns the exit code. An error is one sentence on
// Errors, never a stack.
func Run(ctx context.Context, modules []Module, args []string, s Streams) (code int) {
	defer func() {
		if p := recover(); p != nil {
			e, ok := p.(exited)
			if !ok {
				panic(p)
			}
			code = int(e)
		}
	}()
	var c cli
	_, declared := declare(modules)
	options := append([]kong.Option{
		kong.Name("tessera"),
		kong.Description("An ERP in one program. Without a command it serves."),
		kong.Configuration(configFile),
		kong.Writers(s.Out, s.Errors),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	}, moduleCommands(declared.commands)...)
	parser, err := kong.New(&c, options...)
	if err != nil {
		fmt.Fprintf(s.Errors, "tessera: %v\n", err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		misuse(s.Errors, err)
		return exitUsage
	}
	c.Keyset = os.Getenv("TESSERA_KEYSET")
	session := &session{Context: ctx, Streams: s, config: c.Config, modules: modules}
	if err := parsed.Run(session); err != nil {
		complain(s.Errors, err)
		return exitFailed
	}
	return 0
}

// misuse writes what is wrong with a command line, on one line.
func misuse(out io.Writer, err error) {
	if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
		err = fmt.Errorf("the configuration file %s cannot be read: %w", missing.Path, missing.Err)
	}
	fmt.Fprintf(out, "tessera: %s\n", strings.Join(strings.Fields(err.Error()), " "))
}

// complain writes an error for the operator: its sentences, one a line. The cause of an
// error without a sentence is all that is known of it, so that is shown.
func complain(out io.Writer, err error) {
	var f *fault.Error
	if !errors.As(err, &f) {
		fmt.Fprintf(out, "tessera: %v\n", err)
		return
	}
	for _, e := range f.All() {
		fmt.Fprintf(out, "tessera: %s\n", e.Message)
		if e.Code == fault.Internal && e.Cause != nil {
			fmt.Fprintf(out, "  %v\n", e.Cause)
		}
	}
}
