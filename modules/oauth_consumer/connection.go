package oauthconsumer

import (
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Connection is the authority of an API user at one API, as people see it. Its tokens are
// in a row of their own, sealed (oauth_consumer_token); code that wants to use them takes
// a [Session], or calls an [Endpoint].
type Connection struct {
	record.Meta
	Name      string    // of the API user, as it was when last connected
	APIID     record.ID `gorm:"column:api_id"`
	Kind      string
	Model     string // of the API user; "" for the application
	Subject   int64  // the API user's record
	CompanyID record.ID
	Status    string
	Scopes    record.Strings // granted
	ExpiresAt *time.Time     // of the access token; nil: not known
	// AuthorityEndsAt is when the provider will want to be asked again.
	AuthorityEndsAt *time.Time
	GrantedBy       record.ID
	GrantedAt       *time.Time
	UsedAt          *time.Time
	LastCall        string // endpoint and status of the last call
	LastError       string // as JSON, see sentence.go
}

// The statuses of a connection.
const (
	statusConnected = "connected"
	statusChecking  = "checking"     // granted, and not yet known whether by the right account
	statusSignIn    = "needs_signin" // a person has to grant access again
	statusError     = "error"
	statusEnding    = "ending" // its API user is gone: to be revoked and removed
)

func defineConnection(r *record.Registry, c *consumer) {
	record.Define[Connection](r, record.Model{
		Name: "oauth_consumer.connection", Label: "Connection", Plural: "Connections", Icon: "plug", Hue: "settings",
		Fields: []record.Field{
			{Name: "name", Label: "Connected", Type: record.Text, Readonly: true},
			{Name: "kind", Label: "Kind", Type: record.Selection, Readonly: true, Options: []record.Option{
				{Value: string(User), Label: "User"}, {Value: string(Company), Label: "Company"},
				{Value: string(Employee), Label: "Employee"}, {Value: string(Application), Label: "This application"}}},
			{Name: "model", Label: "Model", Type: record.Code, Readonly: true},
			{Name: "subject", Label: "Record", Type: record.Int, Readonly: true, About: [2]string{"model", "subject"}},
			{Name: "api", Label: "API", Type: record.Many2One, Model: "oauth_consumer.api", Readonly: true},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Readonly: true},
			{Name: "status", Label: "Status", Type: record.Selection, Readonly: true, Options: []record.Option{
				{Value: statusConnected, Label: "Connected", Tone: "ok", Icon: "plug"}, {Value: statusChecking, Label: "Being checked", Tone: "info", Icon: "clock"},
				{Value: statusSignIn, Label: "Needs a sign-in", Tone: "warn", Icon: "plug-off"}, {Value: statusError, Label: "Error", Tone: "bad", Icon: "alert"},
				{Value: statusEnding, Label: "Being ended", Tone: "warn", Icon: "clock"}}},
			{Name: "scopes", Label: "Scopes granted", Type: record.StringList, Readonly: true},
			{Name: "granted_by", Label: "Granted by", Type: record.Many2One, Model: record.UserModel, Readonly: true},
			{Name: "granted_at", Label: "Granted", Type: record.Moment, Readonly: true},
			{Name: "expires_at", Label: "Access token until", Type: record.Moment, Readonly: true},
			{Name: "authority_ends_at", Label: "Authority until", Type: record.Moment, Readonly: true},
			{Name: "used_at", Label: "Last call", Type: record.Moment, Readonly: true},
			{Name: "last_call", Label: "Last answer", Type: record.Text, Readonly: true},
			{Name: "last_error", Type: record.Text, Private: true, NoCopy: true},
		},
		List: record.List{Columns: []string{"name", "kind", "api", "api.environment", "status", "granted_by", "used_at"}, Optional: []string{"company", "expires_at", "authority_ends_at", "last_call", "granted_at"}, Order: "name",
			Help: "Who is connected to which API. A connection is made where it is used, or on the form of whom it is for."},
		Search: record.Search{Fields: []string{"name"}, Facets: []string{"kind", "status", "api", "company"},
			Filters: []record.Filter{{Name: "broken", Label: "Needs attention", Domain: `[["status", "in", ["needs_signin", "error"]]]`}}},
		Form: record.Form{Sub: "status", Tabs: []record.Tab{{Name: "connection", Label: "Connection", Groups: []record.Group{
			{Name: "connection", Label: "Connection", Fields: []string{"name", "kind", "subject", "api", "company", "status", "scopes"}},
			{Name: "use", Label: "Use", Fields: []string{"used_at", "last_call", "expires_at"}, Aside: true},
			{Name: "authority", Label: "Authority", Fields: []string{"granted_by", "granted_at", "authority_ends_at"}, Aside: true},
		}}}},
		Access: []record.Access{{Group: GroupManager, Read: true}},
		Actions: []record.Action{
			{Name: "disconnect", Label: "Disconnect", Icon: "plug-off", Tone: "bad", Groups: []string{GroupManager}, Bulk: true, Run: c.disconnectAll,
				Confirm: "The tokens are revoked at the provider where it allows that, and forgotten here. What needs the connection asks for it again."},
			{Name: "test", Label: "Test", Icon: "bolt", Groups: []string{GroupManager}, Bulk: true, Run: c.testAll},
		},
	})
}
