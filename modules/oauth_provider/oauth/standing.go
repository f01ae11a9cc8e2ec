package oauth

import "time"

// alive reports whether something issued at a moment is still backed by its user, client
// and grant.
func (s *Standing) alive(issuedAt time.Time) bool {
	return s.ClientActive && s.UserActive && !s.Withdrawn && !s.Revoked && !issuedAt.Before(s.NotBefore)
}

// effective narrows what was issued to what the grant gives now.
func (s *Standing) effective(issued Scopes, grantID int64) Scopes {
	if grantID == 0 {
		return issued
	}
	return issued.within(s.Granted)
}
