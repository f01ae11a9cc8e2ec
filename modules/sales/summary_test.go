package sales_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/sales"
)

const summaryPath = "/api/sales/summary"

// answer is what an application was answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, r *http.Request) answer {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return answer{res.StatusCode, res.Header, string(body)}
}

// get asks with a token in the header; "" sends none.
func get(t *testing.T, a *apptest.App, path, token string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL+path, nil)
	must(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return send(t, r)
}

// token is what a backend application of a person is given for scopes.
func token(t *testing.T, a *apptest.App, user string, scopes ...string) string {
	t.Helper()
	const secret = "the secret of a backend in a test"
	client := "backend_" + user + "_" + strings.Join(scopes, "_")
	a.Load(fmt.Sprintf(`- {model: oauth_provider.client, id: %q, values: {name: Backend, identifier: %q, secret: %q, application_type: backend, user: %s, scopes: [%s]}}`,
		client, client, secret, user, strings.Join(scopes, ", ")))
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL+"/oauth2/token", strings.NewReader(form.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(secret))
	got := send(t, r)
	var out struct {
		Token string `json:"access_token"`
	}
	if must(t, json.Unmarshal([]byte(got.body), &out)); got.status != http.StatusOK || out.Token == "" {
		t.Fatalf("no token for %s: %d %s", client, got.status, got.body)
	}
	return out.Token
}

// figures are the lines of a summary as "state month currency count total".
func figures(t *testing.T, got answer) []string {
	t.Helper()
	var out struct {
		Figures []struct {
			State, Month string
			Currency     struct{ Name string }
			Count        int
			Total        json.Number
		}
	}
	if got.status != http.StatusOK {
		t.Fatalf("the summary answers %d: %s", got.status, got.body)
	}
	must(t, json.Unmarshal([]byte(got.body), &out))
	lines := []string{}
	for _, f := range out.Figures {
		lines = append(lines, fmt.Sprint(f.State, " ", f.Month, " ", f.Currency.Name, " ", f.Count, " ", f.Total))
	}
	return lines
}

// counted are the figures of the orders that a person sees by himself, one by one.
func counted(t *testing.T, e *record.Env, from, to string) []string {
	t.Helper()
	orders, err := record.Find[sales.Order](e, record.Query{Filter: filter(t, fmt.Sprintf(`[["date", ">=", %q], ["date", "<=", %q]]`, from, to))})
	must(t, err)
	type group struct{ state, month, currency string }
	count, total := map[group]int{}, map[group]record.Money{}
	for _, o := range orders {
		row, err := record.RowOf(e, "base.currency", int64(o.CurrencyID), []string{"code"})
		must(t, err)
		code, _ := row.Value("code")
		g := group{o.State, string(o.Date[:7]), code.(string)}
		count[g]++
		total[g] += o.Total
	}
	lines := []string{}
	for g := range count {
		lines = append(lines, fmt.Sprint(g.state, " ", g.month, " ", g.currency, " ", count[g], " ", total[g].Decimal(2).StringFixed(2)))
	}
	return lines
}

// The summary says of each person's orders what he would count himself.
func TestSummary(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		const period = summaryPath + "?from=2026-03-15&to=2026-05-14"
		seen := map[string]bool{}
		for _, user := range []string{"anna", "bob", "mia", "luc", "admin"} {
			got := figures(t, get(t, a, period, token(t, a, user, sales.ScopeSummary)))
			want := counted(t, a.As(user+"@example.com"), "2026-03-15", "2026-05-14")
			if !slices.IsSortedFunc(got, func(x, y string) int {
				return strings.Compare(x[:strings.LastIndex(x, " ")-4], y[:strings.LastIndex(y, " ")-4])
			}) {
				t.Errorf("%s's figures are in no order: %q", user, got)
			}
			slices.Sort(got)
			slices.Sort(want)
			if len(want) < 5 || !slices.Equal(got, want) {
				t.Errorf("%s is told %q, want %q", user, got, want)
			}
			seen[strings.Join(got, "|")] = true
		}
		if len(seen) != 5 {
			t.Errorf("five people of different rights are told %d different things", len(seen))
		}
		all := figures(t, get(t, a, summaryPath, token(t, a, "admin", sales.ScopeSummary)))
		if len(all) < 80 || !slices.Contains(all, "done 2026-05 GBP 96 153141.31") {
			t.Errorf("the whole summary is %q", all)
		}
	})
}

