package oauthconsumer

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/wizard"
	"github.com/tessera-erp/tessera/db"
)

// attempt is one try of a person to get an authority. Its life:
//
//  1. offered: he is told where he will be sent, and why.
//  2. pending: he has set out. State, PKCE verifier and browser are pinned; earlier
//     attempts of his for the same API user and API are superseded.
//  3. waiting: he came back signed out; the code waits, sealed, until he has signed in
//     and confirmed.
//  4. exchanging: claimed, by one request only; the code is exchanged.
//  5. done, refused or failed: what he is told stands in outcome.
type attempt struct {
	id         int64
	user       int64
	subject    Subject // with its API
	definition int64
	company    int64
	run, step  string
	back       string // local path to come back to
	scopes     []string
	status     string
	outcome    *fault.Error
	browser    []byte
	verifier   []byte
	code       []byte
	expiresAt  int64
	claimedAt  int64
}

const (
	offered    = "offered"
	pending    = "pending"
	waiting    = "waiting"
	exchanging = "exchanging"
	done       = "done"
	refused    = "refused"
	failed     = "failed"
	superseded = "superseded"

	attemptLife   = 30 * time.Minute
	offerLife     = 24 * time.Hour
	exchangeLease = tokenTimeout + 20*time.Second
	attemptTable  = "oauth_consumer_attempt"
)

// attemptsPath is where attempts have their pages.
const attemptsPath = "/connections/attempts"

func (a *attempt) path(rest string) string {
	return attemptsPath + "/" + strconv.FormatInt(a.id, 36) + rest
}

// Leave implements wizard.Detour: it offers an attempt that comes back to the run's step,
// and leads to the page that tells so.
func (u *Unauthorized) Leave(env *record.Env, run *wizard.Run) (string, error) {
	return u.consumer.offer(env, u, run.Handle, run.Step, run.URL())
}

// Offer is Leave for a page that is no wizard: back is the local path to come back to.
func (u *Unauthorized) Offer(env *record.Env, back string) (string, error) {
	return u.consumer.offer(env, u, "", "", back)
}

