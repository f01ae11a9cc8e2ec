package app

import (
	"embed"
	"time"

	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/app/wizard"
)

// locales are the texts of the house itself: its jobs.
//
//go:embed locales/*.toml
var locales embed.FS

// ownJobs is the work of the kernel.
func ownJobs(s *jobs.Schedule) {
	s.Add(jobs.Job{Name: "kernel.purge", Title: "Remove sessions and runs that are over", Every: 10 * time.Minute, Run: purge})
}

// purge removes, a batch at a time, what nobody needs any more.
func purge(env *record.Env, _ []byte) (more bool, err error) {
	sessions, err := web.Purge(env)
	if err != nil {
		return false, err
	}
	runs, err := jobs.Purge(env)
	if err != nil {
		return false, err
	}
	wizards, err := wizard.Purge(env)
	return sessions || runs || wizards, err
}
