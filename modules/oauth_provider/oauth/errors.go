package oauth

import (
	"fmt"
	"net/http"
	"time"
)

// Error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 8707 §2, OpenID Connect
// Core §3.1.2.6 and its Error Code unmet_authentication_requirements.
const (
	CodeInvalidRequest          = "invalid_request"
	CodeInvalidClient           = "invalid_client"
	CodeInvalidGrant            = "invalid_grant"
	CodeInvalidScope            = "invalid_scope"
	CodeInvalidTarget           = "invalid_target"
	CodeInvalidToken            = "invalid_token"
	CodeInsufficientScope       = "insufficient_scope"
	CodeUnauthorizedClient      = "unauthorized_client"
	CodeUnsupportedGrantType    = "unsupported_grant_type"
	CodeUnsupportedResponseType = "unsupported_response_type"
	CodeAccessDenied            = "access_denied"
	CodeServerError             = "server_error"
	CodeUnavailable             = "temporarily_unavailable"
	CodeLoginRequired           = "login_required"
	CodeConsentRequired         = "consent_required"
	CodeUnmetAuthentication     = "unmet_authentication_requirements"
	CodeRequestNotSupported     = "request_not_supported"
	CodeRequestURINotSupported  = "request_uri_not_supported"
	CodeRegistrationUnsupported = "registration_not_supported"
)

// Error is a protocol error. Code and Description go to the client, the cause to the log.
type Error struct {
	Status      int // where it is answered directly
	Code        string
	Description string // ASCII, never contains input or secrets
	cause       error
	retryAfter  time.Duration // 0 for none
}

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Description, e.cause)
	}
	return e.Code + ": " + e.Description
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// refuse makes an error that is the client's doing.
func refuse(code, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// unavailable makes an error of ours: Storage, Host or Keys failed.
func unavailable(cause error, doing string) *Error {
	return &Error{Status: http.StatusServiceUnavailable, Code: CodeUnavailable, Description: "try again later", retryAfter: time.Second,
		cause: fmt.Errorf("%s: %w", doing, cause)}
}
