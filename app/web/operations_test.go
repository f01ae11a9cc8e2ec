package web_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	h := sqlite(t, func(h *house) {
		h.app.BaseURL = h.parse("http://localhost:" + h.app.BaseURL.Port())
	})
	t.Run("LoopbackAddressLeadsToLocalhost", func(t *testing.T) {
		r := h.browser().get("/signin?next=/x")
		r.want(t, http.StatusFound)
		if got, want := r.Header.Get("Location"), h.app.BaseURL.String()+"/signin?next=/x"; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
	})
	t.Run("ApplicationsStay", func(t *testing.T) {
		b := h.browser()
		b.header.Set("Authorization", "Bearer good")
		b.get("/api/me").want(t, http.StatusOK)
		h.browser().get("/healthz").want(t, http.StatusOK, "ok")
		h.browser().post("/foreign", nil).want(t, http.StatusOK)
	})
	t.Run("UnknownHost", func(t *testing.T) {
		s := web.New(web.Config{Pick: func(r *http.Request) *web.Application { return nil }})
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx, ln) }()
		res, err := http.Get("http://" + ln.Addr().String() + "/")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("status %d, want 421", res.StatusCode)
		}
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve ended with %v", err)
		}
	})
}

func TestOperations(t *testing.T) {
	t.Parallel()
	engines(t, nil, func(t *testing.T, h *house) {
		b := h.browser()
		b.get("/healthz").want(t, http.StatusOK)
		b.get("/readyz").want(t, http.StatusOK)
		b.get("/metrics").want(t, http.StatusOK, "tessera_http_requests_total", "go_goroutines")
		b.header.Set("X-Forwarded-For", "203.0.113.1")
		b.get("/metrics").want(t, http.StatusForbidden)
		h.start(web.Config{MetricsToken: "for the scraper"})
		h.browser().get("/metrics").want(t, http.StatusForbidden)
		b.header.Set("Authorization", "Bearer for the scraper")
		b.get("/metrics").want(t, http.StatusOK)
		h.app.Migrations = append(h.app.Migrations, db.MigrationSet{Module: "late", Migrations: []db.Migration{{ID: "0001_late"}}})
		b.get("/readyz").want(t, http.StatusServiceUnavailable, "not ready")
		b.get("/dev/ui").want(t, http.StatusNotFound)
		h.start(web.Config{Dev: true})
		b.get("/dev/ui").want(t, http.StatusOK)
	})
}
