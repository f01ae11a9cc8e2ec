package oauth

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of what a request may carry. The authorize limit keeps the sealed link within
// what proxies pass on.
const (
	maxAuthorize = 8 << 10
	maxForm      = 64 << 10
	maxParams    = 100
)

// params are a request's parameters, each name once; ones without a value are left out
// (RFC 6749 §3.1). A handful is searched faster than hashed.
type params []param

type param struct{ name, value string }

func (p params) get(name string) string {
	for i := range p {
		if p[i].name == name {
			return p[i].value
		}
	}
	return ""
}

// all returns every value of a repeatable parameter.
func (p params) all(name string) (values []string) {
	for i := range p {
		if p[i].name == name {
			values = append(values, p[i].value)
		}
	}
	return values
}

// words splits a space-separated parameter.
func (p params) words(name string) []string { return strings.Fields(p.get(name)) }

// repeatable parameters: RFC 8707 §2 allows several resources.
var repeatable = []string{"resource"}

// parseParams reads form-encoded text. A repeated name, broken encoding, NUL or bytes
// that are no UTF-8 are errors: taking one of two values is how checks get bypassed.
func parseParams(raw string) (params, error) {
	out := make(params, 0, 12)
	var seen []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(seen, name) && !slices.Contains(repeatable, name) {
			return nil, errors.New("a parameter is repeated")
		}
		if seen = append(seen, name); len(seen) > maxParams {
			return nil, errors.New("too many parameters")
		}
		if value, err = unescape(value); err != nil {
			return nil, err
		}
		if value != "" {
			out = append(out, param{name, value})
		}
	}
	return out, nil
}

func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') >= 0 || strings.IndexByte(s, '+') >= 0 {
		var err error
		if s, err = url.QueryUnescape(s); err != nil {
			return "", errors.New("a parameter is not form-encoded")
		}
	}
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return "", errors.New("a parameter is not UTF-8 text")
	}
	return s, nil
}

// encode spells parameters for a query or a fragment. Spaces become %20: scripts that
// read a fragment with decodeURIComponent do not know "+".
func (p params) encode() string {
	var b strings.Builder
	for i, kv := range p {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(kv.name)
		b.WriteByte('=')
		b.WriteString(strings.ReplaceAll(url.QueryEscape(kv.value), "+", "%20"))
	}
	return b.String()
}

// isForm reports whether the body claims to be form-encoded.
func isForm(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}

// readForm returns the raw form-encoded body of at most limit bytes.
func readForm(r *http.Request, limit int64) (string, *Error) {
	if !isForm(r) {
		return "", &Error{Status: http.StatusUnsupportedMediaType, Code: CodeInvalidRequest,
			Description: "the body must be application/x-www-form-urlencoded"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return "", refuse(CodeInvalidRequest, "the body could not be read")
	}
	if int64(len(body)) > limit {
		return "", &Error{Status: http.StatusRequestEntityTooLarge, Code: CodeInvalidRequest, Description: "the body is too long"}
	}
	return string(body), nil
}

// readParams reads the parameters of a direct request (token, introspect, revoke). A
// query is refused: credentials in a URL end up in logs.
func readParams(r *http.Request) (params, *Error) {
	if r.URL.RawQuery != "" {
		return nil, refuse(CodeInvalidRequest, "parameters belong in the body, not in the URL")
	}
	body, fail := readForm(r, maxForm)
	if fail != nil {
		return nil, fail
	}
	in, err := parseParams(body)
	if err != nil {
		return nil, refuse(CodeInvalidRequest, err.Error())
	}
	return in, nil
}
