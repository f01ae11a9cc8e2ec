package oauth_test

import (
	"testing"

	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth/oauthtest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	oauthtest.Suite(t, func(testing.TB) oauthtest.Fixture { return oauthtest.NewMemory() })
}
