package apptest

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// schema: the tables that the migrations made are those that the models need, as gorm
// itself would make them from the structs: the same columns of the same types. On top of
// that, relations and days can be empty, and what is declared unique has its index.
func (c conformance) schema(t *testing.T) {
	live := c.liveTables(t)
	made := c.Database.DB.Read(context.Background())
	for _, m := range c.models() {
		want, have := columns(t, live, m.Table), columns(t, made, m.Table)
		for name, w := range want {
			h, ok := have[name]
			switch {
			case !ok:
				t.Errorf("%s: no migration makes the column %s.%s", m.Name, m.Table, name)
			case c.typeName(h) != c.typeName(w):
				t.Errorf("%s: the column %s.%s is %s, the struct needs %s", m.Name, m.Table, name, h.DatabaseTypeName(), w.DatabaseTypeName())
			}
		}
		for name := range have {
			if _, ok := want[name]; !ok && strings.HasPrefix(m.Table, c.module+"_") {
				t.Errorf("%s: the column %s.%s belongs to no field", m.Name, m.Table, name)
			}
		}
		c.fields(t, made, m, have)
	}
}

// typeName is a column's type; SQLite has one kind of integer under two names.
func (c conformance) typeName(col gorm.ColumnType) string {
	if name := strings.ToLower(col.DatabaseTypeName()); name != "bigint" || c.Database.DB.Engine() != db.SQLite {
		return name
	}
	return "integer"
}

func (c conformance) fields(t *testing.T, made *gorm.DB, m *record.Info, have map[string]gorm.ColumnType) {
	t.Helper()
	for _, f := range m.AllFields() {
		if f.Type == record.Many2Many {
			c.joinTable(t, made, f)
			continue
		}
		col, ok := have[f.Column]
		if !ok {
			continue // reported before, or a field without a column
		}
		nullable, known := col.Nullable()
		if known && !nullable && !f.Required && (f.Type == record.Many2One || f.Type == record.Day) {
			t.Errorf("%s.%s: the column is NOT NULL, but an empty value is stored as NULL", m.Name, f.Name)
		}
		if f.Unique && !hasUnique(t, made, m.Table, f.Column) {
			t.Errorf("%s.%s: it is unique, but no unique index holds that column alone", m.Name, f.Name)
		}
	}
}

// joinTable: pairs of record and target, each once.
func (c conformance) joinTable(t *testing.T, made *gorm.DB, f *record.FieldInfo) {
	t.Helper()
	have := columns(t, made, f.JoinTable())
	for _, name := range []string{"record_id", "target_id"} {
		if _, ok := have[name]; !ok || len(have) != 2 {
			t.Errorf("%s.%s: the table %s needs the columns record_id and target_id and no others", f.Owner().Name, f.Name, f.JoinTable())
			return
		}
	}
	for name, col := range have {
		if key, known := col.PrimaryKey(); known && !key {
			t.Errorf("%s.%s: %s.%s is no part of the primary key, so a pair can stand twice", f.Owner().Name, f.Name, f.JoinTable(), name)
		}
	}
}

func hasUnique(t *testing.T, d *gorm.DB, table, column string) bool {
	t.Helper()
	indexes, err := d.Migrator().GetIndexes(table)
	if err != nil {
		t.Fatalf("indexes of %s: %v", table, err)
	}
	return slices.ContainsFunc(indexes, func(i gorm.Index) bool {
		unique, _ := i.Unique()
		return unique && slices.Equal(i.Columns(), []string{column})
	})
}

// liveTables makes the tables of the models from their structs, in a database of their own.
func (c conformance) liveTables(t *testing.T) *gorm.DB {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "live.db")
	if c.Database.DB.Engine() == db.Postgres {
		url = dbtest.URL(t, db.Postgres)
	}
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	up := func(tx *gorm.DB) error {
		for _, m := range c.models() {
			if err := tx.Table(m.Table).AutoMigrate(m.New()); err != nil {
				return err
			}
		}
		return nil
	}
	if err := d.Migrate(t.Context(), []db.MigrationSet{{Module: "live", Migrations: []db.Migration{{ID: "0001", Up: up}}}}); err != nil {
		t.Fatalf("make the tables of the structs: %v", err)
	}
	return d.Read(context.Background())
}

func columns(t *testing.T, d *gorm.DB, table string) map[string]gorm.ColumnType {
	t.Helper()
	types, err := d.Migrator().ColumnTypes(table)
	if err != nil {
		t.Fatalf("columns of %s: %v", table, err)
	}
	out := map[string]gorm.ColumnType{}
	for _, c := range types {
		out[c.Name()] = c
	}
	return out
}
