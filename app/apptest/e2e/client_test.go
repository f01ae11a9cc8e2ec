package e2e_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// client is the application "shop" with its hands on codes and tokens, of stock parts.
// Its redirect URI leads nowhere: the browser stops there.
type client struct {
	t        testing.TB
	oauth    oauth2.Config
	verifier string
	scopes   []string // that are ticked
}

const (
	secret   = "the-secret-of-the-shop-0123456789"
	callback = "http://localhost:1/callback"
)

func newClient(t testing.TB, s *server, scopes ...string) *client {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), s.base)
	if err != nil {
		t.Fatalf("discovery: %v", err)
	}
	if len(scopes) == 0 {
		scopes = []string{"card", "trade"}
	}
	return &client{t, oauth2.Config{ClientID: "shop", ClientSecret: secret, Endpoint: provider.Endpoint(),
		RedirectURL: callback, Scopes: append([]string{"openid"}, scopes...)}, oauth2.GenerateVerifier(), scopes}
}

// code goes through the consent page, where it is shown, to a code. The person has to be
// signed in.
func (c *client) code(b *browser) string {
	c.t.Helper()
	answer := c.ask(b)
	code := answer.Get("code")
	if code == "" {
		c.t.Fatalf("the client is told %v, want a code", answer)
	}
	return code
}

// ask goes through the consent page, where it is shown, and returns what the client is
// told; nothing when the browser ends at a page of the house.
func (c *client) ask(b *browser) url.Values {
	c.t.Helper()
	stopped := *b.client
	stopped.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	at := &browser{b.t, &stopped}
	p := at.get(c.oauth.AuthCodeURL("state", oauth2.S256ChallengeOption(c.verifier)))
	if p.status == http.StatusOK {
		p = at.answer(p, "allow", c.scopes...)
	}
	to, err := url.Parse(p.header.Get("Location"))
	if err != nil {
		c.t.Fatal(err)
	}
	return to.Query()
}

func (c *client) exchange(code string) (*oauth2.Token, error) {
	return c.oauth.Exchange(c.t.Context(), code, oauth2.VerifierOption(c.verifier))
}

// token goes all the way to an access token.
func (c *client) token(b *browser) string {
	c.t.Helper()
	token, err := c.exchange(c.code(b))
	if err != nil {
		c.t.Fatalf("exchange: %v", err)
	}
	return token.AccessToken
}

// wantRefused expects the token endpoint's refusal.
func wantRefused(t testing.TB, err error, code string) {
	t.Helper()
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.ErrorCode != code {
		t.Errorf("the token endpoint answers %v, want %s", err, code)
	}
}

// data reads the partners with a token.
func data(s *server, token string) *view {
	return bearer(s, "/oauth2/otherinfo?model=res.partner", token)
}

// bearer reads an address with a token.
func bearer(s *server, path, token string) *view {
	s.t.Helper()
	b := &browser{s.t, &http.Client{Timeout: patience}}
	r := request(s.t, http.MethodGet, s.base+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return b.send(r.WithContext(context.Background()))
}
