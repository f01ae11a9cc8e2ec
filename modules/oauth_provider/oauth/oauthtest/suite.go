package oauthtest

import "testing"

// Suite runs every test against storages that open makes, a fresh one each time. Tests
// run in parallel.
func Suite(t *testing.T, open func(testing.TB) Fixture) {
	t.Helper()
	for _, group := range [][]test{authorizeTests, consentTests, codeTests, refreshTests, clientTests, resourceTests, metadataTests, storageTests,
		implicitTests, passwordTests, jwtTests, keyTests, targetTests, claimsTests, odooTests, regressionTests} {
		for _, test := range group {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.run(newWorld(t, open))
			})
		}
	}
}

type test struct {
	name string
	run  func(*world)
}
