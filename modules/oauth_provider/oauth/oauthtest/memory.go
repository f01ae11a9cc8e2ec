package oauthtest

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Memory is a Storage in memory, and its own Fixture.
type Memory struct {
	mu   sync.Mutex
	last int64
	data data
	// Break, when set, makes every call of the Storage fail with it.
	Break error
}

// data is everything stored. A row is replaced, never changed in place.
type data struct {
	scopes         map[string]oauth.Scope
	clients        map[string]oauth.Client
	users          map[int64]user
	grants         map[int64]oauth.Grant
	authorizations map[int64]oauth.Authorization
	tokens         map[int64]oauth.Token
	pending        map[int64]oauth.Pending
}

type user struct {
	Login, Subject string
	Active         bool
	NotBefore      time.Time
}

// NewMemory returns an empty storage.
func NewMemory() *Memory {
	return &Memory{data: data{
		scopes: map[string]oauth.Scope{}, clients: map[string]oauth.Client{}, users: map[int64]user{},
		grants: map[int64]oauth.Grant{}, authorizations: map[int64]oauth.Authorization{},
		tokens: map[int64]oauth.Token{}, pending: map[int64]oauth.Pending{},
	}}
}

func (m *Memory) id() int64 { m.last++; return m.last }

// Client implements oauth.Storage.
func (m *Memory) Client(_ context.Context, identifier string, _ int64) (*oauth.Client, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Break != nil {
		return nil, m.Break
	}
	c, ok := m.data.clients[identifier]
	if !ok {
		return nil, oauth.ErrNotFound
	}
	c.Scopes = slices.Clone(c.Scopes)
	for i, s := range c.Scopes {
		c.Scopes[i] = m.data.scopes[s.Code]
	}
	return &c, nil
}

// Grant implements oauth.Storage.
func (m *Memory) Grant(_ context.Context, userID, clientID int64) (*oauth.Grant, *oauth.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Break != nil {
		return nil, nil, m.Break
	}
	s := m.standing(clientID, userID, 0)
	if id := m.latest(userID, clientID); id != 0 {
		g := m.data.grants[id]
		return &g, s, nil
	}
	return nil, s, nil
}

func (m *Memory) latest(userID, clientID int64) (id int64) {
	for _, g := range m.data.grants {
		if g.UserID == userID && g.ClientID == clientID {
			id = max(id, g.ID)
		}
	}
	return id
}

func (m *Memory) standing(clientID, userID, grantID int64) *oauth.Standing {
	s := &oauth.Standing{UserActive: true}
	for _, c := range m.data.clients {
		if c.ID == clientID {
			s.Client, s.ClientVersion, s.ClientActive = c.Identifier, c.Version, c.Active
		}
	}
	if userID != 0 {
		u := m.data.users[userID]
		s.UserActive, s.UserSubject, s.NotBefore = u.Active, u.Subject, u.NotBefore
	}
	if g, ok := m.data.grants[grantID]; ok {
		s.Granted, s.Withdrawn = g.Scopes, !g.WithdrawnAt.IsZero()
	}
	return s
}

// Token implements oauth.Storage.
func (m *Memory) Token(_ context.Context, id int64, _ oauth.Need) (*oauth.Token, *oauth.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.data.tokens[id]
	switch {
	case m.Break != nil:
		return nil, nil, m.Break
	case !ok:
		return nil, nil, oauth.ErrNotFound
	}
	s := m.standing(t.ClientID, t.UserID, t.GrantID)
	if a, ok := m.data.authorizations[t.AuthorizationID]; ok {
		s.Revoked = !a.RevokedAt.IsZero()
	}
	return &t, s, nil
}

// Authorization implements oauth.Storage.
func (m *Memory) Authorization(_ context.Context, id int64) (*oauth.Authorization, *oauth.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Break != nil {
		return nil, nil, m.Break
	}
	return m.authorization(id)
}

