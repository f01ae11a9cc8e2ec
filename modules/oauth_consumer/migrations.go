package oauthconsumer

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{{ID: "0001_providers_connections", Up: createTables}, {ID: "0002_default_api", Up: indexDefaults}}
}

// createTables makes what people set up (provider, api) and what comes of it, with the
// columns every model has, and the module's own tables, whose times are microseconds since
// 1970 (0: not happened).
func createTables(tx *gorm.DB) error {
	type Meta struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	type provider struct {
		Meta
		Name, Key, Profile string
		Summary, Kinds     string
		Notes              string
		RemindDays         int64
		Active             bool
	}
	type api struct {
		Meta
		Name                              string
		ProviderID                        *int64 `gorm:"index"`
		Environment                       string
		BaseURL, AuthorizeURL             string
		TokenURL, RevokeURL               string
		ClientID, AuthStyle, Grant        string
		Scopes                            string
		PKCE, AllowPrivateHosts, IssParam bool
		Issuer                            string
		RatePerMinute, Definition         int64
		Active                            bool
	}
	// secret is a sealed client secret or private key; the newest is used first.
	type secret struct {
		ID        int64  `gorm:"primaryKey;autoIncrement:false"`
		APIID     int64  `gorm:"column:api_id;not null;index"`
		Sealed    []byte `gorm:"not null"`
		Hint      string `gorm:"not null"`
		CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
	}
	type connection struct {
		Meta
		Name            string
		APIID           *int64 `gorm:"column:api_id"`
		Kind, Model     string
		Subject         int64
		CompanyID       *int64 `gorm:"index"`
		Status          string
		Scopes          string
		ExpiresAt       *time.Time
		AuthorityEndsAt *time.Time
		GrantedBy       *int64
		GrantedAt       *time.Time
		UsedAt          *time.Time
		LastCall        string
		LastError       string
	}
	// token is what a connection is used with. Its version counts the tokens that there
	// were: whoever changes it compares.
	type token struct {
		ConnectionID int64 `gorm:"primaryKey;autoIncrement:false"`
		Version      int64 `gorm:"not null"`
		Access       []byte
		Refresh      []byte
		// Places are the origins of API and token endpoint at the time of the grant.
		Places    string `gorm:"not null"`
		ExpiresAt int64  `gorm:"not null"`
		UsedAt    int64  `gorm:"not null"`
		// LeaseUntil, LeaseHolder: who refreshes at this moment.
		LeaseUntil  int64  `gorm:"not null"`
		LeaseHolder string `gorm:"not null"`
		// RefreshStartedAt is set before a refresh token is sent and cleared when the
		// answer is saved: what is left over was interrupted in between.
		RefreshStartedAt int64 `gorm:"not null"`
	}
	// choice is the API that an API user has selected among those of a provider.
	type choice struct {
		Kind       string `gorm:"primaryKey"`
		Subject    int64  `gorm:"primaryKey;autoIncrement:false"`
		ProviderID int64  `gorm:"primaryKey;autoIncrement:false"`
		APIID      int64  `gorm:"column:api_id;not null"`
	}
	type attempt struct {
		ID         int64  `gorm:"primaryKey;autoIncrement:false"`
		StateHash  []byte `gorm:"index:oauth_consumer_attempt_state,unique"`
		Verifier   []byte
		Code       []byte
		Browser    []byte
		UserID     int64  `gorm:"not null;index:oauth_consumer_attempt_user,priority:1"`
		APIID      int64  `gorm:"column:api_id;not null"`
		Definition int64  `gorm:"not null"`
		Kind       string `gorm:"not null"`
		Subject    int64  `gorm:"not null"`
		CompanyID  int64  `gorm:"not null"`
		Run        string `gorm:"not null"`
		Step       string `gorm:"not null"`
		Back       string `gorm:"not null"`
		Scopes     string `gorm:"not null"`
		Status     string `gorm:"not null"`
		Outcome    string `gorm:"not null"`
		CreatedAt  int64  `gorm:"not null;autoCreateTime:false"`
		ExpiresAt  int64  `gorm:"not null"`
		ClaimedAt  int64  `gorm:"not null"`
	}
	// intent is something that must happen only once, noted before it is sent.
	type intent struct {
		ID        int64  `gorm:"primaryKey;autoIncrement:false"`
		APIID     int64  `gorm:"column:api_id;not null"`
		Kind      string `gorm:"not null"`
		Subject   int64  `gorm:"not null"`
		Endpoint  string `gorm:"not null"`
		Key       string `gorm:"not null"`
		BodyHash  []byte `gorm:"not null"`
		UserID    int64  `gorm:"not null"`
		UserName  string `gorm:"not null"`
		Status    string `gorm:"not null"`
		HTTP      int64  `gorm:"column:http_status;not null"`
		CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
		EndedAt   int64  `gorm:"not null"`
	}
	// pace is what an API lets us call: a window of a minute, shared by all instances.
	type pace struct {
		APIID       int64 `gorm:"column:api_id;primaryKey;autoIncrement:false"`
		Minute      int64 `gorm:"not null"`
		Taken       int64 `gorm:"not null"`
		PausedUntil int64 `gorm:"not null"`
	}
	type place struct {
		Name  string `gorm:"primaryKey"`
		Value string `gorm:"not null"`
	}
	for _, t := range []struct {
		name string
		row  any
	}{
		{"provider", &provider{}}, {"api", &api{}}, {"secret", &secret{}}, {"connection", &connection{}}, {"token", &token{}}, {"choice", &choice{}},
		{"attempt", &attempt{}}, {"intent", &intent{}}, {"pace", &pace{}}, {"place", &place{}},
	} {
		if err := tx.Table("oauth_consumer_" + t.name).AutoMigrate(t.row); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		"CREATE UNIQUE INDEX oauth_consumer_provider_key ON oauth_consumer_provider (key)",
		"CREATE UNIQUE INDEX oauth_consumer_connection_user ON oauth_consumer_connection (api_id, kind, subject)",
		"CREATE INDEX oauth_consumer_connection_of ON oauth_consumer_connection (kind, subject)",
		"CREATE INDEX oauth_consumer_connection_ends ON oauth_consumer_connection (authority_ends_at)",
		"CREATE INDEX oauth_consumer_connection_name ON oauth_consumer_connection (name, id)",
		"CREATE UNIQUE INDEX oauth_consumer_intent_once ON oauth_consumer_intent (api_id, kind, subject, endpoint, key) WHERE status <> 'refused'",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

// indexDefaults lets a call find the API that goes without saying by one look.
func indexDefaults(tx *gorm.DB) error {
	return tx.Exec("CREATE INDEX oauth_consumer_api_default ON oauth_consumer_api (provider_id, (CASE WHEN client_id = '' THEN 1 ELSE 0 END), environment, id) WHERE active").Error
}
