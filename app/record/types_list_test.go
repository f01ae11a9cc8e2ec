package record_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

// Lists come back as they were stored, whatever their words look like; a text that no
// list was stored as is read as JSON reads it.
func FuzzStrings(f *testing.F) {
	for _, word := range []string{"", "read:vat", ",", `"`, `","`, `\`, "<é>", "a b"} {
		f.Add(word, ",", "openid", `["`+word+`"]`)
	}
	f.Add("a", "b", "c", `["a", "b"]`)
	f.Add("a", "b", "c", `["" ,","]`)
	f.Add("a", "b", "c", `["," ,""]`)
	f.Add("a", "b", "c", `["a","","b]`)
	f.Fuzz(func(t *testing.T, a, b, c, raw string) {
		var want, read []string // what JSON makes of bytes that are no text
		stored, err := record.Strings{a, b, c}.Value()
		if err != nil || json.Unmarshal([]byte(stored.(string)), &want) != nil {
			t.Fatalf("Value() = %v, %v", stored, err)
		}
		var got record.Strings
		if err := got.Scan(stored); err != nil || !slices.Equal(got, want) {
			t.Errorf("Scan(%s) = %q, %v; want %q", stored, got, err, want)
		}
		if json.Unmarshal([]byte(raw), &read) == nil {
			if err := got.Scan(raw); err != nil || !slices.Equal(got, read) {
				t.Errorf("Scan(%s) = %q, %v; want %q", raw, got, err, read)
			}
		}
	})
}
