package oauthprovider_test

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// benchOrders is how many orders BenchmarkRecords has to choose from; scripts/bench
// measures the same over HTTP with a million.
const benchOrders = 100_000

// fillOrders inserts orders of one company, each customer's in all states.
func (w *world) fillOrders(many int) (customer int64) {
	w.t.Helper()
	customer = w.ID("contacts.partner", "bench_customer")
	must(w.t, w.Database.DB.Write(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO sales_order (version, created_at, updated_at, number, partner_id, date, state, company_id, untaxed, tax, total, note)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			SELECT 1, '2026-01-02 03:04:05+00:00', '2026-01-02 03:04:05+00:00', 'B' || i, CASE i % 100 WHEN 0 THEN ? ELSE (SELECT MIN(id) FROM contacts_partner) END, '2026-01-02', CASE i % 3 WHEN 0 THEN 'draft' ELSE 'done' END,
				(SELECT id FROM base_company ORDER BY id LIMIT 1), i * 100, i * 20, i * 120, '' FROM n`, many, customer)
		return err
	}))
	return customer
}

// BenchmarkRecords reads a page of 100 orders by two filters with five fields, through
// the records API and by a handler written by hand for that one query.
func BenchmarkRecords(b *testing.B) {
	w := openHouse(b, dbtest.URL(b, db.SQLite)).world(b)
	w.Load("- {model: contacts.partner, id: bench_customer, values: {name: Bench}}")
	customer := w.fillOrders(benchOrders)
	w.scope("orders", `model: sales.order, all_records: true, fields: [number, date, state, untaxed, total, partner]`)
	token := w.person("boss", "sales.manager").issue(w.shop, "scope", "openid "+w.code("orders")).Access
	server, err := w.Instance.Server()
	must(b, err)
	w.Database.DB.TakeLease() // as a server does
	query := url.Values{"filter": {`[["partner","=",` + strconv.FormatInt(customer, 10) + `],["state","=","done"]]`}, "fields": {"number,date,state,untaxed,total"}}
	api := httptest.NewRequest(http.MethodGet, "/api/records/sales.order?"+query.Encode(), nil)
	api.Header.Set("Authorization", "Bearer "+token)
	hand := httptest.NewRequest(http.MethodGet, "/?partner="+strconv.FormatInt(customer, 10)+"&state=done", nil)
	for _, one := range []struct {
		name    string
		handler http.Handler
		request *http.Request
	}{{"API", server, api}, {"ByHand", byHand(b, w.Database.DB.SQL()), hand}} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			began := cpuTime(b)
			for b.Loop() {
				answer := httptest.NewRecorder()
				one.handler.ServeHTTP(answer, one.request)
				if answer.Code != http.StatusOK || answer.Body.Len() < 9000 {
					b.Fatalf("%d: %.300s", answer.Code, answer.Body)
				}
			}
			b.ReportMetric(float64((cpuTime(b)-began).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// cpuTime is what the process has used of the processors, whatever else they do.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byHand is what somebody would write who needs this one list.
func byHand(b *testing.B, d *sql.DB) http.Handler {
	page, err := d.Prepare("SELECT id, number, date, state, untaxed, total FROM sales_order WHERE partner_id = ? AND state = ? AND id > ? ORDER BY id LIMIT 100")
	must(b, err)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		partner, _ := strconv.ParseInt(q.Get("partner"), 10, 64)
		after, _ := strconv.ParseInt(q.Get("after"), 10, 64)
		rows, err := page.QueryContext(r.Context(), partner, q.Get("state"), after)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer rows.Close()
		out := append(make([]byte, 0, 16<<10), `{"data":[`...)
		for n := 0; rows.Next(); n++ {
			var id, untaxed, total int64
			var number, date, state sql.RawBytes
			if err := rows.Scan(&id, &number, &date, &state, &untaxed, &total); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			if n > 0 {
				out = append(out, ',')
			}
			out = append(strconv.AppendInt(append(out, `{"id":`...), id, 10), `,"number":"`...)
			out = append(append(out, number...), `","date":"`...)
			out = append(append(out, date...), `","state":"`...)
			out = append(append(out, state...), `","untaxed":`...)
			out = append(cents(out, untaxed), `,"total":`...)
			out = append(cents(out, total), '}')
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(out, `]}`...))
	})
}

// cents writes an amount with its two decimals.
func cents(b []byte, n int64) []byte {
	b = append(strconv.AppendInt(b, n/100, 10), '.')
	return append(b, byte('0'+n/10%10), byte('0'+n%10))
}
