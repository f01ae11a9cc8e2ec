package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
)

// request is what is known of a request from its beginning to its log line.
type request struct {
	id      string
	address string
	began   time.Time
	mounted *mounted
	pattern string // of the route, for metrics: a small set of words
	ctx     *Ctx   // once it was routed
}

type requestKey struct{}

// newRequestID returns 60 random bits; the person quotes it, the log has it.
func newRequestID() string { return strings.ToLower(rand.Text()[:12]) }

func requestOf(ctx context.Context) *request {
	q, _ := ctx.Value(requestKey{}).(*request)
	return q
}

// RequestID returns the id of the request that ctx belongs to, "" outside of one.
func RequestID(ctx context.Context) string {
	if q := requestOf(ctx); q != nil {
		return q.id
	}
	return ""
}

// AddressOf returns the client's address: of the peer, or as the trusted proxies tell it.
func AddressOf(r *http.Request) string {
	if q := requestOf(r.Context()); q != nil {
		return q.address
	}
	return peer(r)
}

// CtxOf returns the Ctx of a request inside a plain handler of a Route, nil elsewhere.
// Under a Foreign route nobody is recognised yet: call [Ctx.Recognise].
func CtxOf(r *http.Request) *Ctx {
	if q := requestOf(r.Context()); q != nil {
		return q.ctx
	}
	return nil
}

// answer remembers what was answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection: deadlines, flushes.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Flush sends what was written so far, as streams want it.
func (a *answer) Flush() { _ = http.NewResponseController(a.ResponseWriter).Flush() }

// slow is how long a request may take before it is logged in any case.
const slow = 2 * time.Second

// finish turns a panic into a page, then counts and logs the request.
func (s *Server) finish(w *answer, r *http.Request, q *request) {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		s.config.Logger.ErrorContext(r.Context(), "panic", "id", q.id, "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		s.apologise(w, r, q)
	}
	took := time.Since(q.began)
	s.metrics.observe(q.pattern, r.Method, w.status, took)
	log := s.config.AccessLog
	if log == nil && (w.status >= 500 || took > slow) {
		log = s.config.Logger
	}
	if log == nil || !log.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	var user int64
	if q.ctx != nil && q.ctx.Env != nil {
		user = q.ctx.Env.User.UserID()
	}
	// The path only: queries carry codes, tokens and what people search for.
	log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("id", q.id), slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", w.status),
		slog.Int64("bytes", w.bytes), slog.Duration("took", took), slog.String("address", q.address), slog.Int64("user", user))
}

// apologise answers a request whose handler panicked, unless it has answered already.
// Where even the page fails, a line of text remains.
func (s *Server) apologise(w *answer, r *http.Request, q *request) {
	if w.status != 0 {
		return
	}
	defer func() {
		if recover() != nil && w.status == 0 {
			s.plain(w, q, q.pattern, http.StatusInternalServerError, "Something went wrong on the server. Request "+q.id+".\n")
		}
	}()
	if q.mounted == nil {
		s.plain(w, q, q.pattern, http.StatusInternalServerError, "Something went wrong on the server. Request "+q.id+".\n")
		return
	}
	c := q.ctx
	if c == nil {
		c = q.mounted.enter(q.mounted.echo.NewContext(r, w), &Route{Kind: Public, Foreign: true})
	}
	c.answerFailure(failure{status: http.StatusInternalServerError, id: q.id})
}
