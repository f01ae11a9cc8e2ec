package record_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

type user struct {
	record.Meta
	Name string
}

type company struct {
	record.Meta
	Name string
}

type tag struct {
	record.Meta
	Name string
}

type partner struct {
	record.Meta
	Name        string
	Email       string
	Kind        string
	CreditLimit record.Money
	Rating      int64
	Since       record.Date
	SeenAt      *time.Time
	Active      bool
	ParentID    record.ID
	CompanyID   record.ID
	Note        string
	Margin      int64
	PinHash     string
	Pin         string  `gorm:"-"`
	Tags        []int64 `gorm:"-"`
	Sites       record.Strings
}

type loyalty struct {
	RecordID int64 `gorm:"primaryKey"`
	Points   int64
}

// declare fills a registry with a small house: users, companies, tags, partners.
func declare(r *record.Registry) {
	all := []record.Access{{Group: "staff", Read: true}, {Group: "boss", Read: true, Create: true, Write: true, Delete: true}}
	record.Groups(r, record.GroupDef{Code: "staff", Name: "Staff"}, record.GroupDef{Code: "boss", Name: "Boss", Implies: []string{"staff"}},
		record.GroupDef{Code: "loner", Name: "Loner"})
	record.Define[user](r, record.Model{Name: "base.user", Label: "User", Access: all, Fields: []record.Field{{Name: "name", Label: "Name", Type: record.Text}}})
	record.Define[company](r, record.Model{Name: "base.company", Label: "Company", Access: all, Fields: []record.Field{{Name: "name", Label: "Name", Type: record.Text}},
		Rules: []record.Rule{{Name: "mine", Filter: `[["id", "in", {"$": "company_ids"}]]`}}})
	record.Define[tag](r, record.Model{Name: "test.tag", Label: "Tag", QuickCreate: true, Access: all, Fields: []record.Field{{Name: "name", Label: "Name", Type: record.Text, Unique: true, Translate: true}}})
	record.Define[partner](r, record.Model{Name: "test.partner", Label: "Partner", Aliases: []string{"res.partner"}, Access: append(all, record.Access{Group: "loner", Read: true}),
		Rules: []record.Rule{
			{Name: "not secret", Groups: []string{"staff"}, Filter: `["!", ["name", "ilike", "secret"]]`},
			{Name: "boss sees all", Groups: []string{"boss"}, Filter: `[]`}},
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true},
			{Name: "email", Label: "E-mail", Type: record.Email},
			{Name: "kind", Label: "Kind", Type: record.Selection, Options: []record.Option{{Value: "retail", Label: "Retail"}, {Value: "wholesale", Label: "Wholesale"}}},
			{Name: "credit_limit", Label: "Credit limit", Type: record.Amount},
			{Name: "rating", Label: "Rating", Type: record.Decimal, Scale: 1},
			{Name: "since", Label: "Since", Type: record.Day},
			{Name: "seen_at", Label: "Seen", Type: record.Moment},
			{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
			{Name: "parent", Label: "Parent", Type: record.Many2One, Model: "test.partner"},
			{Name: "children", Label: "Children", Type: record.One2Many, Model: "test.partner", Inverse: "parent"},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: "base.company"},
			{Name: "note", Label: "Note", Type: record.Multiline},
			{Name: "margin", Label: "Margin", Type: record.Int, Groups: []string{"boss"}},
			{Name: "pin_hash", Type: record.Text, Private: true},
			{Name: "pin", Label: "PIN", Type: record.Secret},
			{Name: "tags", Label: "Tags", Type: record.Many2Many, Model: "test.tag"},
			{Name: "sites", Label: "Sites", Type: record.StringList},
		}})
	record.Attach[partner, loyalty](r, record.Field{Name: "points", Label: "Points", Type: record.Int})
	record.BeforeSave(r, func(_ *record.Env, l *loyalty) error {
		if l.Points < 0 {
			return fault.New(fault.Invalid, "Points are zero or more.").On("points")
		}
		return nil
	})
	record.AfterSave(r, func(e *record.Env, l *loyalty) error {
		if l.Points != 9 {
			return nil
		}
		p, err := record.Get[partner](e, l.RecordID)
		if err != nil {
			return err
		}
		p.Note = fmt.Sprintf("had %d points", record.Original(e, l).Points)
		return record.Save(e, &p)
	})
	record.Prepare(r, func(_ *record.Env, p *partner) error {
		if p.Pin != "" {
			p.PinHash, p.Pin = "hash of "+p.Pin, ""
		}
		return nil
	})
}

func tables(tx *gorm.DB) error {
	type join struct {
		RecordID int64 `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64 `gorm:"primaryKey;autoIncrement:false"`
	}
	for _, t := range []struct {
		name string
		row  any
	}{{"base_user", &user{}}, {"base_company", &company{}}, {"test_tag", &tag{}}, {"test_partner", &partner{}},
		{"test_partner_tags", &join{}}, {"test_partner_loyalty", &loyalty{}},
		{"test_circle", &circle{}}, {"test_circle_members", &join{}}, {"test_counter", &counter{}}} {
		if err := tx.Table(t.name).AutoMigrate(t.row); err != nil {
			return err
		}
	}
	return tx.Exec("CREATE UNIQUE INDEX test_tag_name ON test_tag (name)").Error
}

// someone is a principal for tests.
type someone struct {
	id     int64
	groups []string
}

func (s someone) UserID() int64       { return s.id }
func (s someone) DisplayName() string { return "Someone" }
func (s someone) Groups() []string    { return s.groups }

// house is an open database with two companies and people of several rights.
type house struct {
	*record.Database
	acme, beta int64
}

var clock = time.Date(2026, 11, 20, 9, 30, 0, 123456000, time.UTC)

func openHouse(t testing.TB, url string, more ...func(*record.Registry)) house {
	t.Helper()
	r := record.NewRegistry()
	declare(r)
	for _, fn := range more {
		fn(r)
	}
	if err := r.Seal(); err != nil {
		t.Fatalf("seal: %v", err)
	}
	d, err := db.Open(context.Background(), db.Config{URL: url})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { d.Close() })
	sets := []db.MigrationSet{{Module: "kernel", Migrations: record.Migrations()}, {Module: "test", Migrations: []db.Migration{{ID: "0001", Up: tables}}}}
	if err := d.Migrate(context.Background(), sets); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	h := house{Database: record.NewDatabase(d, r)}
	h.Clock = func() time.Time { return clock }
	sys := h.System(context.Background(), "test")
	for _, c := range []struct {
		name string
		id   *int64
	}{{"Acme", &h.acme}, {"Beta", &h.beta}} {
		row := company{Name: c.name}
		must(t, record.Save(sys, &row))
		*c.id = row.ID
	}
	must(t, record.Save(sys, &user{Name: "Anna"}))
	return h
}

func (h house) as(groups ...string) *record.Env {
	return h.Env(context.Background(), someone{1, h.Registry().Implied(groups...)}, h.acme, []int64{h.acme})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// engines runs a story on SQLite and on PostgreSQL.
func engines(t *testing.T, story func(t *testing.T, h house)) {
	t.Helper()
	enginesWith(t, func(*record.Registry) {}, story)
}

// enginesWith is engines in a house with further declarations.
func enginesWith(t *testing.T, more func(*record.Registry), story func(t *testing.T, h house)) {
	t.Helper()
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) { story(t, openHouse(t, url, more)) })
}
