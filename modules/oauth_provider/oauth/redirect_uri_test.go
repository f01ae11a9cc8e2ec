package oauth

import (
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
)

func TestCheckRedirectURI(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"https://a.example.com/cb", "https://a.example.com", "https://a.example.com:8443/cb?x=1", "http://127.0.0.1/cb",
		"http://127.0.0.1:1234/cb", "http://[::1]/cb", "http://localhost:8080/cb", "com.example.app:/cb", "com.example.app://cb"} {
		if err := CheckRedirectURI(uri, false); err != nil {
			t.Errorf("expected %s to be taken, got %v", uri, err)
		}
	}
	const plain = "http://odoo.example.com/auth_oauth/signin"
	if err := CheckRedirectURI(plain, true); err != nil {
		t.Errorf("expected acknowledged http to be taken, got %v", err)
	}
	for _, uri := range []string{"", plain, "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "myapp:/cb",
		"https://*.example.com/cb", "https://a.example.com/*", "https://a.example.com/cb#f", "https://a.example.com/cb#", "https:///cb", "https:cb", "/cb", "cb",
		"//a.example.com/cb", "https://u:p@a.example.com/", "https://a.example.com\\@b", "https://a.example.com/a b", "https://a.example.com/é",
		"https://a.example.com/\r\n", "https://a.example.com/a/../b", "https://a.example.com/%zz", "http://127.0.0.1.evil.com/", "http://localhost.evil.com/",
		"https://a.example.com/" + strings.Repeat("x", 3000)} {
		if err := CheckRedirectURI(uri, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("16: expected %q to be refused as invalid, got %v", uri, err)
		}
	}
	for _, uri := range []string{"javascript:alert(1)", "https://a.example.com/#f", "http://u@a/"} {
		if err := CheckRedirectURI(uri, true); !fault.Is(err, fault.Invalid) {
			t.Errorf("16: expected %q to be refused even with http acknowledged, got %v", uri, err)
		}
	}
}

func TestRedirectMatches(t *testing.T) {
	t.Parallel()
	for _, m := range []struct {
		registered, received string
		want                 bool
	}{
		{"http://[::1]:80/cb", "http://[::1]:4711/cb", true},
		{"http://[::1]/cb", "http://[::1]/cb", true},
		{"http://127.0.0.1:80", "http://127.0.0.1:81", true},
		{"http://127.0.0.1?x=1", "http://127.0.0.1:81?x=1", true},
		{"http://127.0.0.1", "http://127.0.0.1.evil.com", false},
		{"http://127.0.0.1", "http://127.0.0.1:1@evil.com", false},
		{"http://[::1]/cb", "http://[::1].evil.com/cb", false},
		{"http://localhost/cb", "http://localhost:81/cb", false},
		{"https://127.0.0.1/cb", "https://127.0.0.1:81/cb", false},
		{"http://10.0.0.1/cb", "http://10.0.0.1:81/cb", false},
	} {
		if got := redirectMatches(m.registered, m.received); got != m.want {
			t.Errorf("expected %v for %s at %s", m.want, m.received, m.registered)
		}
	}
}

func FuzzRedirectMatches(f *testing.F) {
	f.Add("http://127.0.0.1:80/cb", "http://127.0.0.1:81/cb")
	f.Add("http://[::1]/", "http://[::1]:1/")
	f.Add("https://a.example.com/cb", "https://a.example.com/cb")
	f.Fuzz(func(t *testing.T, registered, received string) {
		if CheckRedirectURI(registered, false) != nil || !redirectMatches(registered, received) || registered == received {
			return
		}
		// Only the port of a loopback address may differ.
		if err := CheckRedirectURI(received, false); err != nil || !native(received) || !strings.HasPrefix(received, "http://") {
			t.Fatalf("%q was taken for %q: %v", received, registered, err)
		}
	})
}
