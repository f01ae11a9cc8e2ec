package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience bounds everything that a process may take on a busy machine.
const patience = time.Minute

// operator is somebody at a command line: a program, its settings, a data folder.
type operator struct {
	t        testing.TB
	binary   *binary
	data     string
	database string   // --database, "" for the file in data
	demo     bool     // --demo
	port     int      // where it serves, 0 for any
	env      []string // further variables, NAME=VALUE
	account  *syscall.Credential
}

// at returns an operator with a new data folder of the database at url; "" is a file in it.
func at(t testing.TB, url string) *operator {
	t.Helper()
	return &operator{t: t, binary: tessera, data: t.TempDir(), database: url}
}

// with is the same operator with another program.
func (o *operator) with(b *binary) *operator {
	c := *o
	c.binary = b
	return &c
}

// read returns the text of a file.
func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (o *operator) file(name string) string { return filepath.Join(o.data, name) }

func (o *operator) command(ctx context.Context, args ...string) *exec.Cmd {
	o.t.Helper()
	cmd := exec.CommandContext(ctx, o.binary.path(o.t), args...)
	cmd.Dir = o.data
	cmd.Env = append(os.Environ(), "TESSERA_DATA="+o.data)
	if o.database != "" {
		cmd.Env = append(cmd.Env, "TESSERA_DATABASE="+o.database)
	}
	if o.demo {
		cmd.Env = append(cmd.Env, "TESSERA_DEMO=true")
	}
	cmd.Env = append(cmd.Env, o.env...)
	if o.account != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.account}
	}
	return cmd
}

// answer is what a command that ended gave.
type answer struct {
	t        testing.TB
	line     string
	code     int
	out, err string
}

// run runs a command to its end, with nothing on standard input.
func (o *operator) run(args ...string) answer { o.t.Helper(); return o.feed("", args...) }

// feed runs a command with a text on standard input.
func (o *operator) feed(input string, args ...string) answer {
	o.t.Helper()
	o.binary.path(o.t) // building takes its own time
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := o.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	err := cmd.Run()
	a := answer{o.t, "tessera " + strings.Join(args, " "), cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		o.t.Fatalf("%s: %v", a.line, err)
	}
	return a
}

// ok expects success, and every text in the output.
func (a answer) ok(texts ...string) answer {
	a.t.Helper()
	if a.code != 0 {
		a.t.Fatalf("%s ends with %d: %s%s", a.line, a.code, a.out, a.err)
	}
	for _, text := range texts {
		if !strings.Contains(a.out, text) {
			a.t.Errorf("%s says %q, want %q in it", a.line, a.out, text)
		}
	}
	return a
}

// refused expects one sentence for the operator with every text in it, and an exit code.
func (a answer) refused(texts ...string) {
	a.t.Helper()
	line := strings.TrimSuffix(strings.TrimPrefix(a.err, "New password: \n"), "\n")
	if a.code != 1 && a.code != 2 {
		a.t.Errorf("%s ends with %d, want 1 or 2: %s%s", a.line, a.code, a.out, a.err)
	}
	if !strings.HasPrefix(line, "tessera: ") || strings.Contains(line, "\n") {
		a.t.Errorf("%s says %q on stderr, want one sentence", a.line, a.err)
	}
	for _, word := range []string{"goroutine", "panic", ".go:", "SQLSTATE", "0x"} {
		if strings.Contains(line, word) {
			a.t.Errorf("%s shows the program's inside: %q", a.line, line)
		}
	}
	for _, text := range texts {
		if !strings.Contains(line, text) {
			a.t.Errorf("%s says %q, want %q in it", a.line, line, text)
		}
	}
}

// server is a running `tessera serve`.
type server struct {
	t        testing.TB
	base     string // where it listens
	greeting string
	process  *os.Process
	log      *transcript
	ended    chan struct{}
	code     int
}

// transcript collects what a process says.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (r *transcript) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *transcript) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// nextPort walks through ports below those that systems give to outgoing connections,
// beginning at another place in every process, two at a time: a demo has its HMRC
// stand-in at the port after its own.
var nextPort atomic.Int32

func port(t testing.TB) int {
	t.Helper()
	for range 1000 {
		p := 20000 + 2*((os.Getpid()*53+int(nextPort.Add(1)))%6000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p)); err == nil {
			_ = l.Close()
			return p
		}
	}
	t.Fatal("no port is free")
	return 0
}

// ready is what a server says once it answers.
var ready = regexp.MustCompile(`(?m)^Tessera is at \S+$`)

// serve starts a server and waits until it answers. When the test ends, it is stopped
// if it still runs, and must not have said anything about its inside.
func (o *operator) serve(args ...string) *server {
	o.t.Helper()
	p := o.port
	if p == 0 {
		p = port(o.t)
	}
	s := &server{t: o.t, base: fmt.Sprintf("http://localhost:%d", p), log: &transcript{}, ended: make(chan struct{})}
	cmd := o.command(context.Background(), append([]string{"serve", "--addr", fmt.Sprintf("127.0.0.1:%d", p)}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	cmd.Stderr = s.log
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	s.process = cmd.Process
	s.greeting = s.listen(out)
	go func() {
		_ = cmd.Wait()
		s.code = cmd.ProcessState.ExitCode()
		close(s.ended)
	}()
	if !ready.MatchString(s.greeting) {
		<-s.ended
		o.t.Fatalf("the server ended with %d: %s%s", s.code, s.greeting, s.log)
	}
	o.t.Cleanup(s.tidy)
	return s
}

// listen reads what the server says first: it is written at once.
func (s *server) listen(out io.Reader) string {
	b := make([]byte, 16<<10)
	n, _ := out.Read(b)
	return string(b[:n])
}

func (s *server) tidy() {
	s.stop()
	for _, word := range []string{"panic", "goroutine ", "DATA RACE"} {
		if strings.Contains(s.log.String(), word) {
			s.t.Errorf("the server's log: %s", s.log)
			break
		}
	}
}

// stop ends the server as an operator does and returns the exit code.
func (s *server) stop() int { return s.signal(syscall.SIGTERM) }

// kill ends the server as a failure does.
func (s *server) kill() { s.signal(syscall.SIGKILL) }

func (s *server) signal(sig os.Signal) int {
	_ = s.process.Signal(sig) // it may have ended
	select {
	case <-s.ended:
	case <-time.After(patience):
		_ = s.process.Kill()
		<-s.ended
		s.t.Errorf("the server did not end: %s", s.log)
	}
	return s.code
}
