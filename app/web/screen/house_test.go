package screen_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/web/screen"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/db/seal"
	"github.com/tessera-erp/tessera/ui"
)

type user struct {
	record.Meta
	Name string
}

type company struct {
	record.Meta
	Name string
}

type currency struct {
	record.Meta
	Name string
}

type tag struct {
	record.Meta
	Name string
}

type partner struct {
	record.Meta
	Name       string
	Email      string
	Ref        string
	Kind       string
	Credit     record.Money
	Rating     int64
	Visits     int64
	Since      record.Date
	SeenAt     *time.Time
	Active     bool
	Vip        bool
	ParentID   record.ID
	CompanyID  record.ID
	CurrencyID record.ID
	Note       string
	Slogan     string
	Margin     int64
	Rumour     string
	PinHash    string
	Pin        string  `gorm:"-"`
	Tags       []int64 `gorm:"-"`
	Sites      record.Strings
}

type order struct {
	record.Meta
	Number    string
	State     string
	PartnerID record.ID
	CompanyID record.ID
}

type journal struct {
	record.Meta
	Name string
}

type bill struct {
	record.Meta
	Name  string
	State string
	Sum   record.Money
}

// segment is some records of any model, by a filter.
type segment struct {
	record.Meta
	Name  string
	Model string
	Cond  string
	Use   string
	Slip  string
	Sites record.Strings
	Loud  bool
}

type item struct {
	record.Meta
	BillID    record.ID
	Name      string
	Quantity  int64
	Price     record.Money
	PartnerID record.ID
	Paid      bool
	Sum       record.Money
}

func always(v any) func(*record.Env) any { return func(*record.Env) any { return v } }

// declare fills a registry with a small house: partners with every kind of field,
// orders, and what they point to.
func declare(r *record.Registry) {
	boss := record.Access{Group: "boss", Read: true, Create: true, Write: true, Delete: true}
	staff := record.Access{Group: "staff", Read: true, Create: true, Write: true}
	read := record.Access{Group: "reader", Read: true}
	named := func() []record.Field {
		return []record.Field{{Name: "name", Label: "Name", Type: record.Text, Required: true}}
	}
	record.Groups(r, record.GroupDef{Code: "reader", Name: "Reader"}, record.GroupDef{Code: "staff", Name: "Staff", Implies: []string{"reader"}},
		record.GroupDef{Code: "boss", Name: "Boss", Implies: []string{"staff"}})
	record.Define[user](r, record.Model{Name: "base.user", Label: "User", Plural: "Users", Access: []record.Access{boss, read}, Fields: named()})
	record.Define[company](r, record.Model{Name: "base.company", Label: "Company", Plural: "Companies", Access: []record.Access{boss, read}, Fields: named()})
	record.Define[currency](r, record.Model{Name: "test.currency", Label: "Currency", Plural: "Currencies", Access: []record.Access{boss, read}, Fields: named()})
	record.Define[tag](r, record.Model{Name: "test.tag", Label: "Tag", Plural: "Tags", QuickCreate: true, Access: []record.Access{boss, staff, read},
		Fields: []record.Field{{Name: "name", Label: "Name", Type: record.Text, Required: true, Unique: true, Translate: true}}})
	segments(r, boss, staff, read)
	record.Define[journal](r, record.Model{Name: "test.journal", Label: "Journal", Plural: "Journals", Access: []record.Access{boss}, NoAudit: true, Fields: named()})
	record.Define[partner](r, partnerModel(boss, staff, read))
	record.Define[order](r, record.Model{Name: "test.order", Label: "Order", Plural: "Orders", Display: "number", Access: []record.Access{boss, staff, read},
		Fields: []record.Field{
			{Name: "number", Label: "Number", Type: record.Code, Required: true, Unique: true},
			{Name: "state", Label: "State", Type: record.Selection, Default: always("draft"), Options: []record.Option{{Value: "draft", Label: "Draft"}, {Value: "done", Label: "Done", Tone: "ok"}}},
			{Name: "partner", Label: "Partner", Type: record.Many2One, Model: "test.partner", Filter: `[["kind", "=", "wholesale"]]`},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: "base.company"},
		},
		List:   record.List{Columns: []string{"number", "partner", "partner.email", "state"}, Order: "number desc"},
		Search: record.Search{Fields: []string{"number", "partner.name"}, Filters: []record.Filter{{Name: "open", Label: "Open", Domain: `[["state", "=", "draft"]]`, Default: true}}},
	})
	bills(r, boss, staff, read)
	record.Prepare(r, func(_ *record.Env, p *partner) error {
		if p.Pin != "" {
			p.PinHash, p.Pin = "hash of "+p.Pin, ""
		}
		return nil
	})
	record.BeforeSave(r, func(_ *record.Env, p *partner) error {
		if p.Credit < 0 {
			return fault.New(fault.Invalid, "A credit limit is never below zero.").On("credit")
		}
		return nil
	})
}

