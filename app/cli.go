package app

import (
	"context"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tessera-erp/tessera/app/fault"
)

// cli is the command line: what can be set, and the commands.
type cli struct {
	Config

	Serve   serveCommand   `cmd:"" default:"withargs" help:"Answer requests (the default)."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema and the modules' records up to date, then end."`
	Load    loadCommand    `cmd:"" help:"Create or update records from a YAML file; safe to repeat."`
	User    struct {
		Create   userCreateCommand   `cmd:"" help:"Create a user; the password is read from standard input."`
		Password userPasswordCommand `cmd:"" help:"Set a user's password, read from standard input."`
	} `cmd:"" help:"Users."`
	Module struct {
		List    moduleListCommand    `cmd:"" help:"List the modules and which are installed."`
		Install moduleInstallCommand `cmd:"" help:"Install modules with what they depend on. Running servers have to be started again."`
		Remove  moduleRemoveCommand  `cmd:"" help:"Remove a module that holds no records. Running servers have to be started again."`
	} `cmd:"" help:"Modules."`
	DB struct {
		Backup  dbBackupCommand  `cmd:"" help:"Copy the database into a file, while it is in use."`
		Restore dbRestoreCommand `cmd:"" help:"Make a database from a backup; the database must not exist yet."`
		Check   dbCheckCommand   `cmd:"" help:"Check the database for damage."`
	} `cmd:"" name:"db" help:"The database."`
	KeysetCommands struct {
		Rotate keysetRotateCommand `cmd:"" help:"Make a new key for secrets that are stored. Running servers have to be started again."`
	} `cmd:"" name:"keyset" help:"The keys that stored secrets are sealed with."`
	Routes  routesCommand  `cmd:"" help:"List the addresses that are answered."`
	Check   checkCommand   `cmd:"" help:"Check declarations, translations and the schema."`
	Version versionCommand `cmd:"" help:"Tell which build this is."`
}

// session is one run of the command line.
type session struct {
	context.Context
	Streams
	config  Config
	modules []Module
}

// open brings the database to service for a command.
func (s *session) open() (*Instance, error) {
	return Open(s, s.config, s.modules, s.config.logger(s.Errors))
}

// with runs fn on an instance that is open meanwhile.
func (s *session) with(fn func(*Instance) error) error {
	in, err := s.open()
	if err != nil {
		return err
	}
	err = fn(in)
	if closed := in.Close(); err == nil {
		err = closed
	}
	return err
}

type serveCommand struct{}

func (serveCommand) Run(s *session) error {
	return s.with(func(in *Instance) error { return in.Serve(s, s.Out) })
}

// moduleCommand is a command of a module, or several with the same first word.
type moduleCommand struct {
	Words []string `arg:"" optional:"" help:"What follows the command's name."`

	all []Command
}

// moduleCommands makes commands of the command line from those that modules declare.
func moduleCommands(all []Command) []kong.Option {
	byWord := map[string]*moduleCommand{}
	var words []string
	for _, c := range all {
		word, _, _ := strings.Cut(c.Name, " ")
		if byWord[word] == nil {
			byWord[word] = &moduleCommand{}
			words = append(words, word)
		}
		byWord[word].all = append(byWord[word].all, c)
	}
	var options []kong.Option
	for _, word := range words {
		options = append(options, kong.DynamicCommand(word, byWord[word].help(word), "", byWord[word]))
	}
	return options
}

func (m *moduleCommand) help(word string) string {
	var lines []string
	for _, c := range m.all {
		usage := strings.TrimSpace(strings.TrimPrefix(c.Name, word) + " " + c.Args)
		lines = append(lines, strings.TrimSpace(usage+" "+c.Help))
	}
	return strings.Join(lines, " · ")
}

// Run finds the command whose further word was given.
func (m *moduleCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		for _, c := range m.all {
			_, rest, _ := strings.Cut(c.Name, " ")
			args := m.Words
			if rest != "" {
				if len(args) == 0 || args[0] != rest {
					continue
				}
				args = args[1:]
			}
			if !slices.ContainsFunc(in.registrar.commands, func(i Command) bool { return i.Name == c.Name }) {
				return fault.New(fault.NotFound, "The module with the command %q is not installed in this database.", c.Name)
			}
			return c.Run(s, in.App, args, s.Out)
		}
		return fault.New(fault.Invalid, "There is no such command; see --help.")
	})
}
