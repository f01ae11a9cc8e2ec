package modules_test

import (
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
	"github.com/tessera-erp/tessera/modules"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// Every module passes the conformance suite.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, m := range modules.All {
		if m.Name == "mtd_vat" {
			continue // its own tests have the sample of its wizard
		}
		t.Run(m.Name, func(t *testing.T) { apptest.Module(t, modules.All, m.Name) })
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	apptest.Together(t, modules.All)
}