func segments(r *record.Registry, access ...record.Access) {
	record.Define[segment](r, record.Model{Name: "test.segment", Label: "Segment", Plural: "Segments", Access: access, Fields: []record.Field{
		{Name: "name", Label: "Name", Type: record.Text, Required: true},
		{Name: "model", Label: "Model", Type: record.Code, Choices: func(*record.Env) []record.Option {
			return []record.Option{{Value: "test.partner", Label: "Partner"}, {Value: "test.order", Label: "Order"}}
		}},
		{Name: "cond", Label: "Which", Type: record.JSON, FilterOf: "model"},
		{Name: "use", Label: "Use", Type: record.Selection, Required: true, Default: always("list"), Options: []record.Option{{Value: "list", Label: "List"}, {Value: "letter", Label: "Letter"}}},
		{Name: "slip", Label: "Compliments slip", Type: record.Text, When: `[["use", "=", "letter"]]`},
		{Name: "sites", Label: "Printed sites", Type: record.StringList, When: `[["use", "=", "letter"]]`},
		{Name: "loud", Label: "Loud letters", Type: record.Bool, Default: always(true), When: `[["use", "=", "letter"]]`},
	}, List: record.List{Columns: []string{"name", "cond"}}})
}

// bills have items that are written with them.
func bills(r *record.Registry, access ...record.Access) {
	record.Define[bill](r, record.Model{Name: "test.bill", Label: "Bill", Plural: "Bills", Access: access, Fields: []record.Field{
		{Name: "name", Label: "Name", Type: record.Text, Required: true},
		{Name: "state", Label: "State", Type: record.Selection, Default: always("open"), Options: []record.Option{{Value: "open", Label: "Open"}, {Value: "paid", Label: "Paid"}}},
		{Name: "items", Label: "Items", Type: record.One2Many, Model: "test.item", Inverse: "bill",
			Inline: []string{"name", "quantity", "price", "partner", "paid"}, InlineWhen: `[["state", "=", "open"]]`},
		{Name: "sum", Label: "Sum", Type: record.Amount, Readonly: true},
	}})
	record.Define[item](r, record.Model{Name: "test.item", Label: "Item", Plural: "Items", Access: append(access, record.Access{Group: "staff", Delete: true}), Fields: []record.Field{
		{Name: "bill", Label: "Bill", Type: record.Many2One, Model: "test.bill", Required: true},
		{Name: "name", Label: "Thing", Type: record.Text, Required: true},
		{Name: "quantity", Label: "Quantity", Type: record.Decimal, Scale: 1, Default: always(int64(10))},
		{Name: "price", Label: "Price", Type: record.Amount},
		{Name: "partner", Label: "Partner", Type: record.Many2One, Model: "test.partner"},
		{Name: "paid", Label: "Paid", Type: record.Bool},
		{Name: "sum", Label: "Sum", Type: record.Amount, Readonly: true},
	}, List: record.List{Columns: []string{"name", "bill", "quantity", "price", "sum"}}})
	record.BeforeSave(r, func(_ *record.Env, s *segment) error {
		if s.Slip == "shout" {
			return fault.New(fault.Invalid, "Do not shout.").On("slip")
		}
		return nil
	})
	record.BeforeSave(r, func(e *record.Env, b *bill) error {
		if strings.HasPrefix(b.Name, "Secret ") {
			e.Reveal("name", "made for "+b.Name)
		}
		return nil
	})
	record.BeforeSave(r, func(_ *record.Env, i *item) error {
		if i.Sum = record.Money(int64(i.Price) * i.Quantity / 10); i.Sum < 0 {
			return fault.New(fault.Invalid, "A price is never below zero.").On("price")
		}
		return nil
	})
}

