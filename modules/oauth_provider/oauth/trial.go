package oauth

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// TrialPath is where the answer of a trial arrives, below the issuer. It is nobody's
// redirect URI: a request that did not come out of StartTrial is refused there as anywhere
// else that is not registered.
const TrialPath = "/oauth2/trial"

// ErrNoTrial says that a client has no authorization code flow to try.
var ErrNoTrial = errors.New("oauth: the client has no authorization code flow")

// TrialKind is how far a trial goes.
type TrialKind string

const (
	TrialWhole TrialKind = ""     // to the person's own record; what was issued is revoked
	TrialCode  TrialKind = "code" // to the code, which the person redeems himself
)

// trial is what a trial needs when its answer arrives. It waits sealed under a handle that
// is the request's state: spent at the first answer, and only in the session it began in.
type trial struct {
	Client   string    `json:"c"`
	Kind     TrialKind `json:"k,omitempty"`
	Verifier string    `json:"v"`
	Asked    string    `json:"a"` // the parameters, as they were sent
}

// sealedTrial is the associated data of a trial of a session.
func sealedTrial(sessionID string) string { return "tessera oauth trial v1 " + sessionID }

// StartTrial begins the authorization code flow of a client for the person who looks after
// it, and returns the path and query to send his browser to. From there on it is the flow
// that everybody goes through, consent page included, but its answer arrives at TrialPath.
// That this is allowed stands in the sealed request, which nobody else can make, and holds
// for the browser that began it only.
func (p *Provider) StartTrial(ctx context.Context, c *Client, s *Session, kind TrialKind) (location string, err error) {
	if !c.Active || !slices.Contains(c.ResponseTypes, ResponseCode) {
		return "", ErrNoTrial
	}
	now := p.Clock()
	verifier := randomText()
	scopes := c.DefaultScopes
	if len(scopes) == 0 {
		for _, sc := range c.Scopes {
			scopes = append(scopes, sc.Code)
		}
	}
	ask := url.Values{"response_type": {ResponseCode}, "client_id": {c.Identifier}, "redirect_uri": {p.URL(TrialPath)}, "scope": {strings.Join(scopes, " ")},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}, "nonce": {randomText()}}
	err = p.insert(ctx, func(id int64) error {
		handle := newToken(kindHandle, id)
		ask.Set("state", handle.String())
		plain, err := json.Marshal(trial{Client: c.Identifier, Kind: kind, Verifier: verifier, Asked: ask.Encode()})
		if err != nil {
			return err
		}
		sealed, err := p.Sealer.Encrypt(plain, []byte(sealedTrial(s.ID)))
		if err != nil {
			return err
		}
		return p.Storage.InsertPending(ctx, &Pending{ID: id, Hash: handle.hash(), SessionID: s.ID, UserID: s.UserID, ClientID: c.ID,
			Sealed: base64.RawURLEncoding.EncodeToString(sealed), ExpiresAt: now.Add(pendingLife)})
	})
	if err != nil {
		return "", err
	}
	sealed, err := p.seal(request{Params: ask.Encode(), At: now, Trial: s.ID}, sealedLink)
	if err != nil {
		return "", err
	}
	return p.path + pathResume + "?" + fieldSealed + "=" + url.QueryEscape(sealed), nil
}

func randomText() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Trial is what came of a trial: each answer on the way, with nothing in it that opens
// anything.
type Trial struct {
	Client string // identifier
	Kind   TrialKind
	Steps  []TrialStep

	// Code and Verifier redeem what a TrialCode gave. They are the one exception: the
	// person asked for them, the code lives as long as any, and works once.
	Code, Verifier string
}

// TrialStep is one request of a trial and its answer.
type TrialStep struct {
	Name   string // authorize, token, userinfo, revoke
	Method string
	URL    string
	Sent   []TrialParam
	Status int
	Body   string // JSON, "" for none
	Error  string // why the trial ends here, for the developer
}

// TrialParam is a parameter of a request. Masked ones are not as they were sent.
type TrialParam struct{ Name, Value string }

// FinishTrial takes the answer of a trial. Of a TrialWhole it redeems the code as the client
// would, asks for the person's own record, and revokes what was issued, whatever happens on
// the way; of a TrialCode it hands the code out.
// ErrNotFound when the state is not that of a trial that this browser began, or one that was
// answered before; the code is not looked at then.
func (p *Provider) FinishTrial(r *http.Request, s *Session) (*Trial, error) {
	in, err := parseParams(r.URL.RawQuery)
	if err != nil {
		return nil, ErrNotFound
	}
	begun, err := p.takeTrial(r.Context(), s, in.get("state"))
	if err != nil {
		return nil, err
	}
	out := &Trial{Client: begun.Client, Kind: begun.Kind}
	first := TrialStep{Name: "authorize", Method: http.MethodGet, URL: p.URL(pathAuthorize), Sent: trialParams(begun.Asked), Status: http.StatusFound}
	switch {
	case in.get("error") != "":
		first.Error = in.get("error") + ": " + in.get("error_description")
	case in.get("iss") != p.Issuer: // RFC 9207 §2.4
		first.Error = "the answer is not from " + p.Issuer
	}
	if first.Error != "" {
		out.Steps = append(out.Steps, first)
		return out, nil
	}
	first.Body = spell(map[string]string{"code": veil(in.get("code")), "state": veil(in.get("state")), "iss": in.get("iss")})
	out.Steps = append(out.Steps, first)
	if begun.Kind == TrialCode {
		out.Code, out.Verifier = in.get("code"), begun.Verifier
		return out, nil
	}
	return out, p.tryTokens(r, begun, in.get("code"), out)
}

