package oauth

import (
	"context"
	"net/url"
)

// Resumed tells what a resume link, made for a sign-in page, goes on with: the client
// that asked, and the source expression that the page's CSP form-action needs because
// the answer may redirect there. ok is false for any other path and for a link that was
// changed or is too old.
func (p *Provider) Resumed(ctx context.Context, link string) (c *Client, source string, ok bool) {
	u, err := url.Parse(link)
	if err != nil || u.Path != p.path+pathResume {
		return nil, "", false
	}
	req, err := p.open(u.Query().Get(fieldSealed), sealedLink)
	if err != nil {
		return nil, "", false
	}
	in, err := parseParams(req.Params)
	if err != nil {
		return nil, "", false
	}
	if c, err = p.Storage.Client(ctx, in.get("client_id"), 0); err != nil {
		return nil, "", false
	}
	uri := in.get("redirect_uri")
	if uri == "" && len(c.RedirectURIs) > 0 {
		uri = c.RedirectURIs[0]
	}
	source, _, _ = formAction(uri)
	return c, source, true
}