func partnerModel(access ...record.Access) record.Model {
	return record.Model{Name: "test.partner", Label: "Partner", Plural: "Partners", Aliases: []string{"res.partner"}, Access: access,
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Help: "As on invoices"},
			{Name: "email", Label: "E-mail", Type: record.Email},
			{Name: "ref", Label: "Reference", Type: record.Code, Unique: true, NoCopy: true},
			{Name: "kind", Label: "Kind", Type: record.Selection, Options: []record.Option{{Value: "retail", Label: "Retail"}, {Value: "wholesale", Label: "Wholesale"}}},
			{Name: "credit", Label: "Credit limit", Type: record.Amount},
			{Name: "rating", Label: "Rating", Type: record.Decimal, Scale: 3},
			{Name: "visits", Label: "Visits", Type: record.Int},
			{Name: "since", Label: "Since", Type: record.Day},
			{Name: "seen_at", Label: "Seen", Type: record.Moment},
			{Name: "active", Label: "Active", Type: record.Bool, Default: always(true)},
			{Name: "vip", Label: "VIP", Type: record.Bool},
			{Name: "parent", Label: "Parent", Type: record.Many2One, Model: "test.partner"},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: "base.company"},
			{Name: "currency", Label: "Currency", Type: record.Many2One, Model: "test.currency"},
			{Name: "orders", Label: "Orders", Type: record.One2Many, Model: "test.order", Inverse: "partner"},
			{Name: "note", Label: "Note", Type: record.Multiline},
			{Name: "slogan", Label: "Slogan", Type: record.Text, Translate: true},
			{Name: "margin", Label: "Margin", Type: record.Int, Groups: []string{"boss"}},
			{Name: "rumour", Label: "Rumour", Type: record.Text, Groups: []string{"boss"}},
			{Name: "pin_hash", Type: record.Text, Private: true},
			{Name: "pin", Label: "PIN", Type: record.Secret},
			{Name: "tags", Label: "Tags", Type: record.Many2Many, Model: "test.tag"},
			{Name: "sites", Label: "Sites", Type: record.StringList},
		},
		List: record.List{Columns: []string{"name", "kind", "parent", "currency", "credit", "tags", "margin"}, Optional: []string{"rating", "since", "rumour", "note"}, Totals: []string{"credit", "margin"},
			Order: "name", Sub: "email"},
		Search: record.Search{Fields: []string{"name", "email", "rumour"}, Facets: []string{"kind", "vip", "parent"},
			Filters: []record.Filter{{Name: "rich", Label: "Rich", Domain: `[["credit", ">=", 1000]]`}}},
		Form: record.Form{Sub: "email", Tabs: []record.Tab{
			{Name: "main", Label: "Main", Groups: []record.Group{
				{Name: "identity", Label: "Identity", Fields: []string{"name", "email", "ref", "kind", "vip", "parent", "parent.email", "tags", "since", "seen_at", "slogan"}},
				{Name: "money", Label: "Money", Aside: true, Fields: []string{"currency", "credit", "rating", "margin"}}}},
			{Name: "more", Label: "More", Groups: []record.Group{{Name: "rest", Fields: []string{"sites", "note", "pin", "orders"}}}},
			{Name: "secret", Label: "Secret", Access: []string{"boss"}, Groups: []record.Group{{Name: "rumours", Fields: []string{"rumour"}}}},
			{Name: "stats", Label: "Statistics", Panel: "test.stats"},
		}},
		Actions: []record.Action{
			{Name: "greet", Label: "Greet", Bulk: true, Confirm: "Greet them?", Run: func(_ *record.Env, ids []int64) (string, error) {
				return fmt.Sprintf("Greeted %d.", len(ids)), nil
			}},
			{Name: "promote", Label: "Promote", Groups: []string{"boss"}, Run: func(e *record.Env, ids []int64) (string, error) {
				for _, id := range ids {
					if _, err := record.SaveValues(e, "test.partner", id, 0, map[string]any{"vip": true}); err != nil {
						return "", err
					}
				}
				return "Promoted.", nil
			}},
		},
	}
}

