package accounting

import (
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
)

// Tax is a tax code: what VAT a line bears, who accounts for it, and which boxes of a UK
// VAT return it feeds, for sales and for purchases apart.
type Tax struct {
	record.Meta
	Code             string
	Name             string
	CountryID        record.ID // whose VAT it is
	Rate             int64     // hundredths of a per cent
	OnSales          string    // who accounts for the VAT of a sale: a treatment
	SaleVATBoxes     record.Strings
	SaleNetBoxes     record.Strings
	OnPurchases      string
	PurchaseVATBoxes record.Strings
	PurchaseNetBoxes record.Strings
	PartnerVAT       bool // the customer or supplier needs a VAT number
	Active           bool
}

// Treatments: who accounts for the VAT of a line, and whether the code fits at all.
const (
	Charged = "charged" // the seller: it is part of what the document asks for
	Reverse = "reverse" // the buyer: it is worked out, but not part of the document's total
	VATOnly = "only"    // the line is VAT itself, as on an import VAT certificate (C79)
	Unused  = "unused"  // the code is not for this side
)

func treatments() []record.Option {
	return []record.Option{{Value: Charged, Label: "Charged on the document"}, {Value: Reverse, Label: "Accounted for by the buyer"},
		{Value: VATOnly, Label: "The line is VAT itself"}, {Value: Unused, Label: "Not used"}}
}

// fillable are the boxes that lines can feed: 3 and 5 follow from the others.
var fillable = []string{"1", "2", "4", "6", "7", "8", "9"}

func boxOptions(*record.Env) []record.Option {
	out := make([]record.Option, len(fillable))
	for i, n := range fillable {
		out[i] = record.Option{Value: n, Label: boxLabels[n], Key: "accounting.box." + n}
	}
	return out
}

// boxLabels are the boxes in a few words, in English.
var boxLabels = map[string]string{
	"1": "1 – VAT due on sales", "2": "2 – VAT due on acquisitions", "3": "3 – Total VAT due", "4": "4 – VAT reclaimed", "5": "5 – Net VAT",
	"6": "6 – Total sales", "7": "7 – Total purchases", "8": "8 – Goods supplied to the EU", "9": "9 – Goods acquired from the EU",
}

