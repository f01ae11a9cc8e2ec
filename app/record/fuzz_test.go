package record_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// FuzzSaveValues writes arbitrary JSON values into every field: whatever comes, either
// the record is saved, or the writer is told what to mend and nothing is.
func FuzzSaveValues(f *testing.F) {
	for _, seed := range []string{`{"name":"A","credit_limit":"1e999999999","tags":["x",1,{"id":{"id":2}}]}`, `{"name":"\u0000","active":[],"since":{},"seen_at":-1}`,
		`{"name":1e309,"sites":[[1]],"parent":[1,2],"pin":"p","rating":9223372036854775808}`, `{"id":1,"version":7,"created_at":"x","company":false,"email":"a@b"}`,
		`{"name":"B","kind":{"a":1},"tags":[null,"","false",-1,0],"note":true}`} {
		f.Add([]byte(seed), false)
	}
	h := openHouse(f, dbtest.URL(f, db.SQLite))
	boss := h.as("boss")
	f.Fuzz(func(t *testing.T, text []byte, exact bool) {
		var values map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		if exact {
			d.UseNumber()
		}
		if d.Decode(&values) != nil {
			return
		}
		before, err := record.CountIn[partner](boss, record.Query{Archived: true})
		must(t, err)
		id, err := record.SaveValues(boss, "test.partner", 0, 0, values)
		after, countErr := record.CountIn[partner](boss, record.Query{Archived: true})
		must(t, countErr)
		switch {
		case err == nil && (id == 0 || after != before+1):
			t.Errorf("saved as %d, %d records became %d", id, before, after)
		case err != nil && (after != before || fault.CodeOf(err) != fault.Invalid && fault.CodeOf(err) != fault.Forbidden):
			t.Errorf("%v (%s), %d records became %d", err, fault.CodeOf(err), before, after)
		}
	})
}

// FuzzQuery asks with arbitrary orders and search texts.
func FuzzQuery(f *testing.F) {
	f.Add("name desc, id", "two words", int64(0), 1)
	f.Add("parent, credit_limit asc", "%_\\'\"", int64(3), -1)
	f.Add("name; DROP TABLE x", "\x00\xff", int64(-1), 0)
	h := openHouse(f, dbtest.URL(f, db.SQLite))
	boss := h.as("boss")
	must(f, record.Save(boss, &partner{Name: "A"}))
	f.Fuzz(func(t *testing.T, order, text string, after int64, limit int) {
		q := record.Query{Order: order, Text: text, After: after, Limit: limit, Offset: limit, Fields: []string{"name", order}}
		for _, err := range record.Rows(boss, "test.partner", q) {
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", q, err)
			}
		}
	})
}
