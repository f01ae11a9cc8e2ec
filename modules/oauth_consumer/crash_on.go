//go:build crashtest

package oauthconsumer

import "os"

// crash kills the process as SIGKILL does, at the event that TESSERA_TEST_CRASH_AT names.
// Only programs that tests build for themselves read it.
func crash(event string) {
	if os.Getenv("TESSERA_TEST_CRASH_AT") != event {
		return
	}
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // nothing happens any more
}
