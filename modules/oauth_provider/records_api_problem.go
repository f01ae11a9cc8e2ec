package oauthprovider

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// problem is an answer of the records API that says what went wrong (RFC 9457). Code is
// stable, for programs; Detail says what to do, for whoever writes the program.
type problem struct {
	Type    string          `json:"type"`
	Title   string          `json:"title"`
	Status  int             `json:"status"`
	Detail  string          `json:"detail"`
	Code    string          `json:"code"`
	Request string          `json:"request"`
	Errors  []problemDetail `json:"errors,omitempty"`

	header map[string]string
}

// problemDetail is one input to mend: a member of the body, as a JSON pointer (RFC 6901),
// or a parameter of the query.
type problemDetail struct {
	Pointer   string `json:"pointer,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	Detail    string `json:"detail"`
}

// problemType is the beginning of the types; what follows is the code.
const problemType = "urn:tessera:problem:"

// Error lets a problem travel as an error.
func (p *problem) Error() string { return p.Code + ": " + p.Detail }

func problemOf(status int, code, title, detail string) *problem {
	return &problem{Type: problemType + code, Title: title, Status: status, Detail: detail, Code: code}
}

// badParameter is the problem with one parameter of the query.
func badParameter(code, parameter, detail string) *problem {
	p := problemOf(http.StatusBadRequest, code, "The query cannot be answered", detail)
	p.Errors = []problemDetail{{Parameter: parameter, Detail: detail}}
	return p
}

func (p *problem) with(header, value string) *problem {
	if p.header == nil {
		p.header = map[string]string{}
	}
	p.header[header] = value
	return p
}

// answering makes a handler answer its problems. Errors that are none are the house's.
func answering(handle func(*web.Ctx) error) func(*web.Ctx) error {
	return func(c *web.Ctx) error {
		err := handle(c)
		var p *problem
		if !errors.As(err, &p) {
			return err
		}
		p.Request = c.ID()
		body, err := json.Marshal(p)
		if err != nil {
			return err
		}
		h := c.Response().Header()
		for name, value := range p.header {
			h.Set(name, value)
		}
		h.Set("Content-Type", "application/problem+json")
		c.Response().WriteHeader(p.Status)
		_, _ = c.Response().Write(body)
		return nil
	}
}

// insufficient is the answer to an operation that the token does not allow on a model
// that it opens, with the challenge of RFC 6750 §3.1: it names the client's scopes that
// would allow it.
func (a *recordsAPI) insufficient(env *record.Env, m *record.Info, op record.Op) error {
	detail := "The granted scopes do not allow to " + string(op) + " records of " + m.Name + ", or the user has no right to."
	return forbidden(detail, a.scopesFor(env, m, op))
}

func forbidden(detail, scopes string) *problem {
	challenge := oauth.ChallengeError{Status: http.StatusForbidden, Code: oauth.CodeInsufficientScope, Description: detail, Scope: scopes}
	return problemOf(http.StatusForbidden, oauth.CodeInsufficientScope, "The token does not allow this", detail).with("WWW-Authenticate", challenge.Header())
}

// scopesFor are the codes of the client's scopes that allow an operation on a model.
func (a *recordsAPI) scopesFor(env *record.Env, m *record.Info, op record.Op) string {
	access := accessOf(env)
	def, err := a.store.definitions.get(env, access.Client, access.ClientVersion)
	if err != nil {
		return "" // a hint is missing; the refusal stands
	}
	var out []string
	for code, sd := range def.scopes {
		if sd.now.model == m.Name && slices.Contains(sd.now.ops, op) {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// listProblem says what is wrong with a query that the rows refused.
func listProblem(t *target, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Invalid {
		return err
	}
	if f.Field == "order" || f.Field == "cursor" {
		return badParameter("invalid_"+f.Field, f.Field, web.Sentence(t.Print, f))
	}
	return badParameter("invalid_filter", "filter", web.Sentence(t.Print, f))
}

// writeProblem says why a record was not written. Every field to mend is named.
func writeProblem(t *target, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	var p *problem
	switch f.Code {
	case fault.Invalid:
		p = problemOf(http.StatusUnprocessableEntity, "invalid_record", "The values cannot be saved", "Mend what errors names and send the request again.")
	case fault.Forbidden:
		p = forbidden(web.Sentence(t.Print, f), "")
	case fault.NotFound:
		return t.absent()
	case fault.Conflict:
		if f.Key == "record.conflict" {
			return stale()
		}
		p = problemOf(http.StatusConflict, "conflict", "Another record stands in the way", web.Sentence(t.Print, f))
	default:
		return err
	}
	for _, one := range f.All() {
		if one.Field != "" {
			p.Errors = append(p.Errors, problemDetail{Pointer: pointer(one.Field), Detail: web.Sentence(t.Print, one)})
		}
	}
	if len(p.Errors) == 0 && f.Code == fault.Invalid {
		p.Detail = web.Sentence(t.Print, f)
	}
	return p
}

// pointer is the JSON pointer of a member of the body (RFC 6901 §3).
func pointer(member string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(member)
}
