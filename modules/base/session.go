package base

import (
	"fmt"
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Session is a browser that somebody is signed in with. People end their own under
// their account; here administrators see and end everybody's.
type Session struct {
	record.Meta
	UserID    record.ID
	CompanyID record.ID
	UserAgent string
	Address   string
	AMR       string `gorm:"column:amr"`
	AuthTime  time.Time
	LastSeen  time.Time
	ExpiresAt time.Time
	Kept      bool
}

func defineSession(r *record.Registry) {
	record.Define[Session](r, record.Model{
		Name: "base.session", Label: "Session", Plural: "Sessions & devices", Icon: "devices", Hue: "settings", Table: "session",
		Shared: true, NoAudit: true, Display: "user_agent", Key: "user_agent",
		Fields: []record.Field{
			{Name: "user", Label: "User", Type: record.Many2One, Model: record.UserModel, Required: true, Readonly: true},
			{Name: "user_agent", Label: "Device", Type: record.Text, Readonly: true},
			{Name: "address", Label: "From", Help: "The network address of the sign-in.", Type: record.Code, Readonly: true},
			{Name: "amr", Label: "By", Help: "How the user proved who he is: pwd is a password, otp a code.", Type: record.Code, Readonly: true},
			{Name: "auth_time", Label: "Signed in", Type: record.Moment, Readonly: true},
			{Name: "last_seen", Label: "Last seen", Type: record.Moment, Readonly: true},
			{Name: "expires_at", Label: "Ends", Type: record.Moment, Readonly: true},
			{Name: "kept", Label: "Kept", Help: "The user asked to stay signed in.", Type: record.Bool, Readonly: true},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Readonly: true},
		},
		List:   record.List{Columns: []string{"user", "user_agent", "address", "auth_time", "last_seen"}, Optional: []string{"amr", "expires_at", "kept", "company"}, Order: "last_seen desc"},
		Search: record.Search{Fields: []string{"user.name", "user_agent", "address"}, Facets: []string{"user", "kept"}},
		Form: record.Form{Sub: "address", Tabs: []record.Tab{{Name: "session", Label: "Session", Groups: []record.Group{
			{Name: "session", Label: "Session", Fields: []string{"user", "user_agent", "address", "amr", "company"}},
			{Name: "times", Label: "When", Fields: []string{"auth_time", "last_seen", "expires_at", "kept"}, Aside: true}}}}},
		Access: []record.Access{{Group: GroupAdmin, Read: true}},
		Actions: []record.Action{{Name: "end", Label: "End sessions", Icon: "logout", Tone: "warn", Groups: []string{GroupAdmin}, Bulk: true,
			Confirm: "End these sessions?", Run: endChosen}},
	})
}

// endChosen ends single sessions; their users are signed out there at the next request.
func endChosen(e *record.Env, ids []int64) (string, error) {
	err := e.Write(func(in *record.Env) error {
		for _, id := range ids {
			s, err := record.Get[Session](in, id)
			if err != nil {
				return err
			}
			user, err := record.Get[User](in, int64(s.UserID))
			if err != nil {
				return err
			}
			if err := record.Delete(in.Sudo("end session"), &s); err != nil {
				return err
			}
			if err := record.Audit(in, record.UserModel, user.ID, user.Name, "end session"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if len(ids) == 1 {
		return "The session has ended.", nil
	}
	return fmt.Sprintf("%d sessions have ended.", len(ids)), nil
}
