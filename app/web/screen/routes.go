package screen

import (
	"net/http"
	"net/url"

	"github.com/tessera-erp/tessera/app/web"
)

// Routes are the addresses of the screens. They serve every model of the registry
// that is in force when the request comes, so they are added once.
//
//	/records/<model>                      list
//	/records/<model>/export.csv           the same rows as CSV
//	/records/<model>/options              matches for a relation field
//	/records/<model>/action               POST: something done with several records
//	/records/<model>/new                  an empty form; POST creates
//	/records/<model>/<id>                 form; POST saves
//	/records/<model>/<id>/action/<name>   asks, POST: something done with this record
//	/records/<model>/<id>/archive         POST: puts it away; /unarchive takes it back
//	/records/<model>/<id>/delete          POST: asks, then deletes
func Routes() []web.Route {
	table := []struct {
		method, path string
		serve        func(*visit) error
	}{
		{http.MethodGet, "", list},
		{http.MethodGet, "/export.csv", export},
		{http.MethodGet, "/options", options},
		{http.MethodPost, "/action", bulk},
		{http.MethodGet, "/new", newForm},
		{http.MethodPost, "/new", create},
		{http.MethodGet, "/:id", form},
		{http.MethodPost, "/:id", save},
		{http.MethodGet, "/:id/action/:name", askAct},
		{http.MethodPost, "/:id/action/:name", act},
		{http.MethodPost, "/:id/archive", archive},
		{http.MethodPost, "/:id/unarchive", unarchive},
		{http.MethodPost, "/:id/delete", remove},
	}
	routes := make([]web.Route, 0, len(table))
	for _, t := range table {
		routes = append(routes, web.Route{Kind: web.User, Method: t.method, Path: web.ListPath(":model") + t.path, Handle: enter(t.serve)})
	}
	return routes
}

// newPath is the address of the empty form of a model.
func newPath(model string) string { return web.ListPath(model) + "/new" }

// withQuery puts a query behind an address that has none yet.
func withQuery(address string, query url.Values) string {
	if len(query) == 0 {
		return address
	}
	return address + "?" + query.Encode()
}
