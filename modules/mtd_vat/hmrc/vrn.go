package hmrc

import (
	"net"
	"net/url"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
)

// VRN is a VAT registration number as the API takes it: nine digits, without GB.
type VRN string

// ParseVRN reads a VAT number as a company writes it, "GB 123 4567 89" for one.
func ParseVRN(s string) (VRN, error) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '.' || r == '-' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(s)))
	digits = strings.TrimPrefix(digits, "GB")
	if len(digits) != 9 || strings.Trim(digits, "0123456789") != "" {
		return "", fault.New(fault.Invalid, "A UK VAT registration number has nine digits.").Keyed("mtd_vat.vrn.invalid", nil)
	}
	return VRN(digits), nil
}

// Printed is the number as people know it, "GB 123 4567 89".
func (v VRN) Printed() string {
	if len(v) != 9 {
		return string(v)
	}
	return "GB " + string(v[:3]) + " " + string(v[3:7]) + " " + string(v[7:])
}

// The scopes of the API. Only submitting a return needs ScopeWrite.
const (
	ScopeRead  = "read:vat"
	ScopeWrite = "write:vat"
)

// Accept is the media type that every call asks for; HMRC answers 406 to any other.
const Accept = "application/vnd.hmrc.1.0+json"

// ScenarioHeader chooses an answer of the sandbox. Production has no such header.
const ScenarioHeader = "Gov-Test-Scenario"

// The path templates of the endpoints, below the API's base URL. {vrn} is a VRN,
// {periodKey} a PeriodKey escaped, {charge} the reference of a penalty's charge.
const (
	PathObligations      = "/organisations/vat/{vrn}/obligations"
	PathReturns          = "/organisations/vat/{vrn}/returns"
	PathReturn           = "/organisations/vat/{vrn}/returns/{periodKey}"
	PathLiabilities      = "/organisations/vat/{vrn}/liabilities"
	PathPayments         = "/organisations/vat/{vrn}/payments"
	PathPenalties        = "/organisations/vat/{vrn}/penalties"
	PathFinancialDetails = "/organisations/vat/{vrn}/financial-details/{charge}"
	PathCreateTestUser   = "/create-test-user/organisations"
	PathValidateHeaders  = "/test/fraud-prevention-headers/validate"
)

// Hosts are where an environment is. Authorize is on another host than the API and the
// token endpoint, whatever the published OpenAPI file says.
type Hosts struct {
	API       string // base of PathObligations and the others
	Authorize string
	Token     string // code, refresh and client credentials alike
	// Manage is where a person withdraws what he has granted: there is no revocation endpoint.
	Manage string
	// SignOut ends the person's own session at HMRC, so that another account can be used.
	SignOut string
}

// Production and Sandbox are HMRC's two environments.
var (
	Production = Hosts{
		API:       "https://api.service.hmrc.gov.uk",
		Authorize: "https://www.tax.service.gov.uk/oauth/authorize",
		Token:     "https://api.service.hmrc.gov.uk/oauth/token",
		Manage:    "https://www.tax.service.gov.uk/applications-manage-authority/applications",
		SignOut:   "https://www.tax.service.gov.uk/gg/sign-out",
	}
	Sandbox = Hosts{
		API:       "https://test-api.service.hmrc.gov.uk",
		Authorize: "https://test-www.tax.service.gov.uk/oauth/authorize",
		Token:     "https://test-api.service.hmrc.gov.uk/oauth/token",
		Manage:    "https://test-www.tax.service.gov.uk/applications-manage-authority/applications",
		SignOut:   "https://test-www.tax.service.gov.uk/gg/sign-out",
	}
)

// CheckRedirectURI says why HMRC would refuse to register a redirect URI: it takes https
// with a name, and http for localhost only; neither an IP address nor a fragment.
func CheckRedirectURI(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || u.Fragment != "" || strings.Contains(uri, "#") || u.User != nil {
		return fault.New(fault.Invalid, "HMRC takes a full address without a fragment, such as https://erp.example.com/oauth2/callback.").
			Keyed("mtd_vat.redirect.invalid", nil)
	}
	switch {
	case net.ParseIP(u.Hostname()) != nil:
		return fault.New(fault.Invalid, "HMRC takes no IP address: start the server with --base-url http://localhost:8069, or with its name.").
			Keyed("mtd_vat.redirect.address", nil)
	case u.Scheme == "https", u.Scheme == "http" && u.Hostname() == "localhost":
		return nil
	}
	return fault.New(fault.Invalid, "HMRC takes https; http only for localhost.").Keyed("mtd_vat.redirect.scheme", nil)
}
