package hmrcsim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// penaltyAnswer is the body of GET penalties; empty without any.
type penaltyAnswer struct {
	Totals         *penaltyTotals    `json:"totalisations,omitempty"`
	LateSubmission *latePoints       `json:"lateSubmissionPenalty,omitempty"`
	LatePayment    *latePaymentsBody `json:"latePaymentPenalty,omitempty"`
}

type penaltyTotals struct {
	Submission json.Number `json:"lateSubmissionPenaltyTotalValue"`
	Principal  json.Number `json:"penalisedPrincipalTotal"`
	Posted     json.Number `json:"latePaymentPenaltyPostedTotal"`
	Estimate   json.Number `json:"latePaymentPenaltyEstimateTotal"`
}

type latePoints struct {
	Summary struct {
		Active     int    `json:"activePenaltyPoints"`
		Inactive   int    `json:"inactivePenaltyPoints"`
		Compliance string `json:"periodOfComplianceAchievement"`
		Threshold  int    `json:"regimeThreshold"`
		Charge     int    `json:"penaltyChargeAmount"`
	} `json:"summary"`
	Details []latePoint `json:"details"`
}

type latePoint struct {
	Number      string           `json:"penaltyNumber"`
	Order       string           `json:"penaltyOrder"`
	Category    string           `json:"penaltyCategory"`
	Status      string           `json:"penaltyStatus"`
	Created     string           `json:"penaltyCreationDate"`
	Expires     string           `json:"penaltyExpiryDate"`
	Reason      string           `json:"expiryReason,omitempty"`
	Sent        string           `json:"communicationsDate"`
	Late        []lateSubmission `json:"lateSubmissions"`
	Reference   string           `json:"chargeReference,omitempty"`
	Charge      int              `json:"chargeAmount,omitempty"`
	Outstanding int              `json:"chargeOutstandingAmount,omitempty"`
	ChargeDue   string           `json:"chargeDueDate,omitempty"`
}

type lateSubmission struct {
	ID       string `json:"lateSubmissionID"`
	Status   string `json:"taxReturnStatus"`
	Start    string `json:"taxPeriodStartDate"`
	End      string `json:"taxPeriodEndDate"`
	Due      string `json:"taxPeriodDueDate"`
	Received string `json:"returnReceiptDate,omitempty"`
}

type latePaymentsBody struct {
	Details []latePayment `json:"details"`
}

type latePayment struct {
	Principal   string `json:"principalChargeReference"`
	Category    string `json:"penaltyCategory"`
	Status      string `json:"penaltyStatus"`
	Accruing    int    `json:"penaltyAmountAccruing"`
	Posted      int    `json:"penaltyAmountPosted"`
	Paid        int    `json:"penaltyAmountPaid"`
	Outstanding int    `json:"penaltyAmountOutstanding"`
	Reference   string `json:"penaltyChargeReference,omitempty"`
	Due         string `json:"penaltyChargeDueDate,omitempty"`
	Document    string `json:"principalChargeDocNumber"`
	From        string `json:"principalChargeBillingFrom"`
	To          string `json:"principalChargeBillingTo"`
	ChargeDue   string `json:"principalChargeDueDate"`
}

// late is a return that came late or has not come: received is zero.
type late struct {
	period   period
	received time.Time
	inactive bool
}

const (
	// pointThreshold is how many points a business that files quarterly may gather before
	// each further late return costs pointCharge pounds.
	pointThreshold = 4
	pointCharge    = 200
)

// penaltyScenarios say how many returns were late, whether their points still count, and
// how many payments were.
var penaltyScenarios = map[string]struct {
	late     int
	inactive bool
	payments int
}{
	"DEFAULT":                                     {late: 2, payments: 2},
	"NO_PENALTIES":                                {},
	"LATE_SUBMISSION":                             {late: 1},
	"LATE_PAYMENT":                                {payments: 1},
	"MULTIPLE_PENALTIES":                          {late: 1, payments: 1},
	"MULTIPLE_LATE_PAYMENT_PENALTIES":             {payments: 2},
	"MULTIPLE_LATE_SUBMISSION_PENALTIES":          {late: 2},
	"MULTIPLE_INACTIVE_LATE_SUBMISSION_PENALTIES": {late: 2, inactive: true},
	"THRESHOLD_LATE_SUBMISSION_PENALTIES":         {late: pointThreshold},
	"CHARGE_LATE_SUBMISSION_PENALTIES":            {late: pointThreshold + 1},
}

