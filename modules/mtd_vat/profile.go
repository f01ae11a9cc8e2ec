package mtdvat

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// ProviderKey is HMRC among the providers, and the key of its profile.
const ProviderKey = "hmrc"

// authority is how long HMRC lets a person's grant last, at the most.
const authority = 548 * 24 * time.Hour // 18 months

// profile knows what is special about HMRC.
func profile() oauthconsumer.Profile {
	return oauthconsumer.Profile{
		Key: ProviderKey, Name: "HMRC", Hue: "accounting",
		Groups:          []string{accounting.GroupManager},
		Header:          headers,
		Classify:        classify,
		Probe:           probe,
		RedirectProblem: redirectProblem,
		AccountKey:      "mtd_vat.leave.account", Account: "with the Government Gateway account of {{.Subject}}.",
		GrantsKey: "mtd_vat.leave.grants", Grants: "to let this software see and submit VAT returns, for up to 18 months.",
		Lasts:   authority,
		SignOut: signOut,
	}
}

// signOut ends a person's own session at HMRC; a stand-in has it below its API.
func signOut(_, baseURL string) string {
	for _, at := range []hmrc.Hosts{hmrc.Production, hmrc.Sandbox} {
		if baseURL == at.API {
			return at.SignOut
		}
	}
	return baseURL + "/gateway/sign-out"
}

func redirectProblem(u *url.URL) (key, english string) {
	var f *fault.Error
	if errors.As(hmrc.CheckRedirectURI(u.String()), &f) {
		return f.Key, f.Message
	}
	return "", ""
}

// classify reads HMRC's four shapes of errors.
func classify(r *oauthconsumer.Refusal) {
	e := hmrc.ParseError(r.Status, r.Header, r.Body)
	v := hmrc.Classify(hmrc.AtAPI, e)
	r.Code, r.Message = e.Code, e.Message
	r.Errors = append(r.Errors, oauthconsumer.Detail{Code: e.Code, Message: e.Message, Path: e.Path})
	for _, d := range e.More {
		r.Errors = append(r.Errors, oauthconsumer.Detail(d))
	}
	// HMRC looks at the token before anything else: with a 401 nothing was processed.
	r.Proof = r.Status == http.StatusUnauthorized
	r.Fault = v.Fault(e)
}

// verdictOf is what a refusal of HMRC means; false for any other error.
func verdictOf(err error) (hmrc.Verdict, *hmrc.Error, bool) {
	var refused *oauthconsumer.Refusal
	if !errors.As(err, &refused) {
		return hmrc.Verdict{}, nil, false
	}
	e := hmrc.ParseError(refused.Status, refused.Header, refused.Body)
	return hmrc.Classify(hmrc.AtAPI, e), e, true
}

// remedied reports whether HMRC refused for a reason with this remedy.
func remedied(err error, r hmrc.Remedy) bool {
	v, _, ok := verdictOf(err)
	return ok && v.Remedy == r
}

// probe asks for the company's obligations: HMRC answers only whoever may act for its VAT
// number.
func probe(env *record.Env, s oauthconsumer.Subject) error {
	if s.Kind != oauthconsumer.Company {
		return nil // the application itself acts for nobody
	}
	v, err := accounting.RegistrationOf(env, s.ID)
	if err != nil || v.VRN == "" {
		return err
	}
	_, err = probeObligations.Call(env, s, obligationsQuery{VRN: v.VRN, Status: hmrc.Open})
	switch {
	case remedied(err, hmrc.WrongAccount):
		vrn := hmrc.VRN(v.VRN).Printed()
		return oauthconsumer.NotTheirs(fault.New(fault.Conflict, "The account that signed in at HMRC cannot act for %s. Sign out at HMRC first, then use the account of that business.", vrn).
			Keyed("mtd_vat.account", map[string]any{"VRN": vrn}))
	case remedied(err, hmrc.NothingThere):
		return nil
	}
	return err
}
