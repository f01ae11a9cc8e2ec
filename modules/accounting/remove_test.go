package accounting_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/db/dbtest"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/base"
	"github.com/tessera-erp/tessera/modules/contacts"
)

// The module can be taken away as long as nobody has used it: the tax codes and sequences
// that it brought go with it and come back with it. What people made or changed keeps it.
func TestRemove(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		data := t.TempDir()
		tessera := func(input string, args ...string) string {
			t.Helper()
			var out bytes.Buffer
			app.Run(t.Context(), []app.Module{base.Module(), contacts.Module(), accounting.Module()},
				append(args, "--data", data, "--database", url), app.Streams{In: strings.NewReader(input), Out: &out, Errors: &out})
			return out.String()
		}
		wants := func(said, want string) {
			t.Helper()
			if !strings.Contains(said, want) {
				t.Errorf("it says %q, want %q in it", said, want)
			}
		}
		tessera("", "migrate")
		gone := func() {
			t.Helper()
			wants(tessera("", "module", "remove", "accounting"), "Removed: accounting.")
			wants(tessera("- {model: base.sequence, id: accounting_bill, values: {padding: 7}}", "load", "-"), "accounting_bill, name: Enter a value.")
			wants(tessera("", "module", "install", "accounting"), "Installed: accounting.")
			wants(tessera("- {model: accounting.tax, id: gb_zero, once: true, values: {}}", "load", "-"), "1 unchanged")
		}
		stays := func() {
			t.Helper()
			wants(tessera("", "module", "remove", "accounting"), "there are 1 records of accounting.tax that did not come with it")
			wants(tessera("", "module", "install", "accounting"), "Installed already.")
			wants(tessera("- {model: accounting.tax, id: gb_standard, once: true, values: {}}", "load", "-"), "1 unchanged")
		}
		gone()
		tessera("- {model: accounting.tax, id: gb_zero, values: {name: Nothing}}", "load", "-")
		stays()
		tessera("- {model: accounting.tax, id: gb_zero, values: {name: 0 % zero-rated}}", "load", "-")
		gone()
		tessera("- {model: accounting.tax, id: ours, values: {code: OURS, name: Ours, rate: 7}}", "load", "-")
		stays()
	})
}
