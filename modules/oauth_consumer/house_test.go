package oauthconsumer_test

import (
	"strconv"
	"testing"

	"github.com/tessera-erp/tessera/app/apptest"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
