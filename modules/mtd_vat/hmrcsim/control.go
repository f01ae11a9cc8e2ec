package hmrcsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// trouble is a fault that a person can order on the control page. Its label is in the
// locales, under control.fault. and its name.
type trouble struct {
	Name  string
	fault Fault
}

var troubles = []trouble{
	{"slow", Fault{Delay: 8 * time.Second}},
	{"broken", Broken},
	{"maintenance", Maintenance},
	{"throttled", Throttled},
	{"gateway", LoadBalancer},
	{"lost_before", Fault{Drop: DropBefore, Endpoint: ReturnSubmit}},
	{"lost_after", Fault{Drop: DropAfter, Endpoint: ReturnSubmit}},
}

// steps are how far the clock can be moved at once, by the name of the button.
var steps = map[string]time.Duration{"hours": 5 * time.Hour, "month": 31 * 24 * time.Hour, "quarter": 92 * 24 * time.Hour}

type controlView struct {
	Now      string
	Troubles []trouble
	Pending  int // faults that wait for a request
	Counts   []count
	Grants   []controlGrant
	Calls    []controlCall
	Users    []User
}

type count struct {
	Name string
	N    int
}

type controlGrant struct {
	Grant
	Name, Since string
	Alive       bool
}

type controlCall struct {
	Call
	Clock          string
	Errors, Warned string // headers with errors and with warnings
}

func (s *Sim) controlPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	v := controlView{Now: s.now().Format("2006-01-02 15:04"), Troubles: troubles, Pending: len(s.faults), Users: slices.Clone(s.state.Users)}
	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		if !slices.Contains(pages, name) {
			v.Counts = append(v.Counts, count{name, s.counts[name]})
		}
	}
	for _, g := range s.state.Grants {
		u, _ := s.user(g.UserID)
		v.Grants = append(v.Grants, controlGrant{Grant: *g, Name: u.Business.Name, Since: g.Granted.Format("2006-01-02 15:04"), Alive: g.alive(s.now())})
	}
	for _, c := range slices.Backward(s.calls) {
		if len(v.Calls) == 20 {
			break
		}
		v.Calls = append(v.Calls, controlCall{Call: c, Clock: c.At.Format("15:04:05"), Errors: named(c.Report.Errors), Warned: named(c.Report.Warnings)})
	}
	s.mu.Unlock()
	s.show(w, r, http.StatusOK, "control.html", v)
}

// named are the headers of findings.
func named(findings []Finding) string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Headers...)
	}
	return strings.Join(out, ", ")
}

// control does what a button of the control page says.
func (s *Sim) control(w http.ResponseWriter, r *http.Request) {
	value := r.PostFormValue("value")
	switch r.PostFormValue("do") {
	case "clock":
		s.Shift(steps[value])
	case "fault":
		if i := slices.IndexFunc(troubles, func(t trouble) bool { return t.Name == value }); i >= 0 {
			f := troubles[i].fault
			s.Inject(f.At(f.Endpoint, 1))
		}
	case "calm":
		s.ClearFaults()
	case "revoke":
		s.Revoke(value, "")
	case "user":
		s.mu.Lock()
		s.newUser(true)
		s.mu.Unlock()
	case "reset":
		s.Reset()
	}
	http.Redirect(w, r, "/control", http.StatusSeeOther)
}
