package hmrc_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
)

// published reads a file of the data that was drawn from HMRC's publications. It lies
// beside the repository and is no part of it: elsewhere the test is skipped.
func published(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "shared", "hmrc", name))
	if err != nil {
		t.Skipf("needs the published data beside the repository: %v", err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// The nineteen vectors: what HMRC takes, our return writes; what HMRC refuses, our check
// refuses or our types cannot hold.
func TestReturnVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			Name string
			Body map[string]any
			Code *string
			Path *string
		}
	}
	published(t, "vat-return-vectors.json", &file)
	if len(file.Vectors) != 19 {
		t.Fatalf("there are %d vectors, want 19", len(file.Vectors))
	}
	// Box 3 and 5 are derived and figures are decimals: these cannot be written at all.
	impossible := map[string]bool{"VAT_TOTAL_VALUE": true, "VAT_NET_VALUE": true, "INVALID_NUMERIC_VALUE": true,
		"MANDATORY_FIELD_MISSING": true, "INVALID_STRING_VALUE": true}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if v.Code != nil && (impossible[*v.Code] || v.Name == "net_negative" || v.Name == "net_over_max") {
				if v.Name == "net_over_max" {
					over := hmrc.Boxes{VATDueSales: decimal.RequireFromString("100000000000.00")}
					wantInvalid(t, over.Figures().Check(), "netVatDue")
				}
				return
			}
			r := returnOf(t, v.Body)
			if v.Code != nil {
				field := strings.TrimPrefix(*v.Path, "/")
				if field == "periodKey" {
					field = ""
				}
				wantInvalid(t, r.Check(), field)
				return
			}
			if err := r.Check(); err != nil {
				t.Fatalf("HMRC takes this return, our check says %v", err)
			}
			sameReturn(t, r, v.Body)
		})
	}
}

func returnOf(t *testing.T, body map[string]any) hmrc.Return {
	t.Helper()
	box := func(n int) decimal.Decimal {
		return decimal.RequireFromString(body[hmrc.Field(n)].(json.Number).String())
	}
	return hmrc.Return{
		Period: hmrc.PeriodKey(body["periodKey"].(string)),
		Boxes: hmrc.Boxes{VATDueSales: box(1), VATDueAcquisitions: box(2), VATReclaimed: box(4),
			SalesExVAT: box(6), PurchasesExVAT: box(7), GoodsSuppliedExVAT: box(8), AcquisitionsExVAT: box(9)},
		Finalised: body["finalised"].(bool),
	}
}

func wantInvalid(t *testing.T, err error, field string) {
	t.Helper()
	f, ok := err.(*fault.Error)
	if !ok || f.Code != fault.Invalid || f.Field != field {
		t.Fatalf("the check says %v, want invalid on %q", err, field)
	}
}

// sameReturn compares what we write with a vector, number by number.
func sameReturn(t *testing.T, r hmrc.Return, want map[string]any) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	if err := d.Decode(&got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d members, want %d", text, len(got), len(want))
	}
	for name, w := range want {
		n, isNumber := w.(json.Number)
		if !isNumber {
			if got[name] != w {
				t.Errorf("%s is %v, want %v", name, got[name], w)
			}
			continue
		}
		g, isNumber := got[name].(json.Number)
		if !isNumber || !decimal.RequireFromString(g.String()).Equal(decimal.RequireFromString(n.String())) {
			t.Errorf("%s is %v, want %v", name, got[name], w)
		}
	}
	var filed hmrc.Filed
	if err := json.Unmarshal(text, &filed); err != nil {
		t.Fatal(err)
	}
	if differ := filed.Differences(r.Figures()); differ != nil || filed.Period != r.Period {
		t.Errorf("read back, boxes %v differ", differ)
	}
}

