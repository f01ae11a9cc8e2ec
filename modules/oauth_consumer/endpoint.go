package oauthconsumer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
)

// Effect says whether making a call twice does harm.
type Effect uint8

const (
	// Safe calls may be made again by themselves: reading.
	Safe Effect = iota
	// Unsafe calls must happen once: filing, paying. What is to be sent is noted before,
	// and a call whose outcome nobody knows is not made again: see [OutcomeUnknown].
	Unsafe
)

// Endpoint is one call of an API, typed: a value that a module declares and calls.
//
//	var obligations = oauthconsumer.Endpoint[period, obligationList]{
//		Name: "mtd_vat.obligations", Provider: "hmrc", User: oauthconsumer.Company,
//		Method: "GET", Path: "/organisations/vat/{vrn}/obligations", Scopes: []string{"read:vat"},
//	}
//	list, err := obligations.Call(env, oauthconsumer.Subject{}, period{VRN: "123456789", …})
//
// Req is a struct. A field tagged path:"vrn" fills {vrn}, one tagged query:"from" becomes
// a parameter unless it is empty; both also need json:"-". What is left is the JSON body
// of methods that have one. Res is decoded from JSON; []byte takes the body as it is.
// When *Res has a method ReadHeader(http.Header), it gets the answer's header too.
type Endpoint[Req, Res any] struct {
	Name     string // module.noun, for logs, "last call" and intents
	Provider string // key
	Method   string
	Path     string // behind the API's base URL
	Scopes   []string
	User     Kind // whose connection it is called with; "" takes any
	Effect   Effect
	// Once names what must happen only once, e.g. the VRN and period of a return: of two
	// Unsafe calls with the same key the second is refused. nil makes each its own.
	Once func(Req) string
	// Probe: it may be called before it is known that the right account was used.
	Probe bool
	// Header sets further headers; an error ends the call before anything is sent.
	Header func(env *record.Env, call Call, req Req, h http.Header) error
	Accept string // "" is application/json
}

// Call calls the endpoint for an API user, at the API that is selected for him. The zero
// Subject is the one that env is about: for a Company the company in force, for a User
// the person, for an Employee his own employee there. It must not be made inside a
// transaction: it speaks with another machine.
//
// With a connection in order it costs one read beside the call itself; an expired token
// is renewed first. Errors: see errors.go.
func (e Endpoint[Req, Res]) Call(env *record.Env, s Subject, req Req) (Res, error) {
	var res Res
	out := outgoing{name: e.Name, provider: e.Provider, method: e.Method, scopes: e.Scopes, user: e.User, effect: e.Effect, probe: e.Probe, accept: e.Accept}
	var err error
	if out.path, out.body, err = encode(e.Method, e.Path, req); err != nil {
		return res, err
	}
	if e.Once != nil {
		out.once = e.Once(req)
	}
	if e.Header != nil {
		out.header = func(call Call, h http.Header) error { return e.Header(env, call, req, h) }
	}
	return res, consumerOf(env).call(env, s, &out, func(h http.Header, body []byte) error { return decode(&res, h, body) })
}

// Settle says what became of a call whose outcome was unknown, once the API was asked:
// it happened, or it can be made again. s and req are those of the call.
func (e Endpoint[Req, Res]) Settle(env *record.Env, s Subject, req Req, happened bool) error {
	if e.Once == nil {
		return nil // nothing is held back by its key
	}
	return consumerOf(env).settle(env, s, e.Provider, e.User, e.Name, e.Once(req), happened)
}

// outgoing is a call of any endpoint.
type outgoing struct {
	name, provider, method, path string
	body                         []byte // nil: none
	scopes                       []string
	user                         Kind
	effect                       Effect
	once, accept                 string
	probe                        bool
	header                       func(Call, http.Header) error
}

// encode makes path and body of a request.
func encode(method, path string, req any) (string, []byte, error) {
	v := reflect.ValueOf(req)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	query, bodied := url.Values{}, false
	if v.Kind() == reflect.Struct {
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			if name := f.Tag.Get("path"); name != "" {
				text := spell(v.Field(i))
				if text == "" || text == "." || text == ".." {
					return "", nil, fault.New(fault.Invalid, "%s: %s is missing.", path, name)
				}
				path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(text))
			} else if name := f.Tag.Get("query"); name != "" {
				if text := spell(v.Field(i)); text != "" {
					query.Set(name, text)
				}
			} else if f.Tag.Get("json") != "-" {
				bodied = true
			}
		}
	}
	if strings.Contains(path, "{") {
		return "", nil, fault.New(fault.Internal, "no field of %T fills the path %s", req, path)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if !bodied || method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete {
		return path, nil, nil
	}
	body, err := json.Marshal(req)
	if err != nil {
		return "", nil, fmt.Errorf("encode %T: %w", req, err)
	}
	return path, body, nil
}

// spell writes a value as it stands in an address; the zero value is left out.
func spell(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if v.Kind() == reflect.String {
		return v.String()
	}
	return fmt.Sprint(v.Interface())
}

// headerReader is a result that wants to know the answer's header too.
type headerReader interface{ ReadHeader(http.Header) }

func decode(into any, h http.Header, body []byte) error {
	if len(body) > 0 {
		if raw, ok := into.(*[]byte); ok {
			*raw = body
		} else if err := json.Unmarshal(body, into); err != nil {
			return errNotUnderstood
		}
	}
	if r, ok := into.(headerReader); ok {
		r.ReadHeader(h)
	}
	return nil
}

// request makes the HTTP request of a call.
func (o *outgoing) request(ctx context.Context, env *record.Env, l *live, token string) (*http.Request, error) {
	var r *http.Request
	var err error
	address := strings.TrimSuffix(l.api.baseURL, "/") + o.path
	if o.body == nil {
		r, err = http.NewRequestWithContext(ctx, o.method, address, http.NoBody)
	} else {
		r, err = http.NewRequestWithContext(ctx, o.method, address, strings.NewReader(string(o.body)))
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "%s: no address can be made of %s", o.name, o.path)
	}
	if originOf(r.URL) != l.api.origin {
		return nil, fault.New(fault.Internal, "%s: the path leads to another host", o.name)
	}
	call := Call{Endpoint: o.name, Subject: l.subject, API: l.api.id, Environment: l.api.environment, BaseURL: l.api.baseURL}
	if l.profile.Header != nil {
		if err := l.profile.Header(env, call, r.Header); err != nil {
			return nil, err
		}
	}
	if o.header != nil {
		if err := o.header(call, r.Header); err != nil {
			return nil, err
		}
	}
	if o.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", first(o.accept, "application/json"))
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", userAgent)
	}
	r.Header.Set("Authorization", "Bearer "+token) // last: nobody sets another
	return r, nil
}
