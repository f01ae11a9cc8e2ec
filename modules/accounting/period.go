package accounting

import (
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

// Period is a VAT period of a company. Its boxes are those that were frozen at review.
type Period struct {
	record.Meta
	Name       string
	CompanyID  record.ID
	Starts     record.Date
	Ends       record.Date
	Due        record.Date
	State      string
	CurrencyID record.ID
	Box1       record.Money
	Box2       record.Money
	Box3       record.Money
	Box4       record.Money
	Box5       record.Money
	Box6       record.Money
	Box7       record.Money
	Box8       record.Money
	Box9       record.Money
	Figures    string     // a frozen Figures as JSON, "" when nothing is frozen
	FrozenAt   *time.Time // when the figures were frozen
	FrozenByID record.ID
	ClosedAt   *time.Time
	ClosedByID record.ID
	Reference  string // under which the return was filed
}

// The states of a VAT period.
const (
	Open   = "open"
	Closed = "closed" // nothing is posted into it any more
)

func definePeriod(r *record.Registry) {
	record.Define[Period](r, record.Model{
		Name: "accounting.vat_period", Label: "VAT period", Plural: "VAT periods", Icon: "calendar", Hue: "accounting",
		Fields: append(periodFields(), periodBoxes()...),
		List: record.List{Columns: []string{"name", "starts", "ends", "due", "state", "box3", "box4", "box5", "company"},
			Optional: []string{"box1", "box2", "box6", "box7", "box8", "box9", "reference", "frozen_at", "closed_at"}, Order: "starts desc",
			Help: "The boxes are those of the last review. Open a period to see what its documents come to now."},
		Search: record.Search{Fields: []string{"name", "reference"}, Facets: []string{"state", "company"}},
		Form: record.Form{Sub: "company", Tabs: []record.Tab{
			{Name: "boxes", Label: "Boxes", Panel: panelBoxes},
			{Name: "adjustments", Label: "Adjustments", Groups: []record.Group{
				{Name: "adjustments", Label: "Adjustments", Help: "What the return says beyond the documents, each with its reason.", Fields: []string{"adjustments"}},
				{Name: "period", Label: "Period", Fields: []string{"starts", "ends", "due", "state"}, Aside: true}}},
			{Name: "review", Label: "Review", Groups: []record.Group{
				{Name: "frozen", Label: "Figures as reviewed", Fields: []string{"box1", "box2", "box3", "box4", "box5", "box6", "box7", "box8", "box9"}},
				{Name: "review", Label: "Review", Fields: []string{"frozen_at", "frozen_by", "closed_at", "closed_by", "reference"}, Aside: true}}},
		}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupManager, Read: true, Write: true},
		},
		Actions: []record.Action{
			{Name: "review", Label: "Freeze the figures", Icon: "lock", Groups: []string{GroupManager}, When: `[["state", "=", "open"]]`, Run: reviewAll},
			{Name: "close", Label: "Close period", Icon: "lock", Tone: "bad", Groups: []string{GroupManager}, When: `[["state", "=", "open"], ["frozen_at", "!=", null]]`,
				Confirm: "Close this period? Nothing is posted into it any more.", Run: closeAll},
			{Name: "reopen", Label: "Reopen period", Icon: "undo", Groups: []string{GroupManager}, When: `[["state", "=", "closed"], ["reference", "=", null]]`,
				Confirm: "Reopen this period?", Run: reopenAll},
		},
	})
}

func periodFields() []record.Field {
	fixed := func(f record.Field) record.Field {
		f.Readonly, f.NoCopy = true, true
		return f
	}
	return []record.Field{
		fixed(record.Field{Name: "name", Label: "Period", Type: record.Text, Size: 64, Required: true}),
		fixed(record.Field{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Required: true}),
		fixed(record.Field{Name: "starts", Label: "First day", Type: record.Day, Required: true}),
		fixed(record.Field{Name: "ends", Label: "Last day", Type: record.Day, Required: true}),
		fixed(record.Field{Name: "due", Label: "Due", Help: "When the return has to be filed and paid.", Type: record.Day}),
		fixed(record.Field{Name: "state", Label: "State", Type: record.Selection, Required: true, Default: func(*record.Env) any { return Open },
			Options: []record.Option{{Value: Open, Label: "Open", Tone: "info"}, {Value: Closed, Label: "Closed", Tone: "ok"}}}),
		fixed(record.Field{Name: "currency", Label: "Currency", Type: record.Many2One, Model: "base.currency"}),
		{Name: "adjustments", Label: "Adjustments", Type: record.One2Many, Model: "accounting.vat_adjustment", Inverse: "period",
			Inline: []string{"box", "amount", "reason"}, InlineWhen: `[["state", "=", "open"]]`},
		fixed(record.Field{Name: "frozen_at", Label: "Frozen", Type: record.Moment}),
		fixed(record.Field{Name: "frozen_by", Label: "Frozen by", Type: record.Many2One, Model: record.UserModel}),
		fixed(record.Field{Name: "closed_at", Label: "Closed", Type: record.Moment}),
		fixed(record.Field{Name: "closed_by", Label: "Closed by", Type: record.Many2One, Model: record.UserModel}),
		fixed(record.Field{Name: "reference", Label: "Filed as", Type: record.Code, Size: 64}),
		{Name: "figures", Type: record.JSON, Private: true},
	}
}

func periodBoxes() []record.Field {
	out := make([]record.Field, 0, 9)
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} {
		out = append(out, record.Field{Name: "box" + n, Label: boxLabels[n], Type: record.Amount, Readonly: true, NoCopy: true})
	}
	return out
}

func onCompany(id int64) domain.Node { return domain.Cond{Path: "company", Op: domain.Eq, Value: id} }

// covers is the condition of the periods that a day lies in.
func covers(day record.Date) domain.Node {
	return domain.And{domain.Cond{Path: "starts", Op: domain.Le, Value: string(day)}, domain.Cond{Path: "ends", Op: domain.Ge, Value: string(day)}}
}
