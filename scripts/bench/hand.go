package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/tessera-erp/tessera/db"
)

// handArg makes this program the hand-written server of one list.
const handArg = "-serve-by-hand"

// ordersByHand is what somebody writes who needs this one list and knows its rows: no
// token, no rights, no cursor to seal.
const ordersByHand = "SELECT id, number, date, state, untaxed, total FROM sales_order WHERE partner_id = ? AND state = ? AND id > ? ORDER BY id LIMIT 100"

// serveByHand answers pages of orders from the database at a URL with net/http, one
// prepared statement and appended JSON. It prints its address and serves until killed.
func serveByHand(at string) error {
	d, err := db.Open(context.Background(), db.Config{URL: at, ReadOnly: true})
	if err != nil {
		return err
	}
	defer d.Close()
	page, err := d.SQL().Prepare(ordersByHand)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return http.Serve(l, handler(page))
}

var pages = sync.Pool{New: func() any { b := make([]byte, 0, 20<<10); return &b }}

func handler(page *sql.Stmt) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		buffer := pages.Get().(*[]byte)
		defer pages.Put(buffer)
		q := r.URL.Query()
		partner, _ := strconv.ParseInt(q.Get("partner"), 10, 64)
		after, _ := strconv.ParseInt(q.Get("after"), 10, 64)
		rows, err := page.QueryContext(r.Context(), partner, q.Get("state"), after)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer rows.Close()
		b := append((*buffer)[:0], `{"data":[`...)
		var id, untaxed, total int64
		var number, date, state sql.RawBytes
		for first := true; rows.Next(); first = false {
			if err := rows.Scan(&id, &number, &date, &state, &untaxed, &total); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			if !first {
				b = append(b, ',')
			}
			b = appendOrder(b, id, number, date, state, untaxed, total)
		}
		b = append(b, "]}"...)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(b)))
		_, _ = w.Write(b)
		*buffer = b
	}
}

func appendOrder(b []byte, id int64, number, date, state []byte, untaxed, total int64) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), id, 10)
	b = append(append(b, `,"number":"`...), number...) // its writer knows that nothing is to be escaped
	b = append(append(b, `","date":"`...), date...)
	b = append(append(b, `","state":"`...), state...)
	b = appendCents(append(b, `","untaxed":`...), untaxed)
	b = appendCents(append(b, `,"total":`...), total)
	return append(b, '}')
}

func appendCents(b []byte, n int64) []byte {
	b = append(strconv.AppendInt(b, n/100, 10), '.')
	return append(b, byte('0'+n/10%10), byte('0'+n%10))
}

// helper is this program once more, serving something to compare with.
type helper struct {
	cmd *exec.Cmd
	url string
}

func startHelper(args ...string) (*helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %v: %w", args, err)
	}
	line := make([]byte, 100)
	n, err := out.Read(line)
	if err != nil {
		return nil, fmt.Errorf("starting %v: %w", args, err)
	}
	return &helper{cmd: cmd, url: strings.TrimSpace(string(line[:n]))}, nil
}

func (h *helper) stop() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
}
