package oauthprovider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Scope is what an application may be given: some records of one model, and of each
// the listed fields. Business users write it.
type Scope struct {
	record.Meta
	Code, Name, Description string
	// Model is the name of a scopable model; empty for protocol scopes such as openid.
	Model string
	// Filter is a domain over the model; without one AllRecords must be ticked.
	Filter     string
	AllRecords bool
	// Fields are the paths given away; none gives the ids only.
	Fields     record.Strings
	Operations record.Strings
	Sequence   int64 // order on the consent page
	Required   bool  // cannot be unticked
	Sensitive  bool  // marked on the consent page
	// Protocol scopes steer the protocol (openid, offline_access) and show no records.
	Protocol bool
	// Revision grows whenever the scope may show more than before.
	Revision int64
	Active   bool
}

// operations are what a scope may allow, in the order in which they are shown.
var operations = []string{string(record.OpRead), string(record.OpCreate), string(record.OpWrite), string(record.OpDelete)}

func defineScope(r *record.Registry) {
	record.Define[Scope](r, record.Model{
		Name: "oauth_provider.scope", Label: "Scope", Plural: "OAuth Provider Scopes", Icon: "filter-check", Hue: "settings", Key: "code",
		Fields: []record.Field{
			{Name: "name", Label: "Name", Type: record.Text, Required: true, Translate: true, Help: "Shown to people on the consent page."},
			{Name: "code", Label: "Code", Type: record.Code, Required: true, Unique: true, Size: 64, Help: "What an application asks for."},
			{Name: "description", Label: "Description", Type: record.Multiline, Translate: true, Size: 500, Help: "Why the application needs it, shown under the name."},
			{Name: "model", Label: "Model", Type: record.Code, Choices: scopable, Help: "The kind of record that the scope lets through."},
			{Name: "filter", Label: "Lets through", Type: record.JSON, FilterOf: "model", Help: "Choose conditions, or paste a domain from Odoo as an expression."},
			{Name: "all_records", Label: "All records", Type: record.Bool, Help: "No filter: every record that the person may see."},
			{Name: "fields", Label: "Fields", Type: record.StringList, Of: record.Code, PathsOf: "model", Help: "Fields further away are written with points, such as salesperson.company.name, and added."},
			{Name: "operations", Label: "Operations", Type: record.StringList, Choices: offeredOperations, Help: "What an application may do with the records, as far as the person may.",
				Default: func(*record.Env) any { return record.Strings{"read"} }},
			{Name: "sequence", Label: "Position", Type: record.Int, Default: func(*record.Env) any { return int64(10) }},
			{Name: "required", Label: "Required", Type: record.Bool, Help: "Cannot be unticked on the consent page."},
			{Name: "sensitive", Label: "Sensitive", Type: record.Bool, Help: "Marked on the consent page."},
			{Name: "protocol", Label: "Protocol scope", Type: record.Bool, Readonly: true, Help: "Steers the protocol and shows no records."},
			{Name: "revision", Label: "Revision", Type: record.Int, Readonly: true, NoCopy: true},
			{Name: "active", Label: "Active", Type: record.Bool, Default: func(*record.Env) any { return true }},
		},
		List: record.List{Columns: []string{"name", "model", "filter", "sensitive", "updated_at"}, Optional: []string{"all_records", "fields", "operations", "required"}, Sub: "code", Order: "sequence, code",
			Help: "What other applications may read. Each scope opens some records of one model, and only the fields you list."},
		Search: record.Search{Fields: []string{"name", "code", "model"}, Facets: []string{"sensitive", "required"}},
		Form: record.Form{Sub: "code", Tabs: []record.Tab{{Name: "scope", Label: "Scope", Groups: []record.Group{
			{Name: "consent", Label: "What people are asked", Help: "Shown on the page where a person allows or denies access.", Fields: []string{"name", "code", "description"}},
			{Name: "records", Label: "Which records", Help: "Only records that match are visible through this scope.", Fields: []string{"model", "filter", "all_records"}, Preview: previewMatch},
			{Name: "fields", Label: "Which fields", Help: "Applications receive these and nothing else. With none chosen they receive IDs only.", Fields: []string{"fields", "operations"}},
			{Name: "asked", Label: "Consent page", Aside: true, Preview: previewConsent},
			{Name: "sample", Label: "What an app receives", Aside: true, Preview: previewSample},
			{Name: "options", Label: "How it is asked for", Fields: []string{"required", "sensitive", "sequence", "active"}, Aside: true},
			{Name: "holders", Label: "Used by", Aside: true, Preview: previewHolders},
		}}}},
		Access: []record.Access{{Group: "oauth_provider.manager", Read: true, Create: true, Write: true, Delete: true}},
	})
	record.BeforeSave(r, checkScope)
	record.AfterSave(r, scopeChanged)
	record.BeforeDelete(r, scopeDeleted)
}

