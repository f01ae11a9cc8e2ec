package oauthconsumer

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
)

// What a call can come to, besides its result:
//
//   - *[Unauthorized]: the API user has no usable authority; a person can get it.
//   - *[Refusal]: the API answered something else than what was asked for.
//   - *[OutcomeUnknown], which is [ErrOutcomeUnknown]: an Unsafe call may have happened.
//   - *[AlreadySent]: an Unsafe call of the same key has happened, or is under way.
//   - *[Unavailable]: nothing was answered in time, or too much, or not to be understood.
//   - a *fault.Error: the connection belongs to somebody else (Forbidden), the API is not
//     set up or the database runs at a new place (Conflict), a request cannot be made of
//     what was given (Invalid).
//
// All of them carry a *fault.Error with a sentence for the person.

// Reason says why an authority is missing.
type Reason string

// The reasons.
const (
	Never        Reason = "never"        // nobody has granted access yet
	Expired      Reason = "expired"      // it ended, and the provider gives no new token without a person
	Revoked      Reason = "revoked"      // the provider takes our tokens no more
	Missing      Reason = "missing"      // scopes that are needed were not granted
	Moved        Reason = "moved"        // the API's address has changed since access was granted
	Interrupted  Reason = "interrupted"  // this program died while a token was renewed
	WrongAccount Reason = "account"      // it was granted by an account that cannot act for the API user
	Declined     Reason = "declined"     // the person did not grant it
	Failed       Reason = "failed"       // the last sign-in came to nothing
	Disconnected Reason = "disconnected" // somebody ended it here
)

// Unauthorized says that an API user has no usable authority at an API. It is a detour of
// every wizard (wizard.Detour): the run is parked, the person grants access at the
// provider, and the same step is entered again.
type Unauthorized struct {
	Connection int64 // 0: there never was one
	API        int64
	Subject    Subject
	Missing    []string // scopes, when that is the reason
	Reason     Reason
	// Scopes are what the person will be asked for.
	Scopes []string
	// Last is what became of the last try, nil when there was none lately.
	Last *fault.Error

	provider, subject string // names
	profile           Profile
	consumer          *consumer
}

func (u *Unauthorized) Error() string {
	return fmt.Sprintf("no authority of %s %d at API %d: %s", u.Subject.Kind, u.Subject.ID, u.API, u.Reason)
}

// Unwrap returns the sentence for the person.
func (u *Unauthorized) Unwrap() error {
	if u.Last != nil {
		return u.Last
	}
	return u.sentence()
}

// Tried reports whether the person has been there lately, and it came to nothing: the
// wizard then offers to try again.
func (u *Unauthorized) Tried() bool { return u.Last != nil }

// sentence says why the person is asked, whatever became of his last try.
func (u *Unauthorized) sentence() *fault.Error {
	return reasonFault(u.Reason, u.provider, u.subject, u.Missing)
}

// reasonEnglish are the sentences of the reasons; their keys are oauth_consumer.reason.<reason>.
var reasonEnglish = map[Reason]string{
	Never:        "%[1]s needs permission first, given for %[2]s.",
	Expired:      "The permission that %[1]s had been given for %[2]s has run out.",
	Revoked:      "%[1]s takes the permission given for %[2]s no more.",
	Missing:      "%[1]s was not allowed everything that is needed here for %[2]s.",
	Moved:        "The address of %[1]s has changed since permission was given for %[2]s, so nothing was sent there.",
	Interrupted:  "The permission of %[1]s for %[2]s was being renewed when this program stopped. Please give it again.",
	WrongAccount: "The account used at %[1]s cannot act for %[2]s.",
	Declined:     "You did not grant access at %[1]s. Nothing was sent.",
	Failed:       "The sign-in at %[1]s came to nothing. Please start it again.",
	Disconnected: "%[2]s was disconnected from %[1]s.",
}

func reasonFault(r Reason, provider, subject string, missing []string) *fault.Error {
	return fault.New(fault.Conflict, reasonEnglish[r], provider, subject).
		Keyed("oauth_consumer.reason."+string(r), map[string]any{"Provider": provider, "Subject": subject, "Scopes": list(missing)})
}

// Refusal is an answer of the API that is not the result asked for.
type Refusal struct {
	Status  int
	Header  http.Header
	Body    []byte // at most 1 MB; the provider's words, to be escaped where shown
	Code    string // the provider's own, "" when it gives none
	Message string // the provider's words
	Errors  []Detail
	// RetryAfter is how long the provider wants to be left alone, 0 when it does not say.
	RetryAfter time.Duration
	// Proof: the answer proves that nothing was processed, so the call may be made again.
	Proof bool
	// Fault is the sentence for the person; one by the status when a profile sets none.
	Fault *fault.Error
}

// Detail is one of several things that are wrong.
type Detail struct{ Code, Message, Path string }

// Error names the status and the provider's code, and nothing of what was sent.
func (r *Refusal) Error() string { return fmt.Sprintf("the API answered %d %s", r.Status, r.Code) }

// Unwrap returns the sentence.
func (r *Refusal) Unwrap() error { return r.Fault }

