package oauthconsumer

import (
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// suspended reports whether the database was copied or restored to another place since
// somebody last said that it may call production APIs from where it is. A copy for tests
// must not file returns.
func (c *consumer) suspended(l *live) bool {
	return l.api.environment == Production && c.elsewhere(l.deployment)
}

func (c *consumer) elsewhere(deployment string) bool {
	return deployment != "" && deployment != c.app.Deployment
}

// moved reports whether production connections are held back.
func (c *consumer) moved(env *record.Env) (bool, error) {
	var value string
	err := env.Database().DB.QueryRowContext(env.Context, "SELECT COALESCE((SELECT value FROM oauth_consumer_place WHERE name = 'deployment'), '')").Scan(&value)
	return c.elsewhere(value), db.Fault(err)
}

// confirmPlace says that production APIs may be called from where the database is now.
func (c *consumer) confirmPlace(env *record.Env) error {
	return env.Write(func(in *record.Env) error {
		err := write(in, func(tx *db.Tx) error {
			_, err := tx.Exec("INSERT INTO oauth_consumer_place (name, value) VALUES ('deployment', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", c.app.Deployment)
			return err
		})
		if err != nil {
			return err
		}
		return record.Audit(in, "oauth_consumer.connection", 0, "", "place_confirmed")
	})
}
