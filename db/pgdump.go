package db

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// dump has pg_dump write its custom format into the file part.
func (t target) dump(ctx context.Context, part string) error {
	return t.program(ctx, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file="+part)
}

// restore has pg_restore fill the empty database in one transaction.
func (t target) restore(ctx context.Context, from string) error {
	there, err := Open(ctx, Config{URL: t.raw, ReadOnly: true})
	if err != nil {
		return err
	}
	defer there.Close()
	var relations int
	err = there.QueryRowContext(ctx, `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')`).Scan(&relations)
	if err != nil {
		return Fault(err)
	}
	if relations > 0 {
		return notEmpty(t.String())
	}
	return t.program(ctx, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", from)
}

// program runs one of PostgreSQL's programs on the database. The password goes through
// the environment: everybody can read a command line.
func (t target) program(ctx context.Context, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "%s is needed for this and was not found; install PostgreSQL's client programs.", name)
	}
	cmd := exec.CommandContext(ctx, path, append([]string{"--dbname=" + t.withoutPassword()}, args...)...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+t.pg.Password)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		cause := fault.Wrap(err, fault.Unavailable, "%s", strings.TrimSpace(said.String()))
		return fault.Wrap(cause, fault.Unavailable, "%s failed on the database %s.", name, t)
	}
	return nil
}

// withoutPassword returns the URL as PostgreSQL's own programs take it.
func (t target) withoutPassword() string {
	u, err := url.Parse(t.raw)
	if err != nil {
		return "dbname=" + t.pg.Database
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := url.Values{}
	for key, values := range u.Query() {
		if libpqOptions[key] {
			query[key] = values
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// libpqOptions are the options of a URL that pg_dump understands; the driver knows more.
var libpqOptions = map[string]bool{
	"host": true, "port": true, "user": true, "dbname": true, "passfile": true, "connect_timeout": true,
	"options": true, "application_name": true, "target_session_attrs": true, "channel_binding": true,
	"sslmode": true, "sslcert": true, "sslkey": true, "sslrootcert": true, "sslcrl": true, "sslsni": true,
}
