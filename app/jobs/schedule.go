// Package jobs runs queued and scheduled work: each run on exactly one instance,
// retried with growing pauses, its outcome kept for the operator.
package jobs

import (
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// Job is a kind of work.
type Job struct {
	Name  string        // module.verb_noun, e.g. oauth_provider.purge_tokens
	Title string        // English; key job.<name>
	Every time.Duration // 0: only when queued
	// Run does one piece of work. It returns true when more waits, to be called again
	// at once; so it can work in small batches without holding up writers.
	Run func(env *record.Env, args []byte) (more bool, err error)
}

// Schedule gathers the jobs of the installed modules.
type Schedule struct{ Jobs []Job }

// Add adds jobs.
func (s *Schedule) Add(j ...Job) { s.Jobs = append(s.Jobs, j...) }
