package oauth

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestObject(t *testing.T) {
	t.Parallel()
	o := newObject()
	o.Text("a", `x"y`)
	o.Text("empty", "")
	o.text("kept", "")
	o.Int("n", -5)
	o.Bool("b", true)
	o.Texts("l", []string{"1", "2"})
	o.Texts("none", nil)
	o.JSON("j", []byte(`{"k":1}`))
	o.reserved = protocolClaims
	o.Text("sub", "x")
	o.Int("id", 1)
	const want = `{"a":"x\"y","kept":"","n":-5,"b":true,"l":["1","2"],"j":{"k":1}}`
	if got := string(o.bytes()); got != want {
		t.Fatalf("expected %s, got %s", want, got)
	}
	if got := string(newObject().bytes()); got != "{}" {
		t.Fatalf("expected an empty object, got %s", got)
	}
}

func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "a", "<b>&\"\\", "\x00\x1f\x7f", "é\u2028\u2029", "\xff\xed\xa0\x80", "😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendJSONString(nil, s)
		var got string
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && got != want {
			t.Fatalf("expected %q, got %q", want, got)
		}
		if strings.ContainsAny(string(b), "<>&\u2028\u2029\n") {
			t.Fatalf("%q is not safe inside HTML", b)
		}
	})
}
