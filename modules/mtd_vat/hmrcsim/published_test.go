package hmrcsim_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
)

// data is where HMRC's publications lie: beside the repository, no part of it.
var data = filepath.Join("..", "..", "..", "..", "shared", "hmrc")

// published reads a file of it; the test is skipped where it is not.
func published(t testing.TB, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, name))
	if err != nil {
		t.Skipf("needs the published data beside the repository: %v", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// description is HMRC's OpenAPI file of the VAT API, nil where it is not.
var description = sync.OnceValue(func() *openapi3.T { return openDescription("vat-api-1.0.yaml") })

func openDescription(name string) *openapi3.T {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	doc, err := loader.LoadFromFile(filepath.Join(data, name))
	if err != nil {
		return nil
	}
	return doc
}

// undescribed are the statuses that the file does not have, as SOURCE.md says.
func undescribed(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusMethodNotAllowed || status == http.StatusNotAcceptable ||
		status == http.StatusTooManyRequests || status >= 500
}

// describe holds an answer against the description. Exceptions are those of SOURCE.md and
// of error-bodies.json: the legacy shape and the empty 404.
func (w *world) describe(r *http.Request, got result) {
	w.t.Helper()
	doc := description()
	legacy := strings.Contains(got.text, `"statusCode"`)
	empty := got.status == http.StatusNotFound && got.text == ""
	if doc == nil || undescribed(got.status) || legacy || empty || strings.HasPrefix(got.text, "<") {
		return
	}
	route, params := routeOf(doc, r)
	if route == nil {
		return
	}
	validate(w.t, r, route, params, got)
}

var placeholder = regexp.MustCompile(`\\\{(\w+)\\\}`)

func routeOf(doc *openapi3.T, r *http.Request) (*routers.Route, map[string]string) {
	for path, item := range doc.Paths.Map() {
		pattern := regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(path), `(?P<$1>[^/]+)`) + "$")
		m := pattern.FindStringSubmatch(r.URL.Path)
		if m == nil || item.GetOperation(r.Method) == nil {
			continue
		}
		params := map[string]string{}
		for i, name := range pattern.SubexpNames()[1:] {
			params[name] = m[i+1]
		}
		return &routers.Route{Spec: doc, Path: path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)}, params
	}
	return nil, nil
}

func validate(t testing.TB, r *http.Request, route *routers.Route, params map[string]string, got result) {
	t.Helper()
	err := openapi3filter.ValidateResponse(context.Background(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 got.status, Header: got.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}).SetBodyBytes([]byte(got.text)))
	if err != nil {
		t.Errorf("%s %s: the answer is not as HMRC describes it: %v", r.Method, r.URL.Path, err)
	}
}

// The tests of this package check their answers by describe; this one says so when they
// cannot, and that the check refuses what is wrong.
func TestDescriptionRefuses(t *testing.T) {
	t.Parallel()
	doc := description()
	if doc == nil {
		t.Skip("needs the published data beside the repository")
	}
	r, err := http.NewRequest(http.MethodGet, "http://x/organisations/vat/123456789/obligations", nil)
	if err != nil {
		t.Fatal(err)
	}
	route, params := routeOf(doc, r)
	if route == nil {
		t.Fatal("the description has no obligations")
	}
	quiet := &silent{TB: t}
	validate(quiet, r, route, params, result{status: 200, header: http.Header{"Content-Type": {"application/json"}}, text: `{"obligations":[{"start":"1 April"}]}`})
	if !quiet.failed {
		t.Error("an obligation without an end passes the check")
	}
}

type silent struct {
	testing.TB
	failed bool
}

func (s *silent) Helper()               {}
func (s *silent) Errorf(string, ...any) { s.failed = true }

func TestReturnVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			Name   string
			Body   json.RawMessage
			Status int
			Outer  string `json:"outerCode"`
			Code   string
			Path   string
		}
	}
	published(t, "vat-return-vectors.json", &file)
	if len(file.Vectors) != 19 {
		t.Fatalf("there are %d vectors, want 19", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *hmrcsim.Options) { o.AnyPeriod = true })
			got := w.call(w.marc().Access, http.MethodPost, "/organisations/vat/"+vale+"/returns", string(v.Body))
			got.want(t, v.Status, v.Code)
			if v.Code != "" && (got.Code != v.Outer || got.Errors[0].Path != v.Path || len(got.Errors) != 1) {
				t.Errorf("%s, want %s around one error at %s", got.text, v.Outer, v.Path)
			}
		})
	}
}

// Every valid example passes, every invalid one is an error at its header.
func TestHeaderVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Headers []struct {
			Name           string
			Valid, Invalid []string
		}
		NotRequired []string `json:"notRequiredForThisMethod"`
	}
	published(t, "fraud-prevention-web-app-via-server.json", &file)
	w := newWorld(t)
	own := w.token("grant_type", "client_credentials").Access
	const validator = "/test/fraud-prevention-headers/validate"
	all := map[string]string{}
	for _, h := range file.Headers {
		all[h.Name] = h.Valid[0]
	}
	report := func(t *testing.T, change ...string) hmrcsim.HeaderReport {
		t.Helper()
		headers := []string{}
		for name, value := range all {
			headers = append(headers, name, value)
		}
		var out hmrcsim.HeaderReport
		got := w.call(own, http.MethodGet, validator, "", append(headers, change...)...)
		if err := json.Unmarshal([]byte(got.text), &out); err != nil || got.status != http.StatusOK {
			t.Fatalf("the validator answers %d %s", got.status, got.text)
		}
		return out
	}
	if r := report(t); r.Code != hmrcsim.ValidHeaders || len(r.Errors)+len(r.Warnings) > 0 {
		t.Errorf("the valid examples are reported as %+v", r)
	}
	for _, h := range file.Headers {
		for _, v := range h.Valid {
			if r := report(t, h.Name, v); len(r.Errors) > 0 && h.Name != "Gov-Client-Public-IP" && h.Name != "Gov-Vendor-Forwarded" {
				t.Errorf("%s: %s is reported as %+v", h.Name, v, r)
			}
		}
		for _, v := range h.Invalid {
			if r := report(t, h.Name, v); r.Code != hmrcsim.InvalidHeaders || !about(r.Errors, hmrcsim.InvalidHeader, h.Name) {
				t.Errorf("%s: %s is reported as %+v", h.Name, v, r)
			}
		}
	}
	for _, name := range file.NotRequired {
		if r := report(t, name, "x"); r.Code != hmrcsim.PossiblyInvalid || !about(r.Warnings, hmrcsim.UnexpectedHeader, name) {
			t.Errorf("%s is reported as %+v", name, r)
		}
	}
}

func about(findings []hmrcsim.Finding, code, header string) bool {
	for _, f := range findings {
		for _, h := range f.Headers {
			if f.Code == code && h == strings.ToLower(header) {
				return true
			}
		}
	}
	return false
}
