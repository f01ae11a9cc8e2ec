package mtdvat_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// behindProxy sends requests as a proxy does that tells where they came from.
type behindProxy struct {
	client string
	next   http.RoundTripper
}

func (p behindProxy) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", "192.0.2.99, "+p.client) // the first is the client's own invention
	return p.next.RoundTrip(r)
}

// examples are the values that HMRC's specification gives of a header, nil where the
// published data does not lie beside the repository.
func examples(t *testing.T, header string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "hmrc", "fraud-prevention-web-app-via-server.json"))
	if err != nil {
		t.Logf("without the published data: %v", err)
		return nil
	}
	var file struct {
		Headers []struct {
			Name  string
			Valid []string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, h := range file.Headers {
		if h.Name == header {
			return h.Valid
		}
	}
	t.Fatalf("the specification has no %s", header)
	return nil
}

// With --public-ip and a proxy, HMRC is told both ends of the way through the internet, as
// its specification has them; without, neither header is made up.
func TestPublicIP(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		told := func(w *world, client string) map[string]string {
			marc := w.accountant("marc@example.com")
			marc.client.Transport = behindProxy{client, http.DefaultTransport}
			marc.begin()
			marc.post()
			marc.connect(harrow)
			marc.at("period")
			calls := w.hmrc.Calls()
			return calls[len(calls)-1].Headers
		}
		w := worldOf(t, apptest.NewWith(t, url, func(c *app.Config) { c.PublicIP, c.TrustedHops = "203.0.113.6", 1 }, modules()...))
		got := told(w, "198.51.100.0:12345")
		for header, want := range map[string]string{"Gov-Vendor-Public-Ip": "203.0.113.6", "Gov-Vendor-Forwarded": "by=203.0.113.6&for=198.51.100.0",
			"Gov-Client-Public-Ip": "198.51.100.0", "Gov-Client-Public-Port": "12345"} {
			if got[header] != want {
				t.Errorf("%s is %q, want %q", header, got[header], want)
			}
		}
		for _, header := range []string{"Gov-Vendor-Forwarded", "Gov-Client-Public-IP", "Gov-Client-Public-Port"} {
			if valid := examples(t, header); valid != nil && !slices.Contains(valid, got[http.CanonicalHeaderKey(header)]) {
				t.Errorf("%s is %q, which is none of %q", header, got[http.CanonicalHeaderKey(header)], valid)
			}
		}
	})
}

func TestNoPublicIP(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		marc := w.accountant("marc@example.com")
		marc.begin()
		marc.post()
		marc.connect(harrow)
		marc.at("period")
		for _, c := range w.hmrc.Calls() {
			for _, header := range []string{"Gov-Vendor-Public-Ip", "Gov-Vendor-Forwarded", "Gov-Client-Public-Ip"} {
				if v, sent := c.Headers[header]; sent {
					t.Errorf("%s: %s is made up as %q", c.Endpoint, header, v)
				}
			}
		}
	})
}
