package oauth

import (
	"strconv"
	"time"
)

// legacyLife bounds access tokens of implicit and password: they cannot be refreshed and
// travel where they should not (RFC 9700 §2.1.2, §2.4).
const legacyLife = 10 * time.Minute

// issueImplicit answers with an access token at once (RFC 6749 §4.2.2).
func (p *Provider) issueImplicit(f *flow) (params, *Error) {
	out, fail := p.issueUnderGrant(f)
	if fail != nil {
		return nil, fail
	}
	text, err := p.accessToken(f.ctx, f.client, out)
	if err != nil {
		return nil, unavailable(err, "sign access token")
	}
	p.record(f.r, Event{Kind: EventTokenIssued, Client: f.client.Identifier, ClientID: f.client.ID, UserID: out.row.UserID,
		GrantID: out.row.GrantID, GrantType: GrantImplicit, Scopes: out.row.Scopes})
	return params{{"access_token", text}, {"token_type", "Bearer"},
		{"expires_in", strconv.FormatInt(seconds(out.row.ExpiresAt.Sub(f.now)), 10)}, {"scope", out.row.Scopes.Codes()}}, nil
}

// issueUnderGrant inserts an access token that only the grant stands behind: there is
// nothing to refresh, so no authorization. A grant that is new goes in the same
// transaction.
func (p *Provider) issueUnderGrant(f *flow) (*issued, *Error) {
	s := f.session
	out := &issued{subject: s.Subject, signIn: signIn{s.AuthTime, s.AMR, s.ACR}}
	err := p.insert(f.ctx, func(id int64) error {
		out.access = f.client.newAccess(id)
		out.row = &Token{ID: id, Hash: out.access.hash(), GrantID: f.grantID, UserID: s.UserID, ClientID: f.client.ID,
			Scopes: f.granted, Resources: f.resources, ExpiresAt: f.now.Add(min(f.client.lifetimes().Access, legacyLife))}
		return p.Storage.Write(f.ctx, func(tx Tx) error {
			if f.grant != nil {
				g := *f.grant
				if err := tx.SaveGrant(f.ctx, &g); err != nil {
					return err
				}
				out.row.GrantID = g.ID
			}
			return tx.InsertToken(f.ctx, out.row)
		})
	})
	if err != nil {
		return nil, unavailable(err, "insert token")
	}
	p.granted(f, out.row.GrantID, 0)
	return out, nil
}
