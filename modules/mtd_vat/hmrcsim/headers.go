package hmrcsim

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// HeaderReport is what the stand-in finds about the fraud prevention headers of a call,
// as HMRC's validator answers it.
type HeaderReport struct {
	SpecVersion string    `json:"specVersion"`
	Code        string    `json:"code"`
	Message     string    `json:"message"`
	Errors      []Finding `json:"errors,omitempty"`
	Warnings    []Finding `json:"warnings,omitempty"`
}

// Finding is one thing that is wrong, with the headers that it is about, in small letters.
type Finding struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Headers []string `json:"headers"`
}

// The codes of reports and findings.
const (
	ValidHeaders       = "VALID_HEADERS"
	PossiblyInvalid    = "POTENTIALLY_INVALID_HEADERS"
	InvalidHeaders     = "INVALID_HEADERS"
	MissingHeader      = "MISSING_HEADER"
	EmptyHeader        = "EMPTY_HEADER"
	InvalidHeader      = "INVALID_HEADER"
	UnexpectedHeader   = "UNEXPECTED_HEADER"
	connectionMethod   = "WEB_APP_VIA_SERVER"
	headerSpecVersion  = "3.0"
	emptyMultiFactor   = "Value is empty. This may be correct for single factor authentication, for example username and password. If this is the case, you must contact us explaining why you cannot submit this header."
	emptyOther         = "Value is empty. This may be correct if it cannot be collected. If this is the case, you must contact us explaining why you cannot submit this header."
	headerIsRequired   = "Header is required"
	headerIsUnexpected = "Header is not required for this connection method"
)

// required is one of the sixteen headers of a web application that calls through its
// server.
type required struct {
	name string
	// mayLack: there may be nothing to send, so that its absence is a warning.
	mayLack bool
	// public: it tells of an address on the internet, which a demo on one machine lacks.
	public bool
	// wrong says what is wrong with a value, "" when nothing.
	wrong func(value string, all http.Header) string
}

var requiredHeaders = []required{
	{name: "Gov-Client-Connection-Method", wrong: wrongMethod},
	{name: "Gov-Client-Browser-JS-User-Agent", wrong: wrongUserAgent},
	{name: "Gov-Client-Device-ID", wrong: wrongPattern(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`, "Value must be a UUID")},
	{name: "Gov-Client-Multi-Factor", mayLack: true, wrong: wrongFactors},
	{name: "Gov-Client-Public-IP", public: true, wrong: func(v string, _ http.Header) string { return wrongAddress(v) }},
	{name: "Gov-Client-Public-IP-Timestamp", public: true, wrong: wrongPattern(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`, "Value must be a UTC timestamp with milliseconds")},
	{name: "Gov-Client-Public-Port", wrong: wrongPort},
	{name: "Gov-Client-Screens", wrong: wrongScreens},
	{name: "Gov-Client-Timezone", wrong: wrongPattern(`^UTC[+-](0\d|1[0-4]):[0-5]\d$`, "Value must be UTC±hh:mm")},
	{name: "Gov-Client-User-IDs", wrong: func(v string, _ http.Header) string { return wrongPairs(v) }},
	{name: "Gov-Client-Window-Size", wrong: wrongWindow},
	{name: "Gov-Vendor-Forwarded", public: true, wrong: wrongForwarded},
	{name: "Gov-Vendor-License-IDs", mayLack: true, wrong: func(v string, _ http.Header) string { return wrongPairs(v) }},
	{name: "Gov-Vendor-Product-Name", wrong: wrongProduct},
	{name: "Gov-Vendor-Public-IP", public: true, wrong: func(v string, _ http.Header) string { return wrongAddress(v) }},
	{name: "Gov-Vendor-Version", wrong: func(v string, _ http.Header) string { return wrongPairs(v) }},
}

// unexpected belong to other connection methods.
var unexpected = []string{"Gov-Client-Browser-Plugins", "Gov-Client-Local-IPs", "Gov-Client-Local-IPs-Timestamp", "Gov-Client-Browser-Do-Not-Track"}

// checkHeaders looks at all headers of a call. loopback turns the lack of public
// addresses into warnings.
func checkHeaders(h http.Header, loopback bool) HeaderReport {
	r := HeaderReport{SpecVersion: headerSpecVersion, Code: ValidHeaders, Message: "All headers appear to be valid"}
	for _, of := range requiredHeaders {
		list := &r.Errors
		values := h.Values(of.name)
		switch {
		case len(values) == 0:
			if of.mayLack || of.public && loopback {
				list = &r.Warnings
			}
			find(list, MissingHeader, headerIsRequired, of.name)
		case len(values) > 1:
			find(list, InvalidHeader, "Header is sent more than once", of.name)
		case values[0] == "":
			message := emptyOther
			if of.name == "Gov-Client-Multi-Factor" {
				message = emptyMultiFactor
			}
			if of.mayLack || of.public && loopback {
				list = &r.Warnings
			}
			find(list, EmptyHeader, message, of.name)
		case !ascii(values[0]):
			find(list, InvalidHeader, "Value must be in US-ASCII", of.name)
		default:
			if wrong := of.wrong(values[0], h); wrong != "" {
				find(list, InvalidHeader, wrong, of.name)
			}
		}
	}
	for _, name := range unexpected {
		if len(h.Values(name)) > 0 {
			find(&r.Warnings, UnexpectedHeader, headerIsUnexpected, name)
		}
	}
	switch {
	case len(r.Errors) > 0:
		r.Code, r.Message = InvalidHeaders, "At least 1 header is invalid"
	case len(r.Warnings) > 0:
		r.Code, r.Message = PossiblyInvalid, "At least 1 header is potentially invalid"
	}
	return r
}

