package oauthprovider_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

// refused is what a form says to an entry that is wrong.
type refused struct {
	name    string
	values  map[string]any
	code    fault.Code
	field   string
	message string // begins with
}

// wantRefused saves each entry in a form that was good before.
func wantRefused(t *testing.T, env *record.Env, model string, good map[string]any, cases []refused) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			values := maps.Clone(good)
			maps.Copy(values, c.values)
			_, err := record.SaveValues(env, model, 0, 0, values)
			var f *fault.Error
			if !errors.As(err, &f) {
				t.Fatalf("SaveValues() = %v, want %s", err, c.code)
			}
			if f.Code != c.code || f.Field != c.field || !strings.HasPrefix(f.Message, c.message) {
				t.Errorf("%s on %q: %q, want %s on %q: %q…", f.Code, f.Field, f.Message, c.code, c.field, c.message)
			}
		})
	}
}

func manager(t *testing.T, a *apptest.App) *record.Env {
	t.Helper()
	a.Load(`- {model: base.user, id: test_manager, values: {login: manager@example.com, name: Manager, password: manager, groups: [oauth_provider.manager], company: main}}`)
	return a.As("manager@example.com")
}

func TestScopeForm(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		a := apptest.New(t, url, modules.All...)
		env := manager(t, a)
		good := map[string]any{"code": "mine", "name": "Mine", "model": "base.user", "filter": `[["id", "=", {"$": "uid"}]]`, "fields": []any{"name", "email"}}
		wantRefused(t, env, "oauth_provider.scope", good, []refused{
			{"ErrNameRequired", map[string]any{"name": ""}, fault.Invalid, "name", ""},
			{"ErrCodeRequired", map[string]any{"code": ""}, fault.Invalid, "code", ""},
			{"ErrCodeTaken", map[string]any{"code": "openid"}, fault.Invalid, "code", ""},
			{"ErrBadCode", map[string]any{"code": "two words"}, fault.Invalid, "code", "Use letters, digits"},
			{"ErrBadCodeQuote", map[string]any{"code": `a"b`}, fault.Invalid, "code", "Use letters, digits"},
			{"ErrUnknownModel", map[string]any{"model": "no.such"}, fault.Invalid, "model", `There is no model "no.such"`},
			{"ErrModelNotScopable", map[string]any{"model": "oauth_provider.client"}, fault.Invalid, "model", `There is no model "oauth_provider.client"`},
			{"ErrNoModel", map[string]any{"model": ""}, fault.Invalid, "model", `There is no model ""`},
			{"ErrNoFilterDecision", map[string]any{"filter": ""}, fault.Invalid, "filter", "Write a filter, or tick"},
			{"ErrEmptyFilterIsNoDecision", map[string]any{"filter": "[]"}, fault.Invalid, "filter", "Write a filter, or tick"},
			{"ErrFilterAndAll", map[string]any{"all_records": true}, fault.Invalid, "all_records", "There is a filter"},
			{"ErrFilterSyntax", map[string]any{"filter": `[["id", "="`}, fault.Invalid, "filter", ""},
			{"ErrFilterUnknownField", map[string]any{"filter": `[["nope", "=", 1]]`}, fault.Invalid, "filter", ""},
			{"ErrFilterHiddenField", map[string]any{"filter": `[["password_hash", "like", "a"]]`}, fault.Invalid, "filter", ""},
			{"ErrFilterCode", map[string]any{"filter": `[["id", "=", "1) OR 1=1 --"]]`}, fault.Invalid, "filter", ""},
			{"ErrFilterOperator", map[string]any{"filter": `[["id", "; DROP TABLE base_user", 1]]`}, fault.Invalid, "filter", ""},
			{"ErrUnknownField", map[string]any{"fields": []any{"name", "nope"}}, fault.Invalid, "fields", `User has no field "nope"`},
			{"ErrHiddenField", map[string]any{"fields": []any{"password_hash"}}, fault.Invalid, "fields", `User has no field "password_hash"`},
			{"ErrSecretField", map[string]any{"fields": []any{"password"}}, fault.Invalid, "fields", `User has no field "password"`},
			{"ErrPathLeadsNowhere", map[string]any{"fields": []any{"company.nope"}}, fault.Invalid, "fields", `User has no field "company.nope"`},
			{"ErrHiddenFieldBehindRelation", map[string]any{"fields": []any{"groups.name.x"}}, fault.Invalid, "fields", ""},
			{"ErrBadOperation", map[string]any{"operations": []any{"read", "fly"}}, fault.Invalid, "operations", `"fly" is no operation`},
		})

		t.Run("Normalised", func(t *testing.T) {
			id, err := record.SaveValues(env, "oauth_provider.scope", 0, 0, map[string]any{"code": "partners", "name": "Partners", "model": "res.users", "all_records": true, "fields": []any{"name", "id", "name"}})
			must(t, err)
			row, err := record.RowOf(env, "oauth_provider.scope", id, []string{"model", "fields", "operations", "revision"})
			must(t, err)
			got := map[string]any{}
			for path, v := range row.All() {
				got[path] = fmt.Sprint(v)
			}
			if got["model"] != "base.user" || got["fields"] != "[name]" || got["operations"] != "[read]" || got["revision"] != "1" {
				t.Errorf("stored %v", got)
			}
		})

		t.Run("ErrBuiltIn", func(t *testing.T) {
			id := a.ID("oauth_provider.scope", "openid")
			_, err := record.SaveValues(env, "oauth_provider.scope", id, 0, map[string]any{"code": "other"})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("changing the code of openid: %v", err)
			}
			if _, err := record.SaveValues(env, "oauth_provider.scope", id, 0, map[string]any{"description": "In our words."}); err != nil {
				t.Errorf("changing its description: %v", err)
			}
			if err := record.Remove(env, "oauth_provider.scope", id, 0); !fault.Is(err, fault.Forbidden) {
				t.Errorf("deleting openid: %v", err)
			}
		})

		t.Run("ErrForbidden", func(t *testing.T) {
			if _, err := record.SaveValues(a.As("anna@example.com"), "oauth_provider.scope", 0, 0, good); !fault.Is(err, fault.Forbidden) {
				t.Errorf("somebody without the right: %v", err)
			}
		})
	})
}

