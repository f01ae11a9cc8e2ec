package hmrcsim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// call is a request to the API that has passed the gate.
type call struct {
	*http.Request
	now      time.Time
	app      Application
	user     User // nobody for the application's own calls
	account  *account
	scenario string // Gov-Test-Scenario, "" for what the account holds
}

// endpoint is one of the VAT API.
type endpoint struct {
	name    string
	pattern string
	scope   string
	solvent bool                     // refuses insolvent traders
	answer  func(*Sim, *call) answer // under the lock
}

// vatEndpoints are those of the published description.
var vatEndpoints = []endpoint{
	{ObligationsGet, "GET /organisations/vat/{vrn}/obligations", readVAT, true, (*Sim).obligations},
	{ReturnSubmit, "POST /organisations/vat/{vrn}/returns", writeVAT, true, (*Sim).submit},
	{ReturnView, "GET /organisations/vat/{vrn}/returns/{periodKey}", readVAT, true, (*Sim).view},
	{LiabilitiesGet, "GET /organisations/vat/{vrn}/liabilities", readVAT, true, (*Sim).liabilities},
	{PaymentsGet, "GET /organisations/vat/{vrn}/payments", readVAT, true, (*Sim).payments},
	{PenaltiesGet, "GET /organisations/vat/{vrn}/penalties", readVAT, false, (*Sim).penalties},
	{FinancialDetails, "GET /organisations/vat/{vrn}/financial-details/{charge}", readVAT, false, (*Sim).financialDetails},
	{InformationGet, "GET /organisations/vat/{vrn}/information", readVAT, false, (*Sim).information},
}

// accept is the one media type that the API has.
var accept = regexp.MustCompile(`^application/vnd\.hmrc\.1\.0\+json$`)

var vrnForm = regexp.MustCompile(`^[0-9]{9}$`)

// vat passes a call to an endpoint of the VAT API through the gate, and keeps what its
// headers were like.
func (s *Sim) vat(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		c := &call{Request: r, now: s.now(), scenario: r.Header.Get("Gov-Test-Scenario")}
		a, passed := s.admit(c, e.scope, false)
		if passed {
			a, passed = s.enrolled(c, e)
		}
		if passed {
			a = e.answer(s, c)
		}
		correlation := s.uuid("correlation")
		w.Header().Set("X-CorrelationId", correlation)
		a.send(w)
		s.note(c, e.name, a.status, correlation)
	}
}

// app passes a call that an application makes for itself.
func (s *Sim) app(h func(*call) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		c := &call{Request: r, now: s.now()}
		a, passed := s.admit(c, "", true)
		if passed {
			a = h(c)
		}
		w.Header().Set("X-CorrelationId", s.uuid("correlation"))
		a.send(w)
	}
}

// admit checks token, scope, rate and media type. own wants the application's own token.
func (s *Sim) admit(c *call, scope string, own bool) (answer, bool) {
	given, isBearer := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !isBearer || given == "" {
		return flat(http.StatusUnauthorized, "MISSING_CREDENTIALS", "Authentication information is not provided"), false
	}
	t := s.state.Access[given]
	if t == nil || t.Dead || !c.now.Before(t.Expires) {
		return flat(http.StatusUnauthorized, "INVALID_CREDENTIALS", "Invalid Authentication information provided"), false
	}
	c.app, _ = s.application(t.ClientID)
	if g := s.grant(t.GrantID); g != nil {
		if !g.alive(c.now) {
			return flat(http.StatusUnauthorized, "INVALID_CREDENTIALS", "Invalid Authentication information provided"), false
		}
		c.user, _ = s.user(g.UserID)
	}
	if (t.GrantID == "") != own {
		return flat(http.StatusUnauthorized, "INCORRECT_ACCESS_TOKEN_TYPE", "The access token type used is not supported when invoking the API"), false
	}
	if scope != "" && !slices.Contains(t.Scopes, scope) {
		return flat(http.StatusForbidden, "INVALID_SCOPE", "Cannot access the required resource. Ensure this token has all the required scopes."), false
	}
	if s.throttled(t.ClientID, c.now) {
		return flat(http.StatusTooManyRequests, Throttled.Code, Throttled.Message), false
	}
	if !accept.MatchString(c.Header.Get("Accept")) {
		return flat(http.StatusNotAcceptable, "ACCEPT_HEADER_INVALID", "The accept header is missing or invalid"), false
	}
	return answer{}, true
}

// throttled counts a call against the application's rate.
func (s *Sim) throttled(client string, now time.Time) bool {
	if s.rate < 1 {
		return false
	}
	if s.limiters[client] == nil {
		s.limiters[client] = rate.NewLimiter(rate.Limit(s.rate), s.rate)
	}
	return !s.limiters[client].AllowN(now, 1)
}

// enrolled checks the VAT number, and that the person may act for it.
func (s *Sim) enrolled(c *call, e endpoint) (answer, bool) {
	vrn := c.PathValue("vrn")
	if !vrnForm.MatchString(vrn) {
		return flat(http.StatusBadRequest, "VRN_INVALID", "The provided VRN is invalid"), false
	}
	c.account = s.state.Accounts[vrn]
	if c.account == nil || c.user.Business.VRN != vrn {
		return flat(http.StatusForbidden, "CLIENT_OR_AGENT_NOT_AUTHORISED", "The client and/or agent is not authorised."), false
	}
	if insolvent := c.account.Insolvent || c.scenario == "INSOLVENT_TRADER"; insolvent && e.solvent {
		return flat(http.StatusForbidden, "RULE_INSOLVENT_TRADER", "The remote endpoint has indicated that the Trader is insolvent"), false
	}
	return answer{}, true
}
