package base

import (
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
)

// User is a person who can sign in.
type User struct {
	record.Meta
	Login     string
	Name      string
	Email     string
	Phone     string
	Password  string `gorm:"-"` // written only; what is stored is its hash
	Active    bool
	Groups    []int64 `gorm:"-"`
	CompanyID record.ID
	Companies []int64 `gorm:"-"`
	Lang      string
	TZ        string `gorm:"column:tz"`

	Subject      string // random: pairwise OAuth subjects are made from it, it is never shown
	PasswordHash string
	NotBefore    *time.Time     // sessions and tokens from before are dead
	GroupCodes   record.Strings // every group with what it implies, sorted: who acts is known by one read
	EmailKey     string         // the e-mail in lower case, to sign in by
}

func languages() []record.Option {
	names := map[string]string{"en": "English", "fr": "Français"}
	var out []record.Option
	for _, code := range i18n.Languages {
		out = append(out, record.Option{Value: code, Label: names[code]})
	}
	return out
}

func defineUser(r *record.Registry) {
	record.Define[User](r, record.Model{
		Name: record.UserModel, Label: "User", Plural: "Users", Icon: "user", Hue: "settings",
		Aliases:  []string{"res.users"},
		Key:      "login",
		Shared:   true, // the rules below say who sees whom
		Scopable: true,
		Fields:   userFields(),
		List:     record.List{Columns: []string{"name", "login", "groups", "company", "active"}, Optional: []string{"email", "phone", "lang", "created_at"}, Order: "name", Sub: "email"},
		Search: record.Search{Fields: []string{"name", "login", "email"}, Facets: []string{"company", "lang"},
			Filters: []record.Filter{{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`}}},
		Form: record.Form{Title: "name", Sub: "login", Tabs: []record.Tab{
			{Name: "person", Label: "Person", Groups: []record.Group{
				{Name: "person", Label: "Person", Fields: []string{"name", "login", "email", "phone", "active"}},
				{Name: "password", Label: "Password", Help: "A new password ends every session and token of this user.", Fields: []string{"password"}},
				{Name: "settings", Label: "Language and time", Fields: []string{"lang", "tz"}, Aside: true},
			}},
			{Name: "rights", Label: "Access", Groups: []record.Group{
				{Name: "groups", Label: "Access groups", Fields: []string{"groups"}},
				{Name: "companies", Label: "Companies", Fields: []string{"company", "companies"}},
			}},
		}},
		Access: []record.Access{
			{Group: GroupUser, Read: true},
			{Group: GroupAdmin, Read: true, Create: true, Write: true}, // archived, never deleted: their traces remain
		},
		Rules: []record.Rule{
			{Name: "colleagues", Groups: []string{GroupUser}, Filter: `["|", ["id", "=", {"$": "uid"}], ["companies", "in", {"$": "company_ids"}]]`},
			{Name: "administrators", Groups: []string{GroupAdmin}, Filter: `[]`},
		},
		Actions: []record.Action{{Name: "end_sessions", Label: "Sign out everywhere", Icon: "logout", Tone: "warn", Groups: []string{GroupAdmin}, Bulk: true,
			Confirm: "End every session and token of these users?", Run: endSessions}},
	})
	record.Prepare(r, hashPassword)
	record.BeforeSave(r, completeUser)
	record.BeforeSave(r, guardUser)
	record.AfterSave(r, keepAnAdministrator)
}

func userFields() []record.Field {
	return []record.Field{
		{Name: "name", Label: "Name", Type: record.Text, Required: true},
		{Name: "login", Label: "Login", Help: "What the user signs in with; usually the e-mail address.", Type: record.Text, Required: true, Unique: true, NoCopy: true},
		{Name: "email", Label: "E-mail", Type: record.Email},
		{Name: "phone", Label: "Phone", Type: record.Text},
		{Name: "password", Label: "New password", Help: "At least 10 characters. It is never shown again.", Type: record.Secret, NoCopy: true, Size: 256},
		{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
		{Name: "groups", Label: "Access groups", Type: record.Many2Many, Model: "base.group"},
		{Name: "company", Label: "Default company", Type: record.Many2One, Model: record.CompanyModel, Required: true, Default: func(e *record.Env) any { return e.Company }},
		{Name: "companies", Label: "Companies", Help: "The user sees the records of these companies.", Type: record.Many2Many, Model: record.CompanyModel},
		{Name: "lang", Label: "Language", Type: record.Selection, Options: languages(), Required: true, Default: func(*record.Env) any { return i18n.Languages[0] }},
		{Name: "tz", Label: "Time zone", Help: "For example Europe/Paris.", Type: record.Text, Required: true, Default: func(*record.Env) any { return "Europe/London" }},
		{Name: "subject", Type: record.Text, Private: true, NoCopy: true},
		{Name: "password_hash", Type: record.Text, Private: true, NoCopy: true},
		{Name: "not_before", Type: record.Moment, Private: true, NoCopy: true},
		{Name: "group_codes", Type: record.StringList, Private: true},
		{Name: "email_key", Type: record.Text, Private: true},
	}
}
