package hmrc

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/fault"
)

// Return is what is submitted: the boxes of a period and that they are final.
type Return struct {
	Period PeriodKey
	Boxes
	// Finalised is the legal declaration. It is true only after the person has read
	// HMRC's text and agreed.
	Finalised bool
}

// Check returns what HMRC would refuse, nil when nothing.
func (r Return) Check() error {
	if _, err := ParsePeriodKey(string(r.Period)); err != nil {
		return err
	}
	if err := r.Figures().Check(); err != nil {
		return err
	}
	if !r.Finalised {
		return fault.New(fault.Invalid, "Agree to the declaration first.").Keyed("mtd_vat.finalised.missing", nil).On("finalised")
	}
	return nil
}

// MarshalJSON writes the body of the submission. Figures are JSON numbers with exactly
// their decimals, in the order of the boxes: the same return is always the same bytes.
func (r Return) MarshalJSON() ([]byte, error) {
	key, err := json.Marshal(string(r.Period))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"periodKey":%s`, key)
	for i, v := range r.Figures() {
		fmt.Fprintf(&out, `,%q:%s`, forms[i].field, v.StringFixed(forms[i].decimals))
	}
	fmt.Fprintf(&out, `,"finalised":%t}`, r.Finalised)
	return out.Bytes(), nil
}

// Filed is a return that HMRC holds.
type Filed struct {
	Period PeriodKey
	Figures
}

// UnmarshalJSON reads the answer of PathReturn. All nine boxes have to be there, as numbers.
func (f *Filed) UnmarshalJSON(text []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("reading a filed VAT return: %w", err)
	}
	var out Filed
	if err := json.Unmarshal(raw["periodKey"], &out.Period); err != nil {
		return fmt.Errorf("reading a filed VAT return: %w", err)
	}
	for i, of := range forms {
		v, err := number(raw[of.field])
		if err != nil {
			return fmt.Errorf("reading a filed VAT return: %s: %w", of.field, err)
		}
		out.Figures[i] = v
	}
	*f = out
	return nil
}

// longest bounds a number on the wire; an exponent would grow to as many digits as it says.
const longest = 32

// number reads a JSON number exactly.
func number(text json.RawMessage) (decimal.Decimal, error) {
	if len(text) == 0 || len(text) > longest || bytes.ContainsAny(text, `"eE`) {
		return decimal.Decimal{}, fmt.Errorf("%.40q is no plain number", text)
	}
	return decimal.NewFromString(string(text))
}
