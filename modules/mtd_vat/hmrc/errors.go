package hmrc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is a refusal or failure of HMRC, whatever shape its body had.
type Error struct {
	Status int
	Shape  Shape
	// Code is the most exact one: of errors[] the first's, of the token endpoint its
	// "error"; "" when the answer has none.
	Code    string
	Message string
	Path    string // the field meant, "/netVatDue"; "" for none
	// Outer is the code around errors[], INVALID_REQUEST or BUSINESS_ERROR.
	Outer string
	// More are further entries of errors[].
	More []Detail

	CorrelationID string
	// RetryAfter is how long HMRC asks to wait; 0 when it does not say.
	RetryAfter time.Duration
}

// Detail is one entry of errors[].
type Detail struct{ Code, Message, Path string }

// Shape is how the body of an error is built.
type Shape string

// The shapes. The published OpenAPI file shows Flat only.
const (
	Flat   Shape = "flat"   // {"code", "message"}
	Nested Shape = "nested" // the same around "errors": [{"code", "message", "path"}]
	Legacy Shape = "legacy" // {"statusCode": 400, "message": "A_CODE"}
	Bare   Shape = "bare"   // empty, HTML, or anything else
	OAuth  Shape = "oauth"  // {"error", "error_description"} of the token endpoint
)

// Error is for the log: it holds nothing that a person typed and no token.
func (e *Error) Error() string {
	s := fmt.Sprintf("HMRC answers %d", e.Status)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Path != "" {
		s += " at " + e.Path
	}
	if e.CorrelationID != "" {
		s += " (correlation id " + e.CorrelationID + ")"
	}
	return s
}

// maxText bounds what is kept of a text that somebody else wrote.
const maxText = 500

// ParseError reads an answer that is no success. It understands every shape and never
// fails: a body that cannot be read leaves Code empty, and the status says the rest.
func ParseError(status int, header http.Header, body []byte) *Error {
	e := &Error{Status: status, Shape: Bare, CorrelationID: cut(CorrelationID(header)), RetryAfter: retryAfter(header)}
	var wire struct {
		Code        string   `json:"code"`
		Message     string   `json:"message"`
		Path        string   `json:"path"`
		Errors      []Detail `json:"errors"`
		StatusCode  int      `json:"statusCode"`
		Error       string   `json:"error"`
		Description string   `json:"error_description"`
	}
	if json.Unmarshal(body, &wire) != nil {
		return e
	}
	switch {
	case len(wire.Errors) > 0 && wire.Errors[0].Code != "":
		first := wire.Errors[0]
		e.Shape, e.Outer = Nested, cut(wire.Code)
		e.Code, e.Message, e.Path = cut(first.Code), cut(first.Message), cut(first.Path)
		for _, d := range wire.Errors[1:min(len(wire.Errors), 20)] {
			e.More = append(e.More, Detail{cut(d.Code), cut(d.Message), cut(d.Path)})
		}
	case wire.Code != "":
		e.Shape, e.Code, e.Message, e.Path = Flat, cut(wire.Code), cut(wire.Message), cut(wire.Path)
	case wire.Error != "":
		e.Shape, e.Code, e.Message = OAuth, cut(wire.Error), cut(wire.Description)
	case wire.StatusCode != 0:
		// The message of this shape is the code.
		e.Shape, e.Code, e.Message = Legacy, cut(wire.Message), cut(wire.Message)
	}
	return e
}

func cut(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "")
	}
	return s
}

// longestWait bounds Retry-After: nobody waits for longer, and a date may be years ahead.
const longestWait = time.Hour

// retryAfter reads Retry-After in seconds. A date is of no use without their clock.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseUint(header.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestWait)
}
