package oauthconsumer

import (
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Provider is a company or authority that offers an API.
type Provider struct {
	record.Meta
	Name    string
	Key     string // by which endpoints name it, e.g. hmrc
	Profile string // key of a Profile; "" is one without peculiarities
	Summary string
	Kinds   record.Strings // who connects to it: user, company, employee, application
	Notes   string
	// RemindDays is how long before an authority ends people are told; 0: they are not.
	RemindDays int64
	Active     bool
}

func defineProvider(r *record.Registry) {
	record.Define[Provider](r, record.Model{
		Name: "oauth_consumer.provider", Label: "API provider", Plural: "API providers", Icon: "globe", Hue: "settings", Key: "key",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Help: "As people know it: they are told that they are sent there."},
			{Name: "key", Label: "Key", Type: record.Code, Required: true, Unique: true, Size: 64, NoCopy: true, Help: "By which programs name the provider; fixed once saved."},
			{Name: "summary", Label: "What it is for", Type: record.Text, Translate: true, Help: "One line on the connection’s card."},
			{Name: "profile", Label: "Profile", Type: record.Code, Size: 64, Choices: profileChoices, Help: "Knows what is special about the provider; empty for plain OAuth 2.0."},
			{Name: "kinds", Label: "Who connects", Type: record.StringList, Required: true, Choices: kindChoices, Default: func(*record.Env) any { return record.Strings{string(Company)} }},
			{Name: "remind_days", Label: "Remind before an authority ends", Type: record.Int, Default: func(*record.Env) any { return int64(30) }, Help: "In days; 0 reminds nobody."},
			{Name: "notes", Label: "Notes", Type: record.Multiline, Translate: true},
			{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
			{Name: "apis", Label: "APIs", Type: record.One2Many, Model: "oauth_consumer.api", Inverse: "provider"},
		},
		List: record.List{Columns: []string{"name", "kinds", "profile", "active"}, Order: "name", Sub: "key",
			Help: "Who offers APIs that this house calls. Each has an API for production, and mostly one to try things out."},
		Search: record.Search{Fields: []string{"name", "key"}, Filters: []record.Filter{{Name: "archived", Label: "Archived", Domain: `[["active", "=", false]]`}}},
		Form: record.Form{Sub: "key", Tabs: []record.Tab{{Name: "provider", Label: "Provider", Groups: []record.Group{
			{Name: "provider", Label: "Provider", Fields: []string{"name", "key", "summary", "profile", "notes"}},
			{Name: "apis", Label: "APIs", Fields: []string{"apis"}},
			{Name: "who", Label: "Who connects", Fields: []string{"kinds"}, Aside: true},
			{Name: "settings", Label: "Settings", Fields: []string{"remind_days", "active"}, Aside: true},
		}}}},
		Access: managerAccess(),
	})
	record.BeforeSave(r, checkProvider)
}

// managerAccess: the setting up is nobody else's business, not even to look at.
func managerAccess() []record.Access {
	return []record.Access{{Group: GroupManager, Read: true, Create: true, Write: true, Delete: true}}
}

func kindChoices(e *record.Env) []record.Option {
	var out []record.Option
	for _, k := range consumerOf(e).kinds() {
		out = append(out, record.Option{Value: string(k), Label: string(k), Key: "oauth_consumer.kind." + string(k)})
	}
	return out
}

func profileChoices(e *record.Env) []record.Option {
	var out []record.Option
	for _, p := range consumerOf(e).profiles {
		out = append(out, record.Option{Value: p.Key, Label: p.Name})
	}
	return out
}

func checkProvider(e *record.Env, p *Provider) error {
	var errs []*fault.Error
	if old := record.Original(e, p); old.ID != 0 && old.Key != p.Key {
		errs = append(errs, fault.New(fault.Invalid, "The key cannot be changed: programs know it.").On("key").Keyed("oauth_consumer.provider.fixed", nil))
	}
	for _, k := range p.Kinds {
		known := consumerOf(e).kinds()
		// employee comes and goes with its module; a row may be ready for it.
		if !slices.Contains(known, Kind(k)) && Kind(k) != Employee {
			errs = append(errs, fault.New(fault.Invalid, "“%s” is nobody who can connect.", k).On("kinds").Keyed("oauth_consumer.provider.badkind", map[string]any{"Kind": k}))
		}
	}
	if p.RemindDays < 0 || p.RemindDays > 366 {
		errs = append(errs, fault.New(fault.Invalid, "Use 0 to 366 days.").On("remind_days").Keyed("oauth_consumer.provider.days", nil))
	}
	return fault.Join(errs...)
}