// plainRefusal reads what most APIs answer in one of the usual shapes.
func plainRefusal(r *Refusal) {
	var body struct {
		Error            json.RawMessage `json:"error"`
		ErrorDescription string          `json:"error_description"`
		Code             string          `json:"code"`
		Message          string          `json:"message"`
		Detail           string          `json:"detail"`
		Title            string          `json:"title"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return
	}
	var code string
	_ = json.Unmarshal(body.Error, &code) // an object is no code
	r.Code = first(body.Code, code)
	r.Message = first(body.Message, body.ErrorDescription, body.Detail, body.Title)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// settle gives a refusal the sentence of its status, unless its profile chose one.
func (r *Refusal) settle(provider string) {
	if r.Status == http.StatusUnauthorized && r.Header.Get("WWW-Authenticate") != "" {
		r.Proof = true // RFC 9110 §15.5.2: the request has not been applied
	}
	if r.Fault != nil {
		return
	}
	args := map[string]any{"Provider": provider, "Message": r.Message}
	switch {
	case r.Status == http.StatusTooManyRequests:
		r.Fault = fault.New(fault.Unavailable, "%s asks to wait before the next call.", provider).Keyed("oauth_consumer.refused.pace", args)
	case r.Status >= 500:
		r.Fault = fault.New(fault.Unavailable, "%s is not available at the moment. Nothing that you entered is lost.", provider).Keyed("oauth_consumer.refused.down", args)
	case r.Status == http.StatusForbidden:
		r.Fault = fault.New(fault.Forbidden, "%s does not allow this.", provider).Keyed("oauth_consumer.refused.forbidden", args)
	case r.Status == http.StatusNotFound:
		r.Fault = fault.New(fault.NotFound, "%s does not know what was asked for.", provider).Keyed("oauth_consumer.refused.notfound", args)
	default:
		r.Fault = fault.New(fault.Invalid, "%s does not accept what was sent.", provider).Keyed("oauth_consumer.refused.invalid", args)
	}
}

// Unavailable says that no answer came that could be read.
type Unavailable struct {
	Provider   string
	RetryAfter time.Duration
	// Unsent: the request was not sent, so nothing can have been processed.
	Unsent bool
	Fault  *fault.Error
	cause  error
}

func (u *Unavailable) Error() string { return u.Fault.Message + ": " + u.cause.Error() }

// Unwrap returns the sentence.
func (u *Unavailable) Unwrap() []error { return []error{u.Fault, u.cause} }

func unavailable(provider string, unsent bool, cause error) *Unavailable {
	f := fault.New(fault.Unavailable, "%s did not answer. Nothing that you entered is lost; try again in a while.", provider).
		Keyed("oauth_consumer.unavailable", map[string]any{"Provider": provider})
	switch {
	case errors.Is(cause, errTooLong), errors.Is(cause, errNotUnderstood), errors.Is(cause, errRedirected):
		f = fault.New(fault.Unavailable, "%s answered something that cannot be used.", provider).Keyed("oauth_consumer.unavailable.garbled", map[string]any{"Provider": provider})
	case errors.Is(cause, errPrivate):
		f = fault.New(fault.Conflict, "%s is at a private address, which the settings of its API do not allow.", provider).Keyed("oauth_consumer.unavailable.private", map[string]any{"Provider": provider})
	}
	return &Unavailable{Provider: provider, Unsent: unsent, Fault: f, cause: cause}
}

var (
	errTooLong       = errors.New("the answer is longer than 1 MB")
	errNotUnderstood = errors.New("the answer is not what the protocol says")
	errRedirected    = errors.New("the answer leads elsewhere")
	errPrivate       = errors.New("the address is private")
	errPaused        = errors.New("no call is allowed at the moment")
)

// ErrOutcomeUnknown is what errors.Is finds in an [OutcomeUnknown].
var ErrOutcomeUnknown = errors.New("the call was sent, and nobody knows what became of it")

// OutcomeUnknown says that an Unsafe call was sent and no answer told what became of it:
// it must not be made again before the API was asked. See Endpoint.Settle.
type OutcomeUnknown struct {
	Intent   int64
	Endpoint string
	Since    time.Time
	BodyHash []byte // SHA-256 of what was sent
	Fault    *fault.Error
	Cause    error
}

func (o *OutcomeUnknown) Error() string { return o.Endpoint + ": " + ErrOutcomeUnknown.Error() }

// Is makes errors.Is(err, ErrOutcomeUnknown) true.
func (o *OutcomeUnknown) Is(target error) bool { return target == ErrOutcomeUnknown }

// Unwrap returns the sentence and the cause.
func (o *OutcomeUnknown) Unwrap() []error {
	if o.Cause == nil {
		return []error{o.Fault}
	}
	return []error{o.Fault, o.Cause}
}

// AlreadySent says that an Unsafe call of the same key has happened, or is under way.
type AlreadySent struct {
	Intent   int64
	Who      string
	At       time.Time
	UnderWay bool
	Fault    *fault.Error
}

func (a *AlreadySent) Error() string { return a.Fault.Message }

// Unwrap returns the sentence.
func (a *AlreadySent) Unwrap() error { return a.Fault }

// accountError is what NotTheirs makes.
type accountError struct{ fault *fault.Error }

func (e *accountError) Error() string { return e.fault.Error() }

func (e *accountError) Unwrap() error { return e.fault }

// NotTheirs is what a profile's Probe returns when the outside account cannot act for the
// API user. The sentence says so in the provider's terms: "That account cannot act for GB…".
func NotTheirs(sentence *fault.Error) error { return &accountError{sentence} }
