package web

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/tessera-erp/tessera/db/seal"
)

// Once is a secret that the next page at one address shows, and none after it.
type Once struct{ Name, Value string }

// onceSeconds is how long the page may take to be opened, maxOnce how long the sealed
// text may be: a browser keeps cookies of 4 KB.
const (
	onceSeconds = 120
	maxOnce     = 3500
)

// ShowOnce has the page at a local path show secrets, only to who is signed in here. They travel
// sealed in the person's own browser, so that no table and no log ever holds them. It
// reports false when they are too long for that.
func (c *Ctx) ShowOnce(path string, list []Once) bool {
	plain, err := json.Marshal(list)
	if err != nil || c.App.Seal == nil || c.Session == nil {
		return false
	}
	sealed, err := c.App.Seal.Seal(plain, c.onceAt(path))
	value := base64.RawURLEncoding.EncodeToString(sealed)
	if err != nil || len(value) > maxOnce {
		return false
	}
	c.setCookie(cookieOnce, value, onceSeconds)
	return true
}

// TakeOnce returns what the page at a path is to show, and forgets it.
func (c *Ctx) TakeOnce(path string) []Once {
	value := c.cookie(cookieOnce)
	if value == "" || len(value) > maxOnce || c.App.Seal == nil || c.Session == nil {
		return nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	plain, err := c.App.Seal.Open(sealed, c.onceAt(path))
	if err != nil {
		return nil // of another page or session: it waits for that one, or its end
	}
	c.setCookie(cookieOnce, "", goneAtOnce)
	c.Response().Header().Set("Cache-Control", "no-store")
	var list []Once
	if json.Unmarshal(plain, &list) != nil {
		return nil
	}
	return list
}

// onceAt binds what is sealed to the session and the page.
func (c *Ctx) onceAt(path string) seal.AD {
	return seal.AD{Database: c.App.DatabaseID, Table: "session", Column: "once", Row: strconv.FormatInt(c.Session.ID, 10) + " " + path}
}
