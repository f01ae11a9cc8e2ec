// Package oauth is the protocol engine of the provider: OAuth 2.0 (RFC 6749, 9700)
// and OpenID Connect Core as an http.Handler over a Storage and a Host.
//
// It knows protocol, not the house: rows are behind Storage, people and pages behind
// Host, time is a function handed in. A request walks like this:
//
//  1. authorize: the ordered checks of authorize.go, each in a file of its own. Errors
//     before the redirect URI is trusted are pages, later ones go to the client.
//  2. Somebody who is not signed in leaves with the request sealed into the link that
//     brings him back; nothing is stored (see seal.go).
//  3. Consent is a page with a one-time handle. Its POST walks the same checks again.
//  4. The one row an Authorization needs is inserted and its code sent to the client.
//  5. token: authenticate the client, then one transaction that spends the code, keeps
//     the hash of the refresh token in the same row and inserts the access token.
//     Access tokens are opaque or, per client, JWTs around the same row.
//  6. Resource requests read the access token by primary key, together with the
//     standing of its user, client and grant, so that a revocation holds at once.
//
// Implicit and password, for clients that have an end date, issue an access token under
// the grant alone: no authorization, nothing to refresh.
package oauth
