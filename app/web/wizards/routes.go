// Package wizards serves the pages of wizards: their start, their steps, what a parked run
// waits for, and the list of own runs on the home page. What a run may do, and what is
// kept, is decided in package wizard; nothing here knows a wizard.
package wizards

import (
	"embed"
	"net/http"

	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
)

// Locales holds the texts of this package, one message file per language.
//
//go:embed locales/*.toml
var Locales embed.FS

// maxBody bounds what a step may post.
const maxBody = 256 << 10

// Routes are the addresses of all wizards.
//
//	/wizards/<name>/start          begins a run, or asks when there is one already; POST begins one in any case
//	/wizards/runs/<handle>         leads to the step to go on at; POST discards, restores or starts again
//	/wizards/runs/<handle>/<step>  a step; POST takes what was entered, and Back, and "save and leave"
func Routes() []web.Route {
	get, post := http.MethodGet, http.MethodPost
	start, run := wizard.StartPath(":name"), wizard.Prefix+":handle"
	return []web.Route{
		{Kind: web.User, Method: get, Path: start, Handle: startShow},
		{Kind: web.User, Method: post, Path: start, Handle: startPost},
		{Kind: web.User, Method: get, Path: run, Handle: withRun(runShow)},
		{Kind: web.User, Method: post, Path: run, Handle: runPost},
		{Kind: web.User, Method: get, Path: run + "/:step", Handle: withRun(stepShow)},
		{Kind: web.User, Method: post, Path: run + "/:step", Handle: withRun(stepPost), MaxBody: maxBody},
	}
}
