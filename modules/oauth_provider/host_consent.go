package oauthprovider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
	"github.com/tessera-erp/tessera/ui"
)

// mostCounted bounds the counting of what a scope reveals; beyond it the page says
// "more than".
const mostCounted = 10_000

// Consent implements oauth.Host: it shows who asks for what, and what that reveals right now.
func (h *host) Consent(w http.ResponseWriter, r *http.Request, p *oauth.ConsentPage) {
	c := web.CtxOf(r)
	view, err := h.consentView(c, p)
	if err == nil {
		c.AllowFormAction(p.FormAction)
		err = c.Render(http.StatusOK, ui.ConsentPage(view))
	}
	if err != nil {
		_ = c.Fail(err)
	}
}

func (h *host) consentView(c *web.Ctx, p *oauth.ConsentPage) (ui.Consent, error) {
	def, err := h.store.definitions.get(c.Env, p.Client.Identifier, p.Client.Version)
	if err != nil {
		return ui.Consent{}, err
	}
	view := ui.Consent{
		Page:   c.Page(c.T("oauth_provider.consent.title", "Client", p.Client.Name)),
		Client: *uiClient(p.Client), Company: companyName(c), Name: c.Account.Name, Email: c.Account.Email,
		NotYou: &ui.Action{Label: c.T("oauth_provider.consent.notyou"), URL: web.SignInPath(p.SwitchUser, web.SignInOptions{Again: true})},
		Action: p.Action, Hidden: []ui.Pair{{Name: oauth.FieldHandle, Value: p.Handle}},
		Host: p.RedirectHost, Path: p.RedirectPath, Known: p.Grant != nil,
		Lasts: c.T("oauth_provider.consent.lasts"), Apps: connectedPath,
	}
	if view.Added, err = h.addedBy(c, def.row); err != nil {
		return view, err
	}
	for _, s := range p.Scopes {
		line, err := h.consentScope(c, def, s)
		if err != nil {
			return view, err
		}
		line.New = view.Known && (!s.Granted || s.Wider)
		view.Write = view.Write || line.Write
		view.Scopes = append(view.Scopes, line)
	}
	return view, nil
}

func companyName(c *web.Ctx) string {
	for _, n := range c.Account.Companies {
		if n.ID == c.Env.Company {
			return n.Name
		}
	}
	return ""
}

// addedBy says who registered the application and when.
func (h *host) addedBy(c *web.Ctx, row Client) (string, error) {
	who := ""
	if row.CreatedBy != 0 {
		r, err := record.RowOf(h.app.Database.System(c.Env, "consent page"), record.UserModel, int64(row.CreatedBy), []string{"name"})
		if err != nil {
			return "", err
		}
		if v, ok := r.Value("name"); ok {
			who, _ = v.(string)
		}
	}
	if who == "" {
		return c.T("oauth_provider.consent.addedon", "Date", longDate(c.Print, row.CreatedAt)), nil
	}
	return c.T("oauth_provider.consent.added", "Name", who, "Date", longDate(c.Print, row.CreatedAt)), nil
}

func longDate(p *i18n.Printer, t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), p.T(fmt.Sprintf("oauth_provider.month.%d", t.Month())), t.Year())
}

// consentScope tells one scope that is asked for.
func (h *host) consentScope(c *web.Ctx, def *definition, s oauth.ConsentScope) (ui.ConsentScope, error) {
	line, err := h.scopeLine(c, def, s.Code, s.Version)
	line.Required, line.Checked = s.Required, s.Ticked
	return line, err
}

// scopeLine tells one scope as it is given at a revision: its words, its fields, how many
// records it reveals now.
func (h *host) scopeLine(c *web.Ctx, def *definition, code string, revision int64) (ui.ConsentScope, error) {
	line := ui.ConsentScope{Code: code, Name: code}
	sd := def.scopes[code]
	if sd == nil {
		return line, nil
	}
	var err error
	if line.Name, line.Description, err = h.words(c, sd); err != nil {
		return line, err
	}
	line.Sensitive = sd.Sensitive
	if line.Protocol = sd.Protocol; line.Protocol {
		return line, nil
	}
	x, _ := sd.granted(revision)
	line.Write = slices.ContainsFunc(x.ops, func(op record.Op) bool { return op != record.OpRead })
	return line, h.reveal(c, sd, x, &line)
}

