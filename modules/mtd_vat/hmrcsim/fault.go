package hmrcsim

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// The endpoints, as faults and counts name them.
const (
	Authorize        = "authorize"
	SignIn           = "sign-in"
	SignOut          = "sign-out"
	Decide           = "decide" // grant or refuse
	Manage           = "manage"
	TokenCode        = "token.code"
	TokenRefresh     = "token.refresh"
	TokenClient      = "token.client"
	TokenOther       = "token.other"
	ObligationsGet   = "obligations"
	ReturnSubmit     = "returns.submit"
	ReturnView       = "returns.view"
	LiabilitiesGet   = "liabilities"
	PaymentsGet      = "payments"
	PenaltiesGet     = "penalties"
	FinancialDetails = "financial-details"
	InformationGet   = "information"
	CreateTestUser   = "create-test-user"
	ValidateHeaders  = "validate-headers"
	HeaderFeedback   = "header-feedback"
)

// Drop says where a connection breaks.
type Drop int

// The places. DropAfter is the nasty one: the request was carried out, the answer is lost.
const (
	DropNever Drop = iota
	DropBefore
	DropAfter
)

// Fault is something that goes wrong. What is set happens in this order: the request is
// held and delayed, the connection dropped, or the status answered instead of the call;
// with none of these the call is carried out. A refresh is held and delayed while it is in
// progress, so that a second one meanwhile is told so; all else before it begins.
type Fault struct {
	Endpoint string // one of the names above, "" for all but pages
	Times    int    // how many requests it meets; 0 until it is removed

	Reached chan<- struct{} // is sent to when a request has come this far
	Hold    <-chan struct{} // goes on when it is closed
	Delay   time.Duration   // of real time
	Drop    Drop

	Status     int    // 0 lets the call be carried out
	Code       string // with Message: the flat error body, or at the token endpoint its error
	Message    string
	HTML       string // body instead of JSON
	Body       []byte // JSON to answer word for word; empty and not nil is an empty answer
	RetryAfter string // header
}

// Ready-made faults, to be completed with an endpoint and a number of times.
var (
	// Maintenance is what HMRC answers while it works on a service.
	Maintenance = Fault{Status: http.StatusServiceUnavailable, Code: "SCHEDULED_MAINTENANCE", Message: "API is currently undergoing scheduled maintenance"}
	// Throttled is what it answers to an application that asks too often.
	Throttled = Fault{Status: http.StatusTooManyRequests, Code: "MESSAGE_THROTTLED_OUT", Message: "The request for the API is throttled as you have exceeded your quota."}
	// Broken is a fault inside HMRC.
	Broken = Fault{Status: http.StatusInternalServerError, Code: "INTERNAL_SERVER_ERROR", Message: "An internal server error occurred"}
	// TimedOut comes from the gateway: what happened behind it is unknown.
	TimedOut = Fault{Status: http.StatusGatewayTimeout, Code: "GATEWAY_TIMEOUT", Message: "Gateway timeout"}
	// LoadBalancer answers HTML, before anything of HMRC's is reached.
	LoadBalancer = Fault{Status: http.StatusBadGateway, HTML: "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"}
)

// At is the fault at an endpoint, for a number of requests.
func (f Fault) At(endpoint string, times int) Fault {
	f.Endpoint, f.Times = endpoint, times
	return f
}

// Inject adds a fault and returns what removes it. Of several that meet a request the
// first one takes part.
func (s *Sim) Inject(f Fault) (remove func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added := &f
	s.faults = append(s.faults, added)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.faults = slices.DeleteFunc(s.faults, func(g *Fault) bool { return g == added })
	}
}

// ClearFaults removes all faults.
func (s *Sim) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// pages are the endpoints for people: a fault of all endpoints leaves them alone.
var pages = []string{Authorize, SignIn, SignOut, Decide, Manage}

// enter counts a request and returns the fault that meets it.
func (s *Sim) enter(endpoint string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[endpoint]++
	for i, f := range s.faults {
		if f.Endpoint != endpoint && (f.Endpoint != "" || slices.Contains(pages, endpoint)) {
			continue
		}
		met := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
		}
		return met
	}
	return Fault{}
}

// wait holds and delays a request. It does not end with the client: HMRC goes on with
// what it has begun.
func (s *Sim) wait(f Fault) {
	if f.Reached != nil {
		select {
		case f.Reached <- struct{}{}:
		case <-s.closed:
		}
	}
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-s.closed:
		}
	}
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closed:
		}
	}
}

type faultKey struct{}

// withFault hands a fault to a handler that waits by itself.
func withFault(ctx context.Context, f Fault) context.Context {
	return context.WithValue(ctx, faultKey{}, f)
}

func faultOf(ctx context.Context) Fault {
	f, _ := ctx.Value(faultKey{}).(Fault)
	return f
}

// Count is how many requests have reached an endpoint since the start or Reset.
func (s *Sim) Count(endpoint string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[endpoint]
}
