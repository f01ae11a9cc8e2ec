package mtdvat

import (
	"net/http"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

type obligationsQuery struct {
	VRN    string `path:"vrn" json:"-"`
	From   string `query:"from" json:"-"`
	To     string `query:"to" json:"-"`
	Status string `query:"status" json:"-"`
}

// submission is a return on its way: the body is HMRC's.
type submission struct {
	VRN string `path:"vrn" json:"-"`
	hmrc.Return
}

type returnQuery struct {
	VRN    string         `path:"vrn" json:"-"`
	Period hmrc.PeriodKey `path:"periodKey" json:"-"`
}

// datedQuery asks about the days from From to To, both included.
type datedQuery struct {
	VRN  string `path:"vrn" json:"-"`
	From string `query:"from" json:"-"`
	To   string `query:"to" json:"-"`
}

type vrnQuery struct {
	VRN string `path:"vrn" json:"-"`
}

type chargeQuery struct {
	VRN    string `path:"vrn" json:"-"`
	Charge string `path:"charge" json:"-"`
}

// testUserServices are what a test organisation is enrolled for.
type testUserServices struct {
	Services []string `json:"serviceNames"`
}

// submitted is HMRC's answer to a submission. One that is no receipt cannot be read, so
// that the outcome counts as unknown.
type submitted struct {
	hmrc.Receipt
	body []byte
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *submitted) UnmarshalJSON(body []byte) error {
	s.body = append([]byte(nil), body...)
	var err error
	s.Receipt, err = hmrc.ParseReceipt(http.Header{}, s.body)
	return err
}

// ReadHeader takes the parts of the receipt that stand in the header.
func (s *submitted) ReadHeader(h http.Header) {
	if full, err := hmrc.ParseReceipt(h, s.body); err == nil {
		s.Receipt = full
		return
	}
	s.ReceiptID, s.CorrelationID = h.Get("Receipt-ID"), hmrc.CorrelationID(h)
}

var (
	readScope  = []string{hmrc.ScopeRead}
	writeScope = []string{hmrc.ScopeRead, hmrc.ScopeWrite}
)

// The calls to HMRC's VAT API.
var (
	obligations = oauthconsumer.Endpoint[obligationsQuery, hmrc.Obligations]{Name: "mtd_vat.obligations", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathObligations, Scopes: readScope, Accept: hmrc.Accept}
	probeObligations = oauthconsumer.Endpoint[obligationsQuery, hmrc.Obligations]{Name: "mtd_vat.probe", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathObligations, Scopes: readScope, Accept: hmrc.Accept, Probe: true}
	submit = oauthconsumer.Endpoint[submission, submitted]{Name: "mtd_vat.submit", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodPost, Path: hmrc.PathReturns, Scopes: writeScope, Accept: hmrc.Accept, Effect: oauthconsumer.Unsafe,
		Once: func(s submission) string { return s.VRN + "/" + string(s.Period) }}
	viewReturn = oauthconsumer.Endpoint[returnQuery, hmrc.Filed]{Name: "mtd_vat.return", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathReturn, Scopes: readScope, Accept: hmrc.Accept}
	liabilities = oauthconsumer.Endpoint[datedQuery, said[hmrc.Liabilities]]{Name: "mtd_vat.liabilities", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathLiabilities, Scopes: readScope, Accept: hmrc.Accept}
	payments = oauthconsumer.Endpoint[datedQuery, said[hmrc.Payments]]{Name: "mtd_vat.payments", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathPayments, Scopes: readScope, Accept: hmrc.Accept}
	penalties = oauthconsumer.Endpoint[vrnQuery, said[hmrc.Penalties]]{Name: "mtd_vat.penalties", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathPenalties, Scopes: readScope, Accept: hmrc.Accept}
	financialDetails = oauthconsumer.Endpoint[chargeQuery, said[hmrc.FinancialDetails]]{Name: "mtd_vat.charge", Provider: ProviderKey, User: oauthconsumer.Company,
		Method: http.MethodGet, Path: hmrc.PathFinancialDetails, Scopes: readScope, Accept: hmrc.Accept}

	// What the sandbox alone has, called by this application for itself.
	createTestUser = oauthconsumer.Endpoint[testUserServices, hmrc.TestUser]{Name: "mtd_vat.testuser", Provider: ProviderKey, User: oauthconsumer.Application,
		Method: http.MethodPost, Path: hmrc.PathCreateTestUser, Accept: hmrc.Accept}
	validateHeaders = oauthconsumer.Endpoint[struct{}, said[hmrc.HeaderReport]]{Name: "mtd_vat.headers", Provider: ProviderKey, User: oauthconsumer.Application,
		Method: http.MethodGet, Path: hmrc.PathValidateHeaders, Accept: hmrc.Accept,
		Header: func(env *record.Env, _ oauthconsumer.Call, _ struct{}, h http.Header) error { return tell(env, h) }}
)