func TestClientForm(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		a := apptest.New(t, url, modules.All...)
		env := manager(t, a)
		good := map[string]any{"name": "Mine", "identifier": "mine", "secret": "a long secret", "application_type": "web", "redirect_uris": []any{"https://shop.example/cb"}}
		uri := func(u ...any) map[string]any { return map[string]any{"redirect_uris": u} }
		public := func(more map[string]any) map[string]any {
			out := map[string]any{"public": true, "secret": ""}
			maps.Copy(out, more)
			return out
		}
		wantRefused(t, env, "oauth_provider.client", good, []refused{
			{"ErrNameRequired", map[string]any{"name": ""}, fault.Invalid, "name", ""},
			{"ErrIdentifierTaken", map[string]any{"identifier": "webshop"}, fault.Invalid, "identifier", ""},
			{"ErrBadIdentifier", map[string]any{"identifier": "two words"}, fault.Invalid, "identifier", "Use letters, digits"},
			{"ErrNoSecret", map[string]any{"secret": ""}, fault.Invalid, "secret", "Write a secret"},
			{"ErrShortSecret", map[string]any{"secret": "short"}, fault.Invalid, "secret", "Use at least 8 characters"},
			{"ErrPublicSecret", map[string]any{"public": true}, fault.Invalid, "secret", "A public client has no secret"},
			{"ErrNoRedirect", uri(), fault.Invalid, "redirect_uris", "Write at least one"},
			{"ErrBadRedirectScript", uri("javascript:alert(1)"), fault.Invalid, "redirect_uris", `"javascript:alert(1)" cannot be`},
			{"ErrBadRedirectFragment", uri("https://shop.example/cb#"), fault.Invalid, "redirect_uris", `"https://shop.example/cb#" cannot be a redirect URI: it must not have a fragment (#).`},
			{"ErrUnknownScope", map[string]any{"scopes": []any{"nope"}}, fault.Invalid, "scopes", `There is no scope "nope"`},
			{"ErrBadRedirectWildcard", uri("https://shop.example/*"), fault.Invalid, "redirect_uris", `"https://shop.example/*" cannot be`},
			{"ErrBadRedirectHTTP", uri("http://shop.example/cb"), fault.Invalid, "redirect_uris", `"http://shop.example/cb" cannot be`},
			{"ErrTwoRedirects", uri("https://shop.example/cb", "https://shop.example/cb"), fault.Invalid, "redirect_uris", `"https://shop.example/cb" stands twice`},
			{"ErrPublicPKCE", public(map[string]any{"pkce": "optional"}), fault.Invalid, "pkce", "A public client needs PKCE"},
			{"ErrPublicBackend", public(map[string]any{"application_type": "backend"}), fault.Invalid, "public", "A backend application needs a secret"},
			{"ErrSkipOnDevice", public(map[string]any{"skip_authorization": true, "redirect_uris": []any{"http://127.0.0.1/cb"}}), fault.Invalid, "skip_authorization", "Any program on"},
			{"ErrSkipPrivateScheme", public(map[string]any{"skip_authorization": true, "redirect_uris": []any{"com.example.app:/cb"}}), fault.Invalid, "skip_authorization", "Any program on"},
			{"ErrRunsAsAdministrator", map[string]any{"application_type": "backend", "user": "admin@example.com"}, fault.Forbidden, "user", "This user has rights"},
			{"ErrShortLife", map[string]any{"access_seconds": 5}, fault.Invalid, "access_seconds", "Use 60 to"},
			{"ErrLongLife", map[string]any{"code_seconds": 601}, fault.Invalid, "code_seconds", "Use 10 to 600"},
			{"ErrLongRefresh", map[string]any{"refresh_last_seconds": 401 * 86400}, fault.Invalid, "refresh_last_seconds", "Use 60 to"},
			{"ErrUnknownType", map[string]any{"application_type": "toaster"}, fault.Invalid, "application_type", ""},
			{"ErrUnknownScope", map[string]any{"scopes": []any{"no-such"}}, fault.Invalid, "scopes", ""},
		})

		t.Run("Identifier", func(t *testing.T) {
			values := maps.Clone(good)
			values["identifier"] = ""
			id, err := record.SaveValues(env, "oauth_provider.client", 0, 0, values)
			must(t, err)
			row, err := record.RowOf(env, "oauth_provider.client", id, []string{"identifier"})
			must(t, err)
			if v, _ := row.Value("identifier"); len(v.(string)) != 16 {
				t.Errorf("identifier %q, want one made of 12 random bytes", v)
			}
			_, err = record.SaveValues(env, "oauth_provider.client", id, 0, map[string]any{"identifier": "another"})
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("changing it: %v", err)
			}
		})
	})
}

