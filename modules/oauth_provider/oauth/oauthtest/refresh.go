package oauthtest

import (
	"net/http"
	"time"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

const day = 24 * time.Hour

var refreshTests = []test{
	{"40 a rotated refresh token ends the family", func(w *world) {
		first := w.issue(w.anna, codeRequest)
		second := w.refresh(first.Refresh).tokens()
		w.clock.add(11 * time.Second)
		w.restart()
		w.wantGranted(first.Refresh, false)
		w.wantGranted(second.Refresh, false)
		w.wantAlive(first.Access, false)
		w.wantAlive(second.Access, false)
		if w.journal.count(oauth.EventReplay) != 1 {
			w.t.Fatal("expected the replay in the journal")
		}
	}},
	{"41 50 parallel refreshes make one lineage", func(w *world) {
		first := w.issue(w.anna, codeRequest)
		next := ""
		for _, got := range together(50, func(int) *answer { return w.refresh(first.Refresh) }) {
			if refresh := got.tokens().Refresh; next == "" {
				next = refresh
			} else if refresh != next {
				w.t.Fatal("expected the same successor for all")
			}
		}
		w.wantGranted(next, true)
	}},
	{"42 within the grace the predecessor gets the same successor, after a restart too", func(w *world) {
		first := w.issue(w.anna, codeRequest)
		second := w.refresh(first.Refresh).tokens()
		w.clock.add(10 * time.Second)
		w.restart()
		again := w.refresh(first.Refresh).tokens()
		if again.Refresh != second.Refresh || again.Access == second.Access || first.Refresh == second.Refresh {
			w.t.Fatal("expected the same refresh token and another access token")
		}
		w.wantGranted(second.Refresh, true)
	}},
	{"42 revoked within the grace", func(w *world) {
		first := w.issue(w.anna, codeRequest)
		second := w.refresh(first.Refresh).tokens()
		w.revoke("shop", shopSecret, second.Refresh)
		w.wantGranted(first.Refresh, false)
		w.wantGranted(second.Refresh, false)
	}},
	{"42 two generations old ends the family even within the grace", func(w *world) {
		first := w.issue(w.anna, codeRequest)
		second := w.refresh(first.Refresh).tokens()
		third := w.refresh(second.Refresh).tokens()
		w.wantGranted(first.Refresh, false)
		w.wantGranted(third.Refresh, false)
		w.wantAlive(third.Access, false)
	}},
	{"42 many generations old ends the family, one made up does not", func(w *world) {
		first := w.issue(w.anna, codeRequest)
		last := first
		for range 40 {
			w.clock.add(time.Hour)
			last = w.refresh(last.Refresh).tokens()
		}
		w.config.SuccessorKey = randomBytes(32) // as anybody would have to guess it
		w.restart()
		w.wantGranted(first.Refresh, false)
		w.wantAlive(last.Access, true)
		last = w.refresh(last.Refresh).tokens()
		w.clock.add(time.Hour)
		old := last
		last = w.refresh(w.refresh(last.Refresh).tokens().Refresh).tokens()
		w.wantGranted(old.Refresh, false)
		w.wantGranted(last.Refresh, false)
	}},
	{"43 refresh by another client, wider and narrower scope", func(w *world) {
		got := w.issue(w.anna, wide)
		w.token("other", otherSecret, args{"grant_type": "refresh_token", "refresh_token": got.Refresh}).wantJSON(http.StatusBadRequest, "invalid_grant")
		with := func(scope string) *answer {
			return w.token("shop", shopSecret, args{"grant_type": "refresh_token", "refresh_token": got.Refresh, "scope": scope})
		}
		with("openid partners").wantJSON(http.StatusBadRequest, "invalid_scope")
		with("email \x01").wantJSON(http.StatusBadRequest, "invalid_scope")
		narrow := with("orders").tokens()
		w.wantScope(narrow.Scope, "orders")
		w.wantScope(w.refresh(narrow.Refresh).tokens().Scope, "openid email orders")
	}},
	{"44 idle and absolute refresh lifetime", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		for range 3 {
			w.clock.add(29 * day)
			got = w.refresh(got.Refresh).tokens()
		}
		w.clock.add(3*day - time.Second)
		got = w.refresh(got.Refresh).tokens()
		w.clock.add(time.Second)
		w.wantGranted(got.Refresh, false)
		idle := w.issue(w.marc, codeRequest)
		w.clock.add(30 * day)
		w.wantGranted(idle.Refresh, false)
	}},
	{"a refresh token outlives its access token and dies with the rotation", func(w *world) {
		got := w.issue(w.anna, codeRequest)
		w.clock.add(2 * time.Hour)
		w.wantAlive(got.Access, false)
		w.wantGranted(got.Refresh, true)
	}},
	{"a public client refreshes by its client_id", func(w *world) {
		request := codeRequest.with(args{"client_id": "native", "redirect_uri": "com.example.app:/cb"})
		got := w.token("native", "", redeem(w.code(w.anna, request)).with(args{"redirect_uri": "com.example.app:/cb"})).tokens()
		next := w.token("native", "", args{"grant_type": "refresh_token", "refresh_token": got.Refresh}).tokens()
		if next.Refresh == "" || next.Refresh == got.Refresh || next.ID == "" {
			w.t.Fatalf("expected a rotated token and an id_token, got %+v", next)
		}
	}},
	{"54 user or client switched off, password changed, consent withdrawn", func(w *world) {
		for name, change := range map[string]func() (undo func()){
			"user": func() func() {
				w.fixture.SetUserActive(w.t, w.anna.id, false)
				return func() { w.fixture.SetUserActive(w.t, w.anna.id, true) }
			},
			"client": func() func() {
				w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Active = false })
				return func() { w.fixture.ChangeClient(w.t, "shop", func(c *oauth.Client) { c.Active = true }) }
			},
			"password": func() func() {
				w.fixture.EndTokens(w.t, w.anna.id, w.clock.Now())
				return func() {}
			},
			"consent": func() func() {
				w.fixture.Withdraw(w.t, w.anna.id, w.shop.ID, w.clock.Now())
				return func() {}
			},
		} {
			got := w.issue(w.anna, codeRequest)
			w.clock.add(time.Second)
			undo := change()
			w.wantAlive(got.Access, false)
			if info := w.bearer("/oauth2/userinfo", got.Access); info.status != http.StatusUnauthorized {
				w.t.Fatalf("%s: expected userinfo 401, got %d", name, info.status)
			}
			if got := w.refresh(got.Refresh); got.status != http.StatusBadRequest && got.status != http.StatusUnauthorized {
				w.t.Fatalf("%s: expected no refresh, got %d", name, got.status)
			}
			undo()
			if seen := w.inspect("shop", shopSecret, got.Access); name != "user" && name != "client" && seen.body != `{"active":false}` {
				w.t.Fatalf("%s: expected an inactive token, got %s", name, seen.body)
			}
		}
	}},
}
