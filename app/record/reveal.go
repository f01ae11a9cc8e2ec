package record

// Reveal is a secret that was made while a record was saved, in plain, for the person
// who is there to see it once.
type Reveal struct{ Field, Value string }

// Revealing returns an Env for somebody who waits at a screen, and where the secrets
// arrive that are made while he saves, once that is durable: what was undone, or is run
// again because PostgreSQL asks for it, reveals nothing.
func (e *Env) Revealing() (*Env, *[]Reveal) {
	c := *e
	c.reveals = &[]Reveal{}
	return &c, c.reveals
}

// Reveal hands a secret that was just made to the person who saves. It reports false
// when nobody waits for it, as in a job, a load or the API: then it must not be made.
func (e *Env) Reveal(field, value string) bool {
	if e.reveals == nil {
		return false
	}
	e.AfterCommit(func() { *e.reveals = append(*e.reveals, Reveal{field, value}) })
	return true
}
