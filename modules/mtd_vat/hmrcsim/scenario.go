package hmrcsim

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// met are the scenarios that name how many periods of 2017 are fulfilled.
var met = map[string]int{"NONE_MET": 0, "ONE_MET": 1, "TWO_MET": 2, "THREE_MET": 3, "FOUR_MET": 4}

var openScenario = regexp.MustCompile(`^OBS_([0-9]{2})_OPEN$`)

// scenarioObligations are what the sandbox answers to a Gov-Test-Scenario, wherever its
// account stands. It reports false for scenarios that it does not have.
func scenarioObligations(name string) ([]obligation, bool) {
	switch name {
	case "NOT_FOUND":
		return nil, true
	case "MULTIPLE_OPEN_MONTHLY":
		return year(2018, Months, 4, 6), true
	case "MULTIPLE_OPEN_QUARTERLY":
		return year(2018, MarchQuarters, 1, 3), true
	case "OBS_SPANS_MULTIPLE_YEARS":
		return []obligation{obligationOf(Business{Stagger: JanuaryQuarters}.periodEnding(2019, time.January), time.Time{})}, true
	}
	rhythm, rest, _ := strings.Cut(name, "_")
	stagger, known := map[string]Stagger{"MONTHLY": Months, "QUARTERLY": MarchQuarters}[rhythm]
	if !known {
		return nil, false
	}
	most := len(year(2018, stagger, 0, 12))
	if n, found := met[rest]; found {
		return year(2017, stagger, n, max(2, n+1)), true
	}
	if rest == "OBS_"+map[Stagger]string{Months: "12", MarchQuarters: "04"}[stagger]+"_FULFILLED" {
		return year(2018, stagger, most, most), true
	}
	if m := openScenario.FindStringSubmatch(rest); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n >= 1 && n <= most {
			return year(2018, stagger, n-1, n), true
		}
	}
	return nil, false
}

// year are the first periods of a year, as many as shown, the first of them fulfilled a
// day before they were due.
func year(y int, g Stagger, fulfilled, shown int) []obligation {
	var out []obligation
	for i, p := range (Business{Stagger: g}).periods(date(y, 1, 1), date(y, 12, 31)) {
		if i >= shown {
			break
		}
		var received time.Time
		if i < fulfilled {
			received = p.Due.AddDate(0, 0, -1)
		}
		out = append(out, obligationOf(p, received))
	}
	return out
}
