//go:build !unix

package dbtest

import "errors"

// sharedServer is not built for this system.
func sharedServer() (string, error) {
	return "", errors.New("set TESSERA_TEST_POSTGRES to the URL of a server")
}
