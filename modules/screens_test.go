package modules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules"
)

// What declarations say of choices, filters and the records that a line is about stands
// on the screens in the reader's words.
func TestDeclaredWords(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		a := apptest.New(t, url, modules.All...)
		a.Load("- " + claire)
		admin, french := a.SignIn("admin@example.com"), a.SignIn("claire@example.com")
		anna := web.RecordPath("base.user", a.ID("base.user", "anna"))
		scope := web.RecordPath("oauth_provider.scope", a.ID("oauth_provider.scope", "demo_wholesale"))
		client := web.RecordPath("oauth_provider.client", a.ID("oauth_provider.client", "demo_webshop"))
		own := web.RecordPath("base.user", a.ID("base.user", "admin"))
		for _, page := range []struct {
			name, path  string
			shows, hide []string
			french      bool
		}{
			{"ChoicesAreASelect", scope, []string{`<select class="select"`, `<option value="contacts.partner" selected>Partner</option>`, `value="base.user">User</option>`}, []string{`value="base.audit"`}, false},
			{"ChoicesAreBoxes", scope, []string{`name="operations" value="read" checked`, `name="operations" value="delete"`, "Change"}, nil, false},
			{"FieldsAreATree", scope, []string{`name="fields" value="credit_limit" checked`, `name="fields" value="salesperson.name" checked`, `name="fields" value="salesperson.login"`, "7 of "}, []string{"Add address", `value="salesperson.password"`}, false},
			{"PreviewsBeforeSaving", scope, []string{"records match", "The application will be able to see", "/oauth2/otherinfo?model=contacts.partner", "Ashdown Bakers", "Webshop"}, nil, false},
			{"OptionsAreCards", client, []string{`type="radio" class="radio" name="application_type" value="web" checked`, "Authorization code grant with PKCE"}, nil, false},
			{"AddressesAreTagged", client, []string{"Default", "http, local", "Add address"}, nil, false},
			{"FilterInWords", "/records/oauth_provider.scope", []string{"Salesperson is the current user", "Settings</a>", "What other applications may read."}, []string{`[[&#34;salesperson`}, false},
			{"FilterInFrench", "/records/oauth_provider.scope", []string{"Clients grossistes", "Partenaire"}, []string{"Wholesale partners"}, true},
			{"AuditInWords", "/records/base.audit", []string{"signed in", "User", `href="` + own + `"`}, []string{"sign in", ">base.user<"}, false},
			{"AuditInFrench", "/records/base.audit", []string{"s’est connecté"}, []string{"signed in"}, true},
			{"LeadsToPeople", "/records/base.group", []string{"Settings</a>", "<span>Users</span>"}, nil, false},
			{"NothingOfItself", anna, []string{">Users</a>"}, []string{"<span>Users</span>"}, false},
		} {
			t.Run(page.name, func(t *testing.T) {
				client := admin
				if page.french {
					client = french
				}
				status, body := a.Get(client, page.path)
				if status != 200 {
					t.Fatalf("%s answers %d", page.path, status)
				}
				for _, text := range page.shows {
					if !strings.Contains(body, text) {
						t.Errorf("%s does not hold %s", page.path, text)
					}
				}
				for _, text := range page.hide {
					if strings.Contains(body, text) {
						t.Errorf("%s holds %s", page.path, text)
					}
				}
			})
		}
	})
}

// A line of the audit log shows what was changed as the record's form would say it.
func TestAuditLineShowsChanges(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		a := apptest.New(t, url, modules.All...)
		a.Load("- {model: base.user, id: anna, values: {phone: +44 20 7946 0999, lang: fr}}")
		line := firstID(t, a.As("admin@example.com"), "base.audit")
		_, body := a.Get(a.SignIn("admin@example.com"), web.RecordPath("base.audit", line))
		for _, text := range []string{"<dt>Phone</dt>", "+44 117 496 0021", "+44 20 7946 0999", "<dt>Language</dt>", "English", "Français",
			fmt.Sprintf(`<a href="%s">Anna Keller</a>`, web.RecordPath("base.user", a.ID("base.user", "anna")))} {
			if !strings.Contains(body, text) {
				t.Errorf("the line does not hold %s", text)
			}
		}
	})
}
