package oauthconsumer

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/mark"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/ui"
)

const callbackPath = "/oauth2/callback"

// returned is a person who comes back from a provider.
type returned struct {
	c *consumer
	*web.Ctx
	attempt *attempt
	live    *live
	code    string
	refusal string // error of the answer
	iss     string
}

// checks are what stands before the exchange, in this order. Each returns true to go on;
// otherwise it has answered.
var callbackChecks = []func(*returned) (bool, error){
	(*returned).checkState,
	(*returned).checkPerson,
	(*returned).checkBrowser,
	(*returned).checkAge,
	(*returned).checkIssuer,
	(*returned).checkClaim,
}

// callback is GET /oauth2/callback. The attempt is looked up first: everything else,
// company and way back included, comes from it and not from the request.
func (c *consumer) callback(ctx *web.Ctx) error {
	r := &returned{c: c, Ctx: ctx}
	for _, check := range callbackChecks {
		if ok, err := check(r); err != nil || !ok {
			return err
		}
	}
	return r.finish()
}

// neutral answers what gives nothing away: 400 and a line in the audit log.
func (r *returned) neutral(why string) (bool, error) {
	r.c.suspicious(r.Env, r.attempt, why, r.Address())
	v := ui.Failure{Page: r.Page(""), Status: http.StatusBadRequest, Title: r.T("oauth_consumer.callback.unknown.title"), Text: r.T("oauth_consumer.callback.unknown"), Next: r.T("oauth_consumer.callback.unknown.next")}
	return false, r.Render(http.StatusBadRequest, ui.FailurePage(v))
}

func (r *returned) checkState() (bool, error) {
	q := r.Request().URL.Query()
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(q[name]) > 1 {
			return r.neutral("parameter twice: " + name)
		}
	}
	r.code, r.refusal, r.iss = q.Get("code"), q.Get("error"), q.Get("iss")
	state := q.Get("state")
	if state == "" || len(state) > 256 || len(r.code) > 8<<10 {
		return r.neutral("no state")
	}
	a, err := r.c.readAttempt(r.Env, "state_hash = ?", hashState(state))
	if fault.Is(err, fault.NotFound) {
		return r.neutral("unknown state")
	}
	r.attempt = a
	return err == nil, err
}

// checkPerson lets only him go on who set out. Somebody who is signed out, in the browser
// that he set out in, signs in first and confirms.
func (r *returned) checkPerson() (bool, error) {
	switch {
	case r.Account == nil:
		if !r.sameBrowser() || r.attempt.status != pending || r.code == "" || r.old() {
			return r.neutral("signed out")
		}
		if err := r.c.keepCode(r.Env, r.attempt, r.code); err != nil {
			return false, err
		}
		return false, r.Redirect303(web.SignInPath(r.attempt.path("/confirm"), web.SignInOptions{}))
	case r.Account.ID != r.attempt.user:
		r.c.suspicious(r.Env, r.attempt, "another user", r.Address())
		return false, r.plain(http.StatusForbidden, ui.ToneWarn, "oauth_consumer.callback.other", ui.Action{Label: r.T("oauth_consumer.home"), URL: "/"})
	}
	return true, nil
}

func (r *returned) sameBrowser() bool {
	mine := r.BrowserHash()
	return len(mine) > 0 && bytes.Equal(mine, r.attempt.browser)
}

func (r *returned) checkBrowser() (bool, error) {
	if r.sameBrowser() {
		return true, nil
	}
	r.c.suspicious(r.Env, r.attempt, "another browser", r.Address())
	return false, r.startAgain(http.StatusBadRequest, "oauth_consumer.callback.browser")
}

func (r *returned) old() bool { return r.c.now().UnixMicro() >= r.attempt.expiresAt }

func (r *returned) checkAge() (bool, error) {
	if r.attempt.status == pending && r.old() {
		return false, r.startAgain(http.StatusBadRequest, "oauth_consumer.callback.old")
	}
	return true, nil
}

// checkIssuer holds the answer against the provider that was asked (RFC 9207 §2.4).
func (r *returned) checkIssuer() (bool, error) {
	l, err := r.c.standingAt(r.Env, r.attempt.subject)
	if err != nil {
		return false, err
	}
	r.live = l
	if r.attempt.status != pending {
		return true, nil
	}
	wrong := r.iss != "" && l.api.issuer != "" && r.iss != l.api.issuer
	if wrong || r.iss == "" && l.api.issParam {
		r.c.suspicious(r.Env, r.attempt, "another issuer", r.Address())
		return false, r.startAgain(http.StatusBadRequest, "oauth_consumer.callback.issuer")
	}
	return true, nil
}