// scopable offers the kinds of records that scopes can be made of.
func scopable(e *record.Env) []record.Option {
	var out []record.Option
	for _, m := range e.Registry().Models() {
		if m.Scopable {
			out = append(out, record.Option{Value: m.Name, Label: m.Label, Key: m.LabelKey(), Hue: m.Hue})
		}
	}
	return out
}

func offeredOperations(*record.Env) []record.Option {
	labels := []string{"Read", "Create", "Change", "Delete"}
	var out []record.Option
	for i, op := range operations {
		out = append(out, record.Option{Value: op, Label: labels[i], Key: "oauth_provider.operation." + op})
	}
	return out
}

// checkScope refuses a scope that gives away something else than it says.
func checkScope(e *record.Env, s *Scope) error {
	old := record.Original(e, s)
	if old.Protocol || s.Protocol {
		if old.ID != 0 && (old.Code != s.Code || old.Model != s.Model || !slices.Equal(old.Fields, s.Fields) || old.Filter != s.Filter) {
			return fault.New(fault.Invalid, "Only the name and description of the scope %q can be changed: the protocol defines it.", old.Code).
				On("code").Keyed("oauth_provider.scope.builtin", map[string]any{"Code": old.Code})
		}
		s.Operations, s.Revision = nil, max(s.Revision, 1)
		return nil
	}
	if !oauth.ValidScopeCode(s.Code) {
		return fault.New(fault.Invalid, "Use letters, digits and signs without spaces or quotes.").On("code").Keyed("oauth_provider.scope.badcode", nil)
	}
	m, ok := e.Registry().Model(s.Model)
	if !ok || !m.Scopable {
		return fault.New(fault.Invalid, "There is no model %q that scopes can be made on.", s.Model).On("model").
			Keyed("oauth_provider.scope.badmodel", map[string]any{"Model": s.Model})
	}
	s.Model = m.Name
	if err := checkFilter(e, s, m); err != nil {
		return err
	}
	if err := checkPaths(e, s, m); err != nil {
		return err
	}
	if len(s.Operations) == 0 {
		s.Operations = record.Strings{"read"}
	}
	for _, op := range s.Operations {
		if !slices.Contains(operations, op) {
			return fault.New(fault.Invalid, "%q is no operation: use read, create, write or delete.", op).On("operations").
				Keyed("oauth_provider.scope.badoperation", map[string]any{"Operation": op})
		}
	}
	if old.ID == 0 || widens(old, s) {
		s.Revision = old.Revision + 1
	}
	return nil
}

// checkFilter parses the filter, holds it against the model as the author sees it,
// and stores it in its canonical form. No filter is a decision that has to be made.
func checkFilter(e *record.Env, s *Scope, m *record.Info) error {
	text := strings.TrimSpace(s.Filter)
	if text == "" || text == "[]" {
		s.Filter = ""
		if !s.AllRecords {
			return fault.New(fault.Invalid, "Write a filter, or tick “All records” if the application may really see every record.").
				On("filter").Keyed("oauth_provider.scope.nofilter", nil)
		}
		return nil
	}
	if s.AllRecords {
		return fault.New(fault.Invalid, "There is a filter: untick “All records”, or remove the filter.").On("all_records").Keyed("oauth_provider.scope.both", nil)
	}
	n, err := domain.Parse([]byte(text))
	if err == nil {
		err = domain.Check(n, e.Schema(m))
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "%s", sentence(err)).On("filter")
	}
	for _, path := range domain.Paths(n) {
		if private(m, path) {
			return noField(m, path).On("filter")
		}
	}
	s.Filter = string(domain.Print(n))
	return nil
}

