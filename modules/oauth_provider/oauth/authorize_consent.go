package oauth

import (
	"errors"
	"slices"
)

// checkConsent decides what the client gets: what the person just ticked, what he gave
// before, or, for a trusted client, what it asks. Otherwise it shows the page.
func (p *Provider) checkConsent(f *flow) error {
	old, standing, err := p.Storage.Grant(f.ctx, f.session.UserID, f.client.ID)
	switch {
	case err != nil:
		return unavailable(err, "read grant")
	case standing.ClientVersion > f.client.Version:
		return staleClient{standing.ClientVersion}
	case !standing.ClientActive:
		return refuse(CodeUnauthorizedClient, "the client is switched off")
	case !standing.UserActive:
		return refuse(CodeAccessDenied, "the user is switched off")
	}
	may, err := p.Host.MayUse(f.ctx, f.session.UserID, f.client)
	switch {
	case err != nil:
		return unavailable(err, "check who may use the client")
	case !may:
		return refuse(CodeAccessDenied, "the user may not use this client")
	}
	c := consent{flow: f, old: old}
	if f.answer != nil {
		return c.decide(*f.answer)
	}
	if c.remembered() {
		return nil
	}
	if f.prompt.none {
		return refuse(CodeConsentRequired, "the person has to be asked")
	}
	return p.ask(c)
}

// answer is what the consent page's form said.
type answer struct {
	allow  bool
	ticked []string
}

// consent is a flow at the point of deciding about its scopes.
type consent struct {
	*flow
	old *Grant // the latest, possibly withdrawn; nil when there was none
}

// given is what the person's grant covers now.
func (c consent) given() Scopes {
	if c.old == nil || !c.old.WithdrawnAt.IsZero() {
		return nil
	}
	return c.old.Scopes
}

// refused reports whether the person left the scope unticked before.
func (c consent) refused(code string) bool {
	return c.old != nil && c.old.WithdrawnAt.IsZero() && slices.Contains(c.old.Refused, code)
}

// remembered settles the grant without asking, if that may be.
func (c consent) remembered() bool {
	if c.prompt.consent || c.request.Ask {
		return false
	}
	withdrawn := c.old != nil && !c.old.WithdrawnAt.IsZero()
	if c.client.SkipConsent && !withdrawn && !c.impersonable() {
		c.skip()
		return true
	}
	if c.old == nil || withdrawn {
		return false
	}
	for _, code := range c.scopes {
		now, _ := c.client.scope(code)
		version, ok := c.old.Scopes.Find(code)
		if ok && version < now.Version || !ok && (c.required(code) || !c.refused(code)) {
			return false
		}
		if ok {
			c.granted = append(c.granted, Granted{code, version})
		}
	}
	c.grantID = c.old.ID
	return len(c.granted) > 0 || len(c.scopes) == 0
}

// skip grants a trusted client what it asks, except what the person has unticked.
func (c consent) skip() {
	news := c.old == nil
	for _, code := range c.scopes {
		now, _ := c.client.scope(code)
		version, ok := c.given().Find(code)
		if !ok && c.refused(code) && !c.required(code) {
			continue
		}
		news = news || !ok || version < now.Version
		c.granted = append(c.granted, Granted{code, now.Version})
	}
	if !news {
		c.grantID = c.old.ID
		return
	}
	c.save(c.granted, nil)
	c.grant.Skipped = true
}

// decide takes the form's answer. Versions are those that the page showed.
func (c consent) decide(a answer) error {
	if !a.allow {
		return refuse(CodeAccessDenied, "the person refused")
	}
	var ticked Scopes
	var unticked []string
	for _, code := range c.scopes {
		shown, ok := c.request.Shown.Find(code)
		if ok && (c.required(code) || slices.Contains(a.ticked, code)) {
			ticked = append(ticked, Granted{code, shown})
		} else {
			unticked = append(unticked, code)
		}
	}
	if len(ticked) == 0 && len(c.scopes) > 0 {
		return refuse(CodeAccessDenied, "the person ticked nothing")
	}
	c.granted = ticked
	c.save(ticked, unticked)
	return nil
}

