package oauth

import (
	"slices"
	"strings"
)

// responseMode is how the answer travels (OAuth 2.0 Multiple Response Types §2.1, Form Post).
type responseMode string

const (
	modeQuery    responseMode = "query"
	modeFragment responseMode = "fragment"
	modeFormPost responseMode = "form_post"
)

var responseModes = []responseMode{modeQuery, modeFragment, modeFormPost}

// checkResponseMode decides how the answer travels: tokens never in a query.
func (p *Provider) checkResponseMode(f *flow) error {
	mode := responseMode(f.params.get("response_mode"))
	switch {
	case mode == "":
		mode = f.response.mode
	case !slices.Contains(responseModes, mode):
		return refuse(CodeInvalidRequest, "response_mode is not query, fragment or form_post")
	case mode == modeQuery && !f.response.query:
		return refuse(CodeInvalidRequest, "this response_type cannot be answered in a query")
	}
	f.mode = mode
	return nil
}

// errorMode is how an error travels that came up before the mode was settled.
func (f *flow) errorMode() responseMode {
	if f.mode != "" {
		return f.mode
	}
	types := f.params.words("response_type")
	tokens := slices.Contains(types, "token") || slices.Contains(types, "id_token")
	mode := responseMode(strings.TrimSpace(f.params.get("response_mode")))
	switch {
	case mode == modeFormPost || mode == modeFragment:
		return mode
	case tokens:
		return modeFragment // RFC 6749 §4.2.2.1
	}
	return modeQuery
}
