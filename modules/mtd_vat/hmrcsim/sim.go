package hmrcsim

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how many requests a second HMRC takes from one application.
const Rate = 3

// Options say how a stand-in is set up. The zero value knows no application and nobody.
type Options struct {
	// Now is the clock; time.Now without it. Shift moves it further.
	Now func() time.Time
	// Seed makes ids and tokens repeatable; random without it.
	Seed string

	Applications []Application
	Users        []User

	// Rate limits each application, in requests a second; 0 is no limit.
	Rate int
	// AnyPeriod takes returns for periods that no obligation has, as HMRC's sandbox does.
	AnyPeriod bool
	// Loopback reports headers that a demo on one machine cannot have (public addresses)
	// as warnings instead of errors.
	Loopback bool
	// Listed shows the test users with their passwords on the sign-in page.
	Listed bool
	// Control opens the page /control, where a person injects faults and moves the clock.
	Control bool
	// Keep is a file that the state is read from and written to after each change, so
	// that a demo goes on after a restart; "" keeps nothing.
	Keep string
}

// Application is a client as it was registered at the Developer Hub.
type Application struct {
	Name         string
	ClientID     string
	Secrets      []string // any of them opens
	RedirectURIs []string // compared exactly
	Scopes       []string // that it may ask for
}

// Sim is a running stand-in. Its methods may be called from any goroutine.
type Sim struct {
	options Options
	routes  *http.ServeMux
	closed  chan struct{}
	closing sync.Once

	mu       sync.Mutex
	state    *state
	limiters map[string]*rate.Limiter
	rate     int
	faults   []*Fault
	counts   map[string]int
	calls    []Call
	random   string // the seed of an instance that was given none
}

// New makes a stand-in. It fails when an application cannot be registered, or the file
// to keep the state in holds something else.
func New(o Options) (*Sim, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, a := range o.Applications {
		if err := a.check(); err != nil {
			return nil, err
		}
	}
	s := &Sim{options: o, closed: make(chan struct{}), random: rand.Text(), rate: o.Rate}
	s.mount()
	s.Reset()
	return s, s.restore()
}

// Reset forgets everything: grants, tokens, sign-ins, filed returns, faults, counts and
// the moved clock. The applications and users of the options are there again.
func (s *Sim) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = newState()
	s.limiters = map[string]*rate.Limiter{}
	s.faults, s.calls, s.counts = nil, nil, map[string]int{}
	for _, u := range s.options.Users {
		s.enrol(u)
	}
}

// Close lets requests that are held or delayed go. The stand-in answers all the same.
func (s *Sim) Close() { s.closing.Do(func() { close(s.closed) }) }

// Now is the stand-in's time.
func (s *Sim) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now is Now for who holds the lock.
func (s *Sim) now() time.Time { return s.options.Now().UTC().Add(s.state.Shift) }

// Shift moves the stand-in's clock ahead, further each time.
func (s *Sim) Shift(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Shift += d
}

// SetRate changes the limit of requests a second; 0 lifts it.
func (s *Sim) SetRate(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate, s.limiters = n, map[string]*rate.Limiter{}
}

// Register adds an application, or replaces that with its client id.
func (s *Sim) Register(a Application) error {
	if err := a.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Applications = append(slices.DeleteFunc(slices.Clone(s.options.Applications),
		func(b Application) bool { return b.ClientID == a.ClientID }), a)
	return nil
}

// application finds one by its client id.
func (s *Sim) application(id string) (Application, bool) {
	for _, a := range s.options.Applications {
		if a.ClientID == id && id != "" {
			return a, true
		}
	}
	return Application{}, false
}

// id makes the next id of a kind: hexadecimal, 64 long, the same for the same seed and
// the same requests before.
func (s *Sim) id(kind string) string {
	s.state.Serial++
	seed := s.options.Seed
	if seed == "" {
		seed = s.random
	}
	sum := sha256.Sum256([]byte(seed + "\x00" + kind + "\x00" + strconv.FormatUint(s.state.Serial, 10)))
	return hex.EncodeToString(sum[:])
}

// uuid makes an id in the form of a UUID, version 4.
func (s *Sim) uuid(kind string) string {
	h := s.id(kind)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

// digits makes n digits.
func (s *Sim) digits(kind string, n int) string { return digitsOf(s.id(kind), n) }

// digitsOf turns the hexadecimal digits of an id into n decimal ones, the first not 0.
func digitsOf(id string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + id[i]%10
	}
	if n > 0 && out[0] == '0' {
		out[0] = '7'
	}
	return string(out)
}
