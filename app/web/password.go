package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
	"golang.org/x/text/unicode/norm"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/internal/passcost"
)

// The shape of a password hash; package passcost has its cost.
const (
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// HashPassword returns the argon2id hash of a password in the PHC string format. It
// waits for one of two slots; see [CheckPassword] for what a password must be.
//
// Errors: [fault.Unavailable] when too many wait already, the context's when it ends first.
func HashPassword(ctx context.Context, password string) (string, error) {
	release, err := hashing.acquire(ctx, "")
	if err != nil {
		return "", err
	}
	defer release()
	return hashPassword(password), nil
}

func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails, see crypto/rand
	c := passcost.InForce()
	key := argon2.IDKey(normal(password), salt, c.Time, c.Memory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, argonThreads, b64(salt), b64(key))
}

// VerifyPassword reports whether a password belongs to a hash. An empty hash costs the
// same time and is never right. Errors: as for HashPassword; a hash that is none is Internal.
func VerifyPassword(ctx context.Context, hash, password string) (bool, error) {
	release, err := hashing.acquire(ctx, "")
	if err != nil {
		return false, err
	}
	defer release()
	return verifyPassword(hash, password)
}

// dummyHash is verified where there is no hash, so that time does not tell.
var dummyHash = sync.OnceValue(func() string { return hashPassword(rand.Text()) })

func verifyPassword(hash, password string) (bool, error) {
	if hash == "" || len(password) > maxPassword*utf8.UTFMax {
		_, err := verifyPassword(dummyHash(), "")
		return false, err
	}
	salt, key, c, err := parseHash(hash)
	if err != nil {
		return false, fault.Wrap(err, fault.Internal, "A stored password cannot be read.")
	}
	got := argon2.IDKey(normal(password), salt, c.time, c.memory, c.threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

// cost is what a hash was made with.
type cost struct {
	memory, time uint32
	threads      uint8
}

// parseHash reads $argon2id$v=19$m=…,t=…,p=…$salt$key. Costs beyond all reason are
// refused: a hash that was slipped into the database must not stop the server.
func parseHash(hash string) (salt, key []byte, c cost, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, nil, c, errors.New("password hash: not argon2id")
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil || n != 3 {
		return nil, nil, c, errors.New("password hash: no costs")
	}
	if c.memory < 8 || c.memory > 1<<18 || c.time < 1 || c.time > 16 || c.threads < 1 || c.threads > 16 {
		return nil, nil, c, errors.New("password hash: costs out of bounds")
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err == nil && (len(salt) < 8 || len(key) < 16 || len(key) > 64) {
		err = errors.New("password hash: salt or key of a wrong length")
	}
	return salt, key, c, err
}

// normal makes the same password typed on two keyboards the same bytes (RFC 8265 §4.2).
func normal(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

// The length of a password, in characters.
const (
	MinPassword = 10
	maxPassword = 256
)

//go:embed common_passwords.txt
var commonPasswords string

// common are the words that people use for passwords, and the passwords themselves.
var common = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(commonPasswords) {
		out[word] = true
	}
	return out
})

// CheckPassword says why a password may not be chosen, nil when it may: at least
// MinPassword characters, none of the passwords that are guessed first, not the person's
// own login, e-mail or name (about).
func CheckPassword(password string, about ...string) *fault.Error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || n > maxPassword:
		return fault.New(fault.Invalid, "The password has more than %d characters.", maxPassword).On("password").
			Keyed("web.password.long", map[string]any{"Max": maxPassword})
	case n < MinPassword:
		return fault.New(fault.Invalid, "The password needs at least %d characters.", MinPassword).On("password").
			Keyed("web.password.short", map[string]any{"Min": MinPassword})
	case isCommon(password, about):
		return fault.New(fault.Invalid, "This password is among the first that somebody would guess.").On("password").
			Keyed("web.password.common", nil)
	}
	return nil
}

func isCommon(password string, about []string) bool {
	text := strings.ToLower(password)
	word := strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if common()[text] || common()[word] || isRun(text) {
		return true
	}
	for _, a := range about {
		name, _, _ := strings.Cut(strings.ToLower(a), "@")
		if name != "" && (text == strings.ToLower(a) || word == name || word == strings.ReplaceAll(name, " ", "")) {
			return true
		}
	}
	return false
}

// isRun reports a row of neighbours or repetitions: aaaaaaaaaa, 1234567890, ababababab.
func isRun(text string) bool {
	distinct := map[rune]bool{}
	steps := map[rune]int{}
	var last rune
	total := 0
	for i, r := range text {
		distinct[r] = true
		if i > 0 {
			steps[r-last]++
			total++
		}
		last = r
	}
	return len(distinct) < 4 || steps[1] >= total-1 || steps[-1] >= total-1
}

// slots lets two passwords be hashed at a time: more would starve everything else. The
// others wait in order, so many in all and so many from one address.
type slots struct {
	sem     *semaphore.Weighted
	mu      sync.Mutex
	waiting int
	from    map[string]int
	tidy    *time.Timer
}

const (
	hashAtOnce     = 2
	maxWaiting     = 256
	maxWaitingFrom = 48
	tidyAfter      = 20 * time.Second
)

var hashing = &slots{sem: semaphore.NewWeighted(hashAtOnce), from: map[string]int{}}

// acquire waits for a slot; release gives it back. The address may be "" for our own.
func (s *slots) acquire(ctx context.Context, address string) (release func(), err error) {
	if !s.enter(address) {
		return nil, fault.New(fault.Unavailable, "Too many people are signing in at this moment. Try again in a few seconds.").Keyed("web.signin.busy", nil)
	}
	err = s.sem.Acquire(ctx, 1)
	s.leave(address)
	if err != nil {
		return nil, err
	}
	return func() {
		s.sem.Release(1)
		s.tidyLater()
	}, nil
}

// tidyLater gives memory back to the system once nobody has signed in for a while: each
// hash leaves 19 MiB behind, which the collector by itself would keep for minutes.
func (s *slots) tidyLater() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tidy == nil {
		s.tidy = time.AfterFunc(tidyAfter, debug.FreeOSMemory)
		return
	}
	s.tidy.Reset(tidyAfter)
}

func (s *slots) enter(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting >= maxWaiting || address != "" && s.from[address] >= maxWaitingFrom {
		return false
	}
	s.waiting++
	s.from[address]++
	return true
}

func (s *slots) leave(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
	if s.from[address]--; s.from[address] == 0 {
		delete(s.from, address)
	}
}
