package web

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

const sessionColumns = "id, user_id, company_id, auth_time, amr, acr, user_agent, address, created_at, last_seen, expires_at, kept"

func (s *Session) scan(scan func(...any) error) error {
	var company record.ID
	var amr string
	err := scan(&s.ID, &s.UserID, &company, &s.AuthTime, &amr, &s.ACR, &s.UserAgent, &s.Address, &s.CreatedAt, &s.LastSeen, &s.ExpiresAt, &s.Kept)
	s.Company, s.AMR = int64(company), strings.Fields(amr)
	for _, t := range []*time.Time{&s.AuthTime, &s.CreatedAt, &s.LastSeen, &s.ExpiresAt} {
		*t = t.UTC()
	}
	return err
}

func (a *Application) lifetimes() Lifetimes {
	if a.Sessions == (Lifetimes{}) {
		return DefaultLifetimes
	}
	return a.Sessions
}

// idle is how long a session lives without a request.
func (a *Application) idle(s *Session) time.Duration {
	if s.Kept {
		return a.lifetimes().KeptIdle
	}
	return a.lifetimes().Idle
}

// alive reports whether a session has not run out by itself.
func (a *Application) alive(s *Session, now time.Time) bool {
	return now.Before(s.ExpiresAt) && now.Before(s.LastSeen.Add(a.idle(s)))
}

// Recognise loads the session of the browser's cookie into Session, Account and Env. It
// leaves them empty when there is none, or it is over, or the account may not sign in
// any more. Revocation holds at the next request: nothing is cached.
func (c *Ctx) Recognise() error {
	if c.known {
		return nil
	}
	c.known = true
	key, ok := parseSecret(c.cookie(cookieSession))
	if !ok {
		return nil
	}
	d := c.App.Database
	var s Session
	err := s.scan(d.DB.QueryRowContext(c.Env, "SELECT "+sessionColumns+" FROM session WHERE hash = ?", key.hash()).Scan)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !c.App.alive(&s, c.Env.Now) {
		return nil
	}
	if err != nil {
		return db.Fault(err)
	}
	a, err := c.App.Accounts.ByID(c.Env, d, s.UserID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return db.Fault(err)
	}
	if !a.Active || s.CreatedAt.Before(a.NotBefore) {
		return nil
	}
	c.act(a, &s)
	if c.Env.Now.Sub(s.LastSeen) >= seenEvery {
		c.mounted.server.seen.note(d, s.ID, c.Env.Now)
	}
	return nil
}

// act makes the request that person's.
func (c *Ctx) act(a *Account, s *Session) {
	companies := make([]int64, 0, len(a.Companies))
	active := a.Company
	for _, co := range a.Companies {
		companies = append(companies, co.ID)
		if co.ID == s.Company {
			active = co.ID
		}
	}
	c.Account, c.Session = a, s
	c.Env = c.App.Database.Env(c.Request().Context(), a, active, companies)
	c.Env.Origin = c.request.id
	c.Env.Location = Zone(a.TimeZone)
	c.speak(a.Lang)
}

// StartSession signs the person in on this browser: the old session of the browser is
// dead, its cookie names nothing (session fixation), and a new one begins. amr says how
// he proved himself (RFC 8176).
func (c *Ctx) StartSession(a *Account, kept bool, amr ...string) error {
	return c.startSession(a, kept, c.now(), amr)
}

