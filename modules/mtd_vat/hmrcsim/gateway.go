package hmrcsim

import (
	"net/http"
	"slices"
	"strings"
)

// sessionCookie is of the stand-in alone: cookies do not tell ports of a host apart.
const sessionCookie = "hmrcsim_session"

// signedIn finds who is signed in; the session is "" when nobody is. As at HMRC the
// sign-in is the gateway's own and outlives what it was made for.
func (s *Sim) signedIn(r *http.Request) (User, string) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return User{}, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u, found := s.user(s.state.Sessions[c.Value])
	if !found {
		return User{}, ""
	}
	return u, c.Value
}

func (s *Sim) user(id string) (User, bool) {
	i := slices.IndexFunc(s.state.Users, func(u User) bool { return u.UserID == id && id != "" })
	if i < 0 {
		return User{}, false
	}
	return s.state.Users[i], true
}

func forgetSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// signInView is the page that asks who somebody is.
type signInView struct {
	Continue string // local address to go on at
	Wrong    bool   // what was typed did not fit
	UserID   string // what was typed
	Users    []User // with passwords, in a demo
}

func (s *Sim) showSignIn(w http.ResponseWriter, r *http.Request, v signInView) {
	if s.options.Listed {
		s.mu.Lock()
		v.Users = slices.Clone(s.state.Users)
		s.mu.Unlock()
	}
	status := http.StatusOK
	if v.Wrong {
		status = http.StatusForbidden
	}
	s.show(w, r, status, "sign_in.html", v)
}

func (s *Sim) signInPage(w http.ResponseWriter, r *http.Request) {
	s.showSignIn(w, r, signInView{Continue: localPath(r.URL.Query().Get("continue"))})
}

func (s *Sim) signIn(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.PostFormValue("continue"))
	id := strings.Join(strings.Fields(r.PostFormValue("user_id")), "")
	s.mu.Lock()
	u, found := s.user(id)
	if !found || u.Password != r.PostFormValue("password") {
		s.mu.Unlock()
		s.showSignIn(w, r, signInView{Continue: next, Wrong: true, UserID: id})
		return
	}
	session := s.id("session")
	s.state.Sessions[session] = u.UserID
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// signOut ends the gateway's session at once, as HMRC's link does.
func (s *Sim) signOut(w http.ResponseWriter, r *http.Request) {
	_, session := s.signedIn(r)
	s.mu.Lock()
	delete(s.state.Sessions, session)
	s.mu.Unlock()
	forgetSession(w)
	s.show(w, r, http.StatusOK, "signed_out.html", struct{ Was bool }{session != ""})
}

// localPath keeps a continuation on this server: anything else leads to the front page.
func localPath(p string) string {
	if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n\t") {
		return "/"
	}
	return p
}

// manageView lists what a person has granted.
type manageView struct {
	User   User
	Grants []managedGrant
}

type managedGrant struct {
	ClientID, Application string
	Writes                bool
	Granted, Ends         string
}

// managePage is "Manage authorised applications": the only place where a person withdraws.
func (s *Sim) managePage(w http.ResponseWriter, r *http.Request) {
	user, session := s.signedIn(r)
	if session == "" {
		s.showSignIn(w, r, signInView{Continue: r.URL.Path})
		return
	}
	v := manageView{User: user}
	s.mu.Lock()
	for _, g := range s.state.Grants {
		if g.UserID != user.UserID || !g.alive(s.now()) ||
			slices.ContainsFunc(v.Grants, func(m managedGrant) bool { return m.ClientID == g.ClientID }) {
			continue
		}
		app, _ := s.application(g.ClientID)
		v.Grants = append(v.Grants, managedGrant{ClientID: g.ClientID, Application: app.Name, Writes: slices.Contains(g.Scopes, writeVAT),
			Granted: day(g.Granted), Ends: day(g.Granted.AddDate(0, grantLife, 0))})
	}
	s.mu.Unlock()
	s.show(w, r, http.StatusOK, "manage.html", v)
}

// withdraw ends all grants of an application.
func (s *Sim) withdraw(w http.ResponseWriter, r *http.Request) {
	user, session := s.signedIn(r)
	if session != "" {
		s.Revoke(user.UserID, r.PostFormValue("client_id"))
	}
	http.Redirect(w, r, "/manage-authorised-applications", http.StatusSeeOther)
}