// takeTrial redeems a state for the trial that it stands for.
func (p *Provider) takeTrial(ctx context.Context, s *Session, state string) (*trial, error) {
	handle, ok := parseKind(state, kindHandle)
	if !ok {
		return nil, ErrNotFound
	}
	pending, err := p.Storage.TakePending(ctx, handle.id, handle.hash(), s.ID)
	if err != nil {
		return nil, err
	}
	if pending.UserID != s.UserID || !p.Clock().Before(pending.ExpiresAt) {
		return nil, ErrNotFound
	}
	sealed, err := base64.RawURLEncoding.DecodeString(pending.Sealed)
	if err != nil {
		return nil, ErrNotFound
	}
	plain, err := p.Sealer.Decrypt(sealed, []byte(sealedTrial(s.ID)))
	if err != nil {
		return nil, ErrNotFound // of a consent page
	}
	var t trial
	if err := json.Unmarshal(plain, &t); err != nil {
		return nil, err
	}
	return &t, nil
}

// tryTokens redeems the code, reads the person's record and revokes.
func (p *Provider) tryTokens(r *http.Request, begun *trial, code string, out *Trial) error {
	sent := params{{"grant_type", GrantCode}, {"code", code}, {"redirect_uri", p.URL(TrialPath)}, {"code_verifier", begun.Verifier}}
	step := TrialStep{Name: "token", Method: http.MethodPost, URL: p.URL(pathToken), Status: http.StatusOK}
	for _, kv := range sent {
		value := kv.value
		if kv.name == "code" || kv.name == "code_verifier" {
			value = veil(value)
		}
		step.Sent = append(step.Sent, TrialParam{kv.name, value})
	}
	x := &exchange{provider: p, ctx: r.Context(), r: r, now: p.Clock(), params: sent}
	got, err := p.redeemTrial(x, begun.Client, 0)
	var stale staleClient
	if errors.As(err, &stale) {
		got, err = p.redeemTrial(x, begun.Client, stale.version)
	}
	if err != nil {
		e := asError(err, "redeem the code of a trial")
		p.logCause(r, e)
		step.Status, step.Error = e.Status, e.Code+": "+e.Description
		out.Steps = append(out.Steps, step)
		return nil
	}
	defer func() { out.Steps = append(out.Steps, p.endTrial(r, got.authorization.ID)) }()
	answer, fail := p.tokenAnswer(x, got)
	if fail != nil {
		step.Status, step.Error = fail.Status, fail.Code
		out.Steps = append(out.Steps, step)
		return nil
	}
	body := string(answer.bytes())
	objects.Put(answer)
	var issued struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		ID      string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(body), &issued); err != nil {
		return err
	}
	for _, secret := range []string{issued.Access, issued.Refresh, issued.ID} {
		if secret != "" {
			body = strings.ReplaceAll(body, secret, veil(secret))
		}
	}
	step.Body = body
	out.Steps = append(out.Steps, step, p.askTrial(r, issued.Access))
	return nil
}

// redeemTrial redeems a code as the client's own, without its secret: the handle of the
// trial stood in the place of it.
func (p *Provider) redeemTrial(x *exchange, identifier string, version int64) (*issued, error) {
	c, err := p.Storage.Client(x.ctx, identifier, version)
	if err != nil {
		return nil, err
	}
	x.client = c
	return p.exchangeCode(x)
}

// askTrial reads the person's record with an access token.
func (p *Provider) askTrial(r *http.Request, access string) TrialStep {
	step := TrialStep{Name: "userinfo", Method: http.MethodGet, URL: p.URL(pathUserInfo), Sent: []TrialParam{{"Authorization", "Bearer " + veil(access)}}}
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, step.URL, nil)
	if err != nil {
		step.Error = err.Error()
		return step
	}
	ask.RemoteAddr = r.RemoteAddr
	ask.Header.Set("Authorization", "Bearer "+access)
	w := &kept{header: http.Header{}, status: http.StatusOK}
	p.userInfo(w, ask)
	step.Status, step.Body = w.status, w.body.String()
	if w.status != http.StatusOK {
		step.Error = w.header.Get("WWW-Authenticate")
	}
	return step
}

// endTrial revokes everything that was issued.
func (p *Provider) endTrial(r *http.Request, authorizationID int64) TrialStep {
	step := TrialStep{Name: "revoke", Method: http.MethodPost, URL: p.URL(pathRevoke), Status: http.StatusOK}
	ctx := context.WithoutCancel(r.Context())
	err := p.Storage.Write(ctx, func(tx Tx) error { return tx.RevokeAuthorization(ctx, authorizationID, p.Clock()) })
	if err != nil {
		e := unavailable(err, "revoke the tokens of a trial")
		p.logCause(r, e)
		step.Status, step.Error = e.Status, e.Code
	}
	return step
}

// kept is an answer that stays here.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// veil leaves of a secret what tells it from others.
func veil(secret string) string {
	const ends = 4
	if len(secret) < 4*ends {
		return strings.Repeat("•", len(secret))
	}
	return secret[:ends] + "••••••••" + secret[len(secret)-ends:]
}

// trialParams are the parameters as they were asked, the state masked.
func trialParams(asked string) []TrialParam {
	in, err := parseParams(asked)
	if err != nil {
		return nil
	}
	var out []TrialParam
	for _, kv := range in {
		value := kv.value
		if kv.name == "state" {
			value = veil(value)
		}
		out = append(out, TrialParam{kv.name, value})
	}
	return out
}

func spell(members map[string]string) string {
	b, err := json.Marshal(members)
	if err != nil {
		return ""
	}
	return string(b)
}
