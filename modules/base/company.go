package base

import "github.com/tessera-erp/tessera/app/record"

// Company is one of the companies that the house works for. The first one has the
// external id "main".
type Company struct {
	record.Meta
	Name       string
	CurrencyID record.ID
	CountryID  record.ID
	VAT        string `gorm:"column:vat"`
	Street     string
	Zip        string
	City       string
	Email      string
	Phone      string
	Website    string
}

func defineCompany(r *record.Registry) {
	record.Define[Company](r, record.Model{
		Name: record.CompanyModel, Label: "Company", Plural: "Companies", Icon: "building", Hue: "settings",
		Aliases:  []string{"res.company"},
		Scopable: true,
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true},
			{Name: "currency", Label: "Currency", Type: record.Many2One, Model: "base.currency", Required: true},
			{Name: "country", Label: "Country", Type: record.Many2One, Model: "base.country"},
			{Name: "vat", Label: "VAT number", Type: record.Text, Size: 32},
			{Name: "street", Label: "Street", Type: record.Text},
			{Name: "zip", Label: "Postcode", Type: record.Text, Size: 32},
			{Name: "city", Label: "City", Type: record.Text},
			{Name: "email", Label: "E-mail", Type: record.Email},
			{Name: "phone", Label: "Phone", Type: record.Text},
			{Name: "website", Label: "Website", Type: record.URL},
		},
		List:   record.List{Columns: []string{"name", "country", "currency", "vat", "city"}, Optional: []string{"email", "phone"}, Order: "name"},
		Search: record.Search{Fields: []string{"name", "vat", "city"}, Facets: []string{"country", "currency"}},
		Form: record.Form{Sub: "city", Tabs: []record.Tab{{Name: "company", Label: "Company", Groups: []record.Group{
			{Name: "company", Label: "Company", Fields: []string{"name", "vat", "currency"}},
			{Name: "address", Label: "Address", Fields: []string{"street", "zip", "city", "country"}},
			{Name: "contact", Label: "Contact", Fields: []string{"email", "phone", "website"}, Aside: true},
		}}}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupAdmin, Read: true, Create: true, Write: true, Delete: true},
		},
		Rules: []record.Rule{
			{Name: "own", Groups: []string{GroupUser}, Filter: `[["id", "in", {"$": "company_ids"}]]`},
			{Name: "administrators", Groups: []string{GroupAdmin}, Filter: `[]`},
		},
	})
}
