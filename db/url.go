package db

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tessera-erp/tessera/app/fault"
)

// target is a parsed database URL.
type target struct {
	engine Engine
	path   string          // SQLite: the file
	pg     *pgx.ConnConfig // PostgreSQL
	raw    string
}

// String names the database without its password.
func (t target) String() string {
	if t.engine == SQLite {
		return t.path
	}
	return t.pg.Database + " on " + t.pg.Host
}

// parseURL understands sqlite:PATH and postgres://….
func parseURL(raw string) (target, error) {
	scheme, rest, ok := strings.Cut(raw, ":")
	switch {
	case ok && scheme == "sqlite":
		return parseSQLite(raw, strings.TrimPrefix(rest, "//"))
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		config, err := pgx.ParseConfig(raw)
		if err != nil {
			// The parser's own error hides the password.
			return target{}, fault.Wrap(err, fault.Invalid, "The database URL is not a valid postgres:// URL.")
		}
		return target{engine: Postgres, pg: config, raw: raw}, nil
	}
	return target{}, fault.New(fault.Invalid, "The database has to be given as sqlite:PATH or postgres://user@host/database.")
}

func parseSQLite(raw, path string) (target, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return target{}, fault.New(fault.Invalid, "sqlite: has to be followed by the path of a file.")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return target{}, fault.Wrap(err, fault.Invalid, "The path %s cannot be made absolute.", path)
	}
	return target{engine: SQLite, path: abs, raw: raw}, nil
}

// sqliteDSN writes path and options as a file: URI; a '?' or '%' in the path survives.
func sqliteDSN(path string, options ...string) string {
	escaped := (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	var kept []string
	for _, o := range options {
		if o != "" {
			kept = append(kept, o)
		}
	}
	if len(kept) == 0 {
		return "file:" + escaped
	}
	return "file:" + escaped + "?" + strings.Join(kept, "&")
}