func (c *consumer) offer(env *record.Env, u *Unauthorized, run, step, back string) (string, error) {
	a := &attempt{id: c.ids.next(c.now()), user: env.User.UserID(), subject: u.Subject, company: env.Company, run: run, step: step, back: back, scopes: u.Scopes}
	a.subject.API = u.API
	if a.user == 0 {
		return "", fault.New(fault.Unauthenticated, "Only a person can grant access.").Keyed("oauth_consumer.noperson", nil)
	}
	if err := c.mayManage(env, u.Subject, u.profile); fault.Is(err, fault.Forbidden) {
		return "", fault.New(fault.Forbidden, "%s needs permission for %s first, and you have no right to give it. Ask somebody who manages API connections.", u.provider, u.subject).
			Keyed("oauth_consumer.notgiver", map[string]any{"Provider": u.provider, "Subject": u.subject})
	} else if err != nil {
		return "", err
	}
	now := c.now()
	err := env.Database().DB.Insert(env.Context, `INSERT INTO oauth_consumer_attempt (id, user_id, api_id, definition, kind, subject, company_id, run, step, back, scopes, status, outcome, created_at, expires_at, claimed_at)
		VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, a.id, a.user, a.subject.API, string(a.subject.Kind), a.subject.ID, a.company, run, step, back,
		strings.Join(a.scopes, " "), offered, pack(u.sentence()), now.UnixMicro(), now.Add(offerLife).UnixMicro())
	return a.path(""), err
}

const attemptQuery = `SELECT id, user_id, api_id, definition, kind, subject, company_id, run, step, back, scopes, status, outcome, browser, verifier, code, expires_at, claimed_at
	FROM oauth_consumer_attempt WHERE `

func (c *consumer) readAttempt(env *record.Env, where string, args ...any) (*attempt, error) {
	a := &attempt{}
	var scopes, outcome, kind string
	err := env.Database().DB.QueryRowContext(env.Context, attemptQuery+where, args...).Scan(&a.id, &a.user, &a.subject.API, &a.definition, &kind, &a.subject.ID, &a.company,
		&a.run, &a.step, &a.back, &scopes, &a.status, &outcome, &a.browser, &a.verifier, &a.code, &a.expiresAt, &a.claimedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "There is no such sign-in, or it is not yours.").Keyed("oauth_consumer.attempt.none", nil)
	}
	a.subject.Kind, a.scopes, a.outcome = Kind(kind), strings.Fields(scopes), unpack(outcome)
	return a, db.Fault(err)
}

// hashState is what of a state is stored.
func hashState(state string) []byte {
	sum := sha256.Sum256([]byte(state))
	return sum[:]
}

// setOut pins what the answer has to fit, and returns the address of the provider. Another
// attempt, of the same person for the same thing, is over.
func (c *consumer) setOut(env *record.Env, a *attempt, l *live, browser []byte) (string, error) {
	if a.status != offered {
		a.id = c.ids.next(c.now()) // the page of an older attempt: this is a new one
	}
	var random [32]byte
	_, _ = rand.Read(random[:])
	state, verifier := base64.RawURLEncoding.EncodeToString(random[:]), oauth2.GenerateVerifier()
	sealed, err := c.seal(attemptTable, "verifier", a.id, verifier)
	if err != nil {
		return "", err
	}
	now := c.now()
	err = write(env, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE oauth_consumer_attempt SET status = ? WHERE user_id = ? AND api_id = ? AND kind = ? AND subject = ? AND id <> ? AND status IN (?, ?, ?)",
			superseded, a.user, a.subject.API, string(a.subject.Kind), a.subject.ID, a.id, offered, pending, waiting); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM oauth_consumer_attempt WHERE id = ?", a.id); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO oauth_consumer_attempt (id, state_hash, verifier, browser, user_id, api_id, definition, kind, subject, company_id, run, step, back, scopes, status, outcome, created_at, expires_at, claimed_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, a.id, hashState(state), sealed, browser, a.user, a.subject.API, l.api.definition,
			string(a.subject.Kind), a.subject.ID, a.company, a.run, a.step, a.back, strings.Join(a.scopes, " "), pending, pack(a.outcome), now.UnixMicro(), now.Add(attemptLife).UnixMicro())
		return err
	})
	if err != nil {
		return "", err
	}
	return c.authorizeURL(l, a.scopes, state, verifier), nil
}

func (c *consumer) authorizeURL(l *live, scopes []string, state, verifier string) string {
	config := oauth2.Config{ClientID: l.api.clientID, RedirectURL: c.redirectURI(), Scopes: scopes, Endpoint: oauth2.Endpoint{AuthURL: l.api.authorizeURL}}
	var options []oauth2.AuthCodeOption
	if l.api.pkce {
		options = append(options, oauth2.S256ChallengeOption(verifier))
	}
	for name, values := range l.profile.Parameters {
		options = append(options, oauth2.SetAuthURLParam(name, values[0]))
	}
	return config.AuthCodeURL(state, options...)
}

// redirectURI is where providers send people back to: from the configured base URL.
func (c *consumer) redirectURI() string { return c.app.URL(callbackPath) }

// claim makes one request the one that exchanges the code.
func (c *consumer) claim(env *record.Env, a *attempt) (bool, error) {
	now := c.now().UnixMicro()
	n, err := c.update(env, "UPDATE oauth_consumer_attempt SET status = ?, claimed_at = ? WHERE id = ? AND status = ?", exchanging, now, a.id, a.status)
	if n == 1 {
		a.status, a.claimedAt = exchanging, now
	}
	return n == 1, err
}

// keepCode keeps the code of somebody who came back signed out.
func (c *consumer) keepCode(env *record.Env, a *attempt, code string) error {
	sealed, err := c.seal(attemptTable, "code", a.id, code)
	if err != nil {
		return err
	}
	_, err = c.update(env, "UPDATE oauth_consumer_attempt SET status = ?, code = ? WHERE id = ? AND status = ?", waiting, sealed, a.id, pending)
	return err
}

// conclusion ends an attempt with what its person is told.
func (c *consumer) conclusion(env *record.Env, a *attempt, status string, why *fault.Error) error {
	a.status, a.outcome = status, why
	_, err := c.update(env, "UPDATE oauth_consumer_attempt SET status = ?, outcome = ?, verifier = NULL, code = NULL WHERE id = ? AND status = ?", status, pack(why), a.id, exchanging)
	return err
}

func (c *consumer) update(env *record.Env, query string, args ...any) (n int64, err error) {
	err = write(env, func(tx *db.Tx) error {
		res, err := tx.Exec(query, args...)
		if err == nil {
			n, err = res.RowsAffected()
		}
		return err
	})
	return n, err
}

// lastTryTells is how long a person is told what became of his last try.
const lastTryTells = 10 * time.Minute

// lastTry is what became of the person's last attempt when it came to nothing a moment ago.
func (c *consumer) lastTry(env *record.Env, l *live) (*fault.Error, error) {
	if env.User.UserID() == 0 {
		return nil, nil
	}
	a, err := c.readAttempt(env, "user_id = ? AND api_id = ? AND kind = ? AND subject = ? AND status <> ? ORDER BY id DESC LIMIT 1",
		env.User.UserID(), l.api.id, string(l.subject.Kind), l.subject.ID, offered)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil || a.status != refused && a.status != failed || c.now().Sub(moment(a.claimedAt)) > lastTryTells {
		return nil, err
	}
	return a.outcome, nil
}

// source is an address as a Content-Security-Policy names its host.
func source(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