// What the granted scopes do not show is not counted.
func TestSummaryObeysScopes(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		const period = summaryPath + "?from=2026-02-01&to=2026-02-28"
		whole := figures(t, get(t, a, period, token(t, a, "mia", sales.ScopeSummary)))
		a.Load(`
- {model: oauth_provider.scope, id: sales_summary, values: {all_records: false, filter: [["state", "=", "done"]]}}
- {model: oauth_provider.scope, id: names, values: {code: names, name: Customers of all orders, model: sales.order, all_records: true, fields: [state, date, currency, partner]}}
- {model: oauth_provider.scope, id: cancelled, values: {code: cancelled, name: Cancelled orders, model: sale.order, filter: [["state", "=", "cancelled"]], fields: [state, date, currency, total]}}`)
		only := func(states ...string) []string {
			return slices.DeleteFunc(slices.Clone(whole), func(line string) bool { state, _, _ := strings.Cut(line, " "); return !slices.Contains(states, state) })
		}
		for _, c := range []struct {
			scopes []string
			want   []string
		}{
			{[]string{sales.ScopeSummary}, only(sales.Done)},
			{[]string{sales.ScopeSummary, "names"}, only(sales.Done)}, // shows every order, but of none the total
			{[]string{sales.ScopeSummary, "cancelled"}, only(sales.Cancelled, sales.Done)},
		} {
			if got := figures(t, get(t, a, period, token(t, a, "mia", c.scopes...))); !slices.Equal(got, c.want) || len(got) == 0 || len(got) == len(whole) {
				t.Errorf("with %v the summary is %q, want %q of %q", c.scopes, got, c.want, whole)
			}
		}
	})
}

// Who may not ask learns which scopes it takes: all of them, whatever he has (RFC 6750 §3).
func TestSummaryRefused(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		routes := a.Site.Routes
		at := slices.IndexFunc(routes, func(r web.Route) bool { return r.Path == summaryPath })
		if at < 0 || routes[at].Kind != web.Token {
			t.Fatalf("%s is no route for tokens", summaryPath)
		}
		scope := `scope="` + strings.Join(routes[at].Scopes, " ") + `"`
		good := token(t, a, "mia", sales.ScopeSummary)
		for name, c := range map[string]struct {
			path, token string
			status      int
			code        string
			challenge   bool
		}{
			"ErrNoToken":       {summaryPath, "", 401, "", true},
			"ErrTokenInQuery":  {summaryPath + "?access_token=" + good, "", 401, "invalid_request", true},
			"ErrWrongToken":    {summaryPath, "tsa_nonsense", 401, "invalid_token", true},
			"ErrOtherScope":    {summaryPath, token(t, a, "mia", "orders.mine"), 403, "insufficient_scope", true},
			"ErrNoSalesperson": {summaryPath, token(t, a, "marc", sales.ScopeSummary), 403, "", false},
			"ErrFrom":          {summaryPath + "?from=yesterday", good, 400, "", false},
			"ErrTo":            {summaryPath + "?to=2026-02-30", good, 400, "", false},
		} {
			got := get(t, a, c.path, c.token)
			challenge := got.header.Get("WWW-Authenticate")
			if got.status != c.status || !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("%s: %d %s %s, want %d and problem details", name, got.status, got.header.Get("Content-Type"), got.body, c.status)
			}
			if c.challenge != strings.HasPrefix(challenge, "Bearer ") || c.challenge && !strings.Contains(challenge, scope) ||
				c.code != "" != strings.Contains(challenge, `error="`+c.code) || c.code == "" && strings.Contains(challenge, `error="`) {
				t.Errorf("%s: the challenge is %q, want the error %q and %s", name, challenge, c.code, scope)
			}
		}
		anna := a.SignIn("anna@example.com")
		if status, _ := a.Get(anna, summaryPath); status != http.StatusUnauthorized {
			t.Errorf("a session is answered %d, want 401: the route is for applications", status)
		}
	})
}