// words are the scope's name and description in the reader's language.
func (h *host) words(c *web.Ctx, sd *scopeDefinition) (name, description string, err error) {
	if c.Env.Lang == "en" {
		return sd.Name, sd.Description, nil
	}
	env := h.app.Database.System(c.Env, "consent page").WithLang(c.Env.Lang)
	row, err := record.RowOf(env, "oauth_provider.scope", sd.ID, []string{"name", "description"})
	if err != nil {
		return "", "", err
	}
	return textOf(row, "name"), textOf(row, "description"), nil
}

func textOf(row record.Row, path string) string {
	v, _ := row.Value(path)
	s, _ := v.(string)
	return s
}

// samples is how many names of records a line shows.
const samples = 3

// reveal fills in what the scope shows of which records, as this person may see them.
func (h *host) reveal(c *web.Ctx, sd *scopeDefinition, x extent, line *ui.ConsentScope) error {
	m, ok := c.Env.Registry().Model(x.model)
	if !ok {
		return nil
	}
	line.Fields = fieldList(c.Print, m, x.fields)
	env := c.Env.Through(map[string][]record.Window{x.model: {{Scope: sd.Code, Filter: x.filter, Fields: x.fields, Ops: []record.Op{record.OpRead}}}})
	if !env.Can(record.OpRead, m) {
		return nil
	}
	n, err := record.Count(env, x.model, record.Query{Limit: mostCounted + 1})
	if err != nil {
		return err
	}
	line.Records, line.More = min(n, mostCounted), n > mostCounted
	q := record.Query{Fields: readablePaths(c.Env, x.model, x.fields), Limit: samples}
	var names []string
	for row, err := range record.Rows(env, x.model, q) {
		if err != nil {
			return err
		}
		if n == 1 {
			line.Own = x.model == record.UserModel && row.ID == c.Account.ID
			for path, v := range row.All() {
				if text := shownValue(v); text != "" {
					line.Reveals = append(line.Reveals, ui.Pair{Name: pathLabel(c.Print, m, path), Value: text})
				}
			}
			continue
		}
		if v, ok := row.Value(m.Display); ok {
			names = append(names, shownValue(v))
		}
	}
	if len(names) > 0 {
		line.Reveals = []ui.Pair{{Name: c.T("oauth_provider.consent.example"), Value: strings.Join(names, ", ")}}
	}
	return nil
}

// fieldList names fields in a sentence.
func fieldList(p *i18n.Printer, m *record.Info, paths []string) string {
	var labels []string
	for _, path := range paths {
		labels = append(labels, lowerFirst(pathLabel(p, m, path)))
	}
	return listing(p, labels)
}

// pathLabel is the label of a path's last field, with the relation before it.
func pathLabel(p *i18n.Printer, m *record.Info, path string) string {
	var words []string
	at := m
	for name := range strings.SplitSeq(path, ".") {
		f, ok := at.Field(name)
		if !ok {
			return path
		}
		words = append(words, p.Or(f.LabelKey(), f.Label))
		at = f.Target
		if at == nil {
			break
		}
	}
	return strings.Join(words, " · ")
}

// lowerFirst is a label inside a sentence: "Name" becomes "name", "VAT number" stays.
func lowerFirst(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	second, _ := utf8.DecodeRuneInString(label[size:])
	if unicode.IsUpper(second) {
		return label
	}
	return string(unicode.ToLower(first)) + label[size:]
}

// listing joins words as a sentence does: "name, e-mail and country".
func listing(p *i18n.Printer, words []string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return p.T("oauth_provider.and", "First", strings.Join(words[:len(words)-1], ", "), "Last", words[len(words)-1])
}

// shownValue is a value on the consent page; lists of ids say nothing to a person.
func shownValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case record.Date:
		return string(v)
	case *record.Ref:
		if v != nil {
			return v.Name
		}
	case int64:
		return fmt.Sprint(v)
	case time.Time:
		return v.Format(time.DateOnly)
	case record.Strings:
		return strings.Join(v, ", ")
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, shownValue(x))
		}
		return strings.Join(out, ", ")
	}
	return ""
}
