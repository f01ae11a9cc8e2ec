package hmrcsim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/shopspring/decimal"
)

var periodKeyForm = regexp.MustCompile(`^[#0-9A-Z]{4}$`)

// submission is a return that has passed the validation.
type submission struct {
	Key   string
	Boxes [9]decimal.Decimal
}

// field is one box on the wire.
type field struct {
	name     string
	scale    int32
	min, max decimal.Decimal
}

func amount(name string, scale int32, min, max string) field {
	return field{name, scale, decimal.RequireFromString(min), decimal.RequireFromString(max)}
}

var fields = [9]field{
	amount("vatDueSales", 2, "-9999999999999.99", "9999999999999.99"),
	amount("vatDueAcquisitions", 2, "-9999999999999.99", "9999999999999.99"),
	amount("totalVatDue", 2, "-9999999999999.99", "9999999999999.99"),
	amount("vatReclaimedCurrPeriod", 2, "-9999999999999.99", "9999999999999.99"),
	amount("netVatDue", 2, "0", "99999999999.99"),
	amount("totalValueSalesExVAT", 0, "-9999999999999", "9999999999999"),
	amount("totalValuePurchasesExVAT", 0, "-9999999999999", "9999999999999"),
	amount("totalValueGoodsSuppliedExVAT", 0, "-9999999999999", "9999999999999"),
	amount("totalAcquisitionsExVAT", 0, "-9999999999999", "9999999999999"),
}

// checkReturn validates the body of a submission as HMRC does: JSON, then all fields
// (several errors at once), then the sums, then the declaration. The first tier with an
// error answers.
func checkReturn(body []byte) (submission, *answer) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(body, &raw) != nil || raw == nil {
		bad := flat(http.StatusBadRequest, "INVALID_REQUEST", "Invalid request")
		return submission{}, &bad
	}
	var out submission
	var wrong []detail
	out.Key, wrong = checkKey(raw["periodKey"])
	for i, f := range fields {
		v, bad := f.read(raw[f.name])
		out.Boxes[i], wrong = v, append(wrong, bad...)
	}
	finalised, bad := checkFinalised(raw["finalised"])
	wrong = append(wrong, bad...)
	if len(wrong) == 0 {
		wrong = checkSums(out.Boxes)
	}
	if len(wrong) > 0 {
		refusal := nested(http.StatusBadRequest, "INVALID_REQUEST", "Invalid request", wrong...)
		return submission{}, &refusal
	}
	if !finalised {
		refusal := nested(http.StatusForbidden, "BUSINESS_ERROR", "Business validation error", detail{Code: "NOT_FINALISED",
			Message: "The return cannot be accepted without a declaration it is finalised.", Path: "/finalised"})
		return submission{}, &refusal
	}
	return out, nil
}

func missing(path string) []detail {
	return []detail{{Code: "MANDATORY_FIELD_MISSING", Message: "a mandatory field is missing", Path: path}}
}

func checkKey(text json.RawMessage) (string, []detail) {
	if text == nil {
		return "", missing("/periodKey")
	}
	var key *string
	if json.Unmarshal(text, &key) != nil || key == nil {
		return "", []detail{{Code: "INVALID_STRING_VALUE", Message: "please provide a string field", Path: "/periodKey"}}
	}
	if !periodKeyForm.MatchString(*key) {
		return "", []detail{{Code: "PERIOD_KEY_INVALID", Message: "period key should be a 4 character string", Path: "/periodKey"}}
	}
	return *key, nil
}

// read reads a box exactly, from its digits: a float would turn 0.07 into something else.
func (f field) read(text json.RawMessage) (decimal.Decimal, []detail) {
	path := "/" + f.name
	if text == nil {
		return decimal.Zero, missing(path)
	}
	var n json.Number
	if bytes.HasPrefix(text, []byte{'"'}) || json.Unmarshal(text, &n) != nil || n == "" {
		return decimal.Zero, []detail{{Code: "INVALID_NUMERIC_VALUE", Message: "please provide a numeric field", Path: path}}
	}
	v, err := decimal.NewFromString(n.String())
	if err != nil || v.Exponent() > 20 || v.Exponent() < -20 || !v.Equal(v.Truncate(f.scale)) || v.LessThan(f.min) || v.GreaterThan(f.max) {
		return decimal.Zero, []detail{{Code: "INVALID_MONETARY_AMOUNT", Path: path, Message: "amount should be a monetary value (to " +
			decimal.NewFromInt32(f.scale).String() + " decimal places), between " + f.min.String() + " and " + f.max.String()}}
	}
	return v, nil
}

func checkFinalised(text json.RawMessage) (bool, []detail) {
	if text == nil {
		return false, missing("/finalised")
	}
	var yes *bool
	if json.Unmarshal(text, &yes) != nil || yes == nil {
		return false, []detail{{Code: "INVALID_BOOLEAN_VALUE", Message: "please provide a boolean field", Path: "/finalised"}}
	}
	return *yes, nil
}

func checkSums(b [9]decimal.Decimal) []detail {
	var wrong []detail
	if !b[2].Equal(b[0].Add(b[1])) {
		wrong = append(wrong, detail{Code: "VAT_TOTAL_VALUE", Path: "/totalVatDue",
			Message: "totalVatDue should be equal to the sum of vatDueSales and vatDueAcquisitions"})
	}
	if !b[4].Equal(b[2].Sub(b[3]).Abs()) {
		wrong = append(wrong, detail{Code: "VAT_NET_VALUE", Path: "/netVatDue",
			Message: "netVatDue should be the difference between the largest and the smallest values among totalVatDue and vatReclaimedCurrPeriod"})
	}
	return wrong
}
