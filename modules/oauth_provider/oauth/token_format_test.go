package oauth

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestTokenFormat(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{kindAccess, kindRefresh, kindCode, kindHandle} {
		want := newToken(k, 1<<62+5)
		text := want.String()
		got, ok := parseToken(text)
		if !ok || got != want || len(text) != tokenLength {
			t.Fatalf("expected %q to be read back, got %+v %v", text, got, ok)
		}
		if !got.is(want.hash()) || newToken(k, want.id).is(want.hash()) {
			t.Fatal("expected the hash to fit this token only")
		}
		for i := range len(text) {
			for _, c := range []byte{text[i] + 1, text[i] ^ 0x20, '=', 0} {
				if c == text[i] {
					continue
				}
				if _, ok := parseToken(text[:i] + string(rune(c)) + text[i+1:]); ok {
					t.Fatalf("expected a change at %d to %q to be noticed", i, c)
				}
			}
		}
	}
}

func TestTokenRefusesBadIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{0, -1} {
		if _, ok := parseToken(newToken(kindAccess, id).String()); ok {
			t.Fatalf("expected id %d to be refused", id)
		}
	}
}

func TestSuccessor(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	first := newToken(kindRefresh, 9)
	next := first.successor(key)
	switch {
	case next != first.successor(key):
		t.Fatal("expected the same successor each time")
	case next == first, next.id != first.id, next.kind != kindRefresh:
		t.Fatalf("expected another token of the same id, got %+v", next)
	case next == first.successor(bytes.Repeat([]byte{8}, 32)):
		t.Fatal("expected the key to matter")
	}
}

func FuzzParseToken(f *testing.F) {
	for _, k := range []kind{kindAccess, kindRefresh, kindCode, kindHandle} {
		f.Add(newToken(k, 42).String())
	}
	f.Add("tsa_" + strings.Repeat("A", 60))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseToken(s)
		if ok && got.String() != s {
			t.Fatalf("%q is a second spelling of %q", s, got.String())
		}
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 123_456_789, time.UTC)
	var g ids
	last := int64(0)
	for range 10_000 {
		id := g.next(now)
		if id <= last {
			t.Fatalf("expected ids to grow, got %d after %d", id, last)
		}
		last = id
	}
	if id := g.next(now.Add(-time.Hour)); id <= last {
		t.Fatalf("expected ids to grow though the clock went back, got %d after %d", id, last)
	}
	if got, want := IDTime(IDAt(now)), now.Truncate(time.Millisecond); !got.Equal(want) {
		t.Fatalf("expected %v, got %v", want, got)
	}
	if IDAt(now) > g.next(now) || IDAt(now.Add(time.Second)) < last {
		t.Fatal("expected IDAt to bound the ids of its time")
	}
	if far := IDAt(time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)); far <= last {
		t.Fatalf("expected 63 bits to last, got %d", far)
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	a, b := NewSecret(), NewSecret()
	if a == b || len(a) != 47 || !strings.HasPrefix(a, "tss_") || HashSecret(a) == HashSecret(b) {
		t.Fatalf("expected two secrets of 256 bits, got %q and %q", a, b)
	}
}
