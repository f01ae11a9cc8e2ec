package oauthprovider

import (
	"encoding/json"
	"testing"
)

// Texts are written as encoding/json writes them, whatever they hold.
func FuzzAppendText(f *testing.F) {
	for _, seed := range []string{"", "plain", "Élise", "a\"b", `a\b`, "<&>", "\x00", "\x7f", "\u2028", "\u2029x", "\xff", "日本", "a\tb\n", "\ud7ff", "é\xc3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendText(nil, text); string(got) != string(want) {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	})
}
