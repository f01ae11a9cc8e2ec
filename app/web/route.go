package web

import (
	"net/http"
	"strconv"
)

// Kind says who may call a route and how he proves himself. A route without a kind
// is a fault at boot.
type Kind uint8

const (
	// Public routes are for everybody. Posts must come from our own pages (CSRF)
	// unless the route says Foreign.
	Public Kind = iota + 1
	// User routes are for people with a session. A stranger is sent to sign in and
	// comes back; posts must come from our own pages.
	User
	// Token routes are for applications with a bearer token in the Authorization
	// header. They run as the token's user and look at no cookie.
	Token
)

// Route is one address of a module.
type Route struct {
	Kind   Kind
	Method string // GET (answers HEAD too), POST, …
	Path   string // echo's form: /contacts/:id

	Groups []string // User: who may; nil: every signed-in person. Others get 403
	Scopes []string // Token: the scopes needed, all of them

	// Foreign lets in posts from other sites: the handler trusts no cookie. Public only.
	Foreign bool

	// MaxBody bounds what may be posted, in bytes; 0 means DefaultMaxBody. More is a 413.
	MaxBody int64
	// Limit bounds how often one address may call the route; the zero value does not.
	Limit Limit

	// Fail answers in a protocol's own words where the server refuses a call before the
	// handler sees it, or the handler fails: 405, 413, 429, 500. Retry-After is set where
	// it applies. nil answers with a page or problem details.
	Fail func(w http.ResponseWriter, status int)

	Handle  func(*Ctx) error // either this
	Handler http.Handler     // or a plain handler, as protocol endpoints are
}

// Limit is a flood limit for one address on one instance: Rate requests a second in the
// long run, Burst at once. What has to hold across restarts is counted in the database.
type Limit struct {
	Rate  float64
	Burst int
}

// DefaultMaxBody is the largest form that a route takes without saying so, in bytes.
const DefaultMaxBody = 1 << 20

// ListPath is where the list screen of a model is.
func ListPath(model string) string { return "/records/" + model }

// RecordPath is where the form of a record is.
func RecordPath(model string, id int64) string {
	return ListPath(model) + "/" + strconv.FormatInt(id, 10)
}
