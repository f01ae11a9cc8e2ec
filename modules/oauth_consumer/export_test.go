package oauthconsumer

import (
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// OnMark calls fn at the marked points of exchanges, renewals and calls.
func OnMark(a *web.Application, fn func(mark string)) {
	record.Part[consumer](a.Database.Registry()).events = fn
}
