package record

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// Meta is embedded by every model's struct: who wrote the row, when, and which
// version of it this is. Save and Delete compare the version, so that nobody
// overwrites what he has not seen.
type Meta struct {
	ID        int64 `gorm:"primaryKey"`
	Version   int64 `gorm:"not null"`
	CreatedAt time.Time
	UpdatedAt time.Time
	CreatedBy ID
	UpdatedBy ID
}

// ID refers to a row of another model. Zero refers to none and is NULL in the database.
type ID int64

// Value stores zero as NULL.
func (i ID) Value() (driver.Value, error) {
	if i == 0 {
		return nil, nil
	}
	return int64(i), nil
}

// Scan reads NULL as zero.
func (i *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = 0
	case int64:
		*i = ID(v)
	default:
		return fmt.Errorf("record.ID from %T", src)
	}
	return nil
}

// GormDataType makes the column an integer.
func (ID) GormDataType() string { return "bigint" }

// Money is an amount in minor units (pence, cents) of the record's currency.
type Money int64

// Decimal returns the amount in major units at the given number of decimal digits.
func (m Money) Decimal(digits int) decimal.Decimal { return decimal.New(int64(m), -int32(digits)) }

// Date is a day without a time or zone, written YYYY-MM-DD; "" is no date. It is
// stored as text, so that both engines order and compare it alike.
type Date string

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", fmt.Errorf("%q is not a date of the form YYYY-MM-DD", s)
	}
	return Date(t.Format(time.DateOnly)), nil
}

// Value stores "" as NULL.
func (d Date) Value() (driver.Value, error) {
	if d == "" {
		return nil, nil
	}
	return string(d), nil
}

// Scan reads NULL as "".
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = ""
	case string:
		*d = Date(v)
	case []byte:
		*d = Date(v)
	case time.Time:
		*d = Date(v.Format(time.DateOnly))
	default:
		return fmt.Errorf("record.Date from %T", src)
	}
	return nil
}

// GormDataType makes the column text.
func (Date) GormDataType() string { return "text" }

// Strings is an ordered list of short texts in one column, as JSON.
type Strings []string

// Value stores the list as a JSON array.
func (s Strings) Value() (driver.Value, error) {
	if len(s) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal([]string(s))
	return string(b), err
}

// Scan reads a JSON array; NULL is the empty list.
func (s *Strings) Scan(src any) error {
	var text string
	switch v := src.(type) {
	case nil:
		*s = nil
		return nil
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		return fmt.Errorf("record.Strings from %T", src)
	}
	if text == "" || text == "[]" {
		*s = nil
		return nil
	}
	if plain(text) {
		words := strings.Split(text[2:len(text)-2], `","`)
		if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, `"`) }) {
			*s = words
			return nil
		}
	}
	return json.Unmarshal([]byte(text), (*[]string)(s))
}

// plain reports whether a JSON array holds words that need no decoding, as Value writes
// nearly all.
func plain(array string) bool {
	if len(array) < 4 || !strings.HasPrefix(array, `["`) || !strings.HasSuffix(array, `"]`) || strings.Contains(array, `\`) || !utf8.ValidString(array) {
		return false
	}
	// Each word has two quotes, and all but the last stand before a comma and a quote.
	return strings.Count(array, `"`) == 2*(strings.Count(array, `","`)+1)
}

// GormDataType makes the column text.
func (Strings) GormDataType() string { return "text" }

// Lines splits a text area into a list: one entry a line, blanks dropped.
func Lines(text string) Strings {
	var out Strings
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// Ref is a related record as a reader sees it: its id and its display name.
type Ref struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// AppendNumber writes the number that a stored integer of the field means: an Amount
// or Decimal with its decimal point, anything else as it is.
func AppendNumber(b []byte, f *FieldInfo, v int64) []byte {
	digits := f.scale()
	if f.Type != Amount && f.Type != Decimal || digits == 0 {
		return strconv.AppendInt(b, v, 10)
	}
	if v < 0 {
		b = append(b, '-')
	}
	at := len(b)
	b = strconv.AppendUint(b, magnitude(v), 10)
	for len(b)-at <= digits {
		b = slices.Insert(b, at, '0') // at least one digit before the point
	}
	return slices.Insert(b, len(b)-digits, '.')
}

// magnitude is the value without its sign, which the smallest int64 has no room for.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
