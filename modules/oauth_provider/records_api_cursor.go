package oauthprovider

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/seal"
)

// A cursor is the place of the last record of a page, sealed: it holds values of that
// record, and nobody but the house can make one. It opens only for the query, the client
// and the user that it was made for; the size of the pages and their fields may change.

// maxCursor bounds what is opened, in bytes.
const maxCursor = 32 << 10

// binding names what a cursor is good for.
func (t *target) binding(p listParams) string {
	filter := []byte(nil)
	if p.filter != nil {
		filter = domain.Print(p.filter)
	}
	parts := []string{accessOf(t.Env).Client, strconv.FormatInt(t.Env.User.UserID(), 10), t.model.Name, p.order, string(filter)}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

func (a *recordsAPI) cursorPlace(binding string) seal.AD {
	return seal.AD{Database: a.app.DatabaseID, Table: "oauth_provider", Column: "cursor", Row: binding}
}

// sealCursor returns the cursor as JSON.
func (a *recordsAPI) sealCursor(place record.Place, binding string) ([]byte, error) {
	plain, err := json.Marshal(place)
	if err != nil {
		return nil, err
	}
	sealed, err := a.app.Seal.Seal(plain, a.cursorPlace(binding))
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, 2+base64.RawURLEncoding.EncodedLen(len(sealed))), '"')
	return append(base64.RawURLEncoding.AppendEncode(out, sealed), '"'), nil
}

func (a *recordsAPI) openCursor(text, binding string) (record.Place, error) {
	bad := badParameter("invalid_cursor", "cursor", "The cursor does not belong to this query: send it with the filter and the order that it was given for, or begin without one.")
	if len(text) > maxCursor {
		return nil, bad
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, bad
	}
	plain, err := a.app.Seal.Open(sealed, a.cursorPlace(binding))
	if err != nil {
		return nil, bad
	}
	var place record.Place
	if err := json.Unmarshal(plain, &place); err != nil {
		return nil, bad
	}
	return place, nil
}
