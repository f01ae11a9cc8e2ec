package oauthprovider

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// Names of the previews on the form of a scope.
const (
	previewMatch   = "oauth_provider.scope.match"
	previewConsent = "oauth_provider.scope.consent"
	previewSample  = "oauth_provider.scope.sample"
	previewHolders = "oauth_provider.scope.holders"
)

// previews adds what the form of a scope shows of it before it is saved.
func (h *host) previews(site *web.Site) {
	draw := func(card func(*web.Ctx, *scopePreview) (templ.Component, error)) web.Preview {
		return func(c *web.Ctx, d web.Draft) (templ.Component, error) {
			p, err := h.preview(c, d)
			if err != nil {
				return nil, err
			}
			return card(c, p)
		}
	}
	site.Preview(previewMatch, draw(matchCard))
	site.Preview(previewConsent, draw(consentCard))
	site.Preview(previewSample, draw(sampleCard))
	site.Preview(previewHolders, holdersCard)
}

// matchCard says how many records match, and which for example.
func matchCard(c *web.Ctx, p *scopePreview) (templ.Component, error) {
	v := ui.ScopeMatch{ID: "scope-match", None: true}
	switch {
	case p.scope.Protocol:
		v.Text, v.Calm = c.T("oauth_provider.preview.protocol"), true
	case p.problem != nil:
		v.Text, v.Calm = web.Sentence(c.Print, p.problem), p.model == nil
	case p.slow:
		v.Text, v.Sub = c.T("oauth_provider.preview.slow"), c.T("oauth_provider.preview.rules")
	default:
		matched(c, p, &v)
	}
	return ui.ScopeMatchBar(v), nil
}

func matched(c *web.Ctx, p *scopePreview, v *ui.ScopeMatch) {
	total := grouped(c.Print, p.total)
	v.Number, v.Text, v.None = grouped(c.Print, p.count), c.T("oauth_provider.preview.of", "Total", total), p.count == 0
	if p.total > mostCounted && p.count > mostCounted {
		v.Text = c.T("oauth_provider.preview.match")
	}
	if p.total > 0 {
		v.Share = min(p.count, mostCounted) * 100 / min(p.total, mostCounted)
		if p.count > 0 {
			v.Share = max(v.Share, 2)
		}
	}
	var parts []string
	if names := strings.Join(p.names, ", "); names != "" {
		if more := p.count - len(p.names); more > 0 {
			names = c.T("oauth_provider.preview.names", "Names", names, "More", grouped(c.Print, more))
		}
		parts = append(parts, names+".")
	}
	if p.own {
		parts = append(parts, c.T("oauth_provider.preview.asyou"))
	} else {
		parts = append(parts, c.T("oauth_provider.preview.asname", "Name", p.name))
	}
	v.Sub = strings.Join(append(parts, c.T("oauth_provider.preview.rules")), " ")
	if p.count > 0 && c.Env.Can(record.OpRead, p.model) && c.Opens(p.model) {
		query := url.Values{}
		if p.scope.Filter != "" {
			query.Set("filter", p.scope.Filter)
		}
		v.See = &ui.Action{Label: c.T("oauth_provider.preview.see"), URL: web.ListPath(p.model.Name) + "?" + query.Encode()}
	}
}

// consentCard shows the scope as the person will be asked for it.
func consentCard(c *web.Ctx, p *scopePreview) (templ.Component, error) {
	s := p.scope
	v := ui.ScopeConsent{Page: c.Page(""), ID: "scope-consent", Who: c.T("oauth_provider.preview.who"),
		Scope: ui.ConsentScope{Code: s.Code, Name: s.Name, Description: s.Description, Required: s.Required, Sensitive: s.Sensitive, Protocol: s.Protocol,
			Write: slices.ContainsFunc(s.Operations, func(op string) bool { return op != string(record.OpRead) })}}
	if s.Name == "" {
		v.Scope.Name = c.T("oauth_provider.preview.unnamed")
	}
	switch {
	case s.Protocol:
	case p.problem != nil:
		v.Text = c.T("oauth_provider.preview.notyet")
	default:
		v.Scope.Fields = fieldList(c.Print, p.model, s.Fields)
		v.Scope.Records, v.Scope.More = min(p.count, mostCounted), p.count > mostCounted || p.slow
		if p.slow {
			v.Text = c.T("oauth_provider.preview.slow")
		}
	}
	return ui.ScopeConsentPreview(v), nil
}

// sampleCard shows records exactly as an application receives them.
func sampleCard(c *web.Ctx, p *scopePreview) (templ.Component, error) {
	v := ui.ScopeSample{Page: c.Page(""), ID: "scope-sample", Method: http.MethodGet, Request: "/oauth2/otherinfo?model=" + p.scope.Model,
		As: ui.Field{Kind: ui.FieldRelation, Name: fieldAs, Label: c.T("oauth_provider.preview.as"), Help: c.T("oauth_provider.preview.as.help"),
			Text: p.name, Source: web.ListPath(record.UserModel) + "/options?for=oauth_provider.client.user"}}
	if text := c.Form().Get(fieldAs + ui.SuffixText); p.asFault != nil {
		v.As.Text, v.As.Error = text, web.Sentence(c.Print, p.asFault)
	} else if !p.own {
		v.As.Value = c.Form().Get(fieldAs)
	}
	switch {
	case p.scope.Protocol:
		v.Text = c.T("oauth_provider.preview.protocol")
	case p.problem != nil:
		v.Text = web.Sentence(c.Print, p.problem)
	case p.slow && len(p.rows) == 0:
		v.Text = c.T("oauth_provider.preview.slow")
	default:
		var body bytes.Buffer
		if err := json.Indent(&body, p.body(), "", "  "); err != nil {
			return nil, err
		}
		v.Body = ui.JSONSpans(body.String())
		if more := p.count - len(p.rows); more > 0 {
			v.More = c.T("oauth_provider.preview.more", "More", grouped(c.Print, more))
		}
		v.Notes = append(v.Notes, c.T("oauth_provider.preview.real"))
		if p.masked {
			v.Notes = append(v.Notes, c.T("oauth_provider.preview.masked"))
		}
	}
	return ui.ScopeSamplePreview(v), nil
}

// holdersCard names the applications that may ask for the scope.
func holdersCard(c *web.Ctx, d web.Draft) (templ.Component, error) {
	v := ui.ScopeHolders{Text: c.T("oauth_provider.preview.noholder")}
	if d.ID == 0 {
		return ui.ScopeHolderList(v), nil
	}
	q := record.Query{Filter: domain.Cond{Path: "scopes", Op: domain.In, Value: []int64{d.ID}}, Fields: []string{"name", "identifier"}, Limit: 50}
	for row, err := range record.Rows(c.Env, "oauth_provider.client", q) {
		if err != nil {
			return nil, err
		}
		v.Holders = append(v.Holders, ui.Tag{Text: textOf(row, "name"), Hue: hueOf(textOf(row, "identifier")), URL: web.RecordPath("oauth_provider.client", row.ID)})
	}
	return ui.ScopeHolderList(v), nil
}

// grouped writes a number of records with its digits grouped; one that was not counted to
// its end says so.
func grouped(p *i18n.Printer, n int) string {
	text := message.NewPrinter(language.Make(p.Lang())).Sprint(number.Decimal(min(n, mostCounted)))
	if n > mostCounted {
		return p.T("oauth_provider.preview.morethan", "Count", text)
	}
	return text
}