func (m *Memory) authorization(id int64) (*oauth.Authorization, *oauth.Standing, error) {
	a, ok := m.data.authorizations[id]
	if !ok {
		return nil, nil, oauth.ErrNotFound
	}
	s := m.standing(a.ClientID, a.UserID, a.GrantID)
	s.Revoked = !a.RevokedAt.IsZero()
	return &a, s, nil
}

// InsertAuthorization implements oauth.Storage.
func (m *Memory) InsertAuthorization(ctx context.Context, a *oauth.Authorization) error {
	return m.Write(ctx, func(tx oauth.Tx) error { return tx.InsertAuthorization(ctx, a) })
}

// Standing implements oauth.Storage.
func (m *Memory) Standing(_ context.Context, clientID, userID int64) (*oauth.Standing, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.standing(clientID, userID, 0), m.Break
}

// InsertToken implements oauth.Storage.
func (m *Memory) InsertToken(ctx context.Context, t *oauth.Token) error {
	return m.Write(ctx, func(tx oauth.Tx) error { return tx.InsertToken(ctx, t) })
}

// InsertPending implements oauth.Storage.
func (m *Memory) InsertPending(_ context.Context, p *oauth.Pending) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Break != nil {
		return m.Break
	}
	return insert(m.data.pending, p.ID, *p)
}

// TakePending implements oauth.Storage.
func (m *Memory) TakePending(_ context.Context, id int64, hash [32]byte, sessionID string) (*oauth.Pending, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.data.pending[id]
	switch {
	case m.Break != nil:
		return nil, m.Break
	case !ok || p.Hash != hash || p.SessionID != sessionID:
		return nil, oauth.ErrNotFound
	}
	delete(m.data.pending, id)
	return &p, nil
}

