package oauth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// authorizeChecks is what an authorization request goes through, in this order. Up to
// and including redirectURI an error is a page; afterwards it goes to the client.
var authorizeChecks = []check{
	(*Provider).checkParameters,
	(*Provider).checkClient,
	(*Provider).checkRedirectURI,
	(*Provider).checkResponseType,
	(*Provider).checkResponseMode,
	(*Provider).checkRequestObject,
	(*Provider).checkScope,
	(*Provider).checkResource,
	(*Provider).checkClaims,
	(*Provider).checkPKCE,
	(*Provider).checkPrompt,
	(*Provider).checkMaxAge,
	(*Provider).checkLogin,
	(*Provider).checkHint,
	(*Provider).checkConsent,
	(*Provider).respond,
}

// A check reads the flow, adds to it, and returns nil to go on. An *Error ends the
// request; errAnswered says that the check has answered it.
type check func(*Provider, *flow) error

var errAnswered = errors.New("answered")

// staleClient says that the definition acted on is older than the one now in force.
type staleClient struct{ version int64 }

func (staleClient) Error() string { return "the client's definition has changed" }

// flow is one authorization request on its way through the checks.
type flow struct {
	w   http.ResponseWriter
	r   *http.Request
	ctx context.Context
	now time.Time

	request request
	answer  *answer // of the consent page, nil before
	version int64   // of the client's definition, at least

	params        params
	met           *Client // what client_id names, active or not
	client        *Client
	redirectURI   string
	redirectNamed bool
	trusted       bool // the redirect URI is the client's: errors go there
	response      *responseType
	mode          responseMode
	scopes        []string // asked for, in the client's order
	resources     []string // that the token is for, none: all
	claims        claimsRequest
	prompt        prompt
	maxAge        time.Duration // -1 when not asked for
	session       *Session

	granted Scopes // what code or token will carry
	grantID int64
	grant   *Grant // to be saved with it, nil when the remembered one does
}

// request is an authorization request as it is sealed: what was asked and what it has
// been through already.
type request struct {
	Params string    `json:"p"` // form-encoded, as received
	At     time.Time `json:"t"` // when it was sealed
	// SignedInSince is the earliest sign-in that satisfies prompt=login, max_age and
	// id_token_hint; zero before the person was sent to sign in.
	SignedInSince time.Time `json:"s,omitzero"`
	// Ask forbids a silent grant: the request came by POST, possibly from another site.
	Ask bool `json:"a,omitempty"`
	// Trial is the session in which the person who looks after the client tries it out:
	// the answer arrives at TrialPath, in that session only.
	Trial string `json:"y,omitempty"`
	// Shown are the scopes of the consent page with the versions that were shown.
	Shown Scopes `json:"v,omitempty"`
}

// authorize serves the authorization endpoint (RFC 6749 §3.1).
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	raw, ask := r.URL.RawQuery, false
	if r.Method == http.MethodPost {
		body, fail := readForm(r, maxAuthorize)
		if fail != nil {
			fail.Status = http.StatusBadRequest // it is a page, whatever was wrong with the body
			p.page(w, r, fail, "")
			return
		}
		raw, ask = body, true
	}
	p.walk(&flow{w: w, r: r, request: request{Params: raw, Ask: ask}})
}

// resume goes on with a request that was sealed into the sign-in's link.
func (p *Provider) resume(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	var req request
	in, err := parseParams(r.URL.RawQuery)
	if err == nil {
		req, err = p.open(in.get(fieldSealed), sealedLink)
	}
	if err != nil {
		p.page(w, r, refuse(CodeInvalidRequest, "this link is no longer valid, start again at the application"), "")
		return
	}
	p.walk(&flow{w: w, r: r, request: req})
}

// walk takes a flow through the checks.
func (p *Provider) walk(f *flow) {
	f.ctx, f.now = f.r.Context(), p.Clock()
	err := p.check(f)
	var stale staleClient
	if f.met != nil && err != nil && !errors.Is(err, errAnswered) && !errors.As(err, &stale) {
		if version, ok := p.superseded(f.ctx, f.met); ok {
			err = staleClient{version}
		}
	}
	if errors.As(err, &stale) {
		again := &flow{w: f.w, r: f.r, ctx: f.ctx, now: f.now, request: f.request, answer: f.answer, version: stale.version}
		f, err = again, p.check(again)
	}
	if err == nil || errors.Is(err, errAnswered) {
		return
	}
	e := asError(err, "authorize")
	p.record(f.r, f.failed(e))
	if !f.trusted {
		p.page(f.w, f.r, e, f.params.get("client_id"))
		return
	}
	p.logCause(f.r, e)
	p.deliver(f, params{{"error", e.Code}, {"error_description", e.Description}})
}

func (p *Provider) check(f *flow) error {
	for _, check := range authorizeChecks {
		if err := check(p, f); err != nil {
			return err
		}
	}
	return nil
}

func (f *flow) failed(e *Error) Event {
	ev := Event{Kind: EventAuthorizeFailed, Client: f.params.get("client_id"), Error: e.Code, Detail: e.Description}
	if e.Code == CodeAccessDenied {
		ev.Kind = EventGrantRefused
	}
	if f.client != nil {
		ev.ClientID = f.client.ID
	}
	if f.session != nil {
		ev.UserID = f.session.UserID
	}
	if f.client != nil && !f.trusted {
		ev.RedirectURI = f.params.get("redirect_uri")
		ev.Detail += ": " + ev.RedirectURI
	}
	return ev
}

// page shows an error that goes to nobody else.
func (p *Provider) page(w http.ResponseWriter, r *http.Request, e *Error, clientID string) {
	p.logCause(r, e)
	p.Host.Fail(w, r, &Failure{Status: e.Status, Code: e.Code, Description: e.Description, ClientID: clientID})
}

// pageHeaders keep the request out of caches, referrers and frames.
func pageHeaders(w http.ResponseWriter) {
	h := w.Header()
	h["Cache-Control"] = noStore
	h["Pragma"] = noCache
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
}