// checkClaim lets one request exchange the code; the others see what became of it.
func (r *returned) checkClaim() (bool, error) {
	if r.attempt.status == pending {
		won, err := r.c.claim(r.Env, r.attempt)
		if err != nil || won {
			return won, err
		}
		if r.attempt, err = r.c.readAttempt(r.Env, "id = ?", r.attempt.id); err != nil {
			return false, err
		}
	}
	return false, r.over()
}

// over answers about an attempt that somebody else has claimed, or that is over.
func (r *returned) over() error {
	a := r.attempt
	switch a.status {
	case done:
		return r.Redirect303(a.back)
	case refused, failed:
		r.flashOutcome()
		return r.Redirect303(a.back)
	case exchanging:
		if r.c.now().Sub(moment(a.claimedAt)) < exchangeLease {
			return r.plain(http.StatusAccepted, ui.ToneInfo, "oauth_consumer.callback.busy", ui.Action{Label: r.T("oauth_consumer.callback.busy.look"), URL: a.back, Primary: true})
		}
		return r.startAgain(http.StatusConflict, "oauth_consumer.callback.stuck")
	case waiting:
		return r.Redirect303(a.path("/confirm"))
	}
	return r.startAgain(http.StatusConflict, "oauth_consumer.callback.superseded")
}

// startAgain is a plain page with the one button that begins anew.
func (r *returned) startAgain(status int, key string) error {
	return r.plain(status, ui.ToneWarn, key, ui.Action{Label: r.T("oauth_consumer.again"), URL: r.attempt.path(""), Primary: true}, ui.Action{Label: r.T("oauth_consumer.back"), URL: r.attempt.back})
}

func (r *returned) plain(status int, tone ui.Tone, key string, actions ...ui.Action) error {
	return r.Render(status, ui.MessagePage(ui.Message{Page: r.Page(r.T(key + ".title")), Icon: "plug-off", Tone: tone, Text: r.T(key), Actions: actions}))
}

func (r *returned) flashOutcome() {
	if r.attempt.outcome != nil {
		r.Flash(ui.Note{Tone: ui.ToneWarn, Text: web.Sentence(r.Print, r.attempt.outcome)})
	}
}

// finish exchanges the code of an attempt that was claimed and leads back.
func (r *returned) finish() error {
	why, err := r.c.exchange(r.Env, r.attempt, r.live, r.code, r.refusal)
	if err != nil {
		return err
	}
	switch {
	case why != nil:
		r.flashOutcome()
	case r.live.profile.Probe != nil: // whether by the right account comes out on the next page
		r.Flash(ui.Note{Tone: ui.ToneOK, Text: r.T("oauth_consumer.granted", "Provider", r.live.provider)})
	default:
		r.Flash(ui.Note{Tone: ui.ToneOK, Text: r.T("oauth_consumer.connected", "Provider", r.live.provider)})
	}
	return r.Redirect303(r.attempt.back)
}

// exchange turns the code of a claimed attempt into tokens and stores them. why is what
// the person is told when it came to nothing.
func (c *consumer) exchange(env *record.Env, a *attempt, l *live, code, answered string) (why *fault.Error, err error) {
	env = env.In(context.WithoutCancel(env.Context)) // a closed tab loses no token
	status, why := c.mayExchange(env, a, l, code, answered)
	if why != nil {
		return why, c.conclusion(env, a, status, why)
	}
	if err := c.establish(env, l); err != nil {
		return nil, err
	}
	verifier, err := c.unseal(attemptTable, "verifier", a.id, a.verifier)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {grantCode}, "code": {code}, "redirect_uri": {c.redirectURI()}}
	if l.api.pkce {
		form.Set("code_verifier", verifier)
	}
	mark.At(env, "exchange.claimed")
	answer, err := c.askToken(env, &l.api, form)
	mark.At(env, "exchange.answered")
	if err != nil {
		why := c.exchangeFailed(env, l, err)
		return why, c.conclusion(env, a, failed, why)
	}
	err = c.saveGranted(env, a, l, answer)
	mark.At(env, "exchange.saved")
	return nil, err
}

