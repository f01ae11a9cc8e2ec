package base

import (
	"regexp"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Country is a country or territory of ISO 3166-1.
type Country struct {
	record.Meta
	Code string // alpha-2
	Name string
}

// Currency is a currency of ISO 4217.
type Currency struct {
	record.Meta
	Code   string
	Name   string
	Symbol string
	Digits int64 // of the minor unit: 2 for pence, 0 for yen
	Active bool
}

// reference rights: everybody who works here reads, administrators change.
func reference() []record.Access {
	return []record.Access{
		{Group: GroupUser, Read: true},
		{Group: GroupAdmin, Read: true, Create: true, Write: true, Delete: true},
	}
}

var (
	countryCode  = regexp.MustCompile(`^[A-Z]{2}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

func defineCountry(r *record.Registry) {
	record.Define[Country](r, record.Model{
		Name: "base.country", Label: "Country", Plural: "Countries", Icon: "globe", Hue: "settings",
		Aliases: []string{"res.country"},
		Key:     "code",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Translate: true},
			{Name: "code", Label: "Code", Help: "Two letters of ISO 3166-1.", Type: record.Code, Required: true, Unique: true, NoCopy: true, Size: 2},
		},
		List:   record.List{Columns: []string{"name", "code"}, Order: "name"},
		Search: record.Search{Fields: []string{"name", "code"}},
		Form: record.Form{Sub: "code", Tabs: []record.Tab{{Name: "country", Label: "Country", Groups: []record.Group{
			{Name: "country", Label: "Country", Fields: []string{"name", "code"}}}}}},
		Access: reference(),
	})
	record.BeforeSave(r, func(_ *record.Env, c *Country) error {
		if !countryCode.MatchString(c.Code) {
			return fault.New(fault.Invalid, "Write the two capital letters of ISO 3166-1, such as FR.").On("code").Keyed("base.country.code.form", nil)
		}
		return nil
	})
}

func defineCurrency(r *record.Registry) {
	record.Define[Currency](r, record.Model{
		Name: "base.currency", Label: "Currency", Plural: "Currencies", Icon: "coins", Hue: "settings",
		Aliases: []string{"res.currency"},
		Key:     "code", Display: "code",
		Fields: []record.Field{
			{Name: "code", Label: "Code", Help: "Three letters of ISO 4217.", Type: record.Code, Required: true, Unique: true, NoCopy: true, Size: 3},
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Translate: true},
			{Name: "symbol", Label: "Symbol", Type: record.Text, Required: true, Size: 8},
			{Name: "digits", Label: "Decimal digits", Type: record.Int},
			{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
		},
		List: record.List{Columns: []string{"code", "name", "symbol", "digits"}, Order: "code"},
		Search: record.Search{Fields: []string{"code", "name"},
			Filters: []record.Filter{{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`}}},
		Form: record.Form{Title: "code", Sub: "name", Tabs: []record.Tab{{Name: "currency", Label: "Currency", Groups: []record.Group{
			{Name: "currency", Label: "Currency", Fields: []string{"code", "name", "symbol", "digits", "active"}}}}}},
		Access: reference(),
	})
	record.BeforeSave(r, func(_ *record.Env, c *Currency) error {
		if !currencyCode.MatchString(c.Code) {
			return fault.New(fault.Invalid, "Write the three capital letters of ISO 4217, such as EUR.").On("code").Keyed("base.currency.code.form", nil)
		}
		if c.Digits < 0 || c.Digits > 4 {
			return fault.New(fault.Invalid, "A currency has between 0 and 4 decimal digits.").On("digits").Keyed("base.currency.digits.range", nil)
		}
		return nil
	})
}