func tables(tx *gorm.DB) error {
	type join struct {
		RecordID int64 `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64 `gorm:"primaryKey;autoIncrement:false"`
	}
	for _, t := range []struct {
		name string
		row  any
	}{{"base_user", &user{}}, {"base_company", &company{}}, {"test_currency", &currency{}}, {"test_tag", &tag{}}, {"test_partner", &partner{}},
		{"test_order", &order{}}, {"test_journal", &journal{}}, {"test_bill", &bill{}}, {"test_item", &item{}}, {"test_segment", &segment{}}, {"test_partner_tags", &join{}}} {
		if err := tx.Table(t.name).AutoMigrate(t.row); err != nil {
			return err
		}
	}
	return errors.Join(tx.Exec("CREATE UNIQUE INDEX test_tag_name ON test_tag (name)").Error, tx.Exec("CREATE UNIQUE INDEX test_order_number ON test_order (number)").Error,
		tx.Exec("CREATE UNIQUE INDEX test_partner_ref ON test_partner (ref) WHERE ref <> ''").Error)
}

// people are the accounts of the house, one a right.
type people struct{ accounts map[int64]*web.Account }

func (p people) ByID(_ context.Context, _ *record.Database, id int64) (*web.Account, error) {
	if a := p.accounts[id]; a != nil {
		return a, nil
	}
	return nil, fault.New(fault.NotFound, "There is no such account.")
}

func (p people) ByLogin(context.Context, *record.Database, string) (*web.Account, error) {
	return nil, fault.New(fault.NotFound, "There is no such account.")
}

func (people) SetPassword(context.Context, *record.Database, int64, string) error { return nil }
func (people) Unset(context.Context, *record.Database) (bool, error)              { return false, nil }
func (p people) Administrator(context.Context, *record.Database) (*web.Account, error) {
	return p.accounts[1], nil
}
func (people) SetPreferences(context.Context, *record.Database, int64, string, string) error {
	return nil
}

// house is a server with two companies and people of several rights.
type house struct {
	*record.Database
	server     *httptest.Server
	acme, beta int64
	count      *counting
}

// counting lets a test count the statements of requests.
type counting struct{ counter *db.Counter }

const (
	boss = iota + 1
	staff
	reader
	stranger
	french
)

var clock = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

func openHouse(t testing.TB, address string) *house {
	t.Helper()
	r := record.NewRegistry()
	declare(r)
	if err := r.Seal(); err != nil {
		t.Fatalf("seal: %v", err)
	}
	d, err := db.Open(context.Background(), db.Config{URL: address})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { d.Close() })
	sets := []db.MigrationSet{{Module: "kernel", Migrations: append(record.Migrations(), web.Migrations()...)}, {Module: "test", Migrations: []db.Migration{{ID: "0001", Up: tables}}}}
	if err := d.Migrate(context.Background(), sets); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	h := &house{Database: record.NewDatabase(d, r), count: &counting{}}
	h.Clock = func() time.Time { return clock }
	h.acme, h.beta = h.add(t, "base.company", "name", "Acme"), h.add(t, "base.company", "name", "Beta")
	accounts := people{map[int64]*web.Account{}}
	for id, a := range map[int64]struct {
		name, lang string
		groups     []string
	}{boss: {"Boss", "en", []string{"boss"}}, staff: {"Staff", "en", []string{"staff"}}, reader: {"Reader", "en", []string{"reader"}},
		stranger: {"Stranger", "en", nil}, french: {"François", "fr", []string{"staff"}}} {
		accounts.accounts[id] = &web.Account{ID: id, Name: a.name, Lang: a.lang, Active: true, TimeZone: "Europe/Paris", PasswordHash: "x",
			GroupCodes: r.Implied(a.groups...), Company: h.acme, Companies: []web.CompanyName{{ID: h.acme, Name: "Acme"}}}
	}
	for i := range 5 {
		h.add(t, "base.user", "name", accounts.accounts[int64(i+1)].Name)
	}
	h.serve(t, accounts)
	return h
}

// serve starts the real server with the screens, a panel, and a way to sign in.
func (h *house) serve(t testing.TB, accounts people) {
	t.Helper()
	texts, err := i18n.New(ui.Locales, web.Locales, screen.Locales, domain.Locales)
	if err != nil {
		t.Fatalf("texts: %v", err)
	}
	site := &web.Site{}
	site.App(web.App{Name: "test", Label: "Test"})
	site.Menu(web.Menu{Name: "test.partners", App: "test", Model: "test.partner"}, web.Menu{Name: "test.currencies", App: "test", Model: "test.currency", Groups: []string{"boss"}})
	site.Panel("test.stats", func(_ *web.Ctx, id int64) (templ.Component, error) {
		return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, "<p>Statistics of "+strconv.FormatInt(id, 10)+"</p>")
			return err
		}), nil
	})
	site.Route(screen.Routes()...)
	site.Route(web.Route{Kind: web.Public, Method: "GET", Path: "/test/enter/:id", Handle: func(c *web.Ctx) error {
		id, err := strconv.ParseInt(c.Param("id"), 10, 64)
		if err != nil {
			return err
		}
		a, err := accounts.ByID(c.Env, h.Database, id)
		if err != nil {
			return err
		}
		if err := c.StartSession(a, false, "pwd"); err != nil {
			return err
		}
		return c.Redirect303("/")
	}})
	site.Routes = h.counted(site.Routes)
	h.server = httptest.NewUnstartedServer(nil)
	base, err := url.Parse("http://" + h.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	app := &web.Application{Database: h.Database, Site: site, Texts: texts, BaseURL: base, Accounts: accounts, Seal: keys, DatabaseID: "house"}
	s := web.New(web.Config{Pick: pick(app), Logger: slog.New(slog.DiscardHandler)})
	if err := s.Mount(app); err != nil {
		t.Fatalf("mount: %v", err)
	}
	h.server.Config.Handler = s
	h.server.Start()
	t.Cleanup(h.server.Close)
}

// add creates a record as the system.
func (h *house) add(t testing.TB, model string, pairs ...any) int64 {
	t.Helper()
	values := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i].(string)] = pairs[i+1]
	}
	id, err := record.SaveValues(h.System(context.Background(), "test"), model, 0, 0, values)
	if err != nil {
		t.Fatalf("add %s %v: %v", model, values, err)
	}
	return id
}

// partner reads a partner as the system.
func (h *house) partner(t testing.TB, id int64) partner {
	t.Helper()
	p, err := record.Get[partner](h.System(context.Background(), "test"), id)
	if err != nil {
		t.Fatalf("partner %d: %v", id, err)
	}
	return p
}

// spoil gives a partner what no save would: the next one is refused.
func (h *house) spoil(id int64) error {
	return h.DB.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE test_partner SET credit = -1 WHERE id = ?", id)
		return err
	})
}

// engines runs a story on SQLite and on PostgreSQL.
func engines(t *testing.T, story func(t *testing.T, h *house)) {
	t.Helper()
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, address string) { story(t, openHouse(t, address)) })
}
