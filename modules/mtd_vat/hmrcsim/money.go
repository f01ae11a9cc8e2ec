package hmrcsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/shopspring/decimal"
)

// number is an amount on the wire, in pounds.
func number(v decimal.Decimal) json.Number { return json.Number(v.String()) }

// span is a period of days.
type span struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// liability is something to pay.
type liability struct {
	TaxPeriod   span        `json:"taxPeriod"`
	Type        string      `json:"type"`
	Original    json.Number `json:"originalAmount"`
	Outstanding json.Number `json:"outstandingAmount"`
	Due         string      `json:"due"`
}

// payment is money that came in.
type payment struct {
	Amount   json.Number `json:"amount"`
	Received string      `json:"received"`
}

// debit is the type of a liability that a return has made.
const debit = "VAT Return Debit Charge"

var liabilityScenarios = map[string][]liability{
	"SINGLE_LIABILITY":             {owed("2017-01-01", "2017-02-01", "463.87", "463.87", "2017-03-08")},
	"MULTIPLE_LIABILITIES":         {owed("2017-03-01", "2017-05-31", "15.25", "0", "2017-07-07"), owed("2017-06-01", "2017-08-31", "8493.38", "7493.38", "2017-10-07"), owed("2017-09-01", "2017-11-30", "3000", "3000", "2018-01-07")},
	"SINGLE_LIABILITY_2018_19":     {owed("2018-01-01", "2018-02-01", "463.87", "463.87", "2018-03-08")},
	"MULTIPLE_LIABILITIES_2018_19": {owed("2018-03-01", "2018-05-31", "15.25", "0", "2018-07-07"), owed("2018-06-01", "2018-08-31", "8493.38", "7493.38", "2018-10-07"), owed("2018-09-01", "2018-11-30", "3000", "3000", "2019-01-07")},
}

func owed(from, to, original, outstanding, due string) liability {
	return liability{span{from, to}, debit, json.Number(original), json.Number(outstanding), due}
}

var paymentScenarios = map[string][]payment{
	"SINGLE_PAYMENT":            {{"1534.65", "2017-01-15"}},
	"MULTIPLE_PAYMENTS":         {{"5", "2017-03-01"}, {"50", "2017-06-12"}, {"1000", "2017-10-31"}},
	"SINGLE_PAYMENT_2018_19":    {{"1534.65", "2018-01-15"}},
	"MULTIPLE_PAYMENTS_2018_19": {{"5", "2018-03-01"}, {"50", "2018-06-12"}, {"1000", "2018-10-31"}},
}

// liabilities answers GET liabilities: those of periods that end within the dates.
func (s *Sim) liabilities(c *call) answer {
	all, found := liabilityScenarios[c.scenario]
	from, to, bad := moneyDates(c.URL.Query(), c.now, found)
	if bad != nil {
		return *bad
	}
	if !found {
		all, _ = s.settle(c)
	}
	out := []liability{}
	for _, l := range all {
		if l.TaxPeriod.To >= from && l.TaxPeriod.To <= to {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return flat(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found")
	}
	return ok(struct {
		Liabilities []liability `json:"liabilities"`
	}{out})
}

// payments answers GET payments: those that came in within the dates.
func (s *Sim) payments(c *call) answer {
	all, found := paymentScenarios[c.scenario]
	from, to, bad := moneyDates(c.URL.Query(), c.now, found)
	if bad != nil {
		return *bad
	}
	if !found {
		_, all = s.settle(c)
	}
	out := []payment{}
	for _, p := range all {
		if p.Received >= from && p.Received <= to {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return flat(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found")
	}
	return ok(struct {
		Payments []payment `json:"payments"`
	}{out})
}

// settle works out what the filed returns made due and what was paid: those from before
// are paid on the day they were due, those filed here when HMRC collects by direct debit.
func (s *Sim) settle(c *call) ([]liability, []payment) {
	var owes []liability
	var paid []payment
	for _, p := range c.account.periods(c.account.Registered, c.now) {
		f := c.account.filing(p)
		if f == nil || f.balance().Sign() <= 0 {
			continue
		}
		l := liability{span{day(p.Start), day(p.End)}, debit, number(f.balance()), number(f.balance()), day(p.Due)}
		if !c.now.Before(p.Due) && (f.Headers == nil || c.account.DirectDebit) {
			l.Outstanding = "0"
			paid = append(paid, payment{l.Original, l.Due})
		}
		owes = append(owes, l)
	}
	return owes, paid
}

// earliest is the first day that may be asked for, except in scenarios.
const earliest = "2017-12-01"

// moneyDates reads from and to: both are needed, at most 365 days apart, none in the future.
func moneyDates(q url.Values, now time.Time, scenario bool) (from, to string, bad *answer) {
	refused := func(code, message string) (string, string, *answer) {
		a := flat(http.StatusBadRequest, code, message)
		return "", "", &a
	}
	first, err := time.Parse(time.DateOnly, q.Get("from"))
	if err != nil || !scenario && day(first) < earliest {
		return refused("DATE_FROM_INVALID", "The provided from date is invalid")
	}
	last, err := time.Parse(time.DateOnly, q.Get("to"))
	if err != nil || last.After(now) {
		return refused("DATE_TO_INVALID", "The provided to date is invalid")
	}
	if last.Before(first) || last.Sub(first) > 365*24*time.Hour {
		return refused("DATE_RANGE_INVALID", "Invalid date range, must be 365 days or less")
	}
	return day(first), day(last), nil
}
