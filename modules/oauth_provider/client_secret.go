package oauthprovider

import (
	"slices"
	"time"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Secrets of clients. A person who saves at a screen is shown a new one once; only its
// hash and its last characters are kept. While one is exchanged for the next, two live.
const (
	shortestSecret = 8
	secretPrefix   = "tss_" // so that scanners of public code recognise a leaked one
	secretBytes    = 32
)

// overlaps are how long the old secret goes on after a rotation.
var overlaps = map[string]time.Duration{"day": 24 * time.Hour, "week": 7 * 24 * time.Hour, "now": 0}

// checkSecret makes sure that a confidential client has a secret and a public one none.
// The secret that the client has already changes nothing, so that loading is repeatable.
func checkSecret(e *record.Env, c, old *Client) error {
	if c.Public {
		if c.Secret != "" {
			return fault.New(fault.Invalid, "A public client has no secret: leave it empty.").On("secret").Keyed("oauth_provider.client.publicsecret", nil)
		}
		return nil
	}
	have, err := liveSecretsOf(e, c.ID)
	if err != nil {
		return err
	}
	if c.Secret == "" {
		if len(have) > 0 && !old.Public {
			return nil
		}
		if made := newClientSecret(); e.Reveal("secret", made) {
			c.Secret = made
			return nil
		}
		return fault.New(fault.Invalid, "Write a secret, or make the client public.").On("secret").Keyed("oauth_provider.client.nosecret", nil)
	}
	if len(c.Secret) < shortestSecret {
		return fault.New(fault.Invalid, "Use at least %d characters, best a random text.", shortestSecret).On("secret").
			Keyed("oauth_provider.client.shortsecret", map[string]any{"Length": shortestSecret})
	}
	hash := oauth.HashSecret(c.Secret)
	if slices.ContainsFunc(have, func(s oauth.Secret) bool { return s.Hash == hash }) {
		c.Secret = ""
	}
	return nil
}

func newClientSecret() string { return secretPrefix + randomText(secretBytes) }

// storeSecret puts a secret in the place of all others.
func storeSecret(e *record.Env, c *Client) error {
	if c.Secret == "" && !c.Public {
		return nil
	}
	secret := c.Secret
	c.Secret = ""
	return write(e, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM oauth_provider_secret WHERE client_id = ?", c.ID); err != nil || secret == "" {
			return err
		}
		return insertSecret(e, tx, c.ID, secret)
	})
}

func insertSecret(e *record.Env, tx *db.Tx, clientID int64, secret string) error {
	hash := oauth.HashSecret(secret)
	hint := secret[len(secret)-min(4, len(secret)/4):]
	_, err := tx.Exec("INSERT INTO oauth_provider_secret (client_id, hash, hint, created_at, created_by, expires_at) VALUES (?, ?, ?, ?, ?, 0)", clientID, hash[:], hint, e.Now.UnixMicro(), e.User.UserID())
	return err
}

// liveSecretsOf returns the secrets of a client that work now, oldest first.
func liveSecretsOf(e *record.Env, clientID int64) ([]oauth.Secret, error) {
	all, err := secretsOf(e, clientID)
	return slices.DeleteFunc(all, func(s oauth.Secret) bool { return !s.ExpiresAt.IsZero() && !e.Now.Before(s.ExpiresAt) }), err
}

