// Package hmrcsim stands in for HMRC: the sign-in of the Government Gateway, the grant
// page, the token endpoint, the VAT (MTD) API 1.0 with its test scenarios, and the
// sandbox's tools, as one http.Handler. --demo starts it, so does the command hmrc-sim,
// and so do tests.
//
// It is written from HMRC's published guides and descriptions and shares no code with
// the client in modules/mtd_vat: each checks the other. What it knows is in memory. With
// the same Options.Now and Options.Seed it gives the same answers.
//
// A request walks like this:
//
//  1. routes.go finds the endpoint; it is counted, and an injected [Fault] takes part.
//  2. Pages (authorize.go, gateway.go, grant.go, manage.go, control.go) are HTML without
//     script. Wrong clients, redirect URIs and scopes end as JSON in the browser.
//  3. /oauth/token (token.go, token_refresh.go) gives and renews tokens.
//  4. API calls pass gate.go: token, kind of token, scope, rate, Accept, VRN, enrolment;
//     their fraud prevention headers are checked and the findings kept.
//  5. One file an endpoint answers from the business's account (account.go), or from the
//     Gov-Test-Scenario asked for (scenario.go).
package hmrcsim
