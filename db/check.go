package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Report is what a check of a database found.
type Report struct {
	Engine Engine
	// Version is the migrations done, as "module/ID".
	Version []string
	// Problems are sentences without their full stop, at most 100; none means sound.
	Problems []string
}

// OK reports whether the database is sound.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// maxProblems bounds a report: a damaged file can have millions.
const maxProblems = 100

// Check reads the whole database: its structure, its indexes and its references. It
// changes nothing. An error means that the check could not be made.
func (d *DB) Check(ctx context.Context) (Report, error) {
	r := Report{Engine: d.engine}
	var err error
	if d.engine == SQLite {
		r.Problems, err = d.checkSQLite(ctx)
	} else {
		r.Problems, err = d.checkPostgres(ctx)
	}
	if err != nil {
		return r, Fault(err)
	}
	if len(r.Problems) == 0 {
		r.Version, err = d.Version(ctx)
	}
	return r, err
}

func (d *DB) checkSQLite(ctx context.Context) ([]string, error) {
	problems, err := texts(d.readers.QueryContext(ctx, fmt.Sprintf("PRAGMA integrity_check(%d)", maxProblems)))
	if code, ok := sqliteCode(err); ok && code&0xff == sqliteCorrupt {
		return []string{"the file is damaged: " + err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	if len(problems) == 1 && problems[0] == "ok" {
		problems = nil
	}
	references, err := foreignKeyProblems(d.readers.QueryContext(ctx, "PRAGMA foreign_key_check"))
	return append(problems, references...), err
}

// foreignKeyProblems reads the rows of SQLite's foreign_key_check.
func foreignKeyProblems(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var problems []string
	for rows.Next() && len(problems) < maxProblems {
		var table, parent string
		var row sql.NullInt64
		var key int
		if err := rows.Scan(&table, &row, &parent, &key); err != nil {
			return nil, err
		}
		problems = append(problems, fmt.Sprintf("row %d of %s refers to a missing row of %s", row.Int64, table, parent))
	}
	return problems, rows.Err()
}

// postgresProblems finds what PostgreSQL itself knows to be unsound.
var postgresProblems = []string{
	`SELECT 'the index ' || indexrelid::regclass || ' is not valid' FROM pg_index WHERE NOT indisvalid`,
	`SELECT 'the constraint ' || conname || ' of ' || conrelid::regclass || ' was never checked'
		FROM pg_constraint WHERE NOT convalidated AND conrelid <> 0`,
	`SELECT checksum_failures || ' pages have a wrong checksum'
		FROM pg_stat_database WHERE datname = current_database() AND checksum_failures > 0`,
}

// postgresReferences writes, for each foreign key, the query that looks for rows whose
// parent is missing, as a restore without triggers may leave them.
const postgresReferences = `
SELECT format('SELECT count(*) || %L FROM %s child WHERE (%s) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s parent WHERE %s) HAVING count(*) > 0',
	' rows of ' || k.conrelid::regclass || ' refer to a missing row of ' || k.confrelid::regclass,
	k.conrelid::regclass,
	string_agg(format('child.%I', c.attname), ', ' ORDER BY cols.at),
	k.confrelid::regclass,
	string_agg(format('parent.%I = child.%I', p.attname, c.attname), ' AND ' ORDER BY cols.at))
FROM pg_constraint k
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS cols(child, parent, at)
JOIN pg_attribute c ON c.attrelid = k.conrelid AND c.attnum = cols.child
JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = cols.parent
WHERE k.contype = 'f' AND k.conparentid = 0
GROUP BY k.oid, k.conrelid, k.confrelid
ORDER BY k.oid`

func (d *DB) checkPostgres(ctx context.Context) ([]string, error) {
	references, err := texts(d.readers.QueryContext(ctx, postgresReferences))
	if err != nil {
		return nil, err
	}
	tables, err := texts(d.readers.QueryContext(ctx, `SELECT format('SELECT ''unread'' FROM (SELECT count(t.*) AS n FROM %I.%I t) all_rows WHERE n < 0', schemaname, tablename)
		FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`))
	if err != nil {
		return nil, err
	}
	var problems []string
	for _, query := range append(append(postgresProblems[:len(postgresProblems):len(postgresProblems)], references...), tables...) {
		found, err := texts(d.readers.QueryContext(ctx, query))
		if damaged, ok := postgresDamage(err); ok {
			found, err = []string{damaged}, nil
		}
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
	}
	return problems[:min(len(problems), maxProblems)], nil
}

// texts reads a result of one text column.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, strings.TrimSpace(s))
	}
	return out, rows.Err()
}