func defineTax(r *record.Registry) {
	record.Define[Tax](r, record.Model{
		Name: "accounting.tax", Label: "Tax code", Plural: "Tax codes", Icon: "coins", Hue: "accounting",
		Aliases:  []string{"account.tax"},
		Key:      "code",
		Scopable: true,
		Fields:   taxFields(),
		List: record.List{Columns: []string{"name", "code", "rate", "country", "on_sales", "on_purchases"},
			Optional: []string{"sale_vat_boxes", "sale_net_boxes", "purchase_vat_boxes", "purchase_net_boxes", "partner_vat", "updated_at"}, Order: "code", Sub: "code"},
		Search: record.Search{Fields: []string{"name", "code"}, Facets: []string{"country", "on_sales", "on_purchases"},
			Filters: []record.Filter{{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`}}},
		Form: record.Form{Sub: "code", Tabs: []record.Tab{{Name: "tax", Label: "Tax code", Groups: []record.Group{
			{Name: "tax", Label: "Tax code", Fields: []string{"name", "code", "country", "rate"}},
			{Name: "sales", Label: "On sales", Fields: []string{"on_sales", "sale_vat_boxes", "sale_net_boxes"}},
			{Name: "purchases", Label: "On purchases", Fields: []string{"on_purchases", "purchase_vat_boxes", "purchase_net_boxes"}},
			{Name: "use", Label: "Use", Fields: []string{"partner_vat", "active"}, Aside: true},
		}}}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
	})
	record.BeforeSave(r, checkTax)
	record.BeforeSave(r, keepBooked)
}

func taxFields() []record.Field {
	charged := func(*record.Env) any { return Charged }
	boxes := func(name, label string) record.Field {
		return record.Field{Name: name, Label: label, Type: record.StringList, Of: record.Code, Choices: boxOptions, Spoken: "accounting.box"}
	}
	return []record.Field{
		{Name: "name", Label: "Name", Type: record.Text, Required: true, Translate: true},
		{Name: "code", Label: "Code", Help: "How load files and people in a hurry name it.", Type: record.Code, Required: true, Unique: true, Size: 16, NoCopy: true},
		{Name: "country", Label: "Country", Help: "Whose VAT it is. Companies of other countries cannot use it.", Type: record.Many2One, Model: "base.country"},
		{Name: "rate", Label: "Rate (%)", Type: record.Decimal, Scale: rateDigits},
		{Name: "on_sales", Label: "VAT on sales", Type: record.Selection, Options: treatments(), Required: true, Default: charged},
		boxes("sale_vat_boxes", "The VAT goes into"),
		boxes("sale_net_boxes", "The net amount goes into"),
		{Name: "on_purchases", Label: "VAT on purchases", Type: record.Selection, Options: treatments(), Required: true, Default: charged},
		boxes("purchase_vat_boxes", "The VAT goes into"),
		boxes("purchase_net_boxes", "The net amount goes into"),
		{Name: "partner_vat", Label: "Partner needs a VAT number", Type: record.Bool},
		{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
	}
}

// checkTax refuses rates and boxes that there are not. VAT never goes into the boxes of
// values, 6 to 9, and net amounts into no others.
func checkTax(_ *record.Env, t *Tax) error {
	var errs []*fault.Error
	if t.Rate < 0 || t.Rate > 100_00 {
		errs = append(errs, fault.New(fault.Invalid, "A tax is between 0 and 100 per cent.").On("rate").Keyed("accounting.tax.rate.range", nil))
	}
	for field, boxes := range map[string]record.Strings{"sale_vat_boxes": t.SaleVATBoxes, "purchase_vat_boxes": t.PurchaseVATBoxes} {
		if !allIn(boxes, "1", "2", "4") {
			errs = append(errs, fault.New(fault.Invalid, "VAT goes into the boxes 1, 2 and 4 only.").On(field).Keyed("accounting.tax.boxes.vat", nil))
		}
	}
	for field, boxes := range map[string]record.Strings{"sale_net_boxes": t.SaleNetBoxes, "purchase_net_boxes": t.PurchaseNetBoxes} {
		if !allIn(boxes, "6", "7", "8", "9") {
			errs = append(errs, fault.New(fault.Invalid, "Net amounts go into the boxes 6 to 9 only.").On(field).Keyed("accounting.tax.boxes.net", nil))
		}
	}
	return fault.Join(errs...)
}

// allIn reports whether each of a list is one of the others, and stands once.
func allIn(list []string, others ...string) bool {
	for i, s := range list {
		if !slices.Contains(others, s) || slices.Contains(list[:i], s) {
			return false
		}
	}
	return true
}

// keepBooked refuses to change what posted documents were booked by: figures that were
// declared must come out the same ever after.
func keepBooked(e *record.Env, t *Tax) error {
	was := record.Original(e, t)
	same := was.Rate == t.Rate && was.CountryID == t.CountryID && was.OnSales == t.OnSales && was.OnPurchases == t.OnPurchases &&
		slices.Equal(was.SaleVATBoxes, t.SaleVATBoxes) && slices.Equal(was.SaleNetBoxes, t.SaleNetBoxes) &&
		slices.Equal(was.PurchaseVATBoxes, t.PurchaseVATBoxes) && slices.Equal(was.PurchaseNetBoxes, t.PurchaseNetBoxes)
	if was.ID == 0 || same {
		return nil
	}
	n, err := record.CountIn[Line](e.Sudo("use of the tax code"), record.Query{Limit: 1, Filter: domain.And{
		domain.Cond{Path: "tax", Op: domain.Eq, Value: t.ID}, domain.Cond{Path: "invoice.state", Op: domain.Eq, Value: Posted}}})
	if err != nil || n == 0 {
		return err
	}
	return fault.New(fault.Conflict, "Posted documents use the tax code %s, so its rate and boxes stay: archive it and make another one.", t.Code).
		Keyed("accounting.tax.booked", map[string]any{"Code": t.Code})
}

// treatment is who accounts for the VAT of a line on a document of this kind.
func (t *Tax) treatment(kind string) string {
	if sold(kind) {
		return t.OnSales
	}
	return t.OnPurchases
}

// feed is what the code feeds on a document of this kind.
func (t *Tax) feed(kind string) Feed {
	if sold(kind) {
		return Feed{VAT: numbers(t.SaleVATBoxes), Net: numbers(t.SaleNetBoxes)}
	}
	return Feed{VAT: numbers(t.PurchaseVATBoxes), Net: numbers(t.PurchaseNetBoxes)}
}

func numbers(boxes record.Strings) []int {
	var out []int
	for _, b := range boxes {
		if n, err := strconv.Atoi(b); err == nil { // checkTax has seen to it
			out = append(out, n)
		}
	}
	return out
}

// taxCodes are tax codes by id.
type taxCodes map[record.ID]*Tax

// taxesOf returns the tax codes of lines by their ids, archived ones too.
func taxesOf(e *record.Env, lines []Line) (taxCodes, error) {
	var ids []int64
	for _, l := range lines {
		if l.TaxID != 0 && !slices.Contains(ids, int64(l.TaxID)) {
			ids = append(ids, int64(l.TaxID))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return taxesWhere(e, domain.Cond{Path: "id", Op: domain.In, Value: ids})
}

// feedsOf returns the tax codes of groups, archived ones too, with what a return needs of
// them: that is half as long to read as the whole. When all are known, it reads none.
func feedsOf(act *record.Env, groups []group, known taxCodes) (taxCodes, error) {
	var ids []int64
	missing := false
	for _, g := range groups {
		if g.tax != 0 && !slices.Contains(ids, g.tax) {
			ids = append(ids, g.tax)
			missing = missing || known[record.ID(g.tax)] == nil
		}
	}
	if !missing {
		return known, nil
	}
	out := taxCodes{}
	fields := []string{"code", "name", "sale_vat_boxes", "sale_net_boxes", "purchase_vat_boxes", "purchase_net_boxes"}
	for row, err := range record.Rows(act, "accounting.tax", record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Fields: fields, Archived: true}) {
		if err != nil {
			return nil, err
		}
		text := func(field string) string { v, _ := row.Value(field); return v.(string) }
		list := func(field string) record.Strings { v, _ := row.Value(field); return v.(record.Strings) }
		out[record.ID(row.ID)] = &Tax{Meta: record.Meta{ID: row.ID}, Code: text("code"), Name: text("name"), SaleVATBoxes: list("sale_vat_boxes"), SaleNetBoxes: list("sale_net_boxes"),
			PurchaseVATBoxes: list("purchase_vat_boxes"), PurchaseNetBoxes: list("purchase_net_boxes")}
	}
	return out, nil
}

func taxesWhere(e *record.Env, filter domain.Node) (taxCodes, error) {
	found, err := record.Find[Tax](e.Sudo("tax codes of the books"), record.Query{Filter: filter, Order: "id", Archived: true})
	if err != nil {
		return nil, err
	}
	out := taxCodes{}
	for i := range found {
		out[record.ID(found[i].ID)] = &found[i]
	}
	return out, nil
}

// usable refuses a tax code on a line where it is not for the document's side or country.
func (t *Tax) usable(o *Invoice, c *base.Company) error {
	if t.treatment(o.Kind) == Unused {
		return fault.New(fault.Invalid, "The tax code %s is not for this kind of document.", t.Code).On("tax").
			Keyed("accounting.invoice_line.tax.side", map[string]any{"Code": t.Code})
	}
	if t.CountryID != 0 && c.CountryID != 0 && t.CountryID != c.CountryID {
		return fault.New(fault.Invalid, "The tax code %s belongs to another country than the company.", t.Code).On("tax").
			Keyed("accounting.invoice_line.tax.country", map[string]any{"Code": t.Code})
	}
	return nil
}
