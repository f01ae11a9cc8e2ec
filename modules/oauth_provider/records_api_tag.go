package oauthprovider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/tessera-erp/tessera/app/record"
)

// An entity tag has two halves: the version of the record, which If-Match compares, and
// the bytes of the answer, which change with the records that it relates to as well. The
// version is keyed: how often fields out of sight were changed is not to be counted.

// versionTag is the half of the tag that stands for the record's version.
func (a *recordsAPI) versionTag(m *record.Info, id, version int64) string {
	mac := hmac.New(sha256.New, a.tagKey)
	b := append([]byte(m.Name), 0)
	b = append(strconv.AppendInt(b, id, 10), 0)
	mac.Write(strconv.AppendInt(b, version, 10))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// tag is the entity tag of a record as body shows it, in quotes (RFC 9110 §8.8.3).
func (a *recordsAPI) tag(m *record.Info, id, version int64, body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + a.versionTag(m, id, version) + "." + base64.RawURLEncoding.EncodeToString(sum[:9]) + `"`
}

// notModified compares weakly, as RFC 9110 §13.1.2 says of If-None-Match.
func notModified(r *http.Request, tag string) bool {
	for _, t := range tagsOf(r, "If-None-Match") {
		if t == "*" || strings.TrimPrefix(t, "W/") == tag {
			return true
		}
	}
	return false
}

// tagsOf are the members of a list of entity tags. Ours hold no comma.
func tagsOf(r *http.Request, header string) []string {
	var out []string
	for t := range strings.SplitSeq(strings.Join(r.Header.Values(header), ","), ",") {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// precondition holds If-Match against the version of the record (RFC 9110 §13.1.1): "*"
// takes the one that is there. A tag that was given for other fields of the same version
// will do.
func (a *recordsAPI) precondition(t *target, id, version int64) error {
	tags := tagsOf(t.Request(), "If-Match")
	if len(tags) == 0 {
		return problemOf(http.StatusPreconditionRequired, "precondition_required", "If-Match is missing",
			"Send the ETag that the record was read with in the If-Match header, so that nobody's change is overwritten unseen.")
	}
	current := `"` + a.versionTag(t.model, id, version) + "."
	for _, tag := range tags {
		if tag == "*" || strings.HasPrefix(tag, current) {
			return nil
		}
	}
	return stale()
}

func stale() error {
	return problemOf(http.StatusPreconditionFailed, "stale", "The record has been changed",
		"Somebody changed the record since it was read. Read it again and decide anew.")
}
