package oauth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// Grant types.
const (
	GrantCode              = "authorization_code"
	GrantRefresh           = "refresh_token"
	GrantClientCredentials = "client_credentials"
	GrantPassword          = "password" // legacy
	GrantImplicit          = "implicit" // legacy; not for the token endpoint, it goes with ResponseToken
)

// grantType is one line of the table of what the token endpoint takes.
type grantType struct {
	name         string
	confidential bool // public clients may not use it
	legacy       bool // only for clients with an end date, until then
	issue        func(*Provider, *exchange) (*issued, error)
}

var grantTypes = []grantType{
	{name: GrantCode, issue: (*Provider).exchangeCode},
	{name: GrantRefresh, issue: (*Provider).exchangeRefresh},
	{name: GrantClientCredentials, confidential: true, issue: (*Provider).exchangeCredentials},
	{name: GrantPassword, legacy: true, issue: (*Provider).exchangePassword},
}

// exchange is one token request of an authenticated client.
type exchange struct {
	provider *Provider
	ctx      context.Context
	r        *http.Request
	now      time.Time
	params   params
	client   *Client
	secretID int64
}

// issued is what a token request ends with.
type issued struct {
	access  token  // the access token, or the jti of one
	refresh string // "" for none
	row     *Token
	// authorization is set when the token was issued under one.
	authorization *Authorization
	subject       string // the user's oauth identifier, "" without user
	signIn        signIn
}

// signIn says how and when the person signed in; zero when nobody did.
type signIn struct {
	at  time.Time
	amr []string
	acr string
}

// token serves the token endpoint (RFC 6749 §3.2).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	in, fail := readParams(r)
	if fail != nil {
		p.clientFailed(w, r, fail)
		return
	}
	x := &exchange{provider: p, ctx: r.Context(), r: r, now: p.Clock(), params: in}
	out, err := p.exchange(x, 0)
	var stale staleClient
	if refusal, ok := errors.AsType[*Error](err); ok && x.client != nil && slices.Contains(byDefinition, refusal.Code) {
		if version, ok := p.superseded(x.ctx, x.client); ok {
			err = staleClient{version}
		}
	}
	if errors.As(err, &stale) {
		out, err = p.exchange(x, stale.version)
	}
	if err != nil {
		e := asError(err, "issue token")
		p.record(r, x.event(EventTokenFailed, e))
		p.clientFailed(w, r, e)
		return
	}
	answer, fail := p.tokenAnswer(x, out)
	if fail != nil {
		p.fail(w, r, fail)
		return
	}
	e := x.event(EventTokenIssued, nil)
	e.UserID, e.GrantID, e.AuthorizationID, e.Scopes = out.row.UserID, out.row.GrantID, out.row.AuthorizationID, out.row.Scopes
	p.record(r, e)
	writeObject(w, http.StatusOK, answer)
}

// byDefinition are refusals that another definition of the client might not give.
var byDefinition = []string{CodeUnauthorizedClient, CodeUnsupportedGrantType, CodeInvalidScope}

// exchange authenticates the client and lets the grant type issue.
func (p *Provider) exchange(x *exchange, version int64) (*issued, error) {
	client, secretID, fail := p.authenticateClient(x.ctx, x.r, x.params, version)
	if fail != nil {
		return nil, fail
	}
	x.client, x.secretID = client, secretID
	name := x.params.get("grant_type")
	if name == "" {
		return nil, refuse(CodeInvalidRequest, "grant_type is missing")
	}
	for _, g := range grantTypes {
		if g.name != name {
			continue
		}
		if client.mayGrant(name) && !(g.confidential && client.Public) && (!g.legacy || x.now.Before(client.LegacyUntil)) {
			return g.issue(p, x)
		}
		if _, password := p.legacy(x.ctx); g.legacy && !password {
			break
		}
		return nil, refuse(CodeUnauthorizedClient, "this client may not use this grant_type")
	}
	return nil, errUnsupportedGrant
}

var errUnsupportedGrant = refuse(CodeUnsupportedGrantType, "this grant_type is not offered here")

func (x *exchange) event(kind EventKind, e *Error) Event {
	ev := Event{Kind: kind, GrantType: x.params.get("grant_type"), SecretID: x.secretID}
	if x.client != nil {
		ev.Client, ev.ClientID = x.client.Identifier, x.client.ID
	} else {
		claimed, _ := readCredentials(x.r, x.params) // a failure has been answered already
		ev.Client = claimed.id
	}
	if e != nil {
		ev.Error, ev.Detail = e.Code, e.Description
	}
	return ev
}

// tokenAnswer writes RFC 6749 §5.1, with an id_token when openid was granted.
func (p *Provider) tokenAnswer(x *exchange, out *issued) (*Object, *Error) {
	access, err := p.accessToken(x.ctx, x.client, out)
	if err != nil {
		return nil, unavailable(err, "sign access token")
	}
	var idToken string
	if out.authorization != nil && out.row.Scopes.Has(ScopeOpenID) {
		if idToken, err = p.idToken(x, out, access); err != nil {
			return nil, unavailable(err, "sign id_token")
		}
	}
	o := newObject()
	o.Text("access_token", access)
	o.Text("token_type", "Bearer")
	o.Int("expires_in", seconds(out.row.ExpiresAt.Sub(x.now)))
	o.Text("refresh_token", out.refresh)
	o.Text("id_token", idToken)
	o.text("scope", out.row.Scopes.Codes())
	return o, nil
}

// newAccess prepares an access token; id is drawn by insert.
func (x *exchange) newAccess(id int64) (token, *Token) {
	t := x.client.newAccess(id)
	return t, &Token{ID: id, Hash: t.hash(), ClientID: x.client.ID, ExpiresAt: x.now.Add(x.client.lifetimes().Access)}
}

// seconds rounds up: a token is never said to have expired while it lives.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
