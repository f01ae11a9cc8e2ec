// Package web is the edge of the house: the only place, with the modules' own routes,
// that knows echo. It picks the application by host, gives each request an Env by the
// kind of its route, renders pages, and turns errors into answers. The way of a request:
//
//  1. [Server.ServeHTTP] gives it an id and a client address, and will log it.
//  2. /healthz, /readyz, /metrics and static files are answered; else Config.Pick finds
//     the application, or the answer is 421.
//  3. The application's routes find the handler. Before it stand the checks of admit.go,
//     in their order: host, flood limit, origin, size, person, groups, form.
//  4. The handler gets a [Ctx] and answers with [Ctx.Render], [Ctx.Redirect303] or an
//     error, which [Ctx.Fail] turns into a page or problem details.
//
// The kernel tables session, attempt and setup belong here; see [Migrations].
package web
