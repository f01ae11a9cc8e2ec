package oauth

import (
	"net/http"
	"net/url"
)

// consent takes the consent page's form: it must come from our own page, with a handle
// made for the session that sends it.
func (p *Provider) consent(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	f := &flow{w: w, r: r, ctx: r.Context()}
	if err := p.readAnswer(f); err != nil {
		p.page(w, r, asError(err, "consent"), "")
		return
	}
	p.walk(f)
}

// readAnswer fills in the request that was kept and what the person said to it.
func (p *Provider) readAnswer(f *flow) error {
	if err := p.same.Check(f.r); err != nil {
		return &Error{Status: http.StatusForbidden, Code: "forbidden", Description: "this form was sent from another site"}
	}
	body, fail := readForm(f.r, maxForm)
	if fail != nil {
		return fail
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		return refuse(CodeInvalidRequest, "the form is not form-encoded")
	}
	s, err := p.Host.Session(f.r)
	if err != nil {
		return unavailable(err, "read session")
	}
	if s == nil {
		return errGone
	}
	decision := form.Get(FieldDecision)
	if decision != DecisionAllow && decision != DecisionDeny {
		return refuse(CodeInvalidRequest, "the form has no decision")
	}
	if f.request, err = p.takePending(f, s, form.Get(FieldHandle)); err != nil {
		return err
	}
	f.answer = &answer{allow: decision == DecisionAllow, ticked: form[FieldScope]}
	return nil
}