// secretsOf returns all secrets of a client, oldest first; the engine looks when each ends.
func secretsOf(e *record.Env, clientID int64) ([]oauth.Secret, error) {
	rows, err := e.Database().DB.QueryContext(e.Context, "SELECT id, hash, expires_at FROM oauth_provider_secret WHERE client_id = ? ORDER BY id", clientID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []oauth.Secret
	for rows.Next() {
		var s oauth.Secret
		var hash []byte
		var expires int64
		if err := rows.Scan(&s.ID, &hash, &expires); err != nil {
			return nil, err
		}
		copy(s.Hash[:], hash)
		s.ExpiresAt = moment(expires)
		out = append(out, s)
	}
	return out, rows.Err()
}

// secretActions are what a manager does with the secrets and tokens of a client.
func secretActions() []record.Action {
	confidential := `[["public", "=", false]]`
	return []record.Action{
		{Name: "rotate_secret", Label: "Rotate secret", Icon: "refresh", Groups: []string{GroupManager}, When: confidential, Button: record.OnCard, RunWith: rotateSecret,
			Confirm: "Make a new secret? It is shown once. Until when does the present one work?",
			Options: []record.Option{
				{Value: "day", Label: "Keep it working for 24 hours", Help: "Time to change the application over without an outage."},
				{Value: "week", Label: "Keep it working for 7 days", Help: "Where several people or places have to change."},
				{Value: "now", Label: "Stop it now", Help: "Choose this if it has leaked, and revoke all tokens too."},
			}},
		{Name: "end_old_secrets", Label: "End old secrets", Icon: "ban", Groups: []string{GroupManager}, When: confidential, Button: record.OnCard, Run: endOldSecrets,
			Confirm: "From now on only the newest secret works."},
		{Name: "revoke_tokens", Label: "Revoke all tokens", Icon: "ban", Tone: "bad", Groups: []string{GroupManager}, Bulk: true, Button: record.BehindDots, Run: revokeTokens,
			Confirm: "Every token that was issued is dead at its next use. People who let the application in need not be asked again."},
	}
}

// rotateSecret makes a new secret and lets the newest of the old ones live on for a
// while; of those before it none.
func rotateSecret(env *record.Env, ids []int64, overlap string) (string, error) {
	for _, id := range ids {
		c, err := record.Get[Client](env, id)
		if err != nil {
			return "", err
		}
		err = changeSecrets(env, &c, "secret_rotated", func(in *record.Env, tx *db.Tx, live []oauth.Secret) error {
			secret := newClientSecret()
			if c.Public || !in.Reveal("secret", secret) {
				return fault.New(fault.Invalid, "A secret is made where a person can see it: open the client and rotate it there.").Keyed("oauth_provider.client.unseen", nil)
			}
			for i, s := range live {
				end := env.Now
				if i == len(live)-1 {
					end = env.Now.Add(overlaps[overlap])
				}
				if err := endSecret(tx, s, end); err != nil {
					return err
				}
			}
			return insertSecret(in, tx, id, secret)
		})
		if err != nil {
			return "", err
		}
	}
	return map[string]string{
		"day":  "The new secret stands below, this one time. The old one works for 24 more hours.",
		"week": "The new secret stands below, this one time. The old one works for seven more days.",
		"now":  "The new secret stands below, this one time. The old one has stopped working.",
	}[overlap], nil
}

// endOldSecrets leaves the newest secret only.
func endOldSecrets(env *record.Env, ids []int64) (string, error) {
	for _, id := range ids {
		c, err := record.Get[Client](env, id)
		if err != nil {
			return "", err
		}
		err = changeSecrets(env, &c, "secrets_ended", func(_ *record.Env, tx *db.Tx, live []oauth.Secret) error {
			for _, s := range live[:max(len(live)-1, 0)] {
				if err := endSecret(tx, s, env.Now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return "Only the newest secret works now.", nil
}

func endSecret(tx *db.Tx, s oauth.Secret, at time.Time) error {
	if !s.ExpiresAt.IsZero() && s.ExpiresAt.Before(at) {
		return nil
	}
	_, err := tx.Exec("UPDATE oauth_provider_secret SET expires_at = ? WHERE id = ?", at.UnixMicro(), s.ID)
	return err
}

// changeSecrets gives fn the secrets that live, oldest first, and makes the client a new
// definition, so that every instance looks at its secrets again.
func changeSecrets(env *record.Env, c *Client, action string, fn func(*record.Env, *db.Tx, []oauth.Secret) error) error {
	return env.Write(func(in *record.Env) error {
		if err := renewDefinition(in, c.ID); err != nil { // the row's lock: two rotations come one after the other
			return err
		}
		live, err := liveSecretsOf(in, c.ID)
		if err != nil {
			return err
		}
		if err := write(in, func(tx *db.Tx) error { return fn(in, tx, live) }); err != nil {
			return err
		}
		return record.Audit(in, "oauth_provider.client", c.ID, c.Name, action)
	})
}

// revokeTokens ends whatever was issued to clients so far.
func revokeTokens(env *record.Env, ids []int64) (string, error) {
	for _, id := range ids {
		c, err := record.Get[Client](env, id)
		if err != nil {
			return "", err
		}
		err = env.Write(func(in *record.Env) error {
			err := write(in, func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE oauth_provider_client SET not_before = ? WHERE id = ?", in.Now, id)
				return err
			})
			if err != nil {
				return err
			}
			return record.Audit(in, "oauth_provider.client", id, c.Name, "tokens_revoked")
		})
		if err != nil {
			return "", err
		}
	}
	return "All tokens issued so far are revoked.", nil
}