// mayExchange says why nothing is to be exchanged.
func (c *consumer) mayExchange(env *record.Env, a *attempt, l *live, code, answered string) (status string, why *fault.Error) {
	var denied *fault.Error
	switch {
	case answered == "access_denied":
		return refused, reasonFault(Declined, l.provider, l.name, nil)
	case answered != "" || code == "":
		c.log.InfoContext(env, "authorization failed", "api", l.api.id, "error", errorCode(answered))
		return failed, reasonFault(Failed, l.provider, l.name, nil)
	case a.definition != l.api.definition:
		return failed, fault.New(fault.Conflict, "The settings of %s have changed in the meantime. Please start again.", l.provider).
			Keyed("oauth_consumer.changed", map[string]any{"Provider": l.provider})
	case errors.As(c.mayManage(env, a.subject, l.profile), &denied):
		return failed, denied
	case errors.As(c.held(l), &denied):
		return failed, denied
	}
	return "", nil
}

// exchangeFailed says it to the person; the log gets what a manager needs.
func (c *consumer) exchangeFailed(env *record.Env, l *live, err error) *fault.Error {
	var f *tokenFailure
	if !errors.As(err, &f) {
		c.log.ErrorContext(env, "exchange a code", "api", l.api.id, "error", err)
		return reasonFault(Failed, l.provider, l.name, nil)
	}
	c.log.WarnContext(env, "exchange a code", "api", l.api.id, "status", f.status, "code", f.code, "cause", f.cause)
	args := map[string]any{"Provider": l.provider, "Code": f.code}
	switch {
	case f.dead():
		return fault.New(fault.Conflict, "The sign-in at %s had been used already, or was too old. Please start it again.", l.provider).Keyed("oauth_consumer.usedcode", args)
	case f.refusedUs():
		return fault.New(fault.Conflict, "%s does not accept our credentials (%s). A manager has to look at the settings of the API.", l.provider, f.code).Keyed("oauth_consumer.badclient", args)
	}
	return unavailable(l.provider, false, f).Fault
}

// saveGranted stores what was granted, in one transaction with the end of the attempt.
func (c *consumer) saveGranted(env *record.Env, a *attempt, l *live, answer grantAnswer) error {
	access, refresh, err := c.sealBoth(l.connection, answer)
	if err != nil {
		return err
	}
	scopes := record.Strings(a.scopes)
	if answer.scopesSaid {
		scopes = answer.scopes
	}
	name, company, err := c.nameOf(env, a.subject)
	if err != nil {
		return err
	}
	status, now := statusConnected, c.now()
	if l.profile.Probe != nil {
		status = statusChecking
	}
	var ends *time.Time
	if l.profile.Lasts > 0 {
		ends = maybe(now.Add(l.profile.Lasts))
	}
	return env.Write(func(in *record.Env) error {
		return write(in, func(tx *db.Tx) error {
			for _, s := range []struct {
				query string
				args  []any
			}{
				{`UPDATE oauth_consumer_token SET version = version + 1, access = ?, refresh = ?, places = ?, expires_at = ?, lease_until = 0, lease_holder = '', refresh_started_at = 0 WHERE connection_id = ?`,
					[]any{access, refresh, l.api.places, micro(answer.expiresAt), l.connection}},
				{`UPDATE oauth_consumer_connection SET version = version + 1, updated_at = ?, updated_by = ?, name = ?, company_id = ?, status = ?, scopes = ?, expires_at = ?, authority_ends_at = ?, granted_by = ?, granted_at = ?, last_error = '' WHERE id = ?`,
					[]any{now.UTC(), record.ID(a.user), name, record.ID(company), status, scopes, maybe(answer.expiresAt), ends, record.ID(a.user), now.UTC(), l.connection}},
				{"UPDATE oauth_consumer_attempt SET status = ?, outcome = '', verifier = NULL, code = NULL WHERE id = ?", []any{done, a.id}},
			} {
				if _, err := tx.Exec(s.query, s.args...); err != nil {
					return err
				}
			}
			a.status = done
			return record.Audit(in, "oauth_consumer.connection", l.connection, name+" · "+l.api.name, "connected", record.Change{Field: "scopes", New: []string(scopes)})
		})
	})
}
