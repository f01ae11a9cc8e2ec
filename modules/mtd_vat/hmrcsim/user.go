package hmrcsim

import (
	"slices"
	"time"
)

// User is a person of the Government Gateway with the business that he acts for.
type User struct {
	UserID   string // Government Gateway user ID, twelve digits
	Password string
	FullName string
	Email    string
	Business Business
}

// Business is an organisation, with its VAT registration when it has one.
type Business struct {
	Name         string
	VRN          string    // nine digits, "" without VAT
	Registered   time.Time // for VAT; two years before the first look when it is zero
	Stagger      Stagger
	DirectDebit  bool // HMRC collects what is due
	BankDetails  bool // HMRC can pay back
	Insolvent    bool
	HashedPeriod bool // period keys like #012, which paths have to escape
}

// Stagger says when VAT periods end.
type Stagger int

// The staggers: quarters that end in March, in January or in February, and months.
const (
	MarchQuarters Stagger = iota
	JanuaryQuarters
	FebruaryQuarters
	Months
)

// AddUser enrols a test user, or replaces the one with the id.
func (s *Sim) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Users = slices.DeleteFunc(s.state.Users, func(old User) bool { return old.UserID == u.UserID })
	s.enrol(u)
}

// enrol adds a user who is not there yet, and opens the account of his business.
func (s *Sim) enrol(u User) {
	if _, found := s.user(u.UserID); !found {
		s.state.Users = append(s.state.Users, u)
	}
	if vrn := u.Business.VRN; vrn != "" && s.state.Accounts[vrn] == nil {
		s.state.Accounts[vrn] = s.open(u.Business)
	}
}
