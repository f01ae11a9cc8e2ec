package oauthprovider

import (
	"time"

	"gorm.io/gorm"

	"github.com/tessera-erp/tessera/db"
)

func migrations() []db.Migration {
	return []db.Migration{
		{ID: "0001_scopes_clients_tokens", Up: createTables},
		{ID: "0002_one_live_key", Up: oneLiveKey},
		{ID: "0003_token_resources", Up: tokenResources},
		{ID: "0004_legacy_and_jwt", Up: legacyAndJWT},
		{ID: "0005_grant_used", Up: grantUsed},
		{ID: "0006_client_activity", Up: clientActivity},
		{ID: "0007_token_days", Up: tokenDays},
	}
}

// createTables makes definitions (scopes, clients) with the columns every model has,
// and the protocol's own tables, whose times are microseconds since 1970 (0: not
// happened) so that the hot paths neither parse nor convert.
func createTables(tx *gorm.DB) error {
	type Meta struct {
		ID        int64 `gorm:"primaryKey"`
		Version   int64 `gorm:"not null"`
		CreatedAt time.Time
		UpdatedAt time.Time
		CreatedBy *int64
		UpdatedBy *int64
	}
	type join struct {
		RecordID int64 `gorm:"primaryKey;autoIncrement:false"`
		TargetID int64 `gorm:"primaryKey;autoIncrement:false;index"`
	}
	type scope struct {
		Meta
		Code, Name, Description string
		Model, Filter           string
		AllRecords              bool
		Fields, Operations      string
		Sequence, Revision      int64
		Required, Sensitive     bool
		Protocol, Active        bool
	}
	type revision struct {
		ScopeID    int64 `gorm:"primaryKey;autoIncrement:false"`
		Revision   int64 `gorm:"primaryKey;autoIncrement:false"`
		Model      string
		Filter     string
		AllRecords bool
		Fields     string
		Operations string
	}
	type client struct {
		Meta
		Name, Identifier, Publisher            string
		Homepage, PolicyURL, TermsURL          string
		ApplicationType, PKCE, IDTokenAlg      string
		Public, SkipAuthorization, AllowHTTP   bool
		NoQueryToken, Active                   bool
		RedirectURIs                           string `gorm:"column:redirect_uris"`
		UserID                                 *int64
		AccessSeconds, CodeSeconds             int64
		RefreshIdleSeconds, RefreshLastSeconds int64
		Definition                             int64
		NotBefore                              *time.Time
	}
	type secret struct {
		ID        int64  `gorm:"primaryKey"`
		ClientID  int64  `gorm:"not null;index"`
		Hash      []byte `gorm:"not null"`
		Hint      string `gorm:"not null"`
		CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
		ExpiresAt int64  `gorm:"not null"`
	}
	type grant struct {
		ID          int64  `gorm:"primaryKey"`
		UserID      int64  `gorm:"not null"`
		ClientID    int64  `gorm:"not null;index"`
		Scopes      string `gorm:"not null"`
		Refused     string `gorm:"not null"`
		Skipped     bool   `gorm:"not null"`
		GivenAt     int64  `gorm:"not null"`
		WithdrawnAt int64  `gorm:"not null"`
	}
	type authorization struct {
		ID            int64  `gorm:"primaryKey;autoIncrement:false"`
		UserID        int64  `gorm:"not null;index"`
		ClientID      int64  `gorm:"not null"`
		GrantID       int64  `gorm:"not null;index"`
		SessionID     string `gorm:"not null"`
		Scopes        string `gorm:"not null"`
		CodeHash      []byte `gorm:"not null"`
		CodeExpiresAt int64  `gorm:"not null"`
		SpentAt       int64  `gorm:"not null"`
		RedirectURI   string `gorm:"not null"`
		RedirectNamed bool   `gorm:"not null"`
		Challenge     string `gorm:"not null"`
		Nonce         string `gorm:"not null"`
		AuthTime      int64  `gorm:"not null"`
		AMR           string `gorm:"not null"`
		ACR           string `gorm:"not null"`
		RefreshHash   []byte
		Generation    int64 `gorm:"not null"`
		RotatedAt     int64 `gorm:"not null"`
		ExpiresAt     int64 `gorm:"not null"`
		AbsoluteAt    int64 `gorm:"not null"`
		RevokedAt     int64 `gorm:"not null"`
	}
	type token struct {
		ID              int64  `gorm:"primaryKey;autoIncrement:false"`
		Hash            []byte `gorm:"not null"`
		AuthorizationID int64  `gorm:"not null"`
		GrantID         int64  `gorm:"not null"`
		UserID          int64  `gorm:"not null"`
		ClientID        int64  `gorm:"not null"`
		Scopes          string `gorm:"not null"`
		ExpiresAt       int64  `gorm:"not null"`
		RevokedAt       int64  `gorm:"not null"`
	}
	type pending struct {
		ID        int64  `gorm:"primaryKey;autoIncrement:false"`
		Hash      []byte `gorm:"not null"`
		SessionID string `gorm:"not null"`
		UserID    int64  `gorm:"not null"`
		ClientID  int64  `gorm:"not null"`
		Sealed    []byte `gorm:"not null"`
		ExpiresAt int64  `gorm:"not null"`
	}
	type key struct {
		ID        int64  `gorm:"primaryKey;autoIncrement:false"`
		Kid       string `gorm:"not null;uniqueIndex:oauth_provider_key_kid"`
		Algorithm string `gorm:"not null"`
		Public    string `gorm:"not null"`
		Sealed    []byte `gorm:"not null"`
		CreatedAt int64  `gorm:"not null;autoCreateTime:false"`
		RetiredAt int64  `gorm:"not null"`
	}
	for _, t := range []struct {
		name string
		row  any
	}{
		{"scope", &scope{}}, {"scope_revision", &revision{}}, {"client", &client{}}, {"client_scopes", &join{}},
		{"client_default_scopes", &join{}}, {"client_groups", &join{}}, {"client_companies", &join{}},
		{"secret", &secret{}}, {"grant", &grant{}}, {"authorization", &authorization{}},
		{"token", &token{}}, {"pending", &pending{}}, {"key", &key{}},
	} {
		if err := tx.Table("oauth_provider_" + t.name).AutoMigrate(t.row); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		"CREATE UNIQUE INDEX oauth_provider_scope_code ON oauth_provider_scope (code)",
		"CREATE UNIQUE INDEX oauth_provider_client_identifier ON oauth_provider_client (identifier)",
		"CREATE UNIQUE INDEX oauth_provider_grant_live ON oauth_provider_grant (user_id, client_id) WHERE withdrawn_at = 0",
		"CREATE INDEX oauth_provider_grant_user ON oauth_provider_grant (user_id, client_id, id)",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

// oneLiveKey lets instances that start at the same moment make one key of an algorithm:
// two keys to derive refresh tokens from would end each other's.
func oneLiveKey(tx *gorm.DB) error {
	return tx.Exec("CREATE UNIQUE INDEX oauth_provider_key_live ON oauth_provider_key (algorithm) WHERE retired_at = 0").Error
}

// tokenResources adds what tokens are for (RFC 8707), and which claims a client wants in
// its id_token: lists of words.
func tokenResources(tx *gorm.DB) error {
	for _, column := range []string{"authorization ADD COLUMN resources", "authorization ADD COLUMN claims", "token ADD COLUMN resources"} {
		if err := tx.Exec("ALTER TABLE oauth_provider_" + column + " text NOT NULL DEFAULT ''").Error; err != nil {
			return err
		}
	}
	return nil
}

// legacyAndJWT adds the kind of a client's access tokens, and the end of the grants that
// need one.
func legacyAndJWT(tx *gorm.DB) error {
	type Client struct {
		TokenKind   string `gorm:"not null;default:''"`
		TokenAlg    string `gorm:"not null;default:''"`
		LegacyUntil *string
	}
	for _, column := range []string{"TokenKind", "TokenAlg", "LegacyUntil"} {
		if err := tx.Table("oauth_provider_client").Migrator().AddColumn(&Client{}, column); err != nil {
			return err
		}
	}
	return nil
}

// grantUsed keeps when a grant was used last beyond the life of its tokens, and finds the
// tokens that only a grant stands behind (implicit, password). Those of the other grants
// are not in the index, so that issuing them costs no more than before.
func grantUsed(tx *gorm.DB) error {
	for _, statement := range []string{
		"ALTER TABLE oauth_provider_grant ADD COLUMN used_at bigint NOT NULL DEFAULT 0",
		"CREATE INDEX oauth_provider_token_grant ON oauth_provider_token (grant_id, id) WHERE authorization_id = 0 AND grant_id <> 0",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

// clientActivity adds what the screens of a client tell of it: who made a secret and when
// it was used last, tokens of a client by their end, tokens issued a day, and redirect
// URIs that were refused.
func clientActivity(tx *gorm.DB) error {
	type TokenDay struct {
		ClientID int64 `gorm:"primaryKey;autoIncrement:false"`
		Day      int64 `gorm:"primaryKey;autoIncrement:false"`
		Issued   int64 `gorm:"not null"`
	}
	type Tally struct {
		ID   int64 `gorm:"primaryKey;autoIncrement:false"`
		Upto int64 `gorm:"not null"`
	}
	type Redirect struct {
		ID       int64  `gorm:"primaryKey"`
		ClientID int64  `gorm:"not null;uniqueIndex:oauth_provider_refused_redirect_uri,priority:1"`
		URI      string `gorm:"not null;uniqueIndex:oauth_provider_refused_redirect_uri,priority:2"`
		Address  string `gorm:"not null"`
		FirstAt  int64  `gorm:"not null"`
		LastAt   int64  `gorm:"not null"`
		Times    int64  `gorm:"not null"`
	}
	for name, row := range map[string]any{"token_day": &TokenDay{}, "tally": &Tally{}, "refused_redirect": &Redirect{}} {
		if err := tx.Table("oauth_provider_" + name).AutoMigrate(row); err != nil {
			return err
		}
	}
	for _, statement := range []string{
		"ALTER TABLE oauth_provider_secret ADD COLUMN created_by bigint NOT NULL DEFAULT 0",
		"ALTER TABLE oauth_provider_secret ADD COLUMN used_at bigint NOT NULL DEFAULT 0",
		"CREATE INDEX oauth_provider_token_client ON oauth_provider_token (client_id, expires_at, id)",
		"INSERT INTO oauth_provider_tally (id, upto) VALUES (1, 0)",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

// tokenDays keeps when the last token of a day was issued, and takes the index back that
// would have told it: every token issued had to pay for it.
func tokenDays(tx *gorm.DB) error {
	for _, statement := range []string{
		"ALTER TABLE oauth_provider_token_day ADD COLUMN last_at bigint NOT NULL DEFAULT 0",
		"DROP INDEX oauth_provider_token_client",
	} {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}