// Orders come by their alias with relations as {id, name} and lines as ids.
func TestOtherInfo(t *testing.T) {
	engines(t, func(t *testing.T, a *apptest.App) {
		id := order(t, a, "bob@example.com")
		first := line(t, a, "bob@example.com", id, "2", "10.25", "20")
		second := line(t, a, "bob@example.com", id, "1", "0.50", "0")
		a.Load(`
- {model: oauth_provider.scope, id: drafts, values: {code: drafts, name: Drafts, model: sale.order, filter: [["state", "=", "draft"], ["total", "=", 25.10]], fields: [number, partner, date, state, salesperson, company, currency, lines, lines.product, untaxed, tax, total]}}
- {model: oauth_provider.scope, id: products, values: {code: products, name: Products, model: sales.order_line, filter: [["order.total", "=", 25.10]], fields: [order, product, quantity, unit_price, tax_rate, subtotal]}}`)
		access := token(t, a, "bob", "drafts", "products")
		named := func(model, name string, id int64) string {
			return fmt.Sprintf(`%q:{"id":%d,"name":%q}`, model, id, name)
		}
		o, err := record.Get[sales.Order](a.System(), id)
		must(t, err)
		for model, want := range map[string][]string{
			"sale.order": {fmt.Sprintf(`{"%d":{"id":%d,`, id, id), `"number":"` + o.Number + `"`, `"state":"draft"`, `"date":"` + string(o.Date) + `"`,
				fmt.Sprintf(`"lines":[%d,%d]`, first, second), `"lines.product":["Thing","Thing"]`, `"untaxed":21.00`, `"tax":4.10`, `"total":25.10`,
				named("partner", "Buyer", int64(o.PartnerID)), named("salesperson", "Bob", int64(o.SalespersonID)), named("company", "Harrow & Vale Ltd", int64(o.CompanyID)), named("currency", "GBP", int64(o.CurrencyID))},
			"sale.order.line": {fmt.Sprintf(`"%d":{"id":%d,`, first, first), named("order", o.Number, id), `"quantity":2.00`, `"unit_price":10.25`, `"tax_rate":20.00`, `"subtotal":20.50`},
		} {
			alias, own := get(t, a, "/oauth2/otherinfo?model="+model, access), get(t, a, "/oauth2/otherinfo?model="+map[string]string{"sale.order": "sales.order", "sale.order.line": "sales.order_line"}[model], access)
			if alias.status != http.StatusOK || alias.body != own.body {
				t.Errorf("%s answers %d %s, want what its own name does", model, alias.status, alias.body)
			}
			text := strings.ReplaceAll(alias.body, `\u0026`, "&")
			for _, part := range want {
				if !strings.Contains(text, part) {
					t.Errorf("%s lacks %s: %s", model, part, text)
				}
			}
		}
		if got := get(t, a, "/oauth2/otherinfo?model=sale.order", token(t, a, "anna", "drafts")); got.status != http.StatusOK || got.body != "{}" {
			t.Errorf("Anna's token shows %d %s of Bob's draft, want nothing", got.status, got.body)
		}
		for _, refused := range []struct{ user, model string }{{"bob", "res.partner"}, {"marc", "sale.order"}} {
			if got := get(t, a, "/oauth2/otherinfo?model="+refused.model, token(t, a, refused.user, "drafts")); got.status != http.StatusBadRequest || !strings.Contains(got.body, "invalid_model") {
				t.Errorf("%s's look at %s answers %d %s, want 400 invalid_model", refused.user, refused.model, got.status, got.body)
			}
		}
	})
}
