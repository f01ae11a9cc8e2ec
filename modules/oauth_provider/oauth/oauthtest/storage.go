package oauthtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// storageTests look at the contract where HTTP cannot: races and rollbacks.
var storageTests = []test{
	{"storage: an authorization comes back as it went in", func(w *world) {
		ctx, s := context.Background(), w.fixture.Storage()
		want := w.authorization(oauth.IDAt(w.clock.Now()) + 1)
		want.Refresh = oauth.Refresh{}
		if err := s.InsertAuthorization(ctx, want); err != nil {
			w.t.Fatal(err)
		}
		refresh := oauth.Refresh{Hash: [32]byte(bytes.Repeat([]byte{0xfe}, 32)), Generation: 7, RotatedAt: w.clock.Now(),
			ExpiresAt: w.clock.Now().Add(time.Hour), AbsoluteAt: w.clock.Now().Add(2 * time.Hour)}
		want.Refresh, want.SpentAt = refresh, w.clock.Now().Add(time.Microsecond)
		w.write(func(tx oauth.Tx) error { return tx.SaveRefresh(ctx, want.ID, want.SpentAt, refresh) })
		got, standing, err := s.Authorization(ctx, want.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.Refresh != want.Refresh || got.CodeHash != want.CodeHash || !got.SpentAt.Equal(want.SpentAt) || !got.AuthTime.Equal(want.AuthTime) ||
			!got.CodeExpiresAt.Equal(want.CodeExpiresAt) || !got.RevokedAt.IsZero() || got.Scopes.String() != want.Scopes.String() ||
			!slices.Equal(got.AMR, want.AMR) || got.ACR != want.ACR || got.Nonce != want.Nonce || got.Challenge != want.Challenge ||
			got.RedirectURI != want.RedirectURI || got.RedirectNamed != want.RedirectNamed || got.SessionID != want.SessionID {
			w.t.Fatalf("expected %+v, got %+v", want, got)
		}
		if standing.Client != "shop" || standing.UserSubject != w.anna.subject || !standing.UserActive || !standing.ClientActive || standing.ClientVersion != w.shop.Version {
			w.t.Fatalf("unexpected standing %+v", standing)
		}
	}},
	{"storage: a taken id is ErrDuplicate and changes nothing", func(w *world) {
		ctx, s := context.Background(), w.fixture.Storage()
		id := oauth.IDAt(w.clock.Now()) + 1
		if err := s.InsertAuthorization(ctx, w.authorization(id)); err != nil {
			w.t.Fatal(err)
		}
		if err := s.InsertAuthorization(ctx, w.authorization(id)); !errors.Is(err, oauth.ErrDuplicate) {
			w.t.Fatalf("expected ErrDuplicate, got %v", err)
		}
		token := &oauth.Token{ID: id, UserID: w.anna.id, ClientID: w.shop.ID, ExpiresAt: w.clock.Now()}
		w.write(func(tx oauth.Tx) error { return tx.InsertToken(ctx, token) })
		err := s.Write(ctx, func(tx oauth.Tx) error {
			if err := tx.RevokeAuthorization(ctx, id, w.clock.Now()); err != nil {
				return err
			}
			return tx.InsertToken(ctx, token)
		})
		if !errors.Is(err, oauth.ErrDuplicate) {
			w.t.Fatalf("expected ErrDuplicate, got %v", err)
		}
		if a, _, err := s.Authorization(ctx, id); err != nil || !a.RevokedAt.IsZero() {
			w.t.Fatalf("expected the transaction to be rolled back, got %+v, %v", a, err)
		}
	}},
	{"storage: an error of the function rolls back and comes back", func(w *world) {
		ctx, s := context.Background(), w.fixture.Storage()
		mine := errors.New("mine")
		id := oauth.IDAt(w.clock.Now()) + 1
		before := w.fixture.Rows(w.t)
		err := s.Write(ctx, func(tx oauth.Tx) error {
			if err := tx.InsertAuthorization(ctx, w.authorization(id)); err != nil {
				return err
			}
			return mine
		})
		if !errors.Is(err, mine) || w.fixture.Rows(w.t) != before {
			w.t.Fatalf("expected my error and no row, got %v and %d rows for %d", err, w.fixture.Rows(w.t), before)
		}
	}},
	{"storage: unknown ids are ErrNotFound", func(w *world) {
		ctx, s := context.Background(), w.fixture.Storage()
		_, _, token := s.Token(ctx, 5, oauth.NeedProfile)
		_, _, authorization := s.Authorization(ctx, 5)
		_, client := s.Client(ctx, "nobody", 0)
		_, pending := s.TakePending(ctx, 5, [32]byte{}, "x")
		inside := s.Write(ctx, func(tx oauth.Tx) error { _, _, err := tx.Authorization(ctx, 5); return err })
		for name, err := range map[string]error{"token": token, "authorization": authorization, "client": client, "pending": pending, "in Write": inside} {
			if !errors.Is(err, oauth.ErrNotFound) {
				w.t.Errorf("%s: expected ErrNotFound, got %v", name, err)
			}
		}
	}},
	{"storage: of many who take a pending request one gets it", func(w *world) {
		ctx, s := context.Background(), w.fixture.Storage()
		p := &oauth.Pending{ID: 9, Hash: [32]byte{1}, SessionID: "s", UserID: w.anna.id, ClientID: w.shop.ID, Sealed: "x", ExpiresAt: w.clock.Now()}
		if err := s.InsertPending(ctx, p); err != nil {
			w.t.Fatal(err)
		}
		for _, wrong := range []struct {
			id      int64
			hash    [32]byte
			session string
		}{{8, p.Hash, "s"}, {9, [32]byte{2}, "s"}, {9, p.Hash, "t"}} {
			if _, err := s.TakePending(ctx, wrong.id, wrong.hash, wrong.session); !errors.Is(err, oauth.ErrNotFound) {
				w.t.Fatalf("expected ErrNotFound for %+v, got %v", wrong, err)
			}
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if got, err := s.TakePending(ctx, p.ID, p.Hash, "s"); err == nil && got.Sealed == "x" && got.UserID == w.anna.id {
					won.Add(1)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 {
			w.t.Fatalf("expected one winner, got %d", won.Load())
		}
	}},
	{"storage: one live grant a user and client, a withdrawn one stays so", func(w *world) {
		ctx, s := context.Background(), w.fixture.Storage()
		save := func(g oauth.Grant) int64 {
			g.UserID, g.ClientID, g.GivenAt = w.anna.id, w.shop.ID, w.clock.Now()
			w.write(func(tx oauth.Tx) error { return tx.SaveGrant(ctx, &g) })
			return g.ID
		}
		first := save(oauth.Grant{Scopes: oauth.Scopes{{Code: "email", Version: 1}}})
		if again := save(oauth.Grant{Scopes: oauth.Scopes{{Code: "orders", Version: 1}}, Refused: []string{"email"}}); again != first || first == 0 {
			w.t.Fatalf("expected the second insert to join grant %d, got %d", first, again)
		}
		w.fixture.Withdraw(w.t, w.anna.id, w.shop.ID, w.clock.Now())
		second := save(oauth.Grant{ID: first, Scopes: oauth.Scopes{{Code: "email", Version: 1}}})
		g, standing, err := s.Grant(ctx, w.anna.id, w.shop.ID)
		if err != nil || second == first || g.ID != second || !g.WithdrawnAt.IsZero() || g.Scopes.String() != "email@1" || !standing.UserActive {
			w.t.Fatalf("expected a new grant after withdrawal, got %+v, %v", g, err)
		}
		a := w.authorization(oauth.IDAt(w.clock.Now()) + 1)
		a.GrantID = first
		if err := s.InsertAuthorization(ctx, a); err != nil {
			w.t.Fatal(err)
		}
		if _, standing, err := s.Authorization(ctx, a.ID); err != nil || !standing.Withdrawn {
			w.t.Fatalf("expected the first grant to stay withdrawn, got %+v, %v", standing, err)
		}
		if g, standing, err := s.Grant(ctx, w.marc.id, w.shop.ID); g != nil || err != nil || standing.Client != "shop" {
			w.t.Fatalf("expected no grant but a standing, got %+v, %+v, %v", g, standing, err)
		}
	}},
}

func (w *world) write(fn func(oauth.Tx) error) {
	w.t.Helper()
	if err := w.fixture.Storage().Write(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) authorization(id int64) *oauth.Authorization {
	return &oauth.Authorization{ID: id, UserID: w.anna.id, ClientID: w.shop.ID, SessionID: "s 1",
		Scopes: oauth.Scopes{{Code: "openid", Version: 1}, {Code: "email", Version: 12}}, CodeHash: [32]byte(bytes.Repeat([]byte{0xff, 0}, 16)),
		CodeExpiresAt: w.clock.Now().Add(time.Minute), RedirectURI: redirect, RedirectNamed: true, Challenge: challenge, Nonce: "n é",
		AuthTime: w.clock.Now().Add(-123456 * time.Microsecond), AMR: []string{"pwd", "otp"}, ACR: "2"}
}
