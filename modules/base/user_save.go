package base

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// hashPassword replaces a new password by its hash, before the transaction begins. The
// password that is set already stays as it is: loading a file again changes nothing and
// signs nobody out.
func hashPassword(e *record.Env, u *User) error {
	if u.Password == "" {
		return nil
	}
	plain := u.Password
	u.Password = ""
	if !e.IsSudo() { // load files and the demo may be laxer
		if bad := web.CheckPassword(plain, u.Login, u.Email, u.Name); bad != nil {
			return bad
		}
	}
	if u.ID != 0 {
		was, err := storedHash(e, u.ID)
		if err != nil {
			return err
		}
		if was != "" {
			if same, err := web.VerifyPassword(e.Context, was, plain); err != nil || same {
				return err
			}
		}
	}
	hash, err := web.HashPassword(e.Context, plain)
	if err != nil {
		return err
	}
	u.PasswordHash = hash
	return nil
}

func storedHash(e *record.Env, id int64) (string, error) {
	var hash string
	err := e.Database().DB.QueryRowContext(e.Context, "SELECT password_hash FROM base_user WHERE id = ?", id).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return hash, err
}

// completeUser fills in what follows from the rest.
func completeUser(e *record.Env, u *User) error {
	u.Login = strings.ToLower(strings.TrimSpace(u.Login))
	u.EmailKey = strings.ToLower(u.Email)
	if u.Subject == "" {
		u.Subject = rand.Text() + rand.Text()
	}
	if u.CompanyID != 0 && !slices.Contains(u.Companies, int64(u.CompanyID)) {
		u.Companies = append(slices.Clone(u.Companies), int64(u.CompanyID))
	}
	if _, err := time.LoadLocation(u.TZ); err != nil || u.TZ == "Local" {
		return fault.New(fault.Invalid, "There is no time zone %q: write it as in Europe/Paris.", u.TZ).On("tz").
			Keyed("base.user.tz.unknown", map[string]any{"Zone": u.TZ})
	}
	codes, err := closure(e, u.Groups)
	if err != nil {
		return err
	}
	u.GroupCodes = codes
	was := record.Original(e, u)
	if was.ID != 0 && (was.PasswordHash != "" && was.PasswordHash != u.PasswordHash || was.Active && !u.Active) {
		now := e.Now
		u.NotBefore = &now
	}
	return nil
}

// guardUser refuses rights that the giver does not have, and locking oneself out.
func guardUser(e *record.Env, u *User) error {
	was := record.Original(e, u)
	if u.ID != 0 && u.ID == e.User.UserID() && was.Active && !u.Active {
		return fault.New(fault.Invalid, "You cannot archive yourself.").On("active").Keyed("base.user.active.self", nil)
	}
	if e.Member(GroupAdmin) {
		return nil
	}
	for _, code := range u.GroupCodes {
		if !slices.Contains(was.GroupCodes, code) && !e.Member(code) {
			return fault.New(fault.Forbidden, "You cannot give the group %q, which you are not in yourself.", code).On("groups").
				Keyed("base.user.groups.notyours", map[string]any{"Group": code})
		}
	}
	return nil
}

// keepAnAdministrator refuses to take the rights of the last active administrator.
func keepAnAdministrator(e *record.Env, u *User) error {
	was := record.Original(e, u)
	had := was.Active && slices.Contains(was.GroupCodes, GroupAdmin)
	has := u.Active && slices.Contains(u.GroupCodes, GroupAdmin)
	if !had || has {
		return nil
	}
	n, err := record.CountIn[User](e.Sudo("count administrators"), record.Query{Limit: 1, Filter: domain.And{
		domain.Cond{Path: "active", Op: domain.Eq, Value: true},
		domain.Cond{Path: "groups.code", Op: domain.Eq, Value: GroupAdmin},
	}})
	if err == nil && n == 0 {
		err = fault.New(fault.Invalid, "This is the last administrator: make somebody else one first.").On("groups").Keyed("base.user.groups.last", nil)
	}
	return err
}

// endSessions is the action "Sign out everywhere".
func endSessions(e *record.Env, ids []int64) (string, error) {
	err := e.Write(func(in *record.Env) error {
		for _, id := range ids {
			if err := endSessionsOf(in, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d users were signed out everywhere.", len(ids)), nil
}

// endSessionsOf kills every session and token that a user has until now.
func endSessionsOf(e *record.Env, id int64) error {
	u, err := record.Get[User](e.Sudo("end sessions"), id)
	if err != nil {
		return err
	}
	now := e.Now
	u.NotBefore = &now
	return record.Save(e.Sudo("end sessions"), &u)
}
