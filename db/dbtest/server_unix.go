//go:build unix

package dbtest

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// server is the shared throw-away server of this user. Its folder in the temporary
// directory holds
//
//	users  locked shared by every process that uses the server, for as long as it lives
//	start  locked by the one that starts it
//	data   the cluster, made once
//	sock   the Unix socket, the only way in
type server struct {
	folder  string
	bin     string              // the folder of initdb and pg_ctl
	account *syscall.Credential // whom PostgreSQL runs as; nil for this user
}

// watchdog stops the server five seconds after the last process let go of "users".
// $1 is the folder, $2 pg_ctl. While it stops the server it holds the lock exclusively,
// so that a process that comes meanwhile waits and then starts it again.
const watchdog = `
exec 9<>"$1/users"
while :; do
	flock -x 9; flock -u 9
	sleep 5
	if flock -n -x 9; then "$2" stop -D "$1/data" -m fast -w; exit; fi
done`

// held keeps the lock on "users" until the process ends.
//
//lint:ignore U1000 an open file is what it is for
var held *os.File

// sharedServer makes sure that the server runs and returns its URL.
func sharedServer() (string, error) {
	s, err := locate()
	if err != nil {
		return "", err
	}
	if err := s.makeFolder(); err != nil {
		return "", err
	}
	if held, err = s.lock("users", syscall.LOCK_SH); err != nil {
		return "", err
	}
	starting, err := s.lock("start", syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer starting.Close()
	if err := s.start(); err != nil {
		return "", err
	}
	return s.url(), nil
}

// locate finds PostgreSQL's programs and the account to run them as: the server refuses root.
func locate() (*server, error) {
	s := &server{folder: filepath.Join(os.TempDir(), fmt.Sprintf("tessera-postgres-%d", os.Getuid()))}
	if len(s.folder) > 80 {
		return nil, fmt.Errorf("the path %s is too long for a Unix socket", s.folder)
	}
	if s.bin = programs(); s.bin == "" {
		return nil, errors.New("neither TESSERA_TEST_POSTGRES nor initdb and pg_ctl were found")
	}
	if _, err := exec.LookPath("flock"); err != nil {
		return nil, errors.New("flock, which stops the throw-away server, was not found; set TESSERA_TEST_POSTGRES")
	}
	if os.Getuid() != 0 {
		return s, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres")
	}
	uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, err
	}
	s.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return s, nil
}

// programs returns the folder of initdb and pg_ctl: Debian's newest, else from PATH.
func programs() string {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if found, err := exec.LookPath("pg_ctl"); err == nil {
		folders = append(folders, filepath.Dir(found))
	}
	for _, folder := range folders {
		_, initErr := os.Stat(filepath.Join(folder, "initdb"))
		_, ctlErr := os.Stat(filepath.Join(folder, "pg_ctl"))
		if initErr == nil && ctlErr == nil {
			return folder
		}
	}
	return ""
}

func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

// makeFolder makes the folder, or makes sure that the one there is ours: everybody may
// write in the temporary directory.
func (s *server) makeFolder() error {
	mode := os.FileMode(0o700)
	if s.account != nil {
		mode = 0o711 // the account has to get through
	}
	if err := os.Mkdir(s.folder, mode); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(s.folder)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s belongs to somebody else", s.folder)
	}
	for _, name := range []string{"data", "sock"} {
		path := filepath.Join(s.folder, name)
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		if s.account != nil {
			if err := os.Lchown(path, int(s.account.Uid), int(s.account.Gid)); err != nil {
				return err
			}
		}
	}
	return nil
}

// start starts the server unless it answers, and the watchdog with it. A cluster that
// does not start (it is made for speed, not to survive a crash) is made anew.
func (s *server) start() error {
	if execute(s.url(), "SELECT 1") == nil {
		return nil
	}
	data := filepath.Join(s.folder, "data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		if s.launch(data) == nil {
			return s.watch()
		}
	}
	if err := s.initialise(data); err != nil {
		return err
	}
	if err := s.launch(data); err != nil {
		return err
	}
	return s.watch()
}

func (s *server) initialise(data string) error {
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	if err := s.makeFolder(); err != nil {
		return err
	}
	args := []string{"-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"}
	return s.run("initdb", append(args, s.locale()...)...)
}

func (s *server) launch(data string) error {
	options := strings.Join([]string{
		"-c listen_addresses=", "-c unix_socket_directories=" + filepath.Join(s.folder, "sock"),
		"-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off", "-c max_connections=400",
	}, " ")
	return s.run("pg_ctl", "start", "-w", "-D", data, "-l", filepath.Join(data, "server.log"), "-o", options)
}

// locale asks for English rules of sorting, which differ from SQLite's order of bytes.
func (s *server) locale() []string {
	out, err := exec.Command(filepath.Join(s.bin, "initdb"), "--help").Output()
	if err == nil && strings.Contains(string(out), "--icu-locale") {
		return []string{"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"}
	}
	return []string{"--locale=C.UTF-8"}
}

// watch starts the watchdog in a session of its own, so that it outlives this process.
func (s *server) watch() error {
	cmd := exec.Command("sh", "-c", watchdog, "watchdog", s.folder, filepath.Join(s.bin, "pg_ctl"))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: s.account}
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

// run runs one of PostgreSQL's programs. Its output goes to a file, not a pipe: the
// server would keep a pipe open, and the test with it.
func (s *server) run(name string, args ...string) error {
	out, err := os.CreateTemp("", "tessera-"+name)
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: s.account}
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(said)))
	}
	return nil
}

func (s *server) url() string {
	query := url.Values{"host": {filepath.Join(s.folder, "sock")}, "user": {"postgres"}}
	return "postgres:///postgres?" + query.Encode()
}

// lock waits for the lock on a file of the folder; it ends with the file or the process.
func (s *server) lock(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(s.folder, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if s.account != nil { // the watchdog opens it too
		if err := f.Chown(int(s.account.Uid), int(s.account.Gid)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