// All four shapes of the API, and that of the token endpoint, become one error.
func TestErrorBodies(t *testing.T) {
	t.Parallel()
	var file struct {
		VAT []struct {
			Shape  string
			Status int
			Body   json.RawMessage
		}
		Platform []struct {
			Status int
			Code   string
		}
		OAuth []struct {
			Grant  string
			Status int
			Error  string
			Text   string `json:"error_description"`
		} `json:"oauth_token"`
		Callback []string `json:"oauth_callback"`
	}
	published(t, "error-bodies.json", &file)
	shapes := map[string]hmrc.Shape{"flat": hmrc.Flat, "nested": hmrc.Nested, "legacy-statusCode": hmrc.Legacy, "empty-body": hmrc.Bare}
	for _, e := range file.VAT {
		body := e.Body
		if string(body) == "null" {
			body = nil
		}
		got := hmrc.ParseError(e.Status, http.Header{"X-Correlationid": {"c75f40a6"}}, body)
		if got.Shape != shapes[e.Shape] || got.Status != e.Status || got.CorrelationID != "c75f40a6" || (got.Code == "") != (body == nil) {
			t.Errorf("%s is read as %+v", e.Body, got)
		}
		if got.Code != "" && !strings.Contains(string(body), `"`+got.Code+`"`) {
			t.Errorf("%s is read with the code %q", e.Body, got.Code)
		}
		if v := hmrc.Classify(hmrc.AtAPI, got); v.Remedy == hmrc.ReportDefect {
			t.Errorf("%s is classified as our own mistake", e.Body)
		}
	}
	for _, e := range file.Platform {
		got := hmrc.ParseError(e.Status, nil, []byte(`{"code":"`+e.Code+`","message":"x"}`))
		v := hmrc.Classify(hmrc.AtAPI, got)
		if v.Remedy == hmrc.ReportDefect && e.Status != 405 && e.Status != 406 && e.Code != "HTTPS_REQUIRED" {
			t.Errorf("%s is classified as our own mistake", e.Code)
		}
	}
	where := map[string]hmrc.Where{"any": hmrc.AtClient, "authorization_code": hmrc.AtCode, "refresh_token": hmrc.AtRefresh}
	for _, e := range file.OAuth {
		body, _ := json.Marshal(map[string]string{"error": e.Error, "error_description": e.Text})
		got := hmrc.ParseError(e.Status, nil, body)
		if got.Shape != hmrc.OAuth || got.Code != e.Error || got.Message != e.Text {
			t.Errorf("%s is read as %+v", body, got)
		}
		if v := hmrc.Classify(where[e.Grant], got); v.Remedy == hmrc.ReportDefect {
			t.Errorf("%s at %s is classified as our own mistake", body, e.Grant)
		}
	}
	q, err := url.ParseQuery(strings.TrimPrefix(file.Callback[1], "?"))
	if err != nil {
		t.Fatal(err)
	}
	if v := hmrc.Classify(hmrc.AtCallback, &hmrc.Error{Code: q.Get("error")}); v.Remedy != hmrc.Decline {
		t.Errorf("the refusing callback is classified as %q, want %q", v.Remedy, hmrc.Decline)
	}
}

// evidence is what a whole sign-in knows; its headers are those that HMRC's
// specification gives as examples.
func evidence() hmrc.Evidence {
	at := time.Date(2020, 9, 21, 14, 30, 5, 123e6, time.UTC)
	return hmrc.Evidence{
		Device: &hmrc.Device{
			UserAgent: "Mozilla/5.0 (iPad; U; CPU OS 3_2_1 like Mac OS X; en-us) AppleWebKit/531.21.10 (KHTML, like Gecko) Mobile/7B405",
			Screens:   []hmrc.Screen{{1920, 1080, "1", 16}, {3000, 2000, "1.25", 16}},
			Window:    hmrc.Window{Width: 1256, Height: 803}, OffsetMinutes: -75,
		},
		DeviceID: "beec798b-b366-47fa-b1f8-92cede14a1ce",
		Users:    []hmrc.Pair{{Key: "my-application", Value: "alice123"}},
		Factors: []hmrc.Factor{
			{"AUTH_CODE", time.Date(2021, 11, 21, 13, 23, 0, 0, time.UTC), "fc4b5fd6816f75a7c81fc8eaa9499d6a299bd803397166e8c4cf9280b801d62c"},
			{"TOTP", time.Date(2021, 11, 21, 14, 20, 0, 0, time.FixedZone("CET", 3600)), "0283da60063abfb3a87f1aed845d17fe2d9ba8c780b478dc4ae048f5ee97a6d5"},
		},
		Client: netip.MustParseAddrPort("198.51.100.0:12345"), Seen: at,
		Vendor: hmrc.Vendor{
			Product: "Product Name", Versions: []hmrc.Pair{{Key: "my-web-app", Value: "2.2.2"}},
			Licences: []hmrc.Pair{{Key: "my-licensed-software", Value: "8D7963490527D33716835EE7C195516D5E562E03B224E9B359836466EE40CDE1"}},
			PublicIP: netip.MustParseAddr("203.0.113.6"),
		},
	}
}

// Every header that we make is among the valid examples of the specification, and there
// are exactly the sixteen.
func TestHeaderVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Headers []struct {
			Name  string
			Valid []string
		}
	}
	published(t, "fraud-prevention-web-app-via-server.json", &file)
	got, left := evidence().Headers()
	if len(left) > 0 || len(got) != 16 || len(file.Headers) != 16 {
		t.Fatalf("%d headers are made of %d, without %v", len(got), len(file.Headers), left)
	}
	for i, h := range file.Headers {
		if hmrc.HeaderNames()[i] != h.Name {
			t.Errorf("header %d is %s, want %s", i+1, hmrc.HeaderNames()[i], h.Name)
		}
		found := false
		for _, valid := range h.Valid {
			found = found || got.Get(h.Name) == valid
		}
		if !found {
			t.Errorf("%s is %q, which is none of %q", h.Name, got.Get(h.Name), h.Valid)
		}
	}
}

