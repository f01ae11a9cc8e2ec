// Package passcost is what hashing a person's password costs. It stands apart so that
// tests, which sign thousands of people in, can lower it, and nothing else can: packages
// outside of app cannot import it.
package passcost

import "sync/atomic"

// Cost is the memory in KiB and the number of passes of argon2id.
type Cost struct{ Memory, Time uint32 }

// recommended is argon2id as OWASP recommends it: 28 ms on a small machine.
var recommended = Cost{Memory: 19 * 1024, Time: 2}

var lowered atomic.Bool

// InForce is the cost of new hashes.
func InForce() Cost {
	if lowered.Load() {
		return Cost{Memory: 64, Time: 1}
	}
	return recommended
}

// Lower makes hashes cheap, and worthless. For tests only.
func Lower() { lowered.Store(true) }
