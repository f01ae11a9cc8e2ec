//go:build crashtest

package db

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// crashPlan is TESSERA_TEST_CRASH, a moment and how many commits come before it: "before
// 40" or "after 40". Only the program that app/apptest/e2e builds for itself reads it.
var crashPlan = sync.OnceValues(func() (at moment, commits int64) {
	_, err := fmt.Sscan(os.Getenv("TESSERA_TEST_CRASH"), &at, &commits)
	if err != nil {
		return "", 0
	}
	return at, commits
})

var crashPassed atomic.Int64

// crash kills the process as SIGKILL does: without a word to anybody.
func crash(m moment) {
	if at, commits := crashPlan(); m == at && crashPassed.Add(1) > commits {
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		select {} // nothing happens any more
	}
}
