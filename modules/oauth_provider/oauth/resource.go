package oauth

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Access is what a valid access token allows at this moment.
type Access struct {
	TokenID         int64
	AuthorizationID int64 // 0 for client credentials
	GrantID         int64 // 0 for client credentials
	UserID          int64 // 0 when a backend client runs as nobody
	ClientID        int64
	Client          string // identifier
	// Subject is sub: the pairwise one of the user, or the client's identifier when there
	// is no user.
	Subject   string
	Scopes    Scopes   // with the version at which each was granted
	Resources []string // RFC 8707: what the token is for, none: everything
	IssuedAt  time.Time
	ExpiresAt time.Time
	Profile   any // Standing.Profile, where Options need it
	// ClientVersion is what a definition must at least have to be acted on.
	ClientVersion int64
}

// Options say what a resource route takes.
type Options struct {
	// Query also takes ?access_token=, unless the client switched that off. A token in the
	// query of any other route is refused even if the header has one.
	Query bool
	// Form also takes access_token in the body of a POST (RFC 6750 §2.2).
	Form bool
	// Resource is the one of Config.Resources that the route belongs to, "" for none. A
	// token that is for others only is refused.
	Resource string
	// Scopes must all be granted; the challenge names them.
	Scopes []string
	// Need is NeedProfile where Access.Profile is wanted.
	Need Need
}

// ChallengeError is a refusal with its challenge (RFC 6750 §3).
type ChallengeError struct {
	Status      int    // 400, 401, 403, 503
	Code        string // "" when the request had no token at all
	Description string
	Scope       string // needed scopes, for 403
	cause       error
}

func (e *ChallengeError) Error() string {
	return strings.TrimSpace(e.Code + " " + e.Description)
}

// Unwrap returns the cause, for the log.
func (e *ChallengeError) Unwrap() error { return e.cause }

// Header is the value of WWW-Authenticate, "" when the failure is ours.
func (e *ChallengeError) Header() string {
	if e.Status == http.StatusServiceUnavailable {
		return ""
	}
	var parts []string
	for _, kv := range [][2]string{{"error", e.Code}, {"error_description", e.Description}, {"scope", e.Scope}} {
		if kv[1] != "" && (kv[0] != "error_description" || e.Code != "") {
			parts = append(parts, kv[0]+`="`+kv[1]+`"`)
		}
	}
	if len(parts) == 0 {
		return "Bearer"
	}
	return "Bearer " + strings.Join(parts, ", ")
}

// Authenticate finds out what the request's access token allows, with one Storage.Token
// for a well-formed token and none for anything else.
func (p *Provider) Authenticate(ctx context.Context, r *http.Request, o Options) (*Access, *ChallengeError) {
	text, inURL, fail := readBearer(r, o)
	if fail != nil {
		return nil, fail
	}
	if text == "" {
		return nil, &ChallengeError{Status: http.StatusUnauthorized, Description: "no access token", Scope: strings.Join(o.Scopes, " ")}
	}
	a, err := p.access(ctx, text, o.Need)
	if err == nil && len(a.Resources) > 0 && !slices.Contains(a.Resources, o.Resource) {
		err = errDeadToken
	}
	switch {
	case errors.Is(err, errDeadToken):
		return nil, &ChallengeError{Status: http.StatusUnauthorized, Code: CodeInvalidToken, Description: "the access token is invalid or has expired"}
	case err != nil:
		return nil, failed(err)
	}
	if inURL {
		c, err := p.Storage.Client(ctx, a.Client, a.ClientVersion)
		if err != nil {
			return nil, failed(err)
		}
		if c.NoQueryToken {
			return nil, &ChallengeError{Status: http.StatusUnauthorized, Code: CodeInvalidRequest, Description: "this client's tokens are not taken from the URL"}
		}
	}
	for _, code := range o.Scopes {
		if !a.Scopes.Has(code) {
			return nil, &ChallengeError{Status: http.StatusForbidden, Code: CodeInsufficientScope,
				Description: "the access token lacks a scope", Scope: strings.Join(o.Scopes, " ")}
		}
	}
	return a, nil
}

