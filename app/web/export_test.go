package web

import (
	"io"
	"net/url"

	"github.com/tessera-erp/tessera/ui"
)

// Settle waits until no "last seen" is being written.
func (s *Server) Settle() { s.seen.wait() }

// What the fuzz tests read.
func ParseSecret(text string) (string, bool)      { s, ok := parseSecret(text); return s.String(), ok }
func ParseNotes(text string) []ui.Note            { return parseNotes(text) }
func ReadForm(body io.Reader) (url.Values, error) { return readForm(body) }
func ParseHash(text string) error                 { _, _, _, err := parseHash(text); return err }
