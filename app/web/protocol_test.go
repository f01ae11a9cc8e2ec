package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/web"
)

// TestProtocolEndpoints is about routes that are plain handlers.
func TestProtocolEndpoints(t *testing.T) {
	t.Parallel()
	t.Run("RefusedInTheirWords", func(t *testing.T) {
		t.Parallel()
		b := sqlite(t, nil).browser()
		b.post("/protocol", nil).want(t, http.StatusOK)
		r := b.post("/protocol", nil)
		r.want(t, http.StatusTooManyRequests, `{"refused":429}`)
		if r.Header.Get("Retry-After") == "" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", r.Header)
		}
		b.get("/protocol").want(t, http.StatusMethodNotAllowed, `{"refused":405}`)
		b.post("/protocol?a=%00", nil).want(t, http.StatusBadRequest, `{"refused":400}`)
	})
	t.Run("KnowTheAddressBehindAProxy", func(t *testing.T) {
		t.Parallel()
		h := sqlite(t, nil)
		h.start(web.Config{TrustedHops: 1})
		for _, address := range []string{"203.0.113.1", "2001:db8::1"} {
			b := h.browser()
			b.header.Set("X-Forwarded-For", address)
			b.post("/foreign", nil).want(t, http.StatusOK, " at "+address)
		}
	})
}

func TestLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := web.Log(slog.New(slog.NewTextHandler(&out, nil))).With("module", "x")
	h := sqlite(t, nil)
	h.app.SignInHint = func(c *web.Ctx, _ string) *web.SignInHint {
		log.InfoContext(c.Env, "inside")
		return nil
	}
	id := h.browser().get("/signin?next=/things").Header.Get("X-Request-Id")
	if id == "" || !strings.Contains(out.String(), "module=x id="+id) {
		t.Errorf("request %s: the log has %q", id, out.String())
	}
	out.Reset()
	if log.InfoContext(t.Context(), "outside"); strings.Contains(out.String(), " id=") {
		t.Errorf("outside of a request the log has %q", out.String())
	}
}