// TestLoadRepeats holds that loading a file again changes nothing: no version, no
// definition, no secret, no line in the audit log.
func TestLoadRepeats(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		h := openHouse(t, url)
		w := h.world(t)
		file := sharedScopes + fmt.Sprintf(`
- {model: oauth_provider.client, id: %[1]s, values: {name: The shop, identifier: %[1]s, secret: %[2]q, application_type: web, scopes: [openid, self], redirect_uris: ["https://shop.example/cb", "https://shop.example/two"]}}
- {model: oauth_provider.client, id: %[3]s, values: {name: Native, identifier: %[3]s, public: true, application_type: mobile, scopes: [self, openid], redirect_uris: ["http://127.0.0.1/cb"]}}
`, w.shop.id, w.shop.secret, w.native.id)
		h.Load(file)
		state := func() string {
			return string(dump(t, h.Database.DB, "oauth_provider_scope", "oauth_provider_scope_revision", "oauth_provider_client", "oauth_provider_secret", "oauth_provider_client_scopes", "audit"))
		}
		before := state()
		done := h.Load(file)
		if done.Created != 0 || done.Updated != 0 || done.Unchanged == 0 {
			t.Errorf("the second load did %+v", done)
		}
		if state() != before {
			t.Error("the second load changed something")
		}
	})
}