func (c *Ctx) startSession(a *Account, kept bool, authTime time.Time, amr []string) error {
	old, had := parseSecret(c.cookie(cookieSession))
	key, now := newSecret(), c.now()
	life := c.App.lifetimes()
	s := &Session{UserID: a.ID, Company: a.Company, AuthTime: authTime, AMR: amr, UserAgent: clip(c.Request().UserAgent(), 256),
		Address: c.Address(), CreatedAt: now, LastSeen: now, ExpiresAt: now.Add(life.Absolute), Kept: kept}
	if kept {
		s.ExpiresAt = now.Add(life.KeptAbsolute)
	}
	if c.Session != nil && c.Session.UserID == a.ID {
		s.Company = c.Session.Company
	}
	before := *c
	c.act(a, s)
	err := c.Env.Write(func(e *record.Env) error {
		return c.App.Database.DB.Write(e, func(tx *db.Tx) error {
			if had {
				if _, err := tx.Exec("DELETE FROM session WHERE hash = ?", old.hash()); err != nil {
					return err
				}
			}
			err := tx.QueryRow(`INSERT INTO session (hash, user_id, company_id, auth_time, amr, acr, user_agent, address, created_at, last_seen, expires_at, kept)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
				key.hash(), s.UserID, record.ID(s.Company), s.AuthTime, strings.Join(amr, " "), s.ACR, s.UserAgent, s.Address, s.CreatedAt, s.LastSeen, s.ExpiresAt, s.Kept).Scan(&s.ID)
			if err != nil {
				return err
			}
			if err := dropOldest(tx, a.ID); err != nil {
				return err
			}
			return c.auditPerson(e, a, "sign in")
		})
	})
	if err != nil {
		*c = before
		return err
	}
	age := endOfBrowser
	if kept {
		age = int(life.KeptAbsolute / time.Second)
	}
	c.setCookie(cookieSession, key.String(), age)
	return nil
}

// maxSessions bounds the living sessions of one person; the oldest gives way.
const maxSessions = 200

func dropOldest(tx *db.Tx, user int64) error {
	_, err := tx.Exec("DELETE FROM session WHERE user_id = ? AND id <= (SELECT id FROM session WHERE user_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
		user, user, maxSessions)
	return err
}

// auditPerson writes what happened to an account that is not a change of its fields.
func (c *Ctx) auditPerson(e *record.Env, a *Account, action string) error {
	if _, ok := e.Registry().Model(record.UserModel); !ok {
		return nil
	}
	return record.Audit(e, record.UserModel, a.ID, a.Name, action)
}

// EndSession signs this browser out.
func (c *Ctx) EndSession() error {
	key, ok := parseSecret(c.cookie(cookieSession))
	c.setCookie(cookieSession, "", goneAtOnce)
	if !ok {
		return nil
	}
	c.Session, c.Account = nil, nil
	return c.App.Database.DB.Write(c.Env, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM session WHERE hash = ?", key.hash())
		return err
	})
}

// SessionsOf lists a person's living sessions, the last used first.
func SessionsOf(ctx context.Context, app *Application, user int64) ([]Session, error) {
	now := app.Database.Nobody(ctx).Now
	rows, err := app.Database.DB.QueryContext(ctx, "SELECT "+sessionColumns+" FROM session WHERE user_id = ? AND expires_at > ? ORDER BY last_seen DESC, id DESC LIMIT 100", user, now)
	if err != nil {
		return nil, db.Fault(err)
	}
	defer rows.Close()
	var out []Session
	for rows.Next() {
		var s Session
		if err := s.scan(rows.Scan); err != nil {
			return nil, err
		}
		if app.alive(&s, now) {
			out = append(out, s)
		}
	}
	return out, db.Fault(rows.Err())
}

// EndSessions ends sessions of one person: one of them when only is not zero, else all
// but the one named by except (0: all). It returns how many ended.
func EndSessions(ctx context.Context, app *Application, user, only, except int64) (int, error) {
	text, args := "DELETE FROM session WHERE user_id = ? AND id <> ?", []any{user, except}
	if only != 0 {
		text, args = "DELETE FROM session WHERE user_id = ? AND id = ?", []any{user, only}
	}
	var n int64
	err := app.Database.DB.Write(ctx, func(tx *db.Tx) error {
		res, err := tx.Exec(text, args...)
		if err == nil {
			n, err = res.RowsAffected()
		}
		return err
	})
	return int(n), err
}

// Purge removes what is over: sessions, counted attempts, setup links. It takes at most
// a thousand sessions at a time and reports whether more wait.
func Purge(env *record.Env) (more bool, err error) {
	err = env.Database().DB.Write(env, func(tx *db.Tx) error {
		res, err := tx.Exec("DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at <= ? LIMIT 1000)", env.Now)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		more = n == 1000
		if _, err = tx.Exec("DELETE FROM attempt WHERE last_at < ?", env.Now.Add(-forgetAccount)); err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM setup WHERE expires_at <= ?", env.Now)
		return err
	})
	return more, err
}

// now is the time as of this moment, not of the request's beginning: a sign-in waits
// for its turn in between.
func (c *Ctx) now() time.Time { return c.App.Database.Nobody(c.Env).Now }

// clip cuts a text to at most n bytes without splitting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s[:n], "\x00", ""), "")
}

func setSessionCompany(ctx context.Context, app *Application, session, company int64) error {
	return app.Database.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE session SET company_id = ? WHERE id = ?", company, session)
		return err
	})
}
