package oauth

import (
	"net/url"
	"slices"
	"testing"
	"unicode/utf8"
)

func FuzzParseParams(f *testing.F) {
	for _, s := range []string{"", "a=1&b=2", "a=1&a=2", "a=%zz", "a=%00", "a=%ff", "a+b=c+d", "&&=&", "resource=a&resource=b", "a;b=c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		in, err := parseParams(raw)
		if err != nil {
			return
		}
		for i, kv := range in {
			if kv.value == "" || !utf8.ValidString(kv.name+kv.value) {
				t.Fatalf("unexpected parameter %q=%q", kv.name, kv.value)
			}
			if !slices.Contains(repeatable, kv.name) && slices.ContainsFunc(in[:i], func(p param) bool { return p.name == kv.name }) {
				t.Fatalf("%q came through twice", kv.name)
			}
		}
		for _, kv := range in {
			one := params{{"x", kv.value}}.encode()
			v, err := url.ParseQuery(one)
			if err != nil || v.Get("x") != kv.value {
				t.Fatalf("%q is encoded as %q", kv.value, one)
			}
		}
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	s := Scopes{{"openid", 1}, {"a@b", 7}}
	got, err := ParseScopes(s.String())
	if err != nil || !slices.Equal(got, s) || s.Codes() != "openid a@b" {
		t.Fatalf("expected %v back, got %v, %v", s, got, err)
	}
	if none, err := ParseScopes(""); err != nil || none != nil {
		t.Fatalf("expected no scopes, got %v, %v", none, err)
	}
	for _, bad := range []string{"a", "a@", "a@x", "@1", "a@1  b@1"} {
		if _, err := ParseScopes(bad); err == nil {
			t.Fatalf("expected %q to be refused", bad)
		}
	}
	within := s.within(Scopes{{"a@b", 3}, {"other", 1}})
	if !slices.Equal(within, Scopes{{"a@b", 3}}) {
		t.Fatalf("expected the common part at the lower version, got %v", within)
	}
	if same := s.within(Scopes{{"a@b", 9}, {"openid", 1}}); !slices.Equal(same, s) {
		t.Fatalf("expected a wider grant to change nothing, got %v", same)
	}
}
