package db

// moment is one around a commit at which a test lets the process die. A program built
// with the tag crashtest does so when it is told to; in any other, crash is nothing.
type moment string

const (
	beforeCommit moment = "before"
	afterCommit  moment = "after" // durable, and nobody told
)
