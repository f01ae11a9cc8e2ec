package oauthconsumer_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/tessera-erp/tessera/app/record"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// What is known of an API is that of its row's version: a change holds at the next call,
// and what a transaction saw that was undone is never taken for the version that came
// instead.
func TestSettingsFollowTheirRows(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		env, api := w.connected(), w.ID("oauth_consumer.api", "trial")
		at := func(env *record.Env) string {
			standing, err := oauthconsumer.StandingOf(env, "trial", oauthconsumer.Subject{Kind: oauthconsumer.Company})
			if err != nil {
				t.Fatal(err)
			}
			return standing.BaseURL + " of " + standing.Provider
		}
		before, undone := at(env), errors.New("undone")
		err := w.System().Write(func(in *record.Env) error {
			if _, err := record.SaveValues(in, "oauth_consumer.api", api, 0, map[string]any{"base_url": w.outside.URL + "/undone"}); err != nil {
				return err
			}
			if got := at(w.As("admin@example.com").In(in)); got != w.outside.URL+"/undone of Trial & Sons" {
				t.Errorf("within its transaction the API is at %s", got)
			}
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if got := at(env); got != before {
			t.Errorf("after a change that was undone the API is at %s, want %s", got, before)
		}
		if _, err := saveValues(w, "oauth_consumer.api", api, map[string]any{"base_url": w.outside.URL + "/kept"}); err != nil {
			t.Fatal(err)
		}
		if _, err := saveValues(w, "oauth_consumer.provider", w.ID("oauth_consumer.provider", "trial"), map[string]any{"name": "Trial"}); err != nil {
			t.Fatal(err)
		}
		if got, want := at(env), w.outside.URL+"/kept of Trial"; got != want {
			t.Errorf("after the changes the API is at %s, want %s", got, want)
		}
	})
}

// A HEAD is answered with the length of a body that does not come.
func TestHead(t *testing.T) {
	head := oauthconsumer.Endpoint[thing, []byte]{Name: "trial.head", Provider: "trial", User: oauthconsumer.Company, Method: http.MethodHead, Path: "/api/things/{id}", Scopes: []string{"read"}}
	engines(t, func(t *testing.T, w *world) {
		env := w.connected()
		w.set(func() {
			w.api = func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Content-Length", "42") }
		})
		if body, err := head.Call(env, oauthconsumer.Subject{}, thing{ID: "1"}); err != nil || len(body) != 0 {
			t.Errorf("HEAD: %q, %v", body, err)
		}
	})
}
