package hmrcsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Call is a request to the VAT API, as it is kept for tests and the control page.
type Call struct {
	At          time.Time
	Endpoint    string
	Method      string
	Path        string // escaped, as it was sent
	Query       string
	Status      int
	Correlation string
	ClientID    string // of the token, "" when it was refused
	UserID      string
	VRN         string
	Scenario    string
	Headers     map[string]string // those that begin with Gov-
	Report      HeaderReport
}

// maxCalls bounds what is kept.
const maxCalls = 500

// note keeps a call. HMRC answers calls without headers all the same; it writes to those
// who send them.
func (s *Sim) note(c *call, endpoint string, status int, correlation string) {
	headers := map[string]string{}
	for name, values := range c.Header {
		if strings.HasPrefix(name, "Gov-") {
			headers[name] = strings.Join(values, ", ")
		}
	}
	if len(s.calls) >= maxCalls {
		s.calls = slices.Delete(s.calls, 0, 1)
	}
	s.calls = append(s.calls, Call{
		At: c.now, Endpoint: endpoint, Method: c.Method, Path: c.URL.EscapedPath(), Query: c.URL.RawQuery, Status: status, Correlation: correlation,
		ClientID: c.app.ClientID, UserID: c.user.UserID, VRN: c.PathValue("vrn"), Scenario: c.scenario,
		Headers: headers, Report: checkHeaders(c.Header, s.options.Loopback),
	})
}

// Calls are the latest requests to the VAT API, oldest first.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// validateHeaders answers GET test/fraud-prevention-headers/validate about the headers of
// the very request.
func (s *Sim) validateHeaders(c *call) answer { return ok(checkHeaders(c.Header, s.options.Loopback)) }

// headerFeedback answers what the headers of the application's latest calls were like.
func (s *Sim) headerFeedback(c *call) answer {
	if c.PathValue("api") != "vat-mtd" {
		return flat(http.StatusNotFound, "MATCHING_RESOURCE_NOT_FOUND", "A resource with the name in the request cannot be found in the API")
	}
	if m := c.URL.Query().Get("connectionMethod"); m != "" && m != connectionMethod {
		return flat(http.StatusBadRequest, "INVALID_CONNECTION_METHOD", "The provided connection method is invalid")
	}
	type header struct {
		Name     string   `json:"header"`
		Value    string   `json:"value"`
		Code     string   `json:"code"`
		Errors   []string `json:"errors,omitempty"`
		Warnings []string `json:"warnings,omitempty"`
	}
	type request struct {
		Path    string   `json:"path"`
		Method  string   `json:"method"`
		At      string   `json:"requestTimestamp"`
		Code    string   `json:"code"`
		Headers []header `json:"headers"`
	}
	requests := []request{}
	for _, made := range s.calls {
		if made.ClientID != c.app.ClientID {
			continue
		}
		r := request{Path: made.Path, Method: made.Method, At: made.At.Format("2006-01-02T15:04:05.000Z"), Code: made.Report.Code}
		for _, of := range requiredHeaders {
			name := strings.ToLower(of.name)
			h := header{Name: name, Value: made.Headers[http.CanonicalHeaderKey(of.name)], Code: "VALID_HEADER",
				Errors: about(name, made.Report.Errors), Warnings: about(name, made.Report.Warnings)}
			if found := slices.Concat(h.Errors, h.Warnings); len(found) > 0 {
				h.Code = found[0]
			}
			r.Headers = append(r.Headers, h)
		}
		requests = append(requests, r)
	}
	return ok(map[string]any{"requests": requests})
}

// about are the codes of the findings on a header.
func about(header string, findings []Finding) []string {
	var out []string
	for _, f := range findings {
		if slices.Contains(f.Headers, header) {
			out = append(out, f.Code)
		}
	}
	return out
}

// LackingHeaders counts, over the calls that are kept, how often each header was missing.
func (s *Sim) LackingHeaders() map[string]int {
	out := map[string]int{}
	for _, c := range s.Calls() {
		for _, f := range slices.Concat(c.Report.Errors, c.Report.Warnings) {
			if f.Code == MissingHeader {
				for _, h := range f.Headers {
					out[h]++
				}
			}
		}
	}
	return maps.Clone(out)
}
