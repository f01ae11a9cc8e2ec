package hmrc

import (
	"log/slog"
	"net/url"
	"regexp"

	"github.com/tessera-erp/tessera/app/fault"
)

// PeriodKey names a VAT period at HMRC: four digits, capitals or #. HMRC wants it never
// to be shown to a person, so printing one gives dots; string(key) is for storage.
type PeriodKey string

var periodKey = regexp.MustCompile(`^[#0-9A-Z]{4}$`)

// ParsePeriodKey reads a key as HMRC writes it; anything else is Invalid.
func ParsePeriodKey(s string) (PeriodKey, error) {
	if !periodKey.MatchString(s) {
		return "", fault.New(fault.Invalid, "HMRC’s name of the period is not understood.").Keyed("mtd_vat.period_key.invalid", nil)
	}
	return PeriodKey(s), nil
}

// Escape returns the key as a segment of a path: # would begin a fragment.
func (k PeriodKey) Escape() string { return url.PathEscape(string(k)) }

// String hides the key from pages, errors and prints.
func (k PeriodKey) String() string {
	if k == "" {
		return ""
	}
	return "····"
}

// GoString hides the key from %#v.
func (k PeriodKey) GoString() string { return k.String() }

// LogValue hides the key from logs.
func (k PeriodKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// UnmarshalText reads a key out of an answer, and refuses what is none.
func (k *PeriodKey) UnmarshalText(text []byte) error {
	key, err := ParsePeriodKey(string(text))
	if err != nil {
		return err
	}
	*k = key
	return nil
}
