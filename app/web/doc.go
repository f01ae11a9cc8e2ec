// Package web is the edge of the house: the only place, with the modules' own routes,
// that knows echo. It picks the application by host, gives each request an Env by the
// kind of its route, renders pages, and turns errors into answers.
package web
