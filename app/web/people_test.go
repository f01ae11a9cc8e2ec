package web_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db"
)

// login is a person's account as the test keeps it.
type login struct {
	ID                        int64
	Login, Email, Name        string
	Groups, Hash              string
	Active                    bool
	Lang, TimeZone, Companies string
	NotBefore                 time.Time
}

var migrations = []db.Migration{{ID: "0001_test", Up: func(tx *gorm.DB) error {
	if err := tx.Table("base_user").AutoMigrate(&person{}); err != nil {
		return err
	}
	if err := tx.Table("login").AutoMigrate(&login{}); err != nil {
		return err
	}
	return tx.Table("test_thing").AutoMigrate(&thing{})
}}}

// accounts implements web.Accounts over the table login, one query a call.
type accounts struct{}

func (accounts) one(ctx context.Context, d *record.Database, where string, args ...any) (*web.Account, error) {
	a := &web.Account{Company: 1, Companies: []web.CompanyName{{ID: 1, Name: "Mosaic Ltd"}, {ID: 2, Name: "Carreaux SA"}}, Subject: "subject"}
	var groups string
	err := d.DB.QueryRowContext(ctx, "SELECT id, login, email, name, groups, hash, active, lang, time_zone, not_before FROM login WHERE "+where, args...).
		Scan(&a.ID, &a.Login, &a.Email, &a.Name, &groups, &a.PasswordHash, &a.Active, &a.Lang, &a.TimeZone, &a.NotBefore)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "There is no such account.")
	}
	a.GroupCodes = strings.Fields(groups)
	return a, err
}

func (s accounts) ByID(ctx context.Context, d *record.Database, id int64) (*web.Account, error) {
	return s.one(ctx, d, "id = ?", id)
}

func (s accounts) ByLogin(ctx context.Context, d *record.Database, name string) (*web.Account, error) {
	name = strings.ToLower(name)
	return s.one(ctx, d, "lower(login) = ? OR lower(email) = ?", name, name)
}

func (accounts) SetPassword(ctx context.Context, d *record.Database, id int64, hash string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE login SET hash = ?, not_before = ? WHERE id = ?", hash, d.Nobody(ctx).Now, id)
		return err
	})
}

func (accounts) Unset(ctx context.Context, d *record.Database) (bool, error) {
	var n int
	err := d.DB.QueryRowContext(ctx, "SELECT count(*) FROM login WHERE hash <> ''").Scan(&n)
	return n == 0, err
}

func (s accounts) Administrator(ctx context.Context, d *record.Database) (*web.Account, error) {
	return s.one(ctx, d, "id = (SELECT min(id) FROM login)")
}

func (accounts) SetPreferences(ctx context.Context, d *record.Database, id int64, lang, zone string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE login SET lang = ?, time_zone = ? WHERE id = ?", lang, zone, id)
		return err
	})
}

// tokens lets in exactly one bearer token.
type tokens struct{ app *web.Application }

func (s tokens) Authenticate(r *http.Request, _ []string) (*record.Env, *web.Account, *web.Challenge) {
	switch r.Header.Get("Authorization") {
	case "":
		return nil, nil, &web.Challenge{Status: http.StatusUnauthorized}
	case "Bearer good":
		a, err := s.app.Accounts.ByID(r.Context(), s.app.Database, 1)
		if err != nil {
			return nil, nil, &web.Challenge{Status: http.StatusServiceUnavailable, Description: "storage"}
		}
		return s.app.Database.Env(r.Context(), a, 1, []int64{1}), a, nil
	}
	return nil, nil, &web.Challenge{Status: http.StatusUnauthorized, Code: "invalid_token", Description: `no "such" token`}
}
