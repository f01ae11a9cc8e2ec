package oauth

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"sync"
)

var objects = sync.Pool{New: func() any { return &Object{buf: make([]byte, 0, 1024)} }}

func newObject() *Object {
	o := objects.Get().(*Object)
	o.buf, o.n, o.reserved = o.buf[:0], 0, nil
	return o
}

// writeObject answers with o and gives it back to the pool.
func writeObject(w http.ResponseWriter, status int, o *Object) {
	body := o.bytes()
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Cache-Control"] = noStore
	h["Pragma"] = noCache
	h["X-Content-Type-Options"] = noSniff
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the peer is gone; there is nobody to tell
	objects.Put(o)
}

var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
	noCache  = []string{"no-cache"}
	noSniff  = []string{"nosniff"}
)

// writeError answers with a protocol error as JSON (RFC 6749 §5.2).
func writeError(w http.ResponseWriter, e *Error) {
	o := newObject()
	o.Text("error", e.Code)
	o.Text("error_description", e.Description)
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.retryAfter.Seconds()))))
	}
	writeObject(w, e.Status, o)
}

// Refuse answers a request that does not get as far as the Provider, in the shape that its
// clients expect (RFC 6749 §5.2): 405, 413, 429 and the like. Retry-After is the caller's.
func Refuse(w http.ResponseWriter, status int) {
	e := &Error{Status: status, Code: CodeInvalidRequest, Description: "the request is refused"}
	switch {
	case status == http.StatusMethodNotAllowed:
		e.Description = "method not allowed here"
	case status == http.StatusRequestEntityTooLarge:
		e.Description = "the body is too long"
	case status == http.StatusTooManyRequests:
		e.Code, e.Description = CodeUnavailable, "too many requests, try again later"
	case status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable:
		e.Code, e.Description = CodeServerError, "something went wrong on the server"
	case status == http.StatusServiceUnavailable:
		e.Code, e.Description = CodeUnavailable, "try again later"
	}
	writeError(w, e)
}

// fail logs what is ours and answers with the error.
func (p *Provider) fail(w http.ResponseWriter, r *http.Request, e *Error) {
	p.logCause(r, e)
	writeError(w, e)
}

func (p *Provider) logCause(r *http.Request, e *Error) {
	if e.cause != nil {
		p.Log.ErrorContext(r.Context(), "oauth", "path", r.URL.Path, "error", e.cause)
	}
}

// asError turns any error into a protocol error: what is none is a failure of ours.
func asError(err error, doing string) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return unavailable(err, doing)
}
