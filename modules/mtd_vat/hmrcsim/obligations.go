package hmrcsim

import (
	"net/http"
	"time"
)

// obligation is a period as the API shows it.
type obligation struct {
	Start    string `json:"start"`
	End      string `json:"end"`
	Due      string `json:"due"`
	Status   string `json:"status"`
	Key      string `json:"periodKey"`
	Received string `json:"received,omitempty"`
}

const (
	isOpen    = "O"
	fulfilled = "F"
)

// obligationOf shows a period, filed (received is not zero) or open.
func obligationOf(p period, received time.Time) obligation {
	o := obligation{Start: day(p.Start), End: day(p.End), Due: day(p.Due), Status: isOpen, Key: p.Key}
	if !received.IsZero() {
		o.Status, o.Received = fulfilled, day(received)
	}
	return o
}

// obligations answers GET obligations. Dates may be left out only when asking for open
// ones; a period is within them when its end is.
func (s *Sim) obligations(c *call) answer {
	q := c.URL.Query()
	status := q.Get("status")
	if status != "" && status != isOpen && status != fulfilled {
		return flat(http.StatusBadRequest, "INVALID_STATUS", "The provided data is failed validation, invalid status")
	}
	var from, to time.Time
	if q.Has("from") || q.Has("to") || status != isOpen {
		var bad *answer
		if from, to, bad = obligationDates(q.Get("from"), q.Get("to")); bad != nil {
			return *bad
		}
	}
	all, found := scenarioObligations(c.scenario)
	if !found {
		all = s.ownObligations(c)
	}
	out := []obligation{}
	for _, o := range all {
		if (status == "" || o.Status == status) && (from.IsZero() || o.End >= day(from) && o.End <= day(to)) {
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return flat(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found")
	}
	return ok(struct {
		Obligations []obligation `json:"obligations"`
	}{out})
}

// obligationDates reads from and to. The oldest part of the service binds them, and
// answers in its own shape when the range is missing or too long.
func obligationDates(first, last string) (from, to time.Time, bad *answer) {
	refused := func(a answer) (time.Time, time.Time, *answer) { return time.Time{}, time.Time{}, &a }
	if first == "" || last == "" {
		return refused(legacy(http.StatusBadRequest, "MISSING_DATE_RANGE"))
	}
	from, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return refused(flat(http.StatusBadRequest, "INVALID_DATE_FROM", "The provided from date is invalid"))
	}
	to, err = time.Parse(time.DateOnly, last)
	if err != nil {
		return refused(flat(http.StatusBadRequest, "INVALID_DATE_TO", "The provided to date is invalid"))
	}
	if to.Before(from) || to.Sub(from) > 366*24*time.Hour {
		return refused(legacy(http.StatusBadRequest, "INVALID_DATE_RANGE"))
	}
	return from, to, nil
}

// ownObligations are those of the business: every period from its registration to the
// current one. What was filed here shows after the lag.
func (s *Sim) ownObligations(c *call) []obligation {
	var out []obligation
	for _, p := range c.account.periods(c.account.Registered, c.now.AddDate(0, 3, 0)) {
		if p.Start.After(c.now) {
			break
		}
		var received time.Time
		if f := c.account.filing(p); f != nil && !c.now.Before(f.Received.Add(s.lagOf(f))) {
			received = f.Received
		}
		out = append(out, obligationOf(p, received))
	}
	return out
}

// lagOf is how long a return takes to show: nothing for those from before.
func (s *Sim) lagOf(f *filed) time.Duration {
	if f.Headers == nil {
		return 0
	}
	return s.state.Lag
}
