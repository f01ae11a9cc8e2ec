// Package fault is the one error shape of the house: a code that a program acts
// on, a sentence that a person can act on, and a cause that only the log sees.
package fault

import (
	"errors"
	"fmt"
)

// Code says what kind of failure it is. HTTP status, exit code and log level follow from it.
type Code string

// The codes. An error without one is Internal and shows the person an id only.
const (
	Invalid         Code = "invalid"
	NotFound        Code = "not found"
	Forbidden       Code = "forbidden"
	Unauthenticated Code = "unauthenticated"
	Conflict        Code = "conflict"
	Unavailable     Code = "unavailable"
	Internal        Code = "internal"
)

// Error is a failure with a code, a sentence and, where known, its place.
type Error struct {
	Code Code
	// Key is the translation key of the sentence; Args fill its placeholders by name.
	// Empty when the sentence is only ever read by a developer or operator.
	Key  string
	Args map[string]any
	// Message is the sentence in English.
	Message string
	// Field names the input the person has to mend, "" when it is none in particular.
	Field string
	// More are further errors of the same kind, one a field.
	More []*Error
	// Cause is for the log and never shown to a person.
	Cause error
}

func (e *Error) Error() string {
	s := e.Message
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	for _, m := range e.More {
		s += "; " + m.Error()
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an error with a code and an English sentence.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with a code and an English sentence whose cause goes to the log.
func Wrap(cause error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// Keyed returns e with a translation key and the values of its placeholders.
func (e *Error) Keyed(key string, args map[string]any) *Error {
	e.Key, e.Args = key, args
	return e
}

// On returns e with the field that the person has to mend.
func (e *Error) On(field string) *Error {
	e.Field = field
	return e
}

// CodeOf returns the code of the first *Error in err's chain, Internal when there is none, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Join gathers invalid inputs into one error: the first carries the others. Nils are
// left out; it returns nil when nothing is left.
func Join(errs ...*Error) error {
	var first *Error
	for _, e := range errs {
		switch {
		case e == nil:
		case first == nil:
			head := *e
			first = &head
		default:
			first.More = append(first.More, e)
		}
	}
	if first == nil {
		return nil
	}
	return first
}

// All returns e and its further errors as one flat list.
func (e *Error) All() []*Error {
	out := []*Error{e}
	for _, m := range e.More {
		out = append(out, m.All()...)
	}
	return out
}
