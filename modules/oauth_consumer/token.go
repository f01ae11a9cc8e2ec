package oauthconsumer

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// grantAnswer is what a token endpoint gave (RFC 6749 §5.1).
type grantAnswer struct {
	access, refresh string
	expiresAt       time.Time // zero: not said
	scopes          []string
	scopesSaid      bool // an absent scope means that it is what was asked for
}

// tokenFailure is why it gave nothing. It holds no word of the body but the error code,
// which is one of a short list or cut to one.
type tokenFailure struct {
	status     int
	code       string // of RFC 6749 §5.2, "" when the answer has none
	unsent     bool
	retryAfter time.Duration
	cause      error
}

func (e *tokenFailure) Error() string {
	if e.cause != nil {
		return "token endpoint: " + e.cause.Error()
	}
	return fmt.Sprintf("token endpoint: %d %s", e.status, e.code)
}

func (e *tokenFailure) Unwrap() error { return e.cause }

// ambiguous: the request was sent and nobody knows whether it was processed.
func (e *tokenFailure) ambiguous() bool {
	return e.cause != nil && !e.unsent && !errors.Is(e.cause, errPrivate)
}

// dead: the grant is worth nothing any more.
func (e *tokenFailure) dead() bool { return e.code == "invalid_grant" }

// refusedUs: our own credentials or settings are wrong, which no person's sign-in mends.
func (e *tokenFailure) refusedUs() bool {
	switch e.code {
	case "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_request":
		return true
	}
	return false
}

// askToken posts to the token endpoint, once with each of our secrets as long as the
// provider says that it does not know us: that is before it looks at the grant. Nothing
// else is tried twice, since a code or a refresh token may be good for one use only. The
// authentication style is the API's, never found out by trying (x/oauth2 would post twice
// on any error).
func (c *consumer) askToken(env *record.Env, a *apiRow, form url.Values) (grantAnswer, error) {
	secrets, err := c.secrets(env, a.id)
	if err != nil {
		return grantAnswer{}, err
	}
	if len(secrets) == 0 {
		secrets = []string{""}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(env.Context), c.tokenTimeout)
	defer cancel()
	var answer grantAnswer
	for _, secret := range secrets {
		answer, err = c.postToken(ctx, a, form, secret)
		var failed *tokenFailure
		if !errors.As(err, &failed) || failed.code != "invalid_client" {
			break
		}
	}
	return answer, err
}

func (c *consumer) postToken(ctx context.Context, a *apiRow, form url.Values, secret string) (grantAnswer, error) {
	asked := c.now()
	res, err := c.postAs(ctx, a, a.tokenURL, form, secret)
	if err != nil {
		return grantAnswer{}, err
	}
	defer res.Body.Close()
	return readGrant(res, asked)
}

// postAs posts a form to an endpoint of the authorization server, saying who we are. Its
// error is a *tokenFailure.
func (c *consumer) postAs(ctx context.Context, a *apiRow, address string, form url.Values, secret string) (*http.Response, error) {
	body := url.Values{}
	for k, v := range form {
		body[k] = v
	}
	var basic string
	switch {
	case a.authStyle == styleJWT && secret != "":
		assertion, err := clientAssertion(a, secret, c.now())
		if err != nil {
			return nil, &tokenFailure{unsent: true, cause: err}
		}
		body.Set("client_id", a.clientID)
		body.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		body.Set("client_assertion", assertion)
	case a.authStyle == styleBasic && secret != "":
		// RFC 6749 §2.3.1: both are form-encoded before they are joined.
		basic = base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(a.clientID) + ":" + url.QueryEscape(secret)))
	default:
		body.Set("client_id", a.clientID)
		if secret != "" {
			body.Set("client_secret", secret)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body.Encode()))
	if err != nil {
		return nil, &tokenFailure{unsent: true, cause: errors.New("the address cannot be called")}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", userAgent)
	if basic != "" {
		r.Header.Set("Authorization", "Basic "+basic)
	}
	res, err := c.client(a.allowPrivate).Do(r)
	if err != nil {
		return nil, &tokenFailure{unsent: unsent(err), cause: bare(err)}
	}
	return res, nil
}

// bare is a transport error without the address that http.Client puts before it.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func readGrant(res *http.Response, asked time.Time) (grantAnswer, error) {
	fail := &tokenFailure{status: res.StatusCode, retryAfter: retryAfter(res.Header, asked)}
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		fail.cause = errRedirected
		return grantAnswer{}, fail
	}
	body, err := readAnswer(res)
	if err != nil {
		fail.cause = err
		return grantAnswer{}, fail
	}
	var said struct {
		Access  string          `json:"access_token"`
		Type    string          `json:"token_type"`
		Expires json.RawMessage `json:"expires_in"`
		Refresh string          `json:"refresh_token"`
		Scope   *string         `json:"scope"`
		Error   string          `json:"error"`
	}
	err = json.Unmarshal(body, &said)
	if res.StatusCode != http.StatusOK {
		fail.code = errorCode(said.Error)
		return grantAnswer{}, fail
	}
	if err != nil || said.Access == "" || said.Type != "" && !strings.EqualFold(said.Type, "bearer") || strings.ContainsAny(said.Access, " \r\n") {
		fail.cause, fail.code = errNotUnderstood, errorCode(said.Error)
		return grantAnswer{}, fail
	}
	out := grantAnswer{access: said.Access, refresh: said.Refresh, expiresAt: expiry(said.Expires, asked)}
	if said.Scope != nil {
		out.scopes, out.scopesSaid = strings.Fields(*said.Scope), true
	}
	return out, nil
}

// expiry is when a token is to be renewed: a minute before its end, counted from before
// it was asked for, so that slow answers make it earlier and never later. Short-lived
// ones keep half of their life.
func expiry(said json.RawMessage, asked time.Time) time.Time {
	seconds, err := strconv.ParseFloat(strings.Trim(string(said), `"`), 64)
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	life := time.Duration(min(seconds, 10*365*24*3600) * float64(time.Second))
	return asked.Add(life - min(time.Minute, life/2))
}

// errorCode cuts what the provider calls an error to the characters of RFC 6749 §5.2 and
// to a length that a log and a page can bear.
func errorCode(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 64)]
}

const userAgent = "Tessera"
