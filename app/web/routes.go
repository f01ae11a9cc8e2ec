package web

import (
	"net/http"
	"slices"
)

// The paths of the house's own pages.
const (
	pathHome     = "/"
	pathSignOut  = "/signout"
	pathAccount  = "/account"
	pathSessions = "/account/sessions"
	pathCompany  = "/company"
	pathTheme    = "/theme"
	pathLanguage = "/language"
	pathSearch   = "/search"
	pathGallery  = "/dev/ui"
)

// signInLimit is against floods only; two hashes at a time and the counters in the
// database bound guessing. An office behind one address stays well below.
var signInLimit = Limit{Rate: 100, Burst: 200}

// ownRoutes are the pages that every application has.
func ownRoutes(c Config) []Route {
	get, post := http.MethodGet, http.MethodPost
	routes := []Route{
		{Kind: Public, Method: get, Path: pathSignIn, Handle: signInShow},
		{Kind: Public, Method: post, Path: pathSignIn, Handle: signInPost, MaxBody: 128 << 10, Limit: signInLimit},
		{Kind: Public, Method: post, Path: pathSignOut, Handle: signOut},
		{Kind: Public, Method: get, Path: pathSetup, Handle: setupShow},
		{Kind: Public, Method: post, Path: pathSetup, Handle: setupPost, Limit: Limit{Rate: 5, Burst: 20}},
		{Kind: Public, Method: post, Path: pathTheme, Handle: themeSave},
		{Kind: Public, Method: post, Path: pathLanguage, Handle: languageSave},
		{Kind: User, Method: get, Path: pathHome, Handle: homeShow},
		{Kind: User, Method: get, Path: pathSearch, Handle: searchShow},
		{Kind: User, Method: post, Path: pathCompany, Handle: companySave},
		{Kind: User, Method: get, Path: pathAccount, Handle: accountShow},
		{Kind: User, Method: post, Path: pathAccount + "/preferences", Handle: preferencesSave},
		{Kind: User, Method: post, Path: pathAccount + "/password", Handle: passwordSave},
		{Kind: User, Method: get, Path: pathSessions, Handle: sessionsShow},
		{Kind: User, Method: post, Path: pathSessions + "/end", Handle: sessionEnd},
		{Kind: User, Method: post, Path: pathSessions + "/end-others", Handle: sessionsEndOthers},
		{Kind: User, Method: post, Path: pathSessions + "/end-all", Handle: sessionsEndAll},
	}
	if c.Dev {
		routes = append(routes, Route{Kind: Public, Method: get, Path: pathGallery, Handle: galleryShow})
	}
	return routes
}

// Routes lists every route of an application, the server's own included.
func (s *Server) Routes(app *Application) []Route {
	return slices.Concat(ownRoutes(s.config), app.Site.Routes)
}
