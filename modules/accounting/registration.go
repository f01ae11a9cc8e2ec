package accounting

import (
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
)

// VATRegistration is what a company's registration for UK VAT says: fields of
// base.company, on the tab VAT of its form.
type VATRegistration struct {
	RecordID   int64       `gorm:"primaryKey"`
	VRN        string      `gorm:"column:vrn"`
	VATStagger string      `gorm:"column:vat_stagger"` // a Stagger
	VATFrom    record.Date `gorm:"column:vat_from"`    // the first day that is declared here
}

// Registered reports whether the company declares UK VAT.
func (v VATRegistration) Registered() bool { return v.VATStagger != "" && v.VATFrom != "" }

// RegistrationOf returns a company's registration for UK VAT, the zero value when it has
// none. NotFound for a company that the asker may not see.
func RegistrationOf(e *record.Env, company int64) (VATRegistration, error) {
	return record.SideOf[base.Company, VATRegistration](e, company)
}

func defineRegistration(r *record.Registry) {
	record.Attach[base.Company, VATRegistration](r,
		record.Field{Name: "vrn", Label: "VAT registration number", Help: "The nine digits of the UK VAT number.", Type: record.Code, Size: 16},
		record.Field{Name: "vat_stagger", Label: "VAT periods", Help: "As HMRC has set them for the company.", Type: record.Selection, Options: staggers()},
		record.Field{Name: "vat_from", Label: "VAT declared from", Help: "The first day whose VAT is declared here.", Type: record.Day},
	)
	record.Extend[base.Company](r, record.Tab{Name: "vat", Label: "VAT", After: "company", Groups: []record.Group{
		{Name: "vat", Label: "UK VAT", Help: "Empty for companies that declare no VAT in the United Kingdom.", Fields: []string{"vrn", "vat_stagger", "vat_from"}}}})
	record.BeforeSave(r, checkRegistration)
	record.AfterSave(r, func(e *record.Env, v *VATRegistration) error {
		return openPeriods(e.Sudo("VAT periods of the company"), v.RecordID, *v)
	})
}

// checkRegistration completes the number and refuses half a registration.
func checkRegistration(e *record.Env, v *VATRegistration) error {
	var errs []*fault.Error
	if v.VRN != "" {
		vrn, ok := ParseVRN(v.VRN)
		if !ok {
			errs = append(errs, fault.New(fault.Invalid, "A VAT registration number has nine digits.").On("vrn").Keyed("accounting.registration.vrn", nil))
		}
		v.VRN = vrn
	}
	if (v.VATStagger == "") != (v.VATFrom == "") {
		field := "vat_from"
		if v.VATStagger == "" {
			field = "vat_stagger"
		}
		errs = append(errs, fault.New(fault.Invalid, "VAT periods need both: how long they are, and from which day on.").On(field).Keyed("accounting.registration.half", nil))
	}
	return fault.Join(errs...)
}

// ParseVRN reads a UK VAT registration number as people write it, with GB before it or
// not and spaces anywhere, and returns its nine digits.
func ParseVRN(text string) (vrn string, ok bool) {
	text = strings.ToUpper(strings.Join(strings.Fields(text), ""))
	text = strings.TrimPrefix(text, "GB")
	if len(text) != 9 || strings.Trim(text, "0123456789") != "" {
		return "", false
	}
	return text, true
}
