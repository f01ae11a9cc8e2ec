package hmrc

import "github.com/tessera-erp/tessera/app/fault"

// Where says which conversation with HMRC failed: the same code means another thing in each.
type Where string

// The conversations.
const (
	AtCallback Where = "callback" // the person came back with an error
	AtCode     Where = "code"     // the token endpoint, exchanging a code
	AtRefresh  Where = "refresh"  // the token endpoint, refreshing
	AtClient   Where = "client"   // the token endpoint, client credentials
	AtAPI      Where = "api"
)

// Remedy is what can be done about a failure.
type Remedy string

// The remedies.
const (
	StartAgain   Remedy = "start again"   // authorization, from its beginning
	SignIn       Remedy = "sign in"       // the grant is dead
	Refresh      Remedy = "refresh"       // once; when that does not help, SignIn
	AwaitRefresh Remedy = "await refresh" // somebody else refreshes: wait, read the stored token again
	AskScope     Remedy = "ask scope"     // authorization with the missing scope
	WrongAccount Remedy = "wrong account" // sign out at HMRC and use another
	Administrate Remedy = "administrator" // nothing that the accountant can mend
	BackOff      Remedy = "back off"      // later, by itself
	Maintenance  Remedy = "maintenance"   // later, by the person
	TryAgain     Remedy = "try again"     // the person may; the connection stays
	Compare      Remedy = "compare"       // HMRC holds a return already: fetch and compare
	AwaitEnd     Remedy = "await end"     // the period is not over
	ContactHMRC  Remedy = "contact HMRC"
	Mend         Remedy = "mend"          // what was sent is wrong, see Error.Path
	Declare      Remedy = "declare"       // the declaration is missing
	NothingThere Remedy = "nothing there" // no data, which is an answer and no failure
	Decline      Remedy = "decline"       // the person said no
	ReportDefect Remedy = "report"        // our mistake
)

// Verdict is what an error of HMRC means: what to do, and the sentence for the person.
type Verdict struct {
	Name    string // of the row, and behind mtd_vat.fault. the key of the sentence
	Remedy  Remedy
	English string
	// Unsettled: the call may have been carried out all the same. After a submission the
	// outcome has to be found out, it is never sent again blindly.
	Unsettled bool
}

// Key is the key of the verdict's sentence.
func (v Verdict) Key() string { return "mtd_vat.fault." + v.Name }

// row is one line of the fault table. Empty columns match everything.
type row struct {
	where   Where
	status  int
	code    string
	message string // the whole message, for what HMRC tells apart by nothing else
	Verdict
}

// What HMRC's failures mean. The first row that matches counts.
var (
	refused = Verdict{Name: "refused", Remedy: Decline,
		English: "You did not grant access at HMRC. Nothing was sent."}
	stale = Verdict{Name: "stale", Remedy: StartAgain,
		English: "This sign-in at HMRC is too old or was used already. Start it again; your entries are kept."}
	expired = Verdict{Name: "expired", Remedy: SignIn,
		English: "HMRC no longer accepts the permission given earlier. Sign in at HMRC again; your entries are kept."}
	refreshing = Verdict{Name: "refreshing", Remedy: AwaitRefresh,
		English: "The connection to HMRC is just being renewed. Try again in a moment."}
	credentials = Verdict{Name: "credentials", Remedy: Administrate,
		English: "HMRC does not accept the client ID and secret of this software. An administrator has to check them; your entries are kept."}
	subscription = Verdict{Name: "subscription", Remedy: Administrate,
		English: "HMRC does not let this software use the service. An administrator has to subscribe it to the VAT API at HMRC’s Developer Hub."}
	token = Verdict{Name: "token", Remedy: Refresh,
		English: "The sign-in at HMRC has ended. Sign in again; your entries are kept."}
	scope = Verdict{Name: "scope", Remedy: AskScope,
		English: "A permission is missing for this. Sign in at HMRC again and grant it."}
	account = Verdict{Name: "account", Remedy: WrongAccount,
		English: "The account that signed in at HMRC cannot act for this VAT number. Sign out at HMRC and use another account, or check the number."}
	number9 = Verdict{Name: "vrn", Remedy: Mend,
		English: "HMRC does not take this VAT number. Check it on the company."}
	duplicate = Verdict{Name: "duplicate", Remedy: Compare,
		English: "HMRC already holds a return for this period."}
	notEnded = Verdict{Name: "not_ended", Remedy: AwaitEnd,
		English: "The period is not over: HMRC takes its return from the day after its end."}
	insolvent = Verdict{Name: "insolvent", Remedy: ContactHMRC,
		English: "HMRC holds this business as insolvent and takes no returns of it this way. Contact HMRC."}
	declaration = Verdict{Name: "declaration", Remedy: Declare,
		English: "HMRC takes a return only with the declaration that it is final."}
	figures = Verdict{Name: "figures", Remedy: Mend,
		English: "HMRC refuses a figure of this return. Nothing was filed."}
	period = Verdict{Name: "period", Remedy: Mend,
		English: "HMRC does not know this period for the business. Read the periods again."}
	dates = Verdict{Name: "dates", Remedy: Mend,
		English: "HMRC does not take these dates: at most a year, and no day in the future."}
	nothing = Verdict{Name: "nothing", Remedy: NothingThere,
		English: "HMRC holds nothing for this."}
	busy = Verdict{Name: "busy", Remedy: BackOff,
		English: "HMRC is being asked too often at the moment. Try again in a few seconds."}
	maintenance = Verdict{Name: "maintenance", Remedy: Maintenance,
		English: "HMRC’s service is under maintenance. What you entered is kept; come back later."}
	late = Verdict{Name: "late", Remedy: TryAgain, Unsettled: true,
		English: "HMRC did not answer in time. Your entries are kept; try again in a few minutes."}
	broken = Verdict{Name: "broken", Remedy: TryAgain, Unsettled: true,
		English: "HMRC has a fault of its own. The connection stays and your entries are kept; try again in a few minutes."}
	defect = Verdict{Name: "defect", Remedy: ReportDefect,
		English: "HMRC did not understand this software. Nothing was filed. Please report it."}
)

