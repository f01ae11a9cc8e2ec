package dbtest

import (
	"os"
	"sync"
)

// postgresServer returns the URL of a server on which databases can be created, or the
// reason why there is none. It is looked for once a process.
var postgresServer = sync.OnceValues(func() (string, error) {
	if given := os.Getenv("TESSERA_TEST_POSTGRES"); given != "" {
		return given, nil
	}
	return sharedServer()
})
