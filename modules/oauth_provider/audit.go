package oauthprovider

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/oauth_provider/oauth"
)

// Record implements oauth.Events. Grants, refusals and revocations go to the audit log as
// they happen. So do failures of clients that exist and replays, but since a stranger can
// cause them, as often as he likes, at most one line a minute for each kind with the
// number of those like it. Tokens issued are counted by their rows: a line for each would
// double every write.
func (h *host) Record(ctx context.Context, e oauth.Event) {
	switch e.Kind {
	case oauth.EventTokenIssued:
		h.uses.note(e.SecretID, e.At)
		return
	case oauth.EventAuthorizeFailed, oauth.EventTokenFailed:
		h.log.InfoContext(ctx, string(e.Kind), "client", e.Client, "error", e.Error, "detail", clip(e.Detail), "address", e.Address)
		if e.RedirectURI != "" && e.ClientID != 0 && len(e.RedirectURI) <= oauth.MaxRedirectURI {
			h.refusals.note(ctx, e)
		}
		if e.ClientID == 0 { // it could not prove to be that client
			e.ClientID, _ = h.store.definitions.remembers(e.Client)
		}
		if worthAudit(e) {
			h.failures.note(ctx, e)
		}
		return
	case oauth.EventReplay:
		h.failures.note(ctx, e)
		return
	}
	h.auditOrLog(ctx, e, 1)
}

// worthAudit reports whether a failure belongs into the audit log: that of a client that
// exists, and at the authorization endpoint of a person who is signed in. That somebody
// has to sign in or to be asked first is an answer, and our own failures are in the log.
func worthAudit(e oauth.Event) bool {
	if e.ClientID == 0 || e.Kind == oauth.EventAuthorizeFailed && e.UserID == 0 {
		return false
	}
	switch e.Error {
	case oauth.CodeUnavailable, oauth.CodeServerError, oauth.CodeLoginRequired, oauth.CodeConsentRequired:
		return false
	}
	return true
}

// auditOrLog writes a line for an event that happened a number of times.
func (h *host) auditOrLog(ctx context.Context, e oauth.Event, times int) {
	if err := h.audit(context.WithoutCancel(ctx), e, times); err != nil {
		h.log.ErrorContext(ctx, "audit of an OAuth event", "event", e.Kind, "client", e.Client, "error", err)
	}
}

func (h *host) audit(ctx context.Context, e oauth.Event, times int) error {
	env := h.app.Database.System(ctx, "OAuth")
	if e.UserID != 0 {
		who, err := h.envOf(ctx, e.UserID)
		if err != nil {
			return err
		}
		env = who
	}
	env.Origin = web.RequestID(ctx)
	var details []record.Change
	for _, d := range []record.Change{{Field: "scopes", New: e.Scopes.Codes()}, {Field: "error", New: e.Error}, {Field: "detail", New: clip(e.Detail)}, {Field: "grant_type", New: clip(e.GrantType)}, {Field: "address", New: e.Address}} {
		if d.New != "" {
			details = append(details, d)
		}
	}
	if times > 1 {
		details = append(details, record.Change{Field: "times", New: times})
	}
	return record.Audit(env, "oauth_provider.client", e.ClientID, e.Client, string(e.Kind), details...)
}

// mostDetail bounds what a stranger can have written down, in bytes.
const mostDetail = 300

func clip(text string) string {
	if len(text) <= mostDetail {
		return text
	}
	return strings.ToValidUTF8(text[:mostDetail], "") + "…"
}

// failureEvery is how often one kind of failure is written at most.
const failureEvery = time.Minute

// failures writes the first failure of a kind at once, and those that follow as one a
// minute. The clients, users and error codes there are bound it. What was counted in the
// last minute before the program stops is in its log only.
type failures struct {
	write func(ctx context.Context, e oauth.Event, times int)

	mu      sync.Mutex
	running map[failureKind]*failureCount
}

// failureKind is what failures are alike in.
type failureKind struct {
	kind         oauth.EventKind
	client, user int64
	code         string
}

// failureCount is how many have not been written yet, and the last of them.
type failureCount struct {
	times int
	last  oauth.Event
}

func newFailures(write func(context.Context, oauth.Event, int)) *failures {
	return &failures{write: write, running: map[failureKind]*failureCount{}}
}

func (f *failures) note(ctx context.Context, e oauth.Event) {
	kind := failureKind{e.Kind, e.ClientID, e.UserID, e.Error}
	f.mu.Lock()
	if c := f.running[kind]; c != nil {
		c.times++
		c.last = e
		f.mu.Unlock()
		return
	}
	f.running[kind] = &failureCount{}
	f.mu.Unlock()
	time.AfterFunc(failureEvery, func() { f.flush(kind) })
	f.write(ctx, e, 1)
}

// flush writes what came in the last minute, and forgets the kind when nothing did.
func (f *failures) flush(kind failureKind) {
	f.mu.Lock()
	c := *f.running[kind]
	if c.times == 0 {
		delete(f.running, kind)
	} else {
		f.running[kind] = &failureCount{}
	}
	f.mu.Unlock()
	if c.times > 0 {
		time.AfterFunc(failureEvery, func() { f.flush(kind) })
		f.write(context.Background(), c.last, c.times)
	}
}
