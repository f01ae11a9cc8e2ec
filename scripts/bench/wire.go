package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// wire is one kept connection that speaks just enough HTTP/1.1. The client of
// net/http spends several times the processor time on a request, which on a small
// machine would be taken for the server's.
type wire struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// reply is what a server answered. Body is valid until the next request on the wire.
type reply struct {
	status   int
	location string
	cookies  []string
	body     []byte
}

// wireLimit bounds one request with its answer.
const wireLimit = 15 * time.Second

func dial(addr string) *wire { return &wire{addr: addr} }

func (w *wire) close() {
	if w.conn != nil {
		w.conn.Close()
		w.conn = nil
	}
}

// send sends a rendered request. A kept connection that the server has closed
// meanwhile is opened once more, as any client would.
func (w *wire) send(request []byte) (reply, error) {
	for {
		kept := w.conn != nil
		if !kept {
			c, err := net.DialTimeout("tcp", w.addr, wireLimit)
			if err != nil {
				return reply{}, err
			}
			w.conn, w.in = c, bufio.NewReaderSize(c, 32<<10)
		}
		r, err := w.exchange(request)
		if err == nil {
			return r, nil
		}
		w.close()
		if !kept || errors.Is(err, errTooLate) {
			return reply{}, err
		}
	}
}

var errTooLate = errors.New("no answer in time")

func (w *wire) exchange(request []byte) (reply, error) {
	if err := w.conn.SetDeadline(time.Now().Add(wireLimit)); err != nil {
		return reply{}, err
	}
	if _, err := w.conn.Write(request); err != nil {
		return reply{}, err
	}
	r, err := w.read()
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		err = fmt.Errorf("%w: %s", errTooLate, wireLimit)
	}
	return r, err
}

func (w *wire) line() ([]byte, error) {
	b, err := w.in.ReadSlice('\n')
	return bytes.TrimRight(b, "\r\n"), err
}

func (w *wire) read() (reply, error) {
	var r reply
	status, err := w.line()
	if err != nil {
		return r, err
	}
	if len(status) < 12 || !bytes.HasPrefix(status, []byte("HTTP/1.1 ")) {
		return r, fmt.Errorf("not an HTTP/1.1 answer: %q", status)
	}
	if r.status, err = strconv.Atoi(string(status[9:12])); err != nil {
		return r, fmt.Errorf("not a status: %q", status)
	}
	length, chunked, last := -1, false, false
	for {
		h, err := w.line()
		if err != nil {
			return r, err
		}
		if len(h) == 0 {
			break
		}
		name, value, _ := bytes.Cut(h, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			length, err = strconv.Atoi(string(value))
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			last = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, []byte("Location")):
			r.location = string(value)
		case bytes.EqualFold(name, []byte("Set-Cookie")):
			r.cookies = append(r.cookies, string(value))
		}
		if err != nil {
			return r, err
		}
	}
	w.body = w.body[:0]
	switch {
	case r.status == 204 || r.status == 304:
	case chunked:
		err = w.chunks()
	case length >= 0:
		err = w.take(length)
	default:
		w.body, err = io.ReadAll(w.in)
		last = true
	}
	r.body = w.body
	if last {
		w.close()
	}
	return r, err
}

func (w *wire) chunks() error {
	for {
		size, err := w.line()
		if err != nil {
			return err
		}
		size, _, _ = bytes.Cut(size, []byte(";"))
		n, err := strconv.ParseInt(string(size), 16, 32)
		if err != nil {
			return fmt.Errorf("not the size of a chunk: %q", size)
		}
		if err := w.take(int(n)); err != nil {
			return err
		}
		if _, err := w.line(); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

func (w *wire) take(n int) error {
	old := len(w.body)
	w.body = append(w.body, make([]byte, n)...)
	_, err := io.ReadFull(w.in, w.body[old:])
	return err
}

// request is what a client asks; render makes it bytes once, to be sent often.
type request struct {
	method, url string
	header      []string // "Name: value"
	form        url.Values
}

func (q request) render() (addr string, text []byte, err error) {
	u, err := url.Parse(q.url)
	if err != nil {
		return "", nil, err
	}
	if !isLoopback(u.Hostname()) {
		return "", nil, fmt.Errorf("%s is not on this machine", u.Host)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s HTTP/1.1\r\nHost: %s\r\n", q.method, u.RequestURI(), u.Host)
	for _, h := range q.header {
		s.WriteString(h + "\r\n")
	}
	body := q.form.Encode()
	if q.method == "POST" {
		fmt.Fprintf(&s, "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(body))
	}
	s.WriteString("\r\n")
	if q.method == "POST" {
		s.WriteString(body)
	}
	return u.Host, []byte(s.String()), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
