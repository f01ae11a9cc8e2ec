package oauthprovider

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// definition is a client with its scopes, parsed and ready: what every request needs
// and what seldom changes. It is immutable.
type definition struct {
	client    *oauth.Client
	row       Client
	groups    []string // codes
	companies []int64
	scopes    map[string]*scopeDefinition
}

// scopeDefinition is a scope as it is now and as it was at each revision.
type scopeDefinition struct {
	Scope
	now       extent
	revisions map[int64]extent
}

// extent is what a scope shows at one revision.
type extent struct {
	model  string
	filter domain.Node // nil: all records
	fields []string
	ops    []record.Op
}

// definitions remembers clients. Each carries the number of its definition, which
// every status read brings along: an entry that is older than that is read again.
type definitions struct {
	database *record.Database
	mu       sync.RWMutex
	known    map[string]*definition
}

func newDefinitions(d *record.Database) *definitions {
	return &definitions{database: d, known: map[string]*definition{}}
}

// get returns the client's definition at least as new as number; oauth.ErrNotFound
// when there is no such client. oauth.Newest costs a read of the number in force.
func (d *definitions) get(ctx context.Context, identifier string, number int64) (*definition, error) {
	d.mu.RLock()
	def := d.known[identifier]
	d.mu.RUnlock()
	if def != nil && number == oauth.Newest {
		var err error
		if number, err = d.inForce(ctx, identifier); err != nil {
			return nil, err
		}
	}
	if def != nil && def.client.Version >= number {
		return def, nil
	}
	def, err := d.read(ctx, identifier)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	if old := d.known[identifier]; old == nil || old.client.Version <= def.client.Version {
		d.known[identifier] = def
	}
	d.mu.Unlock()
	return def, nil
}

// remembers reports whether the client has been read before, without reading anything.
func (d *definitions) remembers(identifier string) (clientID int64, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	def := d.known[identifier]
	if def == nil {
		return 0, false
	}
	return def.client.ID, true
}

// inForce is the number of the client's definition as it is stored now.
func (d *definitions) inForce(ctx context.Context, identifier string) (number int64, err error) {
	err = d.database.DB.QueryRowContext(ctx, "SELECT definition FROM oauth_provider_client WHERE identifier = ?", identifier).Scan(&number)
	return number, notFound(err)
}

func (d *definitions) read(ctx context.Context, identifier string) (*definition, error) {
	env := d.database.System(ctx, "read an OAuth client")
	c, err := record.First[Client](env, record.Query{Filter: domain.Cond{Path: "identifier", Op: domain.Eq, Value: identifier}, Archived: true})
	if fault.Is(err, fault.NotFound) {
		return nil, oauth.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	secrets, err := secretsOf(env, c.ID)
	if err != nil {
		return nil, err
	}
	def := &definition{row: c, companies: c.Companies, scopes: map[string]*scopeDefinition{}}
	if def.groups, err = codesOf(env, c.Groups); err != nil {
		return nil, err
	}
	ordered, err := def.readScopes(env)
	if err != nil {
		return nil, err
	}
	def.client = c.protocol(secrets, ordered)
	return def, nil
}

// readScopes reads the client's scopes with all their revisions, in the order of the
// consent page.
func (def *definition) readScopes(env *record.Env) ([]Scope, error) {
	if len(def.row.Scopes) == 0 {
		return nil, nil
	}
	scopes, err := record.Find[Scope](env, record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: def.row.Scopes}, Order: "sequence, code"})
	if err != nil {
		return nil, err
	}
	byID := map[int64]*scopeDefinition{}
	for _, s := range scopes {
		now, err := newExtent(s.Model, s.Filter, s.Fields, s.Operations)
		if err != nil {
			return nil, fmt.Errorf("scope %s: %w", s.Code, err)
		}
		sd := &scopeDefinition{Scope: s, now: now, revisions: map[int64]extent{}}
		def.scopes[s.Code], byID[s.ID] = sd, sd
	}
	rows, err := env.Database().DB.QueryContext(env.Context, `SELECT r.scope_id, r.revision, r.model, r.filter, r.fields, r.operations
		FROM oauth_provider_scope_revision r JOIN oauth_provider_client_scopes c ON c.target_id = r.scope_id WHERE c.record_id = ?`, def.row.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, revision int64
		var model, filter string
		var fields, ops record.Strings
		if err := rows.Scan(&id, &revision, &model, &filter, &fields, &ops); err != nil {
			return nil, err
		}
		if sd := byID[id]; sd != nil {
			if sd.revisions[revision], err = newExtent(model, filter, fields, ops); err != nil {
				return nil, fmt.Errorf("scope %s, revision %d: %w", sd.Code, revision, err)
			}
		}
	}
	return scopes, rows.Err()
}

