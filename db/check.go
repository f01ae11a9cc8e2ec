package db

import (
	"database/sql"
	"fmt"
)

// foreignKeyProblems reads the rows of SQLite's foreign_key_check.
func foreignKeyProblems(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var problems []string
	for rows.Next() {
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