// save prepares the grant: what is settled now replaces what was said about the same
// scopes before; the others stay as they were.
func (c consent) save(ticked Scopes, unticked []string) {
	settled := func(code string) bool { return ticked.Has(code) || slices.Contains(unticked, code) }
	g := &Grant{UserID: c.session.UserID, ClientID: c.client.ID, GivenAt: c.now,
		Scopes: slices.Clone(ticked), Refused: slices.Clone(unticked)}
	if c.old != nil && c.old.WithdrawnAt.IsZero() {
		g.ID = c.old.ID
		for _, s := range c.old.Scopes {
			if !settled(s.Code) {
				g.Scopes = append(g.Scopes, s)
			}
		}
		for _, code := range c.old.Refused {
			if !settled(code) {
				g.Refused = append(g.Refused, code)
			}
		}
	}
	c.grant = g
}

func (c consent) required(code string) bool {
	s, _ := c.client.scope(code)
	return s.Required || code == ScopeOpenID
}

// impersonable reports whether anybody's program could pose as the client: it proves
// itself by no secret and answers go to the person's own device.
func (c consent) impersonable() bool {
	return (c.client.Public || !c.response.pkce) && slices.ContainsFunc(c.client.RedirectURIs, native)
}

// ask shows the consent page and keeps the request meanwhile.
func (p *Provider) ask(c consent) error {
	f := c.flow
	req := request{Params: f.request.Params, At: f.now, SignedInSince: f.session.AuthTime, Ask: f.request.Ask, Trial: f.request.Trial}
	page := &ConsentPage{Action: p.path + pathConsent, Client: f.client, Session: f.session,
		UILocales: f.params.words("ui_locales")}
	for _, code := range f.scopes {
		s, _ := f.client.scope(code)
		s.Required = c.required(code)
		version, before := c.given().Find(code)
		page.Scopes = append(page.Scopes, ConsentScope{Scope: s, Granted: before, Wider: before && version < s.Version,
			Ticked: s.Required || before || !c.refused(code)})
		req.Shown = append(req.Shown, Granted{code, s.Version})
	}
	if c.old != nil && c.old.WithdrawnAt.IsZero() {
		page.Grant = c.old
	}
	page.FormAction, page.RedirectHost, page.RedirectPath = formAction(f.redirectURI)
	sealed, err := p.seal(req, sealedFor(f.session.ID))
	if err != nil {
		return unavailable(err, "seal request")
	}
	if page.SwitchUser, err = p.resumeLink(f, f.now); err != nil {
		return unavailable(err, "seal request")
	}
	err = p.insert(f.ctx, func(id int64) error {
		handle := newToken(kindHandle, id)
		page.Handle = handle.String()
		return p.Storage.InsertPending(f.ctx, &Pending{ID: id, Hash: handle.hash(), SessionID: f.session.ID,
			UserID: f.session.UserID, ClientID: f.client.ID, Sealed: sealed, ExpiresAt: f.now.Add(pendingLife)})
	})
	if err != nil {
		return unavailable(err, "keep request")
	}
	p.Host.Consent(f.w, f.r, page)
	return errAnswered
}

// errGone is a handle that is used, foreign, old or made up: all look alike.
var errGone = &Error{Status: 403, Code: "forbidden", Description: "this page has expired, start again at the application"}

// takePending redeems a handle for the request it stands for.
func (p *Provider) takePending(f *flow, s *Session, handle string) (request, error) {
	h, ok := parseKind(handle, kindHandle)
	if !ok {
		return request{}, errGone
	}
	pending, err := p.Storage.TakePending(f.ctx, h.id, h.hash(), s.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return request{}, errGone
	case err != nil:
		return request{}, unavailable(err, "take request")
	case pending.UserID != s.UserID || !p.Clock().Before(pending.ExpiresAt):
		return request{}, errGone
	}
	req, err := p.open(pending.Sealed, sealedFor(s.ID))
	if err != nil {
		return request{}, errGone
	}
	return req, nil
}