func newExtent(model, filter string, fields, ops record.Strings) (extent, error) {
	x := extent{model: model, fields: fields}
	for _, op := range ops {
		x.ops = append(x.ops, record.Op(op))
	}
	if filter == "" {
		return x, nil
	}
	var err error
	x.filter, err = domain.Parse([]byte(filter))
	return x, err
}

// granted is what a grant of the scope at a revision shows today: no more than then,
// and no more than now. A revision that is not known any more shows nothing.
func (sd *scopeDefinition) granted(revision int64) (extent, bool) {
	then, ok := sd.revisions[revision]
	if !ok || then.model != sd.now.model || sd.Protocol {
		return extent{}, false
	}
	if revision == sd.Revision {
		return sd.now, true
	}
	x := extent{model: then.model, filter: sd.now.filter}
	for _, f := range sd.now.fields {
		if slices.Contains(then.fields, f) {
			x.fields = append(x.fields, f)
		}
	}
	for _, op := range sd.now.ops {
		if slices.Contains(then.ops, op) {
			x.ops = append(x.ops, op)
		}
	}
	if then.filter != nil {
		x.filter = domain.All(then.filter, sd.now.filter)
	}
	return x, true
}

// windows is what granted scopes show, by model.
func (def *definition) windows(granted oauth.Scopes) map[string][]record.Window {
	out := map[string][]record.Window{}
	for _, g := range granted {
		sd := def.scopes[g.Code]
		if sd == nil {
			continue
		}
		if x, ok := sd.granted(g.Version); ok {
			out[x.model] = append(out[x.model], record.Window{Scope: g.Code, Filter: x.filter, Fields: x.fields, Ops: x.ops})
		}
	}
	return out
}

// protocol is the client as the engine knows it.
func (c *Client) protocol(secrets []oauth.Secret, scopes []Scope) *oauth.Client {
	kind := typeOf(c.ApplicationType)
	out := &oauth.Client{
		ID: c.ID, Identifier: c.Identifier, Version: c.Definition, Active: c.Active,
		Name: c.Name, Publisher: c.Publisher, Homepage: c.Homepage, Policy: c.PolicyURL, TermsOfUse: c.TermsURL,
		Public: c.Public, Secrets: secrets, GrantTypes: kind.grants, ResponseTypes: kind.responses,
		PKCEOptional: c.PKCE == "optional" && !c.Public, RedirectURIs: c.RedirectURIs,
		SkipConsent: c.SkipAuthorization, NoQueryToken: c.NoQueryToken, IDTokenAlg: c.IDTokenAlg, RunsAs: int64(c.UserID),
		TokenKind: c.TokenKind, TokenAlg: c.TokenAlg, LegacyUntil: c.legacyEnd(),
		Lifetimes: oauth.Lifetimes{Code: seconds(c.CodeSeconds), Access: seconds(c.AccessSeconds),
			RefreshIdle: seconds(c.RefreshIdleSeconds), RefreshAbsolute: seconds(c.RefreshLastSeconds)},
	}
	if c.ApplicationType == "mobile" && c.LegacyUntil != "" {
		out.GrantTypes = append(slices.Clone(kind.grants), oauth.GrantImplicit)
		out.ResponseTypes = append(slices.Clone(kind.responses), oauth.ResponseToken)
	}
	for _, s := range scopes {
		out.Scopes = append(out.Scopes, oauth.Scope{Code: s.Code, Version: s.Revision, Required: s.Required})
		if slices.Contains(c.DefaultScopes, s.ID) {
			out.DefaultScopes = append(out.DefaultScopes, s.Code)
		}
	}
	return out
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// codesOf returns the codes of groups.
func codesOf(env *record.Env, ids []int64) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var out []string
	for r, err := range record.Rows(env, "base.group", record.Query{Filter: domain.Cond{Path: "id", Op: domain.In, Value: ids}, Fields: []string{"code"}}) {
		if err != nil {
			return nil, err
		}
		if v, ok := r.Value("code"); ok {
			out = append(out, v.(string))
		}
	}
	return out, nil
}