// sentence is what a person reads of an error.
func sentence(err error) string {
	if f, ok := err.(*fault.Error); ok {
		return f.Message
	}
	return err.Error()
}

// checkPaths makes sure that every field exists and that the author may read it.
func checkPaths(e *record.Env, s *Scope, m *record.Info) error {
	seen := record.Strings{}
	for _, path := range s.Fields {
		if path == "id" || slices.Contains(seen, path) {
			continue
		}
		if private(m, path) || record.CheckPath(e, m, path) != nil {
			return noField(m, path).On("fields")
		}
		seen = append(seen, path)
	}
	s.Fields = seen
	return nil
}

func noField(m *record.Info, path string) *fault.Error {
	return fault.New(fault.Invalid, "%s has no field %q.", m.Label, path).
		Keyed("oauth_provider.scope.badfield", map[string]any{"Model": m.Label, "ModelKey": m.LabelKey(), "Field": path})
}

// private reports whether a path touches a field that is for code only. A command that
// loads scopes acts as the system and sees such fields; no token ever does.
func private(m *record.Info, path string) bool {
	for _, name := range strings.Split(path, ".") {
		f, ok := m.Field(name)
		switch {
		case !ok:
			return false // not a field: others say so
		case f.Private || f.Type == record.Secret:
			return true
		case f.Target == nil:
			return false
		}
		m = f.Target
	}
	return false
}

// widens reports whether now may show or allow anything that old did not. A changed
// filter counts as wider: that it is narrower cannot be proven.
func widens(old, now *Scope) bool {
	more := func(a, b record.Strings) bool {
		return slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
	}
	return old.Model != now.Model || old.Filter != now.Filter && now.Filter == "" || old.Filter != now.Filter && old.Filter != "" ||
		more(old.Fields, now.Fields) || more(old.Operations, now.Operations)
}

// scopeChanged keeps the extent of each revision, by which old grants are measured,
// and makes every client that holds the scope a new definition.
func scopeChanged(e *record.Env, s *Scope) error {
	old := record.Original(e, s)
	if s.Version == old.Version {
		return nil
	}
	return write(e, func(tx *db.Tx) error {
		if s.Revision != old.Revision {
			fields, _ := s.Fields.Value()
			ops, _ := s.Operations.Value()
			if _, err := tx.Exec(`INSERT INTO oauth_provider_scope_revision (scope_id, revision, model, filter, all_records, fields, operations)
				VALUES (?, ?, ?, ?, ?, ?, ?)`, s.ID, s.Revision, s.Model, s.Filter, s.AllRecords, fields, ops); err != nil {
				return fmt.Errorf("keep revision %d of scope %s: %w", s.Revision, s.Code, err)
			}
		}
		return touchHolders(tx, s.ID)
	})
}

func scopeDeleted(e *record.Env, s *Scope) error {
	if s.Protocol && !load.Withdrawing(e) {
		return fault.New(fault.Forbidden, "The scope %q is part of the protocol and cannot be deleted; archive it instead.", s.Code).
			Keyed("oauth_provider.scope.nodelete", map[string]any{"Code": s.Code})
	}
	return write(e, func(tx *db.Tx) error {
		if err := touchHolders(tx, s.ID); err != nil {
			return err
		}
		for _, statement := range []string{
			"DELETE FROM oauth_provider_client_scopes WHERE target_id = ?",
			"DELETE FROM oauth_provider_client_default_scopes WHERE target_id = ?",
			"DELETE FROM oauth_provider_scope_revision WHERE scope_id = ?",
		} {
			if _, err := tx.Exec(statement, s.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// touchHolders gives every client that may ask for the scope a new definition number,
// so that no instance acts on what it remembers of it.
func touchHolders(tx *db.Tx, scopeID int64) error {
	_, err := tx.Exec(`UPDATE oauth_provider_client SET definition = definition + 1
		WHERE id IN (SELECT record_id FROM oauth_provider_client_scopes WHERE target_id = ?)`, scopeID)
	return err
}

func write(e *record.Env, fn func(tx *db.Tx) error) error {
	return e.Database().DB.Write(e.Context, fn)
}
