package hmrcsim

import (
	"bytes"
	"net/http"
	"strings"
)

// maxBody bounds what a request may hold.
const maxBody = 1 << 20

// mount declares the addresses.
func (s *Sim) mount() {
	s.routes = http.NewServeMux()
	page := func(pattern, endpoint string, h http.HandlerFunc) {
		protected := http.NewCrossOriginProtection().Handler(secured(h))
		s.routes.HandleFunc(pattern, s.serve(func(*http.Request) string { return endpoint }, protected.ServeHTTP))
	}
	api := func(pattern, endpoint string, h http.HandlerFunc) {
		s.routes.HandleFunc(pattern, s.serve(func(*http.Request) string { return endpoint }, h))
	}

	page("GET /{$}", Manage, s.frontPage)
	page("GET /style.css", Manage, style)
	page("GET /oauth/authorize", Authorize, s.authorizePage)
	page("POST /oauth/grant", Decide, s.decide)
	page("GET /gateway/sign-in", SignIn, s.signInPage)
	page("POST /gateway/sign-in", SignIn, s.signIn)
	page("GET /gateway/sign-out", SignOut, s.signOut)
	page("GET /manage-authorised-applications", Manage, s.managePage)
	page("POST /manage-authorised-applications", Manage, s.withdraw)
	if s.options.Control {
		page("GET /control", Manage, s.controlPage)
		page("POST /control", Manage, s.control)
	}

	s.routes.HandleFunc("POST /oauth/token", s.serve(tokenEndpoint, s.token))

	for _, e := range vatEndpoints {
		api(e.pattern, e.name, s.vat(e))
	}
	api("POST /create-test-user/organisations", CreateTestUser, s.app(s.createTestUser))
	api("GET /create-test-user/services", CreateTestUser, s.app(s.testUserServices))
	api("GET /test/fraud-prevention-headers/validate", ValidateHeaders, s.app(s.validateHeaders))
	api("GET /test/fraud-prevention-headers/{api}/validation-feedback", HeaderFeedback, s.app(s.headerFeedback))
	s.routes.HandleFunc("/", s.nowhere)
}

// ServeHTTP implements http.Handler. A dropped connection is a panic with
// http.ErrAbortHandler, which net/http knows.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// serve counts a request, lets a fault take part, and carries it out.
func (s *Sim) serve(endpoint func(*http.Request) string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		name := endpoint(r)
		f := s.enter(name)
		if name != TokenRefresh || f.Drop == DropBefore || f.Status != 0 {
			s.wait(f)
			f.Reached, f.Hold, f.Delay = nil, nil, 0
		}
		if f.Drop == DropBefore {
			panic(http.ErrAbortHandler)
		}
		answer := &recorder{header: http.Header{}, status: http.StatusOK}
		if f.Status != 0 {
			s.fail(answer, name, f)
		} else {
			h(answer, r.WithContext(withFault(r.Context(), f)))
		}
		s.mu.Lock()
		err := s.keep()
		s.mu.Unlock()
		if err != nil {
			http.Error(w, "the HMRC stand-in cannot write down what happened", http.StatusInternalServerError)
			return
		}
		if f.Drop == DropAfter {
			panic(http.ErrAbortHandler)
		}
		answer.send(w)
	}
}

// fail answers what a fault says.
func (s *Sim) fail(w http.ResponseWriter, endpoint string, f Fault) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.HTML != "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.HTML))
		return
	}
	if strings.HasPrefix(endpoint, "token.") && f.Status == http.StatusInternalServerError {
		refuse(w, f.Status, "server_error", "An unexpected error occurred")
		return
	}
	s.mu.Lock()
	w.Header().Set("X-CorrelationId", s.uuid("correlation"))
	s.mu.Unlock()
	if f.Body != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(f.Status)
		_, _ = w.Write(f.Body)
		return
	}
	flat(f.Status, f.Code, f.Message).send(w)
}

// nowhere answers an address that is none, or a method that it does not take.
func (s *Sim) nowhere(w http.ResponseWriter, r *http.Request) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.routes.Handler(other); pattern != "/" {
			flat(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Method not allowed").send(w)
			return
		}
	}
	flat(http.StatusNotFound, "MATCHING_RESOURCE_NOT_FOUND", "A resource with the name in the request cannot be found in the API").send(w)
}

// recorder keeps an answer until it is known whether it is sent.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recorder) send(w http.ResponseWriter) {
	for k, v := range r.header {
		w.Header()[k] = v
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes())
}
