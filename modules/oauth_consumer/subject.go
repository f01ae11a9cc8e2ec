package oauthconsumer

import (
	"reflect"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Kind is a kind of API user: the last part of its model's name.
type Kind string

// The kinds that are always there, and employee, which comes with the module hr.
const (
	User        Kind = "user"
	Company     Kind = "company"
	Employee    Kind = "employee"
	Application Kind = "application" // the application itself, which is no record
)

// Subject is an API user: who a call is made for. The zero value means the one that the
// Env is about, see [Endpoint].
type Subject struct {
	Kind Kind  `json:"kind,omitempty"`
	ID   int64 `json:"id,omitempty"` // of the record; 0 for the application
	// API pins one of the provider's APIs; 0 takes the one that is selected for the API
	// user now. A wizard pins what it began with, see [Pin].
	API int64 `json:"api,omitempty"`
}

// apiUser is a model whose records connect to APIs.
type apiUser struct {
	kind    Kind
	model   string
	user    string // field with the person behind the record, "" for none
	company string // field with the company that it belongs to, "" for none
}

// APIUser makes the records of T's model API users: their form gains the tab
// "Connections", endpoints can be called for them, and their connections go when they
// go. The module that owns the model need not know; it only has to be registered before.
func APIUser[T any](r *record.Registry) {
	m := record.InfoOf[T](r)
	u := apiUser{model: m.Name}
	_, name, _ := strings.Cut(m.Name, ".")
	u.kind = Kind(name)
	for _, f := range m.Fields {
		switch {
		case f.Type == record.Many2One && f.Model == record.UserModel && f.Name == "user":
			u.user = f.Name
		case f.Type == record.Many2One && f.Model == record.CompanyModel && f.Name == "company":
			u.company = f.Name
		}
	}
	c := record.Part[consumer](r)
	c.users = append(c.users, u)
	record.Extend[T](r, record.Tab{Name: "connections", Label: "Connections", Panel: panelName(u.kind)})
	record.BeforeDelete(r, func(e *record.Env, row *T) error {
		return c.forget(e, Subject{Kind: u.kind, ID: reflect.ValueOf(row).Elem().FieldByName("ID").Int()})
	})
}

func panelName(k Kind) string { return "oauth_consumer." + string(k) }

// kinds are all kinds of API users in this database.
func (c *consumer) kinds() []Kind {
	var out []Kind
	for _, u := range c.users {
		out = append(out, u.kind)
	}
	return append(out, Application)
}

func (c *consumer) apiUser(k Kind) (apiUser, bool) {
	i := slices.IndexFunc(c.users, func(u apiUser) bool { return u.kind == k })
	if i < 0 {
		return apiUser{}, false
	}
	return c.users[i], true
}

// resolve says who is meant: the subject as it is given, else whom the Env is about.
func (c *consumer) resolve(env *record.Env, k Kind, s Subject) (Subject, error) {
	if s.Kind == "" {
		s.Kind = k
	}
	if k != "" && s.Kind != k {
		return s, fault.New(fault.Internal, "the endpoint is for a %s, not for a %s", k, s.Kind)
	}
	if s.ID != 0 || s.Kind == Application {
		return s, nil
	}
	switch s.Kind {
	case User:
		s.ID = env.User.UserID()
	case Company:
		s.ID = env.Company
	default:
		id, err := c.own(env, s.Kind)
		if err != nil {
			return s, err
		}
		s.ID = id
	}
	if s.ID == 0 {
		return s, fault.New(fault.Invalid, "Say for whom: there is no %s here.", s.Kind).Keyed("oauth_consumer.nobody", map[string]any{"Kind": string(s.Kind), "KindKey": "oauth_consumer.kind." + string(s.Kind)})
	}
	return s, nil
}

// own finds the person's own record of a kind in the company in force, 0 for none.
func (c *consumer) own(env *record.Env, k Kind) (int64, error) {
	u, ok := c.apiUser(k)
	if !ok || u.user == "" || env.User.UserID() == 0 {
		return 0, nil
	}
	filter := domain.And{domain.Cond{Path: u.user, Op: domain.Eq, Value: env.User.UserID()}}
	if u.company != "" {
		filter = append(filter, domain.Cond{Path: u.company, Op: domain.Eq, Value: env.Company})
	}
	for row, err := range record.Rows(env.Sudo("find own record"), u.model, record.Query{Filter: filter, Limit: 1, Order: "id"}) {
		return row.ID, err
	}
	return 0, nil
}

// mayUse reports, as Forbidden, that env must not act with the connections of somebody:
// those of a company serve whoever acts for that company, those of a person only him. The
// application's own serve every piece of code that acts for somebody who is signed in.
func (c *consumer) mayUse(env *record.Env, s Subject) error {
	if env.IsSudo() {
		return nil
	}
	ok, err := false, error(nil)
	switch s.Kind {
	case User:
		ok = s.ID == env.User.UserID() && s.ID != 0
	case Company:
		ok = s.ID == env.Company && s.ID != 0
	case Application:
		ok = env.User.UserID() != 0
	default:
		ok, err = c.isOwn(env, s)
	}
	if err != nil || ok {
		return err
	}
	return fault.New(fault.Forbidden, "This connection belongs to somebody else, and cannot be used from here.").Keyed("oauth_consumer.notyours", nil)
}

// isOwn reports whether the record behind s is that of the person himself, in a company
// that is in reach.
func (c *consumer) isOwn(env *record.Env, s Subject) (bool, error) {
	if s.Kind == User {
		return s.ID == env.User.UserID() && s.ID != 0, nil
	}
	u, ok := c.apiUser(s.Kind)
	if !ok || u.user == "" || s.ID == 0 {
		return false, nil
	}
	person, company, err := c.behind(env, u, s.ID)
	if err != nil {
		return false, err
	}
	return person != 0 && person == env.User.UserID() && (company == 0 || slices.Contains(env.Companies, company)), nil
}

// behind reads the person behind a record and the company that it belongs to.
func (c *consumer) behind(env *record.Env, u apiUser, id int64) (person, company int64, err error) {
	var paths []string
	for _, p := range []string{u.user, u.company} {
		if p != "" {
			paths = append(paths, p)
		}
	}
	row, err := record.RowOf(env.Sudo("whose connection"), u.model, id, paths)
	if err != nil {
		return 0, 0, err
	}
	ref := func(path string) int64 {
		v, _ := row.Value(path)
		if to, ok := v.(*record.Ref); ok && to != nil {
			return to.ID
		}
		return 0
	}
	return ref(u.user), ref(u.company), nil
}

// mayManage reports, as Forbidden, that a person must not connect, test, disconnect or
// switch: managers may for everybody in the companies in reach, everybody for himself,
// and the groups of the provider's profile for the company that they act for.
func (c *consumer) mayManage(env *record.Env, s Subject, p Profile) error {
	no := fault.New(fault.Forbidden, "You have no right to change these connections.").Keyed("oauth_consumer.notmanager", nil)
	if s.Kind == Company && !env.IsSudo() && !slices.Contains(env.Companies, s.ID) {
		return no
	}
	if env.Member(GroupManager) {
		return nil
	}
	if s.Kind == Company && s.ID == env.Company && slices.ContainsFunc(p.Groups, env.Member) {
		return nil
	}
	own, err := c.isOwn(env, s)
	if err != nil || own {
		return err
	}
	return no
}

// acting returns an Env in which the person acts for the company whose connection it is.
func acting(env *record.Env, s Subject) *record.Env {
	if s.Kind != Company || s.ID == env.Company {
		return env
	}
	e := *env
	e.Company = s.ID
	return &e
}

// nameOf is how people know an API user.
func (c *consumer) nameOf(env *record.Env, s Subject) (name string, company int64, err error) {
	if s.Kind == Application {
		return c.text(env, "oauth_consumer.kind.application", "This application"), 0, nil
	}
	u, ok := c.apiUser(s.Kind)
	if !ok {
		return "", 0, fault.New(fault.NotFound, "No %s connects to APIs here.", s.Kind)
	}
	info, _ := env.Registry().Model(u.model)
	row, err := record.RowOf(env.Sudo("name of an API user"), u.model, s.ID, []string{info.Display})
	if err != nil {
		return "", 0, err
	}
	v, _ := row.Value(info.Display)
	name, _ = v.(string)
	switch {
	case s.Kind == Company:
		company = s.ID
	case s.Kind != User && u.company != "":
		_, company, err = c.behind(env, u, s.ID)
	}
	return name, company, err
}
