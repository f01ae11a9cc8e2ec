package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// courier is the API of docs/outside-api.md: it asks a person, and fetches parcels.
type courier struct {
	*httptest.Server
	mu      sync.Mutex
	booked  map[string]string // number by reference
	posts   int
	silent  bool // takes an order and does not answer
	refused []string
}

func newCourier(t *testing.T) *courier {
	t.Helper()
	c := &courier{booked: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("client_id") != "our-id" || q.Get("scope") != "parcels" || q.Get("code_challenge_method") != "S256" {
			c.refuse(w, "authorize: "+r.URL.RawQuery)
			return
		}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {"the-code"}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if id, secret, ok := r.BasicAuth(); !ok || id != "our-id" || secret != "our-secret" || r.FormValue("code") != "the-code" || r.FormValue("code_verifier") == "" {
			c.refuse(w, "token: "+r.FormValue("grant_type"))
			return
		}
		reply(w, map[string]any{"access_token": "the-token", "token_type": "bearer", "expires_in": 3600})
	})
	mux.HandleFunc("GET /quote", c.with(func(w http.ResponseWriter, r *http.Request) {
		reply(w, map[string]any{"price": "£" + r.FormValue("weight") + ".50", "day": "Monday"})
	}))
	mux.HandleFunc("POST /pickups", c.with(func(w http.ResponseWriter, r *http.Request) {
		var order struct{ Reference string }
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			c.refuse(w, err.Error())
			return
		}
		c.posts++
		c.booked[order.Reference] = "P-1001"
		if c.silent {
			w.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		reply(w, map[string]any{"number": "P-1001"})
	}))
	mux.HandleFunc("GET /pickups/{reference}", c.with(func(w http.ResponseWriter, r *http.Request) {
		number, there := c.booked[r.PathValue("reference")]
		if !there {
			http.NotFound(w, r)
			return
		}
		reply(w, map[string]any{"number": number})
	}))
	c.Server = httptest.NewServer(mux)
	t.Cleanup(c.Close)
	return c
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (c *courier) refuse(w http.ResponseWriter, why string) {
	c.refused = append(c.refused, why)
	w.WriteHeader(http.StatusBadRequest)
}

// with lets in whoever has the token, one at a time.
func (c *courier) with(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer the-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// sendParcel does what docs/outside-api.md promises of the module: the way to the courier
// and back with a restart on the way, and one booking although its answer is lost.
func sendParcel(t *testing.T, o *operator) {
	t.Helper()
	c := newCourier(t)
	s := o.serve()
	setup := blocks(read(t, filepath.Join(root, "docs", "outside-api.md")), "yaml")
	o.feed(setup[len(setup)-1], "load", "-").ok()
	o.feed("- {model: oauth_consumer.api, id: courier, values: {allow_private_hosts: true, base_url: "+c.URL+", authorize_url: "+c.URL+"/authorize, token_url: "+c.URL+"/token}}\n", "load", "-").ok()
	anna := newBrowser(t)
	anna.signIn(s, "anna@example.com", "anna").want(http.StatusOK, "Pickups")
	parcel := anna.get(s.base+"/wizards/pickup.send/start").want(http.StatusOK, "Weight in kg")
	f := parcel.form(parcel.at.Path)
	f.fields.Set("reference", "SO-7")
	f.fields.Set("weight", "12")
	leaving := anna.submit(parcel, f).want(http.StatusOK, "Courier", "needs your permission first")
	s.stop()
	o.serve()
	p := anna.submit(leaving, leaving.form("/connections/attempts/")).want(http.StatusOK, "£12.50", "Monday", "Book the pickup")
	c.silent = true
	anna.submit(p, p.form(p.at.Path)).want(http.StatusOK, "The courier comes: P-1001")
	if c.posts != 1 || len(c.refused) != 0 {
		t.Errorf("the courier was sent %d orders and refused %s, want one and none", c.posts, strings.Join(c.refused, "; "))
	}
}
