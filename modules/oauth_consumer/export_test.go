package oauthconsumer

import (
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// Hurry makes calls and token requests give up after d. It returns what undoes that.
func Hurry(a *web.Application, d time.Duration) (undo func()) {
	c := record.Part[consumer](a.Database.Registry())
	c.callTimeout, c.tokenTimeout = d, d
	return func() { c.callTimeout, c.tokenTimeout = callTimeout, tokenTimeout }
}
