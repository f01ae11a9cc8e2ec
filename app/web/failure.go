package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/ui"
)

// TooMany says that somebody has to wait: 429 with Retry-After.
type TooMany struct {
	Wait time.Duration
	Err  *fault.Error
}

func (t *TooMany) Error() string { return t.Err.Error() + " (wait " + t.Wait.String() + ")" }

// Unwrap returns the sentence.
func (t *TooMany) Unwrap() error { return t.Err }

// failure is an error as it is answered.
type failure struct {
	status int
	err    *fault.Error  // nil: the words of the status
	id     string        // shown for what only the log explains
	wait   time.Duration // 429, 503
}

// statusClientGone is logged when nobody waits for the answer any more.
const statusClientGone = 499

var statusOf = map[fault.Code]int{
	fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Forbidden: http.StatusForbidden,
	fault.Unauthenticated: http.StatusUnauthorized, fault.Conflict: http.StatusConflict,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// StatusOf returns the HTTP status of an error.
func StatusOf(err error) int { return failureOf(err).status }

// failureOf sorts an error. What has no code is internal: its text stays in the log.
func failureOf(err error) failure {
	var (
		wait     *TooMany
		tooLarge *http.MaxBytesError
		routing  *echo.HTTPError
		coded    *fault.Error
	)
	switch {
	case errors.As(err, &wait):
		return failure{status: http.StatusTooManyRequests, err: wait.Err, wait: wait.Wait}
	case errors.As(err, &tooLarge):
		return failure{status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &routing):
		return failure{status: routing.Code}
	case errors.As(err, &coded) && coded.Code != fault.Internal:
		return failure{status: statusOf[coded.Code], err: coded}
	}
	return failure{status: http.StatusInternalServerError}
}

// Fail answers with the error: a page, or RFC 9457 problem details where the client is a
// program. The cause goes to the log only. It does nothing once an answer has begun.
func (c *Ctx) Fail(err error) error {
	f := failureOf(err)
	r := c.Request()
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		f.status = statusClientGone
	}
	var challenge *Challenge
	if errors.As(err, &challenge) {
		f.status = challenge.Status
	}
	f.id = c.request.id
	c.logFailure(f.status, err)
	switch {
	case c.Response().Committed:
		return nil
	case f.status == statusClientGone:
		c.Response().WriteHeader(statusClientGone)
		return nil
	case challenge != nil:
		c.Response().Header().Set("WWW-Authenticate", challenge.header())
		return c.problem(f, challenge.Description)
	}
	c.answerFailure(f)
	return nil
}

func (c *Ctx) logFailure(status int, err error) {
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	c.mounted.server.config.Logger.LogAttrs(c.Env, level, "failed", slog.String("id", c.request.id),
		slog.String("method", c.Request().Method), slog.String("path", c.Request().URL.Path), slog.Int("status", status), slog.Any("error", err))
}

func (c *Ctx) answerFailure(f failure) {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	if f.status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close") // what is still on its way is not read
	}
	if f.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.wait.Seconds()))))
	}
	if c.route.Fail != nil {
		c.route.Fail(c.Response(), f.status)
		return
	}
	text := ""
	if f.err != nil {
		text = sentences(c.Print, f.err)
	}
	if c.wantsJSON() {
		_ = c.problem(f, text)
		return
	}
	v := ui.Failure{Page: c.bare(""), Status: f.status, Text: text}
	if f.wait > 0 {
		v.Wait = c.duration(f.wait)
	}
	if f.status >= http.StatusInternalServerError || f.status == http.StatusForbidden {
		v.ID = f.id
	}
	_ = c.Render(f.status, ui.FailurePage(v))
}

// problem is the shape of RFC 9457 with our code, the request and the fields to mend.
type problem struct {
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail,omitempty"`
	Code    fault.Code     `json:"code,omitempty"`
	Request string         `json:"request"`
	Errors  []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

func (c *Ctx) problem(f failure, detail string) error {
	p := problem{Title: http.StatusText(f.status), Status: f.status, Detail: detail, Request: f.id}
	if f.err != nil {
		p.Code = f.err.Code
		for _, e := range f.err.All() {
			if e.Field != "" {
				p.Errors = append(p.Errors, problemField{e.Field, Sentence(c.Print, e)})
			}
		}
	}
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(f.status)
	_, err = c.Response().Write(body)
	return err
}

// wantsJSON reports whether a program asks: on a Token route always, on a protocol
// endpoint unless HTML is accepted, elsewhere when JSON is accepted and HTML is not.
func (c *Ctx) wantsJSON() bool {
	accept := c.Request().Header.Get("Accept")
	switch {
	case c.route.Kind == Token:
		return true
	case strings.Contains(accept, "html"):
		return false
	}
	return c.route.Handler != nil || strings.Contains(accept, "json")
}

// Sentence is the error's sentence in the reader's language. An argument named …Key
// translates the argument of the same name without it: labels of models and fields, and
// parts of a sentence, which take the other arguments too.
func Sentence(p *i18n.Printer, e *fault.Error) string {
	args, within := maps.Clone(e.Args), maps.Clone(e.Args)
	delete(within, "Count") // counts the sentence, not its parts
	for name, v := range e.Args {
		plain, ok := strings.CutSuffix(name, "Key")
		key, isText := v.(string)
		english, there := e.Args[plain].(string)
		if ok && isText && there {
			args[plain] = p.Map(key, english, within)
		}
	}
	return p.Map(e.Key, e.Message, args)
}

// sentences joins the sentences of an error and of those it carries.
func sentences(p *i18n.Printer, e *fault.Error) string {
	var out []string
	for _, one := range e.All() {
		out = append(out, Sentence(p, one))
	}
	return strings.Join(out, " ")
}
