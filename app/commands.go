package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

type migrateCommand struct{}

func (migrateCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		version, err := in.db.Version(s)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "The database is up to date: %d migrations, %d modules.\n", len(version), len(in.Modules))
		return nil
	})
}

type loadCommand struct {
	Files []string `arg:"" name:"file" help:"YAML or JSON files with lists of {model, id, values}; - reads standard input."`
}

func (c loadCommand) Run(s *session) error {
	var records []load.Record
	for _, name := range c.Files {
		text, err := s.read(name)
		if err != nil {
			return err
		}
		more, err := load.Parse(name, text)
		if err != nil {
			return err
		}
		records = append(records, more...)
	}
	return s.with(func(in *Instance) error {
		env := in.App.Database.System(s, "load")
		env.Origin = "load"
		done, err := load.Apply(env, records)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "%d created, %d updated, %d unchanged.\n", done.Created, done.Updated, done.Unchanged)
		return nil
	})
}

func (s *session) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(s.In)
	}
	text, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fault.New(fault.NotFound, "There is no file %s.", name)
	case err != nil:
		return nil, fault.Wrap(err, fault.Forbidden, "The file %s cannot be read.", name)
	}
	return text, nil
}

type userCreateCommand struct {
	Login   string   `arg:"" help:"What the user signs in with, usually the e-mail address."`
	Name    string   `required:"" help:"The user's name."`
	Email   string   `help:"E-mail address; the login without it when that is one."`
	Groups  []string `default:"base.user" help:"Access groups, by their codes."`
	Company string   `default:"main" help:"Default company, by external id or name."`
	Lang    string   `default:"en" help:"Language: en or fr."`
}

func (c userCreateCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		if c.Email == "" && strings.Contains(c.Login, "@") {
			c.Email = c.Login
		}
		password, err := s.password(c.Login, c.Email, c.Name)
		if err != nil {
			return err
		}
		env := in.App.Database.System(s, "user create")
		env.Origin = "user create"
		_, err = record.SaveValues(env, record.UserModel, 0, 0, map[string]any{
			"login": c.Login, "name": c.Name, "email": c.Email, "groups": c.Groups, "company": c.Company, "lang": c.Lang, "password": password})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "%s can sign in at %s.\n", c.Name, in.App.BaseURL)
		return nil
	})
}

type userPasswordCommand struct {
	Login string `arg:"" help:"The user's login or e-mail address."`
}

func (c userPasswordCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		account, err := in.App.Accounts.ByLogin(s, in.App.Database, c.Login)
		if err != nil {
			return err
		}
		password, err := s.password(account.Login, account.Email, account.Name)
		if err != nil {
			return err
		}
		hash, err := web.HashPassword(s, password)
		if err != nil {
			return err
		}
		if err := in.App.Accounts.SetPassword(s, in.App.Database, account.ID, hash); err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "The password of %s is set; earlier sessions and tokens are over.\n", account.Name)
		return nil
	})
}

// readSecret reads a line; on a terminal, without showing it.
func readSecret(in io.Reader) (string, error) {
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		line, err := term.ReadPassword(int(f.Fd()))
		return string(line), err
	}
	return bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
}

// password reads a new one from standard input: from an argument it would stay in the
// shell's history and show in the list of processes.
func (s *session) password(about ...string) (string, error) {
	fmt.Fprint(s.Errors, "New password: ")
	line, err := readSecret(s.In)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Wrap(err, fault.Invalid, "The password cannot be read from standard input.")
	}
	fmt.Fprintln(s.Errors)
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", fault.New(fault.Invalid, "Give the new password on standard input.")
	}
	if bad := web.CheckPassword(password, about...); bad != nil {
		return "", bad
	}
	return password, nil
}

type dbBackupCommand struct {
	To string `arg:"" name:"file" help:"The file to write; it must not exist."`
}

func (c dbBackupCommand) Run(s *session) error {
	d, err := db.Open(s, db.Config{URL: s.config.databaseURL(), ReadOnly: true})
	if err != nil {
		return err
	}
	note, err := d.Backup(s, c.To)
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "The database is copied to %s.\n%s\n", c.To, note)
	return nil
}

type dbRestoreCommand struct {
	From string `arg:"" name:"file" help:"A file that db backup has written."`
}

func (c dbRestoreCommand) Run(s *session) error {
	if err := s.config.prepareData(); err != nil {
		return err
	}
	note, err := db.Restore(s, c.From, s.config.databaseURL())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "The database is restored from %s.\n%s\n", c.From, note)
	return nil
}

type dbCheckCommand struct{}

func (dbCheckCommand) Run(s *session) error {
	d, err := db.Open(s, db.Config{URL: s.config.databaseURL(), ReadOnly: true})
	if err != nil {
		return err
	}
	report, err := d.Check(s)
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	if !report.OK() {
		return fault.New(fault.Conflict, "The database has problems:\n  %s.", strings.Join(report.Problems, ".\n  "))
	}
	fmt.Fprintf(s.Out, "The database is sound: %d migrations.\n", len(report.Version))
	return nil
}

type routesCommand struct{}

func (routesCommand) Run(s *session) error {
	return s.with(func(in *Instance) error {
		server, err := in.Server()
		if err != nil {
			return err
		}
		routes := slices.Concat(server.Routes(in.App), unrouted)
		slices.SortFunc(routes, func(a, b web.Route) int {
			return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
		})
		out := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
		kinds := map[web.Kind]string{web.Public: "public", web.User: "user", web.Token: "token"}
		for _, r := range routes {
			needs := strings.Join(append(slices.Clone(r.Groups), r.Scopes...), " ")
			fmt.Fprintln(out, strings.TrimRight(strings.Join([]string{r.Method, r.Path, kinds[r.Kind], needs}, "\t"), "\t"))
		}
		return out.Flush()
	})
}

// unrouted is what the server answers before it looks for a route.
var unrouted = []web.Route{
	{Kind: web.Public, Method: http.MethodGet, Path: "/healthz"},
	{Kind: web.Public, Method: http.MethodGet, Path: "/readyz"},
	{Kind: web.Public, Method: http.MethodGet, Path: "/metrics"},
	{Kind: web.Public, Method: http.MethodGet, Path: ui.StaticPrefix + "*"},
}

type versionCommand struct{}

func (versionCommand) Run(s *session) error {
	_, err := fmt.Fprintln(s.Out, "tessera", Release())
	return err
}