// Write implements oauth.Storage.
func (m *Memory) Write(_ context.Context, fn func(oauth.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.Break != nil {
		return m.Break
	}
	tx := &memoryTx{m: m}
	err := fn(tx)
	if err != nil {
		for _, undo := range slices.Backward(tx.undo) {
			undo()
		}
	}
	return err
}

// memoryTx is Memory while it is locked.
type memoryTx struct {
	m    *Memory
	undo []func()
}

func (tx *memoryTx) Authorization(_ context.Context, id int64) (*oauth.Authorization, *oauth.Standing, error) {
	return tx.m.authorization(id)
}

func (tx *memoryTx) InsertAuthorization(_ context.Context, a *oauth.Authorization) error {
	keep(tx, tx.m.data.authorizations, a.ID)
	return insert(tx.m.data.authorizations, a.ID, *a)
}

func (tx *memoryTx) SpendCode(ctx context.Context, id int64, at time.Time, r oauth.Refresh) (bool, error) {
	a := tx.m.data.authorizations[id]
	if !a.SpentAt.IsZero() || !a.RevokedAt.IsZero() {
		return false, nil
	}
	return true, tx.SaveRefresh(ctx, id, at, r)
}

func (tx *memoryTx) SaveRefresh(_ context.Context, id int64, spentAt time.Time, r oauth.Refresh) error {
	keep(tx, tx.m.data.authorizations, id)
	return update(tx.m.data.authorizations, id, func(a *oauth.Authorization) { a.SpentAt, a.Refresh = spentAt, r })
}

func (tx *memoryTx) RevokeAuthorization(_ context.Context, id int64, at time.Time) error {
	keep(tx, tx.m.data.authorizations, id)
	return update(tx.m.data.authorizations, id, func(a *oauth.Authorization) { a.RevokedAt = at })
}

func (tx *memoryTx) InsertToken(_ context.Context, t *oauth.Token) error {
	keep(tx, tx.m.data.tokens, t.ID)
	return insert(tx.m.data.tokens, t.ID, *t)
}

func (tx *memoryTx) RevokeToken(_ context.Context, id int64, at time.Time) error {
	keep(tx, tx.m.data.tokens, id)
	return update(tx.m.data.tokens, id, func(t *oauth.Token) { t.RevokedAt = at })
}

func (tx *memoryTx) SaveGrant(_ context.Context, g *oauth.Grant) error {
	if last, ok := tx.m.data.grants[tx.m.latest(g.UserID, g.ClientID)]; ok && last.WithdrawnAt.IsZero() {
		g.ID = last.ID
	} else {
		g.ID = tx.m.id()
	}
	keep(tx, tx.m.data.grants, g.ID)
	tx.m.data.grants[g.ID] = *g
	return nil
}

// keep remembers how a row is, for a rollback.
func keep[T any](tx *memoryTx, table map[int64]T, id int64) {
	row, was := table[id]
	tx.undo = append(tx.undo, func() {
		if delete(table, id); was {
			table[id] = row
		}
	})
}

func insert[T any](table map[int64]T, id int64, row T) error {
	if _, taken := table[id]; taken {
		return oauth.ErrDuplicate
	}
	table[id] = row
	return nil
}

func update[T any](table map[int64]T, id int64, fn func(*T)) error {
	row, ok := table[id]
	if !ok {
		return oauth.ErrNotFound
	}
	fn(&row)
	table[id] = row
	return nil
}

// Storage implements Fixture.
func (m *Memory) Storage() oauth.Storage { return m }

// AddScope implements Fixture.
func (m *Memory) AddScope(_ testing.TB, code string, required bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.data.scopes[code] = oauth.Scope{Code: code, Version: 1, Required: required}
}

// WidenScope implements Fixture.
func (m *Memory) WidenScope(_ testing.TB, code string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.data.scopes[code]
	s.Version++
	m.data.scopes[code] = s
	for id, c := range m.data.clients {
		c.Version++
		m.data.clients[id] = c
	}
}

// AddClient implements Fixture.
func (m *Memory) AddClient(_ testing.TB, c *oauth.Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c.ID, c.Version = m.id(), 1
	for i := range c.Secrets {
		c.Secrets[i].ID = m.id()
	}
	m.data.clients[c.Identifier] = *c
}

// ChangeClient implements Fixture.
func (m *Memory) ChangeClient(_ testing.TB, identifier string, fn func(*oauth.Client)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.data.clients[identifier]
	fn(&c)
	c.Version++
	m.data.clients[identifier] = c
}

// AddUser implements Fixture.
func (m *Memory) AddUser(_ testing.TB, login string) (id int64, subject string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, subject = m.id(), "oauth identifier of "+login
	m.data.users[id] = user{Login: login, Subject: subject, Active: true}
	return id, subject
}

// SetUserActive implements Fixture.
func (m *Memory) SetUserActive(t testing.TB, userID int64, active bool) {
	m.change(t, func() error { return update(m.data.users, userID, func(u *user) { u.Active = active }) })
}

// EndTokens implements Fixture.
func (m *Memory) EndTokens(t testing.TB, userID int64, at time.Time) {
	m.change(t, func() error { return update(m.data.users, userID, func(u *user) { u.NotBefore = at }) })
}

// Withdraw implements Fixture.
func (m *Memory) Withdraw(t testing.TB, userID, clientID int64, at time.Time) {
	m.change(t, func() error {
		return update(m.data.grants, m.latest(userID, clientID), func(g *oauth.Grant) { g.WithdrawnAt = at })
	})
}

// NarrowGrant implements Fixture.
func (m *Memory) NarrowGrant(t testing.TB, userID, clientID int64, codes ...string) {
	m.change(t, func() error {
		return update(m.data.grants, m.latest(userID, clientID), func(g *oauth.Grant) {
			g.Scopes = slices.DeleteFunc(slices.Clone(g.Scopes), func(s oauth.Granted) bool { return !slices.Contains(codes, s.Code) })
		})
	})
}

func (m *Memory) change(t testing.TB, fn func() error) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := fn(); err != nil {
		t.Fatal(err)
	}
}

// Rows implements Fixture.
func (m *Memory) Rows(testing.TB) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.data.pending) + len(m.data.authorizations) + len(m.data.tokens) + len(m.data.grants)
}

// Dump implements Fixture.
func (m *Memory) Dump(t testing.TB) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := json.Marshal([]any{m.data.clients, m.data.grants, m.data.authorizations, m.data.tokens, m.data.pending})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