// penalties answers GET penalties, of the last two years. The account's own are points
// for late returns; late payments there are in scenarios only, since nobody can pay here.
func (s *Sim) penalties(c *call) answer { return ok(s.penaltiesOf(c)) }

func (s *Sim) penaltiesOf(c *call) penaltyAnswer {
	of, found := penaltyScenarios[c.scenario]
	if !found {
		return assemble(c, s.lateReturns(c), 0)
	}
	var cases []late
	last := c.account.periods(c.now.AddDate(-2, 3, 0), c.now.AddDate(0, -3, 0))
	for _, p := range last[max(0, len(last)-of.late):] {
		cases = append(cases, late{period: p, received: p.Due.AddDate(0, 0, 9), inactive: of.inactive})
	}
	return assemble(c, cases, of.payments)
}

// lateReturns are those of the account in the last two years, received late or missing.
func (s *Sim) lateReturns(c *call) []late {
	var out []late
	for _, p := range c.account.periods(c.now.AddDate(-2, 0, 0), c.now) {
		if p.Start.Before(c.account.Registered) || !today(c.now).After(p.Due) {
			continue
		}
		f := c.account.filing(p)
		switch {
		case f == nil:
			out = append(out, late{period: p})
		case today(f.Received).After(p.Due):
			out = append(out, late{period: p, received: f.Received})
		}
	}
	return out
}

// reference makes the number of a charge, always the same for a period.
func (a *account) reference(kind string, p period) string {
	sum := sha256.Sum256([]byte(kind + a.VRN + p.Key))
	return kind + digitsOf(hex.EncodeToString(sum[:]), 12)
}

// assemble builds the answer from late returns and a number of late payments.
func assemble(c *call, cases []late, payments int) penaltyAnswer {
	var out penaltyAnswer
	charged := 0
	if len(cases) > 0 {
		out.LateSubmission = points(c, cases)
		charged = out.LateSubmission.Summary.Charge
	}
	if payments > 0 {
		out.LatePayment = &latePaymentsBody{Details: unpaid(c)[:min(payments, 2)]}
	}
	if len(cases)+payments > 0 {
		out.Totals = &penaltyTotals{Submission: json.Number(fmt.Sprint(charged)), Principal: "0", Posted: "0", Estimate: "0"}
		if payments > 0 {
			out.Totals.Principal, out.Totals.Posted = "10000", "400"
		}
		if payments > 1 {
			out.Totals.Estimate = "30"
		}
	}
	return out
}

// points counts late returns: the fourth makes a charge, and so does each one after it.
func points(c *call, cases []late) *latePoints {
	out := &latePoints{}
	out.Summary.Threshold, out.Summary.Compliance = pointThreshold, "9999-12-31"
	for i, l := range cases {
		d := latePoint{
			Number: fmt.Sprintf("%05d", i+1), Order: fmt.Sprint(i + 1), Category: "point", Status: "active",
			Created: day(l.period.Due.AddDate(0, 0, 1)), Expires: day(l.period.Due.AddDate(2, 1, 1)), Sent: day(l.period.Due.AddDate(0, 0, 4)),
			Late: []lateSubmission{{ID: fmt.Sprintf("%07d", 1054600+i), Status: "Open", Start: day(l.period.Start), End: day(l.period.End), Due: day(l.period.Due)}},
		}
		if !l.received.IsZero() {
			d.Late[0].Status, d.Late[0].Received = "Fulfilled", day(l.received)
		}
		if l.inactive {
			d.Status, d.Reason = "inactive", "expiry-conditions-met"
			out.Summary.Inactive++
			out.Details = append(out.Details, d)
			continue
		}
		if i >= pointThreshold-1 {
			d.Category = map[bool]string{true: "threshold", false: "charge"}[i == pointThreshold-1]
			d.Reference, d.Charge, d.Outstanding = c.account.reference("XS", l.period), pointCharge, pointCharge
			d.ChargeDue = day(l.period.Due.AddDate(0, 0, 30))
			out.Summary.Charge += pointCharge
		}
		out.Summary.Active = min(out.Summary.Active+1, pointThreshold)
		out.Summary.Compliance = day(l.period.Due.AddDate(1, 0, 0))
		out.Details = append(out.Details, d)
	}
	return out
}

