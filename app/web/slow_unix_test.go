//go:build unix

package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// TestSlowConnections opens thousands of connections that never finish their request.
func TestSlowConnections(t *testing.T) {
	h := sqlite(t, nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.server.Serve(ctx, ln) }()
	n := min(10_000, openFiles()/2-500)
	var slow []net.Conn
	defer func() {
		for _, c := range slow {
			c.Close()
		}
		stop()
		<-done
	}()
	for i := range n {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		slow = append(slow, conn)
		text := "GET /signin HTTP/1.1\r\nHost: x\r\nX-Slow: "
		if i%2 == 1 {
			text = "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin="
		}
		if _, err := io.WriteString(conn, text); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	t.Run("Security96", func(t *testing.T) {
		client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
		for range 5 {
			res, err := client.Get("http://" + ln.Addr().String() + "/signin")
			if err != nil {
				t.Fatalf("beside %d slow connections: %v", n, err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("status %d", res.StatusCode)
			}
		}
	})
}

// openFiles is how many files, and so connections, this process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Cur, 1<<20))
}
