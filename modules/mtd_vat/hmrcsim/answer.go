package hmrcsim

import (
	"encoding/json"
	"net/http"
)

// answer is what an endpoint of the API says: a status, a body that becomes JSON, nil for
// none, and headers.
type answer struct {
	status int
	body   any
	header map[string]string
}

func (a answer) send(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	text, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // bodies are our own structs
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// detail is an error, alone or among others.
type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Path    string `json:"path,omitempty"`
}

// flat is the ordinary shape of an error.
func flat(status int, code, message string) answer {
	return answer{status: status, body: detail{Code: code, Message: message}}
}

// nested is the shape of what is wrong with a return: one code around several errors.
func nested(status int, code, message string, errors ...detail) answer {
	return answer{status: status, body: struct {
		detail
		Errors []detail `json:"errors"`
	}{detail{Code: code, Message: message}, errors}}
}

// legacy is the shape of a query string that the oldest part of the service cannot bind.
func legacy(status int, code string) answer {
	return answer{status: status, body: struct {
		StatusCode int    `json:"statusCode"`
		Message    string `json:"message"`
	}{status, code}}
}

// bare has no body at all.
func bare(status int) answer { return answer{status: status} }

// refuse is an error of the token endpoint, and of authorize before anybody is trusted
// (RFC 6749 §5.2).
func refuse(w http.ResponseWriter, status int, code, description string) {
	answer{status: status, body: struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description}}.send(w)
}
