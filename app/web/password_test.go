package web_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/web"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	hash, err := web.HashPassword(t.Context(), "caf\u00e9 au lait")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", hash, err)
	}
	for _, test := range []struct {
		name, hash, password string
		want                 bool
	}{
		{"Right", hash, "caf\u00e9 au lait", true},
		{"OtherKeyboard", hash, "cafe\u0301 au lait", true},
		{"Wrong", hash, "cafe au lait", false},
		{"NoHash", "", "", false},
		{"TooLong", hash, strings.Repeat("a", 5000), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := web.VerifyPassword(t.Context(), test.hash, test.password); got != test.want || err != nil {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
	t.Run("ErrNotAHash", func(t *testing.T) {
		for _, bad := range []string{"x", "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5", "$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$a2V5a2V5a2V5a2V5a2V5"} {
			if ok, err := web.VerifyPassword(t.Context(), bad, "x"); ok || err == nil {
				t.Errorf("%q: %v, %v, want an error", bad, ok, err)
			}
		}
	})
	t.Run("ErrContextEnds", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := web.HashPassword(ctx, "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"mosaic of small tiles": "", "Tr0ub4dor&3x": "", "été à la plage": "",
		"short": "web.password.short", "ééééééééé": "web.password.short", strings.Repeat("ab c", 65): "web.password.long",
		"aaaaaaaaaaaa": "web.password.common", "1234567890": "web.password.common", "abcdefghijkl": "web.password.common", "qwertyuiop": "web.password.common",
		"Password2026!": "web.password.common", "anna.keller99": "web.password.common", "AnnaKeller2026": "web.password.common", "\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff\xfe\xff": "web.password.long",
		"abababababab": "web.password.common",
	} {
		got := ""
		if err := web.CheckPassword(password, "anna.keller@example.com", "Anna Keller"); err != nil {
			got = err.Key
		}
		if got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}
