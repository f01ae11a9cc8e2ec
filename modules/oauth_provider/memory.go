package oauthprovider

import (
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// memory remembers the status of tokens between requests: in the one process that holds
// the lease on a SQLite file, and in every server on PostgreSQL, which asks for the count
// of changes with each request. It is good for as long as nobody has written anything but
// new tokens.
type memory struct {
	db       *db.DB
	tokens   *db.Memory[int64, remembered]
	holders  *db.Memory[holder, *oauth.Standing]
	accounts *db.Memory[int64, *web.Account]
}

// mostRemembered bounds each of the three.
const mostRemembered = 10_000

func newMemory(d *db.DB) *memory {
	return &memory{d, db.NewMemory[int64, remembered](d, mostRemembered, db.LeaseTrust), db.NewMemory[holder, *oauth.Standing](d, mostRemembered, db.LeaseTrust),
		db.NewMemory[int64, *web.Account](d, mostRemembered, db.LeaseTrust)}
}

// holder is a client, the user it acts for, and the grant between them, 0 for none.
type holder struct{ client, user, grant int64 }

// remembered is a token with its standing.
type remembered struct {
	token    *oauth.Token
	standing *oauth.Standing
}
