package contacts

import (
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Partner is a company or a person that the house deals with.
type Partner struct {
	record.Meta
	Name          string
	Ref           string
	IsCompany     bool
	ParentID      record.ID
	Email         string
	Phone         string
	Website       string
	VAT           string `gorm:"column:vat"`
	Street        string
	City          string
	Zip           string
	CountryID     record.ID
	Tags          []int64 `gorm:"-"`
	CreditLimit   record.Money
	SalespersonID record.ID
	CompanyID     record.ID
	Note          string
	Active        bool
}

// Tag sorts partners.
type Tag struct {
	record.Meta
	Name string
}

func definePartner(r *record.Registry) {
	record.Define[Partner](r, record.Model{
		Name: "contacts.partner", Label: "Partner", Plural: "Partners", Icon: "contacts", Hue: "contacts",
		Aliases:  []string{"res.partner"},
		Scopable: true,
		Fields:   partnerFields(),
		List: record.List{Columns: []string{"name", "email", "phone", "city", "country", "tags", "salesperson"},
			Optional: []string{"ref", "is_company", "parent", "vat", "credit_limit", "company", "website", "street", "zip", "updated_at"}, Order: "name", Sub: "ref"},
		Search: record.Search{Fields: []string{"name", "ref", "email", "phone", "city", "vat"}, Facets: []string{"is_company", "country", "tags", "salesperson", "company"},
			Filters: []record.Filter{
				{Name: "mine", Label: "Mine", Domain: `[["salesperson", "=", {"$": "uid"}]]`},
				{Name: "companies", Label: "Companies only", Domain: `[["is_company", "=", true]]`},
				{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`},
			}},
		Form: record.Form{Sub: "ref", Tabs: []record.Tab{
			{Name: "partner", Label: "Partner", Groups: []record.Group{
				{Name: "identity", Label: "Who", Fields: []string{"name", "ref", "is_company", "parent", "vat", "tags"}},
				{Name: "address", Label: "Address", Fields: []string{"street", "zip", "city", "country"}},
				{Name: "reach", Label: "How to reach", Fields: []string{"email", "phone", "website"}},
				{Name: "sales", Label: "Sales", Fields: []string{"salesperson", "credit_limit", "company", "active"}, Aside: true},
			}},
			{Name: "people", Label: "People", Groups: []record.Group{{Name: "people", Label: "People", Fields: []string{"people"}}}},
			{Name: "note", Label: "Note", Groups: []record.Group{{Name: "note", Label: "Note", Help: "For the house only.", Fields: []string{"note"}}}},
		}},
		Access: []record.Access{
			{Group: GroupUser, Read: true, Create: true, Write: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
	})
	record.BeforeSave(r, checkPartner)
}

func partnerFields() []record.Field {
	return []record.Field{
		{Name: "name", Label: "Name", Type: record.Text, Required: true},
		{Name: "ref", Label: "Reference", Help: "The number by which your papers name the partner.", Type: record.Code, Size: 64, NoCopy: true},
		{Name: "is_company", Label: "Is a company", Type: record.Bool},
		{Name: "parent", Label: "Works for", Type: record.Many2One, Model: "contacts.partner", Filter: `[["is_company", "=", true]]`},
		{Name: "people", Label: "People", Type: record.One2Many, Model: "contacts.partner", Inverse: "parent"},
		{Name: "email", Label: "E-mail", Type: record.Email},
		{Name: "phone", Label: "Phone", Type: record.Text, Size: 64},
		{Name: "website", Label: "Website", Type: record.URL},
		{Name: "vat", Label: "VAT number", Type: record.Text, Size: 32},
		{Name: "street", Label: "Street", Type: record.Text},
		{Name: "city", Label: "City", Type: record.Text},
		{Name: "zip", Label: "Postcode", Type: record.Text, Size: 32},
		{Name: "country", Label: "Country", Type: record.Many2One, Model: "base.country"},
		{Name: "tags", Label: "Tags", Type: record.Many2Many, Model: "contacts.tag"},
		{Name: "credit_limit", Label: "Credit limit", Type: record.Amount, Sensitive: true, WriteGroups: []string{GroupManager}},
		{Name: "salesperson", Label: "Salesperson", Type: record.Many2One, Model: record.UserModel},
		{Name: "company", Label: "Company", Help: "Empty: every company sees the partner.", Type: record.Many2One, Model: record.CompanyModel},
		{Name: "note", Label: "Note", Type: record.Multiline, Sensitive: true},
		{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
	}
}

func defineTag(r *record.Registry) {
	record.Define[Tag](r, record.Model{
		Name: "contacts.tag", Label: "Tag", Plural: "Tags", Icon: "tag", Hue: "contacts",
		QuickCreate: true,
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Unique: true, Translate: true, Size: 64},
		},
		List:   record.List{Columns: []string{"name"}, Order: "name"},
		Search: record.Search{Fields: []string{"name"}},
		Form:   record.Form{Tabs: []record.Tab{{Name: "tag", Label: "Tag", Groups: []record.Group{{Name: "tag", Label: "Tag", Fields: []string{"name"}}}}}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true},
		},
	})
}

// checkPartner refuses circles and credit below zero.
func checkPartner(e *record.Env, p *Partner) error {
	if p.CreditLimit < 0 {
		return fault.New(fault.Invalid, "A credit limit is zero or more.").On("credit_limit").Keyed("contacts.partner.credit_limit.negative", nil)
	}
	seen := map[int64]bool{p.ID: p.ID != 0}
	for at := int64(p.ParentID); at != 0; {
		if seen[at] {
			return fault.New(fault.Invalid, "A partner cannot work for itself, not even by way of others.").On("parent").Keyed("contacts.partner.parent.circle", nil)
		}
		seen[at] = true
		above, err := record.Get[Partner](e.Sudo("look for a circle"), at)
		if fault.Is(err, fault.NotFound) {
			return nil // validation says that there is none
		}
		if err != nil {
			return err
		}
		at = int64(above.ParentID)
	}
	return nil
}
