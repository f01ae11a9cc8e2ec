package main

import (
	"errors"
	"fmt"
	"os"
)

// trial is what the browser needs of a test, outside of one.
type trial struct {
	name     string
	cleanups []func()
}

// failure ends a trial.
type failure struct{ message string }

// attempt runs do until it ends or fails, and then what it left to clean up.
func attempt(name string, do func(t *trial)) (err error) {
	t := &trial{name: name}
	defer func() {
		for i := len(t.cleanups) - 1; i >= 0; i-- {
			t.cleanups[i]()
		}
	}()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = errors.New(name + ": " + r.message)
		default:
			panic(r)
		}
	}()
	do(t)
	return nil
}

func (t *trial) Helper()                         {}
func (t *trial) Name() string                    { return t.name }
func (t *trial) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }
func (t *trial) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Fatalf leaves do by the only way out of a function that somebody else calls.
func (t *trial) Fatalf(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }
