package oauthprovider

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// standardClaims are the names that OpenID Connect Core §5.1 gives to fields shown by
// its own scopes. A scope of another code gives fields under their own names.
var standardClaims = map[string]map[string]string{
	"profile": {"login": "preferred_username", "lang": "locale", "tz": "zoneinfo"},
	"phone":   {"phone": "phone_number"},
}

// Claims implements oauth.Host: the user's own record, limited by the granted scopes on
// base.user and by what he may see of himself.
func (h *host) Claims(ctx context.Context, req *oauth.ClaimsRequest, o *oauth.Object) error {
	def, err := h.store.definitions.get(ctx, req.Client.Identifier, req.Client.Version)
	if err != nil {
		return err
	}
	windows := def.windows(req.Scopes)[record.UserModel]
	if len(windows) == 0 {
		return nil
	}
	if p, ok := req.Profile.(*profile); ok && h.inProfile(ctx, p, windows, o) {
		return nil
	}
	return h.readClaims(ctx, req.UserID, windows, o)
}

// inProfile answers from the row that the status read brought along, and reports
// whether it could: every filter and field must be decided by that row alone.
func (h *host) inProfile(ctx context.Context, p *profile, windows []record.Window, o *oauth.Object) bool {
	env := h.app.Database.Env(ctx, p, p.company, nil)
	user, ok := env.Registry().Model(record.UserModel)
	if !ok || !env.Can(record.OpRead, user) {
		return false
	}
	given := map[string]any{}
	order := []string{}
	for _, w := range windows {
		if w.Filter != nil && strings.Contains(string(domain.Print(w.Filter)), "company_ids") {
			return false
		}
		for _, path := range domain.Paths(w.Filter) {
			if _, ok := p.field(path); !ok {
				return false
			}
		}
		if w.Filter != nil {
			match, err := domain.Eval(w.Filter, env.Schema(user), env.Vars(), p)
			if err != nil {
				return false
			}
			if !match {
				continue
			}
		}
		for _, path := range w.Fields {
			v, ok := p.field(path)
			f, known := user.Field(path)
			if !ok || path == "company" || known && !env.Sees(f) {
				return false
			}
			if name := claimName(w.Scope, path); given[name] == nil {
				given[name] = v
				order = append(order, name)
			}
		}
	}
	for _, name := range order {
		writeClaim(o, name, given[name])
	}
	return true
}

func claimName(scope, path string) string {
	if name := standardClaims[scope][path]; name != "" {
		return name
	}
	return path
}

// readClaims asks for the record as any application would, through the windows.
func (h *host) readClaims(ctx context.Context, userID int64, windows []record.Window, o *oauth.Object) error {
	env, err := h.envOf(ctx, userID)
	if err != nil {
		return err
	}
	written := map[string]bool{}
	for _, w := range windows {
		seen := env.Through(map[string][]record.Window{record.UserModel: {w}})
		q := record.Query{Filter: domain.Cond{Path: "id", Op: domain.Eq, Value: userID}, Fields: readablePaths(env, record.UserModel, w.Fields), Limit: 1, Order: "id", Archived: true}
		for row, err := range record.Rows(seen, record.UserModel, q) {
			if err != nil {
				return err
			}
			for path, v := range row.All() {
				if name := claimName(w.Scope, path); !written[name] {
					written[name] = true
					writeClaim(o, name, v)
				}
			}
		}
	}
	return nil
}

// readablePaths leaves out the paths that this user may not see: a scope promises
// nothing beyond his own rights.
func readablePaths(env *record.Env, model string, paths []string) []string {
	m, ok := env.Registry().Model(model)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(paths), func(p string) bool { return record.CheckPath(env, m, p) != nil })
}

// writeClaim adds a value; empty ones are left out, times are numbers as in
// OpenID Connect Core §5.1 (updated_at).
func writeClaim(o *oauth.Object, name string, v any) {
	switch v := v.(type) {
	case string:
		o.Text(name, v)
	case bool:
		o.Bool(name, v)
	case int64:
		o.Int(name, v)
	case time.Time:
		if !v.IsZero() {
			o.Int(name, v.Unix())
		}
	case record.Date:
		o.Text(name, string(v))
	case record.Strings:
		o.Texts(name, v)
	case *record.Ref:
		if v != nil {
			o.JSON(name, appendRef(nil, v))
		}
	case []int64:
		if len(v) > 0 {
			o.JSON(name, appendIDs(nil, v))
		}
	case []any:
		if len(v) > 0 {
			o.JSON(name, appendJSON(nil, nil, v))
		}
	}
}

func appendIDs(b []byte, ids []int64) []byte {
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return append(b, ']')
}
