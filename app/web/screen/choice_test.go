package screen

import "testing"

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]bool{
		"https://shop.example.com/cb":     {false, false},
		"http://shop.example.com/cb":      {true, false},
		"http://localhost:8100/callback":  {true, true},
		"HTTP://127.0.0.1/callback":       {true, true},
		"http://[::1]:9/cb":               {true, true},
		"http://localhost.evil.example/x": {true, false},
		"example.app:/callback":           {false, false},
		"":                                {false, false},
	} {
		if plain, here := plainHTTP(address); plain != want[0] || here != want[1] {
			t.Errorf("plainHTTP(%q) = %t, %t, want %v", address, plain, here, want)
		}
	}
}
