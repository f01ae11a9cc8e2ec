package wizard

import (
	"errors"

	"github.com/tessera-erp/tessera/app/fault"
)

// move is the error that GoTo makes.
type move struct{ to string }

func (m *move) Error() string { return "the step has nothing to show: on to " + m.to }

// GoTo is what a Prepare returns when there is nothing to do at its step: the run goes on
// at another one, or with End ends.
func GoTo(step string) error { return &move{step} }

// sentences are those that an error has for a person; none when it is internal.
func sentences(err error) []*fault.Error {
	var f *fault.Error
	if err == nil || !errors.As(err, &f) || f.Code == fault.Internal {
		return nil
	}
	return f.All()
}

// isMoved: the run went on elsewhere while this request was under way.
func isMoved(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Key == "wizard.moved"
}

// Moved reports whether an error of [Run.Post] says that the run went on elsewhere.
func Moved(err error) bool { return isMoved(err) }
