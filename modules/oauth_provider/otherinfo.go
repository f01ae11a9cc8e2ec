package oauthprovider

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// maxRecords bounds one answer of otherinfo; a larger limit is capped.
const maxRecords = 10_000

// otherInfo answers GET /oauth2/otherinfo?model=: the records of a model that the token
// may see, keyed by id, streamed. Unknown and forbidden models get the same answer.
// limit and cursor (the last id of the answer before) walk through many records.
func (h *host) otherInfo(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	access, fail := h.provider.Authenticate(r.Context(), r, oauth.Options{Query: true})
	if fail != nil {
		challenge(w, fail)
		return
	}
	q, model, ok := readOtherInfo(r)
	if !ok {
		refuse(w, http.StatusBadRequest, "invalid_request", "the query is malformed: limit and cursor are numbers")
		return
	}
	env, err := h.accessEnv(r.Context(), access)
	if err != nil {
		h.unavailable(w, r, err)
		return
	}
	m, known := env.Registry().Model(model)
	if !known || !m.Scopable || !env.Can(record.OpRead, m) {
		refuse(w, http.StatusBadRequest, "invalid_model", "")
		return
	}
	q.Fields = h.shown(env, m)
	h.stream(w, r, env, m, q)
}

func readOtherInfo(r *http.Request) (q record.Query, model string, ok bool) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, "", false // r.URL.Query would leave out what it cannot read
	}
	model = values.Get("model")
	q = record.Query{Order: "id", Limit: maxRecords}
	for _, p := range []struct {
		name string
		set  func(int64)
	}{
		{"limit", func(n int64) { q.Limit = int(min(max(n, 1), maxRecords)) }},
		{"cursor", func(n int64) { q.After = n }},
	} {
		text := values.Get(p.name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return q, model, false
		}
		p.set(n)
	}
	return q, model, true
}

// shown are the paths of all windows on the model that the user himself may read.
func (h *host) shown(env *record.Env, m *record.Info) []string {
	var out []string
	for _, w := range env.Windows(m) {
		for _, path := range w.Fields {
			if !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return readablePaths(env, m.Name, out)
}

// stream writes the records as they are read. Once the first is out, a failure can only
// end the connection, so that nobody takes half an answer for a whole one.
func (h *host) stream(w http.ResponseWriter, r *http.Request, env *record.Env, m *record.Info, q record.Query) {
	b := append(make([]byte, 0, 16<<10), '{')
	first := true
	sent := false
	for row, err := range record.Rows(env, m.Name, q) {
		if err != nil {
			if sent {
				h.log.ErrorContext(r.Context(), "otherinfo broke off", "model", m.Name, "error", err)
				panic(http.ErrAbortHandler)
			}
			if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Forbidden) {
				refuse(w, http.StatusBadRequest, "invalid_model", "")
				return
			}
			h.unavailable(w, r, err)
			return
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendKeyed(b, row, appendField)
		if len(b) > 12<<10 {
			if _, err := w.Write(b); err != nil {
				return // the client has gone
			}
			sent, b = true, b[:0]
		}
	}
	_, _ = w.Write(append(b, '}'))
}

// challenge answers a refused token (RFC 6750 §3).
func challenge(w http.ResponseWriter, c *oauth.ChallengeError) {
	if h := c.Header(); h != "" {
		w.Header().Set("WWW-Authenticate", h)
	}
	code := c.Code
	if code == "" {
		code = "invalid_token"
	}
	refuse(w, c.Status, code, c.Description)
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	w.WriteHeader(status)
	body, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{code, description})
	if err == nil {
		_, _ = w.Write(body)
	}
}

func (h *host) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	h.log.ErrorContext(r.Context(), "OAuth data", "path", r.URL.Path, "error", err)
	refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "try again later")
}
