package hmrcsim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// submitScenarios are refusals that the sandbox gives on demand.
var submitScenarios = map[string]answer{
	"INVALID_VRN":          flat(http.StatusBadRequest, "VRN_INVALID", "The provided VRN is invalid"),
	"INVALID_PERIODKEY":    flat(http.StatusBadRequest, "PERIOD_KEY_INVALID", "Invalid period key"),
	"INVALID_PAYLOAD":      flat(http.StatusBadRequest, "INVALID_REQUEST", "Invalid request"),
	"DUPLICATE_SUBMISSION": submittedAlready,
	"TAX_PERIOD_NOT_ENDED": periodNotEnded,
}

var (
	submittedAlready = nested(http.StatusForbidden, "BUSINESS_ERROR", "Business validation error",
		detail{Code: "DUPLICATE_SUBMISSION", Message: "The VAT return was already submitted for the given period."})
	periodNotEnded = flat(http.StatusForbidden, "TAX_PERIOD_NOT_ENDED",
		"The remote endpoint has indicated that the submission is for a tax period that has not ended")
	unknownPeriod = nested(http.StatusBadRequest, "INVALID_REQUEST", "Invalid request",
		detail{Code: "PERIOD_KEY_INVALID", Message: "Invalid period key", Path: "/periodKey"})
)

// submit answers POST returns: validation in tiers, then whether the period may be
// filed, then the receipt.
func (s *Sim) submit(c *call) answer {
	body, err := io.ReadAll(c.Body)
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return flat(http.StatusRequestEntityTooLarge, "INVALID_REQUEST", "Invalid request")
	}
	if err != nil {
		return flat(http.StatusBadRequest, "INVALID_REQUEST", "Invalid request")
	}
	sent, bad := checkReturn(body)
	if bad != nil {
		return *bad
	}
	if refusal, found := submitScenarios[c.scenario]; found {
		return refusal
	}
	p, known := c.account.period(sent.Key, c.now)
	switch {
	case !known && !s.options.AnyPeriod:
		return unknownPeriod
	case c.account.filing(period{Key: sent.Key, Start: c.now, End: c.now}) != nil, known && c.account.filing(p) != nil:
		return submittedAlready
	case known && !today(c.now).After(p.End):
		return periodNotEnded
	}
	f := s.receive(c, sent)
	return answer{status: http.StatusCreated, body: f.Receipt, header: f.Headers}
}

// receive files a return and makes its receipt.
func (s *Sim) receive(c *call, sent submission) *filed {
	f := &filed{Key: sent.Key, Boxes: sent.Boxes, Received: c.now}
	f.Receipt = receipt{
		ProcessingDate:   c.now.Format("2006-01-02T15:04:05.000Z"),
		FormBundleNumber: s.digits("bundle", 12),
	}
	switch due := f.balance().Sign(); {
	case due > 0:
		f.Receipt.ChargeRefNumber = "XV" + s.digits("charge", 12)
		if c.account.DirectDebit {
			f.Receipt.PaymentIndicator = "DD"
		}
	case due < 0 && c.account.BankDetails:
		f.Receipt.PaymentIndicator = "BANK"
	}
	f.Headers = map[string]string{
		"Receipt-ID":        s.uuid("receipt"),
		"Receipt-Timestamp": c.now.Format(time.RFC3339),
		"Receipt-Signature": "This has been deprecated - DO NOT USE",
	}
	c.account.Filed = append(c.account.Filed, f)
	return f
}

// viewed is a return as it is shown: without the declaration.
type viewed filed

// MarshalJSON writes the figures as numbers under the names of their boxes.
func (v *viewed) MarshalJSON() ([]byte, error) {
	out := map[string]any{"periodKey": v.Key}
	for i, f := range fields {
		out[f.name] = json.Number(v.Boxes[i].String())
	}
	return json.Marshal(out)
}

// view answers GET returns/{periodKey}. A return that is not there is a 404 without a body.
func (s *Sim) view(c *call) answer {
	key := c.PathValue("periodKey")
	if !periodKeyForm.MatchString(key) {
		return flat(http.StatusBadRequest, "PERIOD_KEY_INVALID", "Invalid period key")
	}
	if c.scenario == "DATE_RANGE_TOO_LARGE" {
		return flat(http.StatusForbidden, "DATE_RANGE_TOO_LARGE", "The date of the requested return cannot be further than four years from the current date")
	}
	p, known := c.account.period(key, c.now)
	if !known {
		p = period{Key: key, Start: c.now, End: c.now}
	}
	if known && p.End.Before(c.now.AddDate(-4, 0, 0)) {
		return flat(http.StatusForbidden, "DATE_RANGE_TOO_LARGE", "The date of the requested return cannot be further than four years from the current date")
	}
	f := c.account.filing(p)
	if f == nil || c.now.Before(f.Received.Add(s.lagOf(f))) {
		return bare(http.StatusNotFound)
	}
	return ok((*viewed)(f))
}

// Returns are the period keys that a business has filed with the stand-in, in order.
func (s *Sim) Returns(vrn string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	if a := s.state.Accounts[vrn]; a != nil {
		for _, f := range a.Filed {
			out = append(out, f.Key)
		}
	}
	return out
}
