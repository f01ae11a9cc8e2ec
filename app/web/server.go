package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tessera-erp/tessera/ui"
)

// Config says how the server behaves.
type Config struct {
	// Pick returns the application that a request is for, nil for an unknown host (421).
	// It may look at the Host header; nothing else does.
	Pick func(*http.Request) *Application
	// Logger hears of failures and slow requests; nil is slog.Default.
	Logger *slog.Logger
	// AccessLog gets a line for each request, without query strings; nil writes none.
	AccessLog *slog.Logger
	// TrustedHops is how many proxies stand in front, each adding to X-Forwarded-For.
	// 0 looks at no such header.
	TrustedHops int
	// MetricsToken opens /metrics to whoever sends it as a bearer token. Without one only
	// direct connections from this machine are answered: set it when a proxy on the same
	// machine passes /metrics on without adding X-Forwarded-For.
	MetricsToken string
	// Dev shows the component gallery at /dev/ui.
	Dev bool
}

// Server answers HTTP for one or several applications. Its life:
//
//  1. Made: New.
//  2. Mounted: Mount checks an application's routes and makes them reachable. Mounting
//     the same application again replaces its routes at once, as after an installation.
//  3. Served: Serve, or the Server as an http.Handler.
//  4. Stopped: the context of Serve ends; requests under way get ten seconds.
type Server struct {
	config  Config
	static  http.Handler
	metrics *metrics
	limits  *limiter
	seen    *lastSeen

	mu      sync.Mutex // of Mount
	mounted atomic.Pointer[map[*Application]*mounted]
}

// New returns a server without applications.
func New(c Config) *Server {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &Server{config: c, static: ui.StaticHandler(), metrics: newMetrics(), limits: newLimiter(), seen: newLastSeen(c.Logger)}
	s.mounted.Store(&map[*Application]*mounted{})
	return s
}

// Mount makes an application reachable. All faults of its routes come back joined.
func (s *Server) Mount(app *Application) error {
	m, err := newMounted(s, app)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(*s.mounted.Load())
	next[app] = m
	s.mounted.Store(&next)
	return nil
}

// The limits on connections: whoever is slower holds a connection, and nothing else.
const (
	headerTimeout = 10 * time.Second // until the header has come
	bodyTimeout   = 30 * time.Second // until the body has come
	// writeTimeout bounds an answer. A stream lifts it with
	// http.NewResponseController(w).SetWriteDeadline(time.Time{}).
	writeTimeout = 2 * time.Minute
	idleTimeout  = 2 * time.Minute
	stopTimeout  = 10 * time.Second
)

// Serve answers on ln until ctx ends, then lets requests under way finish. It returns
// nil after a stop that was asked for.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    http.DefaultMaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		err := srv.Shutdown(grace)
		if err != nil {
			_ = srv.Close() // who is still busy has had his time
		}
		stopped <- nil
	})
	err := srv.Serve(ln)
	if !stop() && errors.Is(err, http.ErrServerClosed) {
		err = <-stopped
	}
	s.seen.wait()
	return err
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &request{id: newRequestID(), address: clientAddress(r, s.config.TrustedHops), began: time.Now()}
	out := &answer{ResponseWriter: w}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
	w.Header().Set("X-Request-Id", q.id)
	defer s.finish(out, r, q)
	s.route(out, r, q)
}

// route answers what needs no application and hands the rest to the one picked.
func (s *Server) route(w http.ResponseWriter, r *http.Request, q *request) {
	path := r.URL.Path
	switch {
	case path == "/healthz":
		s.plain(w, q, "healthz", http.StatusOK, "ok\n")
		return
	case path == "/readyz":
		s.ready(w, r, q)
		return
	case path == "/metrics":
		s.serveMetrics(w, r, q)
		return
	case strings.HasPrefix(path, ui.StaticPrefix):
		q.pattern = ui.StaticPrefix
		setHeaders(w.Header(), false)
		s.static.ServeHTTP(w, r)
		return
	}
	app := s.config.Pick(r)
	m := (*s.mounted.Load())[app]
	if app == nil || m == nil {
		s.plain(w, q, "unknown host", http.StatusMisdirectedRequest, "There is no such site on this server.\n")
		return
	}
	q.mounted = m
	setHeaders(w.Header(), app.secure())
	m.serve(w, r)
}

// plain answers with one line of text, for machines and for hosts that are not ours.
func (s *Server) plain(w http.ResponseWriter, q *request, pattern string, status int, text string) {
	q.pattern = pattern
	setHeaders(w.Header(), false)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the reader has gone: nobody to tell
}
