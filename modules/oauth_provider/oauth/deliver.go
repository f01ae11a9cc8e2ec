package oauth

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
)

// deliver sends the answer, with state and iss (RFC 9207), to the redirect URI. After a
// POST it is a 303, so that no browser repeats the form there.
func (p *Provider) deliver(f *flow, out params) {
	if state := f.params.get("state"); state != "" {
		out = append(out, param{"state", state})
	}
	out = append(out, param{"iss", p.Issuer})
	mode := f.errorMode()
	if mode == modeFormPost {
		formPost(f.w, f.redirectURI, out)
		return
	}
	to := f.redirectURI
	switch {
	case mode == modeFragment:
		to += "#"
	case !strings.Contains(to, "?"):
		to += "?"
	case !strings.HasSuffix(to, "?") && !strings.HasSuffix(to, "&"):
		to += "&"
	}
	status := http.StatusFound
	if f.r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	f.w.Header().Set("Location", to+out.encode())
	f.w.WriteHeader(status)
}

// formPostScript sends the form; without script the person presses the button. The CSP
// names it by hash, nothing else runs on this page.
const formPostScript = "document.forms[0].submit()"

var (
	formPostHash = func() string {
		sum := sha256.Sum256([]byte(formPostScript))
		return base64.StdEncoding.EncodeToString(sum[:])
	}()
	formPostPage = template.Must(template.New("form_post").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Back to the application</title></head>
<body><form method="post" action="{{.Action}}">
{{range .Fields}}<input type="hidden" name="{{index . 0}}" value="{{index . 1}}">
{{end}}<button type="submit">Continue</button></form>
<script>` + formPostScript + `</script></body></html>
`))
)

// formPost answers with a page that posts the parameters (OAuth 2.0 Form Post Response Mode).
func formPost(w http.ResponseWriter, action string, out params) {
	fields := make([][2]string, len(out))
	for i, kv := range out {
		fields[i] = [2]string{kv.name, kv.value}
	}
	var page bytes.Buffer
	// The registered URI is safe as it is; the template would refuse a private scheme.
	err := formPostPage.Execute(&page, struct {
		Action template.URL
		Fields [][2]string
	}{template.URL(action), fields})
	if err != nil {
		writeError(w, unavailable(err, "write form"))
		return
	}
	source, _, _ := formAction(action)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'sha256-"+
		formPostHash+"'; form-action "+source)
	_, _ = w.Write(page.Bytes())
}
