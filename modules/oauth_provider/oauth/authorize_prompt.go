package oauth

import (
	"strconv"
	"time"
)

// prompt is what the client wants to happen with the person (OpenID Connect Core §3.1.2.1).
type prompt struct{ none, login, consent bool }

var promptValues = []string{"none", "login", "consent", "select_account"}

// checkPrompt reads prompt. Choosing an account means signing in anew here.
func (p *Provider) checkPrompt(f *flow) error {
	words := f.params.words("prompt")
	for _, word := range words {
		switch word {
		case "none":
			f.prompt.none = true
		case "login", "select_account":
			f.prompt.login = true
		case "consent":
			f.prompt.consent = true
		default:
			return refuse(CodeInvalidRequest, "prompt has an unknown value")
		}
	}
	if f.prompt.none && len(words) > 1 {
		return refuse(CodeInvalidRequest, "prompt=none goes with no other value")
	}
	return nil
}

// checkMaxAge reads max_age: seconds since the last sign-in.
func (p *Provider) checkMaxAge(f *flow) error {
	f.maxAge = -1
	text := f.params.get("max_age")
	if text == "" {
		return nil
	}
	seconds, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return refuse(CodeInvalidRequest, "max_age is not a number of seconds")
	}
	f.maxAge = time.Duration(seconds) * time.Second
	return nil
}
