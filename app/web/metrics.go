package web

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tessera-erp/tessera/db"
)

// metrics are what /metrics tells about this instance.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics() *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tessera_http_requests_total", Help: "Requests answered, by route, method and status class."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tessera_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route"}),
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return m
}

// observe counts one request. Labels come from closed sets: the patterns of routes, the
// methods, the classes of status.
func (m *metrics) observe(pattern, method string, status int, took time.Duration) {
	if pattern == "" {
		pattern = "none"
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(pattern, method, strconv.Itoa(status/100)+"xx").Inc()
	m.seconds.WithLabelValues(pattern).Observe(took.Seconds())
}

// serveMetrics answers direct connections from this machine, or whoever has the token.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request, q *request) {
	if !s.mayMeasure(r) {
		s.plain(w, q, "metrics", http.StatusForbidden, "Metrics are for this machine, or for who has the token.\n")
		return
	}
	q.pattern = "metrics"
	setHeaders(w.Header(), false)
	s.metrics.handler.ServeHTTP(w, r)
}

func (s *Server) mayMeasure(r *http.Request) bool {
	if s.config.MetricsToken != "" {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return ok && subtle.ConstantTimeCompare([]byte(token), []byte(s.config.MetricsToken)) == 1
	}
	for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return isLoopback(peer(r))
}

// ready answers /readyz: every application's database answers, and its schema is the
// one of this binary.
func (s *Server) ready(w http.ResponseWriter, r *http.Request, q *request) {
	for app := range *s.mounted.Load() {
		pending, err := app.Database.DB.Pending(r.Context(), app.Migrations)
		if err != nil || len(pending) > 0 {
			s.config.Logger.WarnContext(r.Context(), "not ready", "pending", len(pending), "error", db.Fault(err))
			s.plain(w, q, "readyz", http.StatusServiceUnavailable, "not ready\n")
			return
		}
	}
	s.plain(w, q, "readyz", http.StatusOK, "ready\n")
}