func failed(err error) *ChallengeError {
	return &ChallengeError{Status: http.StatusServiceUnavailable, Code: CodeUnavailable, Description: "try again later", cause: err}
}

// readBearer finds the one token of a request. Two are an error (RFC 6750 §2).
func readBearer(r *http.Request, o Options) (text string, inURL bool, fail *ChallengeError) {
	bad := func(description string) *ChallengeError {
		return &ChallengeError{Status: http.StatusBadRequest, Code: CodeInvalidRequest, Description: description}
	}
	headers := r.Header["Authorization"]
	if len(headers) > 1 {
		return "", false, bad("several Authorization headers")
	}
	if len(headers) == 1 {
		scheme, rest, _ := strings.Cut(headers[0], " ")
		if strings.EqualFold(scheme, "Bearer") {
			text = strings.TrimLeft(rest, " ")
		}
	}
	query, fail := bearerParam(r.URL.RawQuery, bad)
	if fail != nil {
		return "", false, fail
	}
	if query != "" && !o.Query {
		return "", false, &ChallengeError{Status: http.StatusUnauthorized, Code: CodeInvalidRequest, Description: "the access token belongs in the Authorization header"}
	}
	form := ""
	if o.Form && r.Method == http.MethodPost && isForm(r) {
		body, err := readForm(r, maxForm)
		if err != nil {
			return "", false, bad(err.Description)
		}
		if form, fail = bearerParam(body, bad); fail != nil {
			return "", false, fail
		}
	}
	found := 0
	for _, t := range []string{text, query, form} {
		if t != "" {
			text, found = t, found+1
		}
	}
	if found > 1 {
		return "", false, bad("several access tokens")
	}
	return text, query != "", nil
}

// bearerParam finds access_token among parameters of which the others are not ours.
func bearerParam(raw string, bad func(string) *ChallengeError) (string, *ChallengeError) {
	text := ""
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name != "access_token" {
			continue
		}
		value, err := unescape(value)
		if err != nil {
			return "", bad(err.Error())
		}
		if text != "" {
			return "", bad("several access tokens")
		}
		text = value
	}
	return text, nil
}

// errDeadToken is any access token that is not good: made up, expired, revoked, another kind.
var errDeadToken = errors.New("dead token")

// access reads an access token. Any error but errDeadToken is the storage's.
func (p *Provider) access(ctx context.Context, text string, need Need) (*Access, error) {
	t, err := p.readAccess(ctx, text)
	if err != nil {
		return nil, err
	}
	row, s, err := p.Storage.Token(ctx, t.id, need)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, errDeadToken
	case err != nil:
		return nil, err
	case !t.is(row.Hash), !row.RevokedAt.IsZero(), !p.Clock().Before(row.ExpiresAt), !s.alive(IDTime(row.ID)):
		return nil, errDeadToken
	}
	a := &Access{TokenID: row.ID, AuthorizationID: row.AuthorizationID, GrantID: row.GrantID, UserID: row.UserID,
		ClientID: row.ClientID, Client: s.Client, Subject: s.Client, Scopes: s.effective(row.Scopes, row.GrantID),
		Resources: row.Resources, IssuedAt: IDTime(row.ID), ExpiresAt: row.ExpiresAt, Profile: s.Profile,
		ClientVersion: s.ClientVersion}
	if row.UserID != 0 {
		a.Subject = Subject(s.Client, s.UserSubject)
	}
	return a, nil
}

// challenge answers with the refusal as JSON.
func (p *Provider) challenge(w http.ResponseWriter, r *http.Request, e *ChallengeError, body string) {
	if h := e.Header(); h != "" {
		w.Header().Set("WWW-Authenticate", h)
	}
	out := &Error{Status: e.Status, Code: body, cause: e.cause}
	if body == "" {
		if out.Code = e.Code; out.Code == "" {
			out.Code = CodeInvalidToken
		}
		out.Description = e.Description
	}
	if e.Status == http.StatusServiceUnavailable {
		out.retryAfter = time.Second
	}
	p.fail(w, r, out)
}
