package oauthconsumer

import (
	"encoding/json"

	"github.com/tessera-erp/tessera/app/fault"
)

// sentence is what went wrong as a row keeps it: with its key, so that everybody reads it
// in his own language. It holds no secret and no text that a program did not choose,
// except the provider's own words, which are escaped where they are shown.
type sentence struct {
	Key     string         `json:"key,omitempty"`
	Args    map[string]any `json:"args,omitempty"`
	Message string         `json:"message"`
}

func pack(f *fault.Error) string {
	if f == nil {
		return ""
	}
	b, err := json.Marshal(sentence{f.Key, f.Args, f.Message})
	if err != nil {
		return ""
	}
	return string(b)
}

func unpack(text string) *fault.Error {
	var s sentence
	if text == "" || json.Unmarshal([]byte(text), &s) != nil {
		return nil
	}
	return fault.New(fault.Unavailable, "%s", s.Message).Keyed(s.Key, s.Args)
}
