package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tessera-erp/tessera/app/fault"
)

// SQLite's primary result codes (https://sqlite.org/rescode.html) that mean something here.
const (
	sqlitePerm     = 3
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteNoMem    = 7
	sqliteReadOnly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteAuth     = 23
	sqliteNotADB   = 26
)

// Kind says which promise of the schema a statement broke.
type Kind string

// The kinds of violation.
const (
	Unique     Kind = "unique"      // a primary key counts as unique
	ForeignKey Kind = "foreign key" // a missing parent, or a child that is still there
	NotNull    Kind = "not null"
	Check      Kind = "check"
)

// sqliteViolations maps extended result codes.
var sqliteViolations = map[int]Kind{
	2067: Unique, 1555: Unique, 2579: Unique, // UNIQUE, PRIMARYKEY, ROWID
	787: ForeignKey, 1299: NotNull, 275: Check,
}

// postgresViolations maps SQLSTATE class 23; an exclusion constraint counts as unique.
var postgresViolations = map[string]Kind{
	"23505": Unique, "23P01": Unique, "23503": ForeignKey, "23502": NotNull, "23514": Check,
}

// Violation is what is known about a broken promise; what the engine does not tell is
// empty. SQLite names the columns of unique and not-null ones and the constraint of a
// check, PostgreSQL all but the columns of a check; SQLite says nothing of a foreign key.
type Violation struct {
	Kind       Kind
	Table      string
	Columns    []string
	Constraint string
}

// Violated returns what err says about a broken constraint, for every driver alike.
func Violated(err error) (Violation, bool) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return postgresViolation(e)
	}
	code, ok := sqliteCode(err)
	if !ok {
		return Violation{}, false
	}
	kind, ok := sqliteViolations[code]
	if !ok {
		return Violation{}, false
	}
	return sqliteViolation(kind, err.Error()), true
}

// IsUnique reports whether err is a second row for a unique or primary key.
func IsUnique(err error) bool { return is(err, Unique) }

// IsForeignKey reports whether err is a missing parent or a child that is still there.
func IsForeignKey(err error) bool { return is(err, ForeignKey) }

// IsNotNull reports whether err is a missing value.
func IsNotNull(err error) bool { return is(err, NotNull) }

// IsCheck reports whether err is a value that a check constraint refuses.
func IsCheck(err error) bool { return is(err, Check) }

func is(err error, kind Kind) bool {
	v, ok := Violated(err)
	return ok && v.Kind == kind
}

// keyOf finds the columns in PostgreSQL's detail "Key (a, b)=(1, 2) already exists.",
// whatever the language of the server.
var keyOf = regexp.MustCompile(`\(([^()]+)\)=\(`)

func postgresViolation(e *pgconn.PgError) (Violation, bool) {
	kind, ok := postgresViolations[e.Code]
	if !ok {
		return Violation{}, false
	}
	v := Violation{Kind: kind, Table: e.TableName, Constraint: e.ConstraintName}
	if e.ColumnName != "" {
		v.Columns = []string{e.ColumnName}
	} else if m := keyOf.FindStringSubmatch(e.Detail); m != nil {
		v.Columns = strings.Split(m[1], ", ")
	}
	return v, true
}

// constraintFailed splits SQLite's "UNIQUE constraint failed: partner.ref, partner.company_id".
var constraintFailed = regexp.MustCompile(`(?:UNIQUE|NOT NULL|CHECK) constraint failed: (.+?)(?: \(\d+\))?$`)

func sqliteViolation(kind Kind, message string) Violation {
	v := Violation{Kind: kind}
	m := constraintFailed.FindStringSubmatch(message)
	if m == nil {
		return v
	}
	if index, ok := strings.CutPrefix(m[1], "index '"); ok { // an index over an expression
		v.Constraint = strings.TrimSuffix(index, "'")
		return v
	}
	if kind == Check {
		v.Constraint = m[1]
		return v
	}
	for _, place := range strings.Split(m[1], ", ") {
		if table, column, ok := strings.Cut(place, "."); ok {
			v.Table = table
			v.Columns = append(v.Columns, column)
		}
	}
	return v
}

// sqliteCode returns the extended result code of an error of the built-in driver, or of
// any other whose errors tell theirs.
func sqliteCode(err error) (int, bool) {
	if code, ok := builtin().code(err); ok {
		return code, true
	}
	var coded interface {
		error
		Code() int
	}
	if errors.As(err, &coded) {
		return coded.Code(), true
	}
	return 0, false
}

// IsUnavailable reports whether err says that the database, not the statement, is at
// fault: disk full or failing, connection lost, server stopping, file locked.
func IsUnavailable(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code[:2] {
		case "08", "53", "57", "58", "XX": // connection, resources, operator, system, internal
			return e.Code != "57014" // query_canceled: the statement's own timeout
		}
		return retryable(err)
	}
	if code, ok := sqliteCode(err); ok {
		switch code & 0xff {
		case sqliteBusy, sqliteLocked, sqliteNoMem, sqliteReadOnly, sqliteIOErr, sqliteCorrupt, sqliteFull, sqliteCantOpen, sqliteNotADB:
			return true
		}
		return false
	}
	_, network := errors.AsType[net.Error](err)
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	return connect || network && !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// Fault gives an error of the database its code: [fault.Unavailable] for one that
// [IsUnavailable], every other comes back unchanged.
func Fault(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok || !IsUnavailable(err) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "The database is not available at the moment.")
}

// retryable reports whether PostgreSQL asks to run the same transaction again.
func retryable(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch e.Code {
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return true
	case "0A000": // a migration elsewhere changed the columns of a prepared statement
		return strings.Contains(e.Message, "cached plan")
	}
	return false
}

// postgresDamage returns what PostgreSQL says about data it cannot read: class XX is
// internal errors, data_corrupted and index_corrupted among them.
func postgresDamage(err error) (string, bool) {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && strings.HasPrefix(e.Code, "XX") {
		return e.Message, true
	}
	return "", false
}
