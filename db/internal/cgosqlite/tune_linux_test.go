//go:build cgo

package cgosqlite

import "testing"

// TestTuned makes sure that the settings reach SQLite: a new version of it or of its
// driver could leave them without effect, and everything would just be slower.
func TestTuned(t *testing.T) {
	if tuned != 0 {
		t.Fatalf("tune() = %d, want 0", tuned)
	}
	conn, err := Open(":memory:?" + Params)
	if err != nil {
		t.Fatalf("Open() = %v, want a connection", err)
	}
	defer conn.Close()
	if !steadyPlans() {
		t.Error("the connection's plans depend on bound values, want the stability guarantee")
	}
}