// vatAPI is HMRC's description of the VAT API.
func vatAPI(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("..", "..", "..", "..", "shared", "hmrc", "vat-api-1.0.yaml"))
	if err != nil {
		t.Skipf("needs the published data beside the repository: %v", err)
	}
	return doc
}

var (
	scenarioName = regexp.MustCompile(`<td><p>([A-Z0-9_#]+)</p></td>`)
	braces       = regexp.MustCompile(`\{[^}]*\}`)
)

// described is the operation behind one of our path templates: the names of its parameters
// are our own.
func described(doc *openapi3.T, path string, submits bool) *openapi3.Operation {
	for published, item := range doc.Paths.Map() {
		if braces.ReplaceAllString(published, "{}") != braces.ReplaceAllString(path, "{}") {
			continue
		}
		if submits {
			return item.Post
		}
		return item.Get
	}
	return nil
}

// The scenarios are those that HMRC describes, endpoint by endpoint.
func TestScenariosAreDescribed(t *testing.T) {
	t.Parallel()
	doc := vatAPI(t)
	for _, g := range hmrc.Scenarios() {
		o := described(doc, g.Path, g.Path == hmrc.PathReturns)
		if o == nil {
			t.Errorf("%s is not described", g.Path)
			continue
		}
		var want []string
		for _, m := range scenarioName.FindAllStringSubmatch(o.Description, -1) {
			last := map[string]int{"MONTHLY_OBS_##_OPEN": 12, "QUARTERLY_OBS_##_OPEN": 4}[m[1]]
			if last == 0 {
				want = append(want, m[1])
			}
			for n := 1; n <= last; n++ {
				want = append(want, strings.ReplaceAll(m[1], "##", fmt.Sprintf("%02d", n)))
			}
		}
		got := slices.Clone(g.Names)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the scenarios are\n%q, described are\n%q", g.Path, got, want)
		}
	}
}

// Every field that our answers read is in HMRC's description, in the shape that we read it.
func TestAnswersAreDescribed(t *testing.T) {
	t.Parallel()
	doc := vatAPI(t)
	for path, answer := range map[string]any{hmrc.PathObligations: hmrc.Obligations{}, hmrc.PathLiabilities: hmrc.Liabilities{}, hmrc.PathPayments: hmrc.Payments{},
		hmrc.PathPenalties: hmrc.Penalties{}, hmrc.PathFinancialDetails: hmrc.FinancialDetails{}} {
		o := described(doc, path, false)
		if o == nil {
			t.Errorf("%s is not described", path)
			continue
		}
		schema := o.Responses.Value("200").Value.Content.Get("application/json").Schema.Value
		describes(t, path, reflect.TypeOf(answer), schema)
	}
}

// describes holds a type of ours against a schema, field by field.
func describes(t *testing.T, at string, of reflect.Type, schema *openapi3.Schema) {
	t.Helper()
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() == reflect.Slice {
		for _, s := range parts(schema) {
			if s.Items != nil {
				describes(t, at+"[]", of.Elem(), s.Items.Value)
				return
			}
		}
		t.Errorf("%s is no list there", at)
		return
	}
	kind := "string"
	switch {
	case of == reflect.TypeFor[decimal.Decimal]():
		kind = "number"
	case of.Kind() == reflect.Struct:
		for i := range of.NumField() {
			name := of.Field(i).Tag.Get("json")
			property := propertyOf(schema, name)
			if property == nil {
				t.Errorf("%s/%s is not described", at, name)
				continue
			}
			describes(t, at+"/"+name, of.Field(i).Type, property)
		}
		return
	}
	if !slices.ContainsFunc(parts(schema), func(s *openapi3.Schema) bool { return s.Type.Is(kind) || kind == "number" && s.Type.Is("integer") }) {
		t.Errorf("%s is no %s there", at, kind)
	}
}

// parts are a schema and those that it is put together of.
func parts(s *openapi3.Schema) []*openapi3.Schema {
	out := []*openapi3.Schema{s}
	for _, of := range s.AllOf {
		out = append(out, parts(of.Value)...)
	}
	return out
}

func propertyOf(s *openapi3.Schema, name string) *openapi3.Schema {
	for _, part := range parts(s) {
		if p := part.Properties[name]; p != nil {
			return p.Value
		}
	}
	return nil
}