// find adds a header to the finding with the same words, or a new finding.
func find(list *[]Finding, code, message, header string) {
	header = strings.ToLower(header)
	for i, f := range *list {
		if f.Code == code && f.Message == message {
			(*list)[i].Headers = append(f.Headers, header)
			return
		}
	}
	*list = append(*list, Finding{code, message, []string{header}})
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func wrongPattern(form, message string) func(string, http.Header) string {
	pattern := regexp.MustCompile(form)
	return func(v string, _ http.Header) string {
		if pattern.MatchString(v) {
			return ""
		}
		return message
	}
}

func wrongMethod(v string, _ http.Header) string {
	if v == connectionMethod {
		return ""
	}
	return "Value must be " + connectionMethod
}

// wrongUserAgent wants what the browser says, as it says it.
func wrongUserAgent(v string, _ http.Header) string {
	if strings.Contains(v, "%20") || strings.Contains(v, "%2F") {
		return "Value must not be percent-encoded"
	}
	return ""
}

// token is a key or value with everything percent-encoded that needs it.
var token = regexp.MustCompile(`^([A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+$`)

type keyValue struct{ key, value string }

// keyValues reads key=value&key=value, decoded.
func keyValues(s string) ([]keyValue, bool) {
	var out []keyValue
	for part := range strings.SplitSeq(s, "&") {
		k, v, found := strings.Cut(part, "=")
		if !found || !token.MatchString(k) || !token.MatchString(v) {
			return nil, false
		}
		key, keyErr := url.PathUnescape(k)
		value, valueErr := url.PathUnescape(v)
		if keyErr != nil || valueErr != nil {
			return nil, false
		}
		out = append(out, keyValue{key, value})
	}
	return out, true
}

// record reads key=value&… that has exactly the keys.
func record(s string, keys ...string) (map[string]string, bool) {
	all, read := keyValues(s)
	if !read || len(all) != len(keys) {
		return nil, false
	}
	out := map[string]string{}
	for _, kv := range all {
		out[kv.key] = kv.value
	}
	for _, k := range keys {
		if out[k] == "" {
			return nil, false
		}
	}
	return out, true
}

func wrongPairs(v string) string {
	if _, read := keyValues(v); !read {
		return "Value must be a list of key=value, percent-encoded but for the separators"
	}
	return ""
}

var factorTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$`)

func wrongFactors(v string, _ http.Header) string {
	for part := range strings.SplitSeq(v, ",") {
		of, read := record(part, "type", "timestamp", "unique-reference")
		switch {
		case !read:
			return "Value must be a list of type, timestamp and unique-reference"
		case !slices.Contains([]string{"TOTP", "AUTH_CODE", "OTHER"}, of["type"]):
			return "The type must be TOTP, AUTH_CODE or OTHER"
		case !factorTime.MatchString(of["timestamp"]):
			return "The timestamp must be in UTC, to the minute at least"
		}
	}
	return ""
}

// privateBlocks are address blocks that the internet does not route.
var privateBlocks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::/127"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

func wrongAddress(v string) string {
	a, err := netip.ParseAddr(v)
	if err != nil {
		return "Value must be an IP address"
	}
	if slices.ContainsFunc(privateBlocks, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return "Value must be a public IP address"
	}
	return ""
}

func wrongPort(v string, _ http.Header) string {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 65535 {
		return "Value must be a port between 1 and 65535"
	}
	if n == 80 || n == 443 {
		return "Value must be the client’s port, not the server’s"
	}
	return ""
}

// whole reports whether a text is a positive whole number.
var whole = regexp.MustCompile(`^[1-9][0-9]{0,5}$`).MatchString

var factor = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

func wrongScreens(v string, _ http.Header) string {
	for part := range strings.SplitSeq(v, ",") {
		of, read := record(part, "width", "height", "scaling-factor", "colour-depth")
		if !read || !whole(of["width"]) || !whole(of["height"]) || !factor.MatchString(of["scaling-factor"]) || !whole(of["colour-depth"]) {
			return "Value must be a list of width, height, scaling-factor and colour-depth"
		}
	}
	return ""
}

func wrongWindow(v string, _ http.Header) string {
	of, read := record(v, "width", "height")
	if !read || !whole(of["width"]) || !whole(of["height"]) {
		return "Value must be width and height as positive whole numbers"
	}
	return ""
}

// wrongForwarded checks the hops: the first goes from the client's address to ours.
func wrongForwarded(v string, all http.Header) string {
	for i, part := range strings.Split(v, ",") {
		hop, read := record(part, "by", "for")
		if !read || wrongAddress(hop["by"]) != "" || wrongAddress(hop["for"]) != "" {
			return "Value must be a list of by and for with public IP addresses"
		}
		if i > 0 {
			continue
		}
		if own := all.Get("Gov-Vendor-Public-IP"); own != "" && !sameAddress(own, hop["by"]) {
			return "The first by must be Gov-Vendor-Public-IP"
		}
		if client := all.Get("Gov-Client-Public-IP"); client != "" && !sameAddress(client, hop["for"]) {
			return "The first for must be Gov-Client-Public-IP"
		}
	}
	return ""
}

func sameAddress(x, y string) bool {
	a, errA := netip.ParseAddr(x)
	b, errB := netip.ParseAddr(y)
	return errA == nil && errB == nil && a == b
}

func wrongProduct(v string, _ http.Header) string {
	if token.MatchString(v) {
		return ""
	}
	return "Value must be percent-encoded"
}
