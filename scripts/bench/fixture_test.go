package main

import (
	"fmt"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"
)

// What the program asks with must be what the fixture puts into the server.
func TestFixtureHoldsWhatTheCasesUse(t *testing.T) {
	t.Parallel()
	var records []struct {
		Model, ID string
		Values    map[string]any
	}
	if err := yaml.Unmarshal(fixture, &records); err != nil {
		t.Fatal(err)
	}
	have := map[string][]any{}
	for _, r := range records {
		for field, value := range r.Values {
			have[r.Model+"."+field] = append(have[r.Model+"."+field], value)
		}
	}
	at := fixtureTarget("")
	want := map[string][]any{
		"base.user.password":               {at.password},
		"oauth_provider.client.identifier": {at.client, at.backend},
		"oauth_provider.client.secret":     {at.secret},
	}
	for n := range 16 {
		want["base.user.login"] = append(want["base.user.login"], fmt.Sprintf(at.people, n+1))
	}
	for key, values := range want {
		for _, v := range values {
			if !slices.Contains(have[key], v) {
				t.Errorf("fixture.yaml has no %s = %v", key, v)
			}
		}
	}
}
