package oauthprovider

import (
	"fmt"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
)

// profile is what a status read brings along of the token's user, so that userinfo
// needs no second read. It is a record.Principal and a domain.Record.
type profile struct {
	id                                  int64
	name, login, email, phone, lang, tz string
	company                             int64
	groups                              []string
	updated                             time.Time
}

// UserID implements record.Principal.
func (p *profile) UserID() int64 { return p.id }

// DisplayName implements record.Principal.
func (p *profile) DisplayName() string { return p.name }

// Groups implements record.Principal.
func (p *profile) Groups() []string { return p.groups }

// field returns a field of base.user; false when a profile does not hold it.
func (p *profile) field(name string) (any, bool) {
	switch name {
	case "id":
		return p.id, true
	case "name":
		return p.name, true
	case "login":
		return p.login, true
	case "email":
		return p.email, true
	case "phone":
		return p.phone, true
	case "lang":
		return p.lang, true
	case "tz":
		return p.tz, true
	case "company":
		return p.company, true
	case "updated_at":
		return p.updated, true
	case "active":
		return true, true // a dead user's token does not get this far
	}
	return nil, false
}

// Value implements domain.Record.
func (p *profile) Value(name string) (any, error) {
	v, ok := p.field(name)
	if !ok {
		return nil, fmt.Errorf("profile: no field %q", name)
	}
	if name == "company" && p.company == 0 {
		return nil, nil
	}
	return v, nil
}

// Related implements domain.Record; a profile knows no other records.
func (p *profile) Related(name string) ([]domain.Record, error) {
	return nil, fmt.Errorf("profile: %q leads out of the row", name)
}
