package oauth

import (
	"net/url"
	"time"
)

// checkLogin finds out who is signed in and sends to sign in when nobody is, when the
// sign-in is older than max_age, or when prompt=login wants a new one.
func (p *Provider) checkLogin(f *flow) error {
	s, err := p.Host.Session(f.r)
	if err != nil {
		return unavailable(err, "read session")
	}
	f.session = s
	if s == nil {
		return p.signIn(f)
	}
	if f.request.Trial != "" && f.request.Trial != s.ID {
		return refuse(CodeAccessDenied, "this trial was begun in another session")
	}
	tooOld := f.maxAge >= 0 && f.now.Sub(s.AuthTime) > f.maxAge
	weak := !f.claims.strongEnough(s)
	switch {
	case (f.prompt.login || tooOld || weak) && !f.signedInAnew():
		return p.signIn(f)
	case weak:
		return refuse(CodeUnmetAuthentication, "the person did not sign in as the essential acr requires")
	}
	return nil
}

// signedInAnew reports whether the person has signed in since this request sent him to.
func (f *flow) signedInAnew() bool {
	since := f.request.SignedInSince
	return !since.IsZero() && !f.session.AuthTime.Before(since)
}

// signIn sends the person to the sign-in page with the request sealed into the way back.
func (p *Provider) signIn(f *flow) error {
	if f.prompt.none {
		return refuse(CodeLoginRequired, "nobody is signed in as the request requires")
	}
	link, err := p.resumeLink(f, f.now)
	if err != nil {
		return unavailable(err, "seal request")
	}
	p.Host.SignIn(f.w, f.r, &SignIn{
		Resume:    link,
		Again:     f.session != nil,
		Client:    f.client,
		LoginHint: f.params.get("login_hint"),
		UILocales: f.params.words("ui_locales"),
		ACRValues: append(f.params.words("acr_values"), f.claims.acr...),
	})
	return errAnswered
}

// resumeLink is the path and query that goes on with this request once the person has
// signed in at since or later.
func (p *Provider) resumeLink(f *flow, since time.Time) (string, error) {
	sealed, err := p.seal(request{Params: f.request.Params, At: f.now, SignedInSince: since, Ask: f.request.Ask, Trial: f.request.Trial}, sealedLink)
	if err != nil {
		return "", err
	}
	return p.path + pathResume + "?" + fieldSealed + "=" + url.QueryEscape(sealed), nil
}