// unpaid are a first and a second late payment penalty on the same return.
func unpaid(c *call) []latePayment {
	all := c.account.periods(c.now.AddDate(-1, 0, 0), c.now.AddDate(0, -3, 0))
	p := all[len(all)-1]
	first := latePayment{Principal: c.account.reference("XV", p), Category: "LPP1", Status: "posted", Posted: 400, Outstanding: 400,
		Reference: c.account.reference("XP", p), Due: day(p.Due.AddDate(0, 2, 0)),
		Document: "10023852", From: day(p.Start), To: day(p.End), ChargeDue: day(p.Due)}
	second := first
	second.Category, second.Status, second.Accruing, second.Posted, second.Outstanding = "LPP2", "accruing", 30, 0, 0
	second.Reference, second.Due = "", ""
	return []latePayment{first, second}
}

var chargeForm = regexp.MustCompile(`^[A-Za-z0-9]{1,16}$`)

// financialDetails answers GET financial-details: what became of a penalty's charge.
func (s *Sim) financialDetails(c *call) answer {
	reference := c.PathValue("charge")
	if !chargeForm.MatchString(reference) {
		return flat(http.StatusBadRequest, "CHARGE_REFERENCE_INVALID", "The provided chargeReference is invalid")
	}
	all := s.penaltiesOf(c)
	if all.LateSubmission != nil {
		for _, d := range all.LateSubmission.Details {
			if d.Reference == reference {
				return ok(charge("VAT Late Submission Penalty", d.Charge, d.Created, d.Late[0].Start, d.Late[0].End, d.ChargeDue, c.now))
			}
		}
	}
	if all.LatePayment != nil {
		for _, d := range all.LatePayment.Details {
			if d.Reference == reference {
				return ok(charge("VAT Late Payment Penalty", d.Posted, d.ChargeDue, d.From, d.To, d.Due, c.now))
			}
		}
	}
	return flat(http.StatusNotFound, "MATCHING_RESOURCE_NOT_FOUND", "Matching resource not found")
}

// charge is the body of GET financial-details of a charge that nobody has paid.
func charge(what string, pounds int, posted, from, to, due string, now time.Time) map[string]any {
	overdue, notYet := pounds, 0
	if due >= day(now) {
		overdue, notYet = 0, pounds
	}
	return map[string]any{
		"totalisations": map[string]any{"totalOverdue": overdue, "totalNotYetDue": notYet, "totalBalance": overdue, "totalCredit": 0, "totalCleared": 0},
		"documentDetails": []map[string]any{{
			"postingDate": posted, "issueDate": posted,
			"documentTotalAmount": pounds, "documentClearedAmount": 0, "documentOutstandingAmount": pounds,
			"lineItemDetails": []map[string]any{{
				"chargeDescription": what, "periodFromDate": from, "periodToDate": to, "netDueDate": due, "amount": pounds,
			}},
		}},
	}
}

// information answers GET information: since when the business is registered.
func (s *Sim) information(c *call) answer {
	customer := map[string]any{"effectiveRegistrationDate": day(c.account.Registered)}
	flatRate := map[string]any{"frsCategory": "001", "startDate": day(c.account.Registered)}
	body := map[string]any{"customerDetails": customer}
	switch c.scenario {
	case "CUSTOMER_INFO_NOT_FOUND":
		return flat(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found")
	case "DEFAULT":
		body["flatRateScheme"] = flatRate
	case "NO_EFFECTREGISTRATIONDATE":
		body = map[string]any{"flatRateScheme": flatRate}
	case "NO_EFFECTREGISTRATIONDATE_NO_FRS":
		body = map[string]any{}
	}
	return ok(body)
}
