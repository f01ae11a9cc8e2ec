package oauthconsumer

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Session is an API user's connection, ready to be used: for calls that no [Endpoint]
// describes, and for clients that others wrote.
type Session struct {
	Connection  int64
	Subject     Subject // with the API that is used
	Environment string
	BaseURL     string
	Scopes      []string // granted

	env      *record.Env
	consumer *consumer
	provider string
	needed   []string
}

// SessionFor returns the session of the API user that env is about: the company in force,
// the person, his employee there, or the application itself. Errors: as for an Endpoint's
// Call, *[Unauthorized] first of all.
func SessionFor(env *record.Env, provider string, kind Kind, scopes ...string) (*Session, error) {
	return SessionOf(env, provider, Subject{Kind: kind}, scopes...)
}

// SessionOf is SessionFor for an API user that is named.
func SessionOf(env *record.Env, provider string, s Subject, scopes ...string) (*Session, error) {
	c := consumerOf(env)
	l, err := c.ready(env, provider, s, scopes)
	if err != nil {
		return nil, err
	}
	return &Session{Connection: l.connection, Subject: l.subject, Environment: l.api.environment, BaseURL: l.api.baseURL, Scopes: slices.Clone(l.scopes),
		env: env, consumer: c, provider: provider, needed: scopes}, nil
}

// ready is a standing with a token, for somebody who may use it.
func (c *consumer) ready(env *record.Env, provider string, s Subject, scopes []string) (*live, error) {
	s, err := c.resolve(env, s.Kind, s)
	if err != nil {
		return nil, err
	}
	if err := c.mayUse(env, s); err != nil {
		return nil, err
	}
	l, err := c.standing(env, provider, s)
	if err != nil {
		return nil, err
	}
	return c.usable(env, l, scopes)
}

// Pin returns the subject with the API that is selected for it now, so that a wizard goes
// on with the one that it began with.
func Pin(env *record.Env, provider string, s Subject) (Subject, error) {
	c := consumerOf(env)
	s, err := c.resolve(env, s.Kind, s)
	if err != nil {
		return s, err
	}
	l, err := c.standing(env, provider, s)
	if err != nil {
		return s, err
	}
	return l.subject, nil
}

// Standing is what a page may want to know of a connection without using it.
type Standing struct {
	Subject     Subject // with its API
	Connection  int64   // 0: there is none
	Connected   bool    // it has tokens, as far as is known here
	Checked     bool    // by the right account
	Environment string
	BaseURL     string
	Provider    string // name
	API         string // name
	Scopes      []string
}

// StandingOf tells how an API user stands with a provider. Forbidden and Conflict as for
// a Call; a missing authority is no error here.
func StandingOf(env *record.Env, provider string, s Subject) (Standing, error) {
	c := consumerOf(env)
	s, err := c.resolve(env, s.Kind, s)
	if err != nil {
		return Standing{}, err
	}
	if err := c.mayUse(env, s); err != nil {
		return Standing{}, err
	}
	l, err := c.standing(env, provider, s)
	if err != nil {
		return Standing{}, err
	}
	alive := len(l.token.access) > 0 && l.status != statusSignIn && l.status != statusEnding
	return Standing{Subject: l.subject, Connection: l.connection, Connected: alive, Checked: alive && l.status != statusChecking, Environment: l.api.environment,
		BaseURL: l.api.baseURL, Provider: l.provider, API: l.api.name, Scopes: slices.Clone(l.scopes)}, nil
}

// Check runs the probe of the provider's profile now, whether or not it ran before. It is
// for a page that has what the provider wants to know of the person. Errors: *[Unauthorized]
// with the reason WrongAccount, and those of the probe's calls.
func Check(env *record.Env, provider string, s Subject) error {
	c := consumerOf(env)
	l, err := c.ready(env, provider, s, nil)
	if err != nil {
		return err
	}
	return c.check(env, l)
}

// Client returns a client that adds the token to requests to the API, and renews it when
// it has run out. A request to any other origin is refused: the token goes nowhere else.
// Answers are as the API gives them; a 401 is the caller's to handle.
func (s *Session) Client(ctx context.Context) *http.Client {
	env := s.env.In(ctx)
	return &http.Client{Timeout: callTimeout, Transport: sessionTransport{s, env},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type sessionTransport struct {
	session *Session
	env     *record.Env
}

// RoundTrip implements http.RoundTripper.
func (t sessionTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c := t.session.consumer
	if originOf(r.URL) != origin(t.session.BaseURL) {
		return nil, fault.New(fault.Forbidden, "A session's client calls its API only, not %s.", r.URL.Host)
	}
	l, err := c.ready(t.env, t.session.provider, t.session.Subject, t.session.needed)
	if err != nil {
		return nil, err
	}
	if l.api.origin != origin(t.session.BaseURL) {
		return nil, errors.New("the API has moved")
	}
	if err := c.permit(t.env, l); err != nil {
		return nil, err
	}
	token, err := c.unseal("oauth_consumer_token", "access", l.connection, l.token.access)
	if err != nil {
		return nil, err
	}
	out := r.Clone(r.Context())
	out.Header.Set("Authorization", "Bearer "+token)
	res, err := c.client(l.api.allowPrivate).Transport.RoundTrip(out)
	if err == nil {
		c.used(t.env, l, r.Method, res.Status[:min(3, len(res.Status))])
	}
	return res, err
}
