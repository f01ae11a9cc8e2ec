package base

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// accounts implements web.Accounts: people in one statement each, since every request
// asks for one.
type accounts struct{}

const accountQuery = `SELECT u.id, u.login, u.name, u.email, u.subject, u.password_hash, u.active, u.group_codes,
		u.company_id, u.lang, u.tz, u.not_before, c.id, c.name
	FROM base_user AS u
	LEFT JOIN base_user_companies AS x ON x.record_id = u.id
	LEFT JOIN base_company AS c ON c.id = x.target_id
	WHERE `

// ByID implements web.Accounts.
func (accounts) ByID(ctx context.Context, d *record.Database, id int64) (*web.Account, error) {
	found, err := findAccounts(ctx, d, accountQuery+"u.id = ? ORDER BY c.name, c.id", id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, "There is no user %d.", id)
	}
	return found[0], nil
}

// ByLogin implements web.Accounts. A login goes before an e-mail address, and an address
// that several people share signs in nobody.
func (accounts) ByLogin(ctx context.Context, d *record.Database, login string) (*web.Account, error) {
	login = strings.ToLower(strings.TrimSpace(login))
	none := fault.New(fault.NotFound, "There is no user %q.", login)
	if login == "" {
		return nil, none
	}
	found, err := findAccounts(ctx, d, accountQuery+"u.login = ? OR u.email_key = ? ORDER BY u.id, c.name, c.id", login, login)
	if err != nil {
		return nil, err
	}
	for _, a := range found {
		if a.Login == login {
			return a, nil
		}
	}
	if len(found) != 1 {
		return nil, none
	}
	return found[0], nil
}

// findAccounts reads accounts; each has a row for every company of his.
func findAccounts(ctx context.Context, d *record.Database, query string, args ...any) ([]*web.Account, error) {
	rows, err := d.DB.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*web.Account
	for rows.Next() {
		var a web.Account
		var groups record.Strings
		var notBefore sql.NullTime
		var company sql.NullInt64
		var name sql.NullString
		err := rows.Scan(&a.ID, &a.Login, &a.Name, &a.Email, &a.Subject, &a.PasswordHash, &a.Active, &groups,
			&a.Company, &a.Lang, &a.TimeZone, &notBefore, &company, &name)
		if err != nil {
			return nil, err
		}
		if len(out) == 0 || out[len(out)-1].ID != a.ID {
			a.GroupCodes, a.NotBefore = groups, notBefore.Time.UTC()
			out = append(out, &a)
		}
		if company.Valid {
			last := out[len(out)-1]
			last.Companies = append(last.Companies, web.CompanyName{ID: company.Int64, Name: name.String})
		}
	}
	return out, rows.Err()
}

// SetPassword implements web.Accounts.
func (accounts) SetPassword(ctx context.Context, d *record.Database, id int64, hash string) error {
	return d.System(ctx, "password").Write(func(e *record.Env) error {
		u, err := record.Get[User](e, id)
		if err != nil {
			return err
		}
		u.PasswordHash = hash
		return record.Save(e, &u)
	})
}

// SetPreferences implements web.Accounts.
func (accounts) SetPreferences(ctx context.Context, d *record.Database, id int64, lang, timeZone string) error {
	return d.System(ctx, "own preferences").Write(func(e *record.Env) error {
		u, err := record.Get[User](e, id)
		if err != nil {
			return err
		}
		u.Lang, u.TZ = lang, timeZone
		return record.Save(e, &u)
	})
}

// Administrator implements web.Accounts: the one with the external id "admin", else the
// active administrator who has been there longest.
func (a accounts) Administrator(ctx context.Context, d *record.Database) (*web.Account, error) {
	env := d.System(ctx, "administrator")
	if id, err := record.ByExternalID(env, record.UserModel, "admin"); err == nil {
		if first, err := a.ByID(ctx, d, id); err == nil && first.Active {
			return first, nil
		}
	}
	admin, err := record.First[User](env, record.Query{Order: "id", Filter: domain.Cond{Path: "groups.code", Op: domain.Eq, Value: GroupAdmin}})
	if err != nil {
		return nil, err
	}
	return a.ByID(ctx, d, admin.ID)
}

// Unset implements web.Accounts.
func (accounts) Unset(ctx context.Context, d *record.Database) (bool, error) {
	var one int
	err := d.DB.QueryRowContext(ctx, "SELECT 1 FROM base_user WHERE password_hash <> '' LIMIT 1").Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return false, err
}