var table = []row{
	{AtCallback, 0, "access_denied", "", refused},
	{AtCallback, 0, "", "", stale},

	{"", 401, "invalid_client", "", credentials},
	{AtCode, 400, "invalid_request", "redirect_uri is invalid", credentials},
	{AtCode, 400, "", "", stale}, // "code is invalid" is invalid_request here, not invalid_grant
	{AtRefresh, 400, "invalid_grant", "", expired},
	{AtRefresh, 400, "invalid_request", "", refreshing}, // the grant is alive
	{AtClient, 400, "", "", credentials},
	{AtCode, 500, "", "", broken},
	{AtRefresh, 500, "", "", broken},

	{AtAPI, 401, "", "", token}, // INVALID_CREDENTIALS, MISSING_CREDENTIALS, UNAUTHORIZED, INCORRECT_ACCESS_TOKEN_TYPE
	{AtAPI, 403, "INVALID_SCOPE", "", scope},
	{AtAPI, 403, "RESOURCE_FORBIDDEN", "", subscription},
	{AtAPI, 403, "FORBIDDEN", "", subscription},
	{AtAPI, 403, "CLIENT_OR_AGENT_NOT_AUTHORISED", "", account},
	{AtAPI, 403, "DUPLICATE_SUBMISSION", "", duplicate},
	{AtAPI, 403, "TAX_PERIOD_NOT_ENDED", "", notEnded},
	{AtAPI, 403, "RULE_INSOLVENT_TRADER", "", insolvent},
	{AtAPI, 403, "NOT_FINALISED", "", declaration},
	{AtAPI, 403, "DATE_RANGE_TOO_LARGE", "", dates},
	{AtAPI, 400, "VRN_INVALID", "", number9},
	{AtAPI, 400, "PERIOD_KEY_INVALID", "", period},
	{AtAPI, 400, "VAT_TOTAL_VALUE", "", figures},
	{AtAPI, 400, "VAT_NET_VALUE", "", figures},
	{AtAPI, 400, "INVALID_MONETARY_AMOUNT", "", figures},
	{AtAPI, 400, "INVALID_NUMERIC_VALUE", "", figures},
	{AtAPI, 400, "MANDATORY_FIELD_MISSING", "", figures},
	{AtAPI, 400, "INVALID_DATE_RANGE", "", dates},
	{AtAPI, 400, "INVALID_DATE_FROM", "", dates},
	{AtAPI, 400, "INVALID_DATE_TO", "", dates},
	{AtAPI, 400, "MISSING_DATE_RANGE", "", dates},
	{AtAPI, 400, "DATE_RANGE_INVALID", "", dates},
	{AtAPI, 400, "DATE_FROM_INVALID", "", dates},
	{AtAPI, 400, "DATE_TO_INVALID", "", dates},
	{AtAPI, 404, "", "", nothing},

	{"", 429, "", "", busy},
	{"", 503, "SCHEDULED_MAINTENANCE", "", maintenance},
	{"", 504, "", "", late},
}

// Classify says what a failure means in the conversation where it happened. It always
// has an answer: what no row knows is HMRC's fault from 500 on, and ours below.
func Classify(where Where, e *Error) Verdict {
	for _, r := range table {
		if (r.where == "" || r.where == where) && (r.status == 0 || r.status == e.Status) &&
			(r.code == "" || r.code == e.Code) && (r.message == "" || r.message == e.Message) {
			return r.Verdict
		}
	}
	if e.Status >= 500 {
		return broken
	}
	return defect
}

// Verdicts are all that Classify may answer, each once.
func Verdicts() []Verdict {
	out := []Verdict{broken, defect}
	seen := map[string]bool{broken.Name: true, defect.Name: true}
	for _, r := range table {
		if !seen[r.Name] {
			seen[r.Name] = true
			out = append(out, r.Verdict)
		}
	}
	return out
}

// codes are the house's codes of the remedies; what is missing here is Unavailable.
var codes = map[Remedy]fault.Code{
	StartAgain:   fault.Unauthenticated,
	SignIn:       fault.Unauthenticated,
	Refresh:      fault.Unauthenticated,
	AskScope:     fault.Forbidden,
	WrongAccount: fault.Forbidden,
	Administrate: fault.Forbidden,
	ContactHMRC:  fault.Forbidden,
	Decline:      fault.Forbidden,
	Compare:      fault.Conflict,
	AwaitEnd:     fault.Conflict,
	Mend:         fault.Invalid,
	Declare:      fault.Invalid,
	NothingThere: fault.NotFound,
	ReportDefect: fault.Internal,
}

// Fault is the verdict on e in the house's shape: its sentence, the box that HMRC points
// at, and e itself as the cause. The placeholder Correlation is HMRC's id of the call.
func (v Verdict) Fault(e *Error) *fault.Error {
	code, known := codes[v.Remedy]
	if !known {
		code = fault.Unavailable
	}
	f := fault.Wrap(e, code, "%s", v.English).Keyed(v.Key(), map[string]any{"Correlation": e.CorrelationID})
	if box := BoxAt(e.Path); box > 0 {
		f = f.On(Field(box))
	}
	return f
}
