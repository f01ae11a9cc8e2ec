package hmrc

import (
	"fmt"
	"slices"
)

// ScenarioGroup are the answers that the sandbox gives on demand at one endpoint, by
// [ScenarioHeader].
type ScenarioGroup struct {
	Path  string // template of the endpoint
	Names []string
}

// Scenarios are all that HMRC describes for the endpoints we call.
func Scenarios() []ScenarioGroup {
	obligations := []string{"QUARTERLY_NONE_MET", "QUARTERLY_ONE_MET", "QUARTERLY_TWO_MET", "QUARTERLY_THREE_MET", "QUARTERLY_FOUR_MET",
		"MONTHLY_NONE_MET", "MONTHLY_ONE_MET", "MONTHLY_TWO_MET", "MONTHLY_THREE_MET"}
	for month := 1; month <= 12; month++ {
		obligations = append(obligations, fmt.Sprintf("MONTHLY_OBS_%02d_OPEN", month))
	}
	obligations = append(obligations, "MONTHLY_OBS_12_FULFILLED")
	for quarter := 1; quarter <= 4; quarter++ {
		obligations = append(obligations, fmt.Sprintf("QUARTERLY_OBS_%02d_OPEN", quarter))
	}
	return []ScenarioGroup{
		{PathObligations, append(obligations, "QUARTERLY_OBS_04_FULFILLED", "MULTIPLE_OPEN_MONTHLY", "MULTIPLE_OPEN_QUARTERLY", "OBS_SPANS_MULTIPLE_YEARS", "INSOLVENT_TRADER", "NOT_FOUND")},
		{PathReturns, []string{"INVALID_VRN", "INVALID_PERIODKEY", "INVALID_PAYLOAD", "DUPLICATE_SUBMISSION", "TAX_PERIOD_NOT_ENDED", "INSOLVENT_TRADER"}},
		{PathReturn, []string{"DATE_RANGE_TOO_LARGE", "INSOLVENT_TRADER"}},
		{PathLiabilities, []string{"SINGLE_LIABILITY", "MULTIPLE_LIABILITIES", "SINGLE_LIABILITY_2018_19", "MULTIPLE_LIABILITIES_2018_19", "INSOLVENT_TRADER"}},
		{PathPayments, []string{"SINGLE_PAYMENT", "MULTIPLE_PAYMENTS", "SINGLE_PAYMENT_2018_19", "MULTIPLE_PAYMENTS_2018_19", "INSOLVENT_TRADER"}},
		{PathPenalties, []string{"DEFAULT", "NO_PENALTIES", "LATE_SUBMISSION", "LATE_PAYMENT", "MULTIPLE_PENALTIES", "MULTIPLE_LATE_PAYMENT_PENALTIES",
			"MULTIPLE_LATE_SUBMISSION_PENALTIES", "MULTIPLE_INACTIVE_LATE_SUBMISSION_PENALTIES", "THRESHOLD_LATE_SUBMISSION_PENALTIES", "CHARGE_LATE_SUBMISSION_PENALTIES"}},
		{PathFinancialDetails, []string{"DEFAULT"}},
	}
}

// KnowsScenario reports whether an endpoint of the sandbox has an answer of that name. The
// details of a charge belong to the penalties that it came with.
func KnowsScenario(path, name string) bool {
	return slices.ContainsFunc(Scenarios(), func(g ScenarioGroup) bool {
		return (g.Path == path || g.Path == PathPenalties && path == PathFinancialDetails) && slices.Contains(g.Names, name)
	})
}

// IsScenario reports whether any endpoint has an answer of that name.
func IsScenario(name string) bool {
	return slices.ContainsFunc(Scenarios(), func(g ScenarioGroup) bool { return slices.Contains(g.Names, name) })
}
