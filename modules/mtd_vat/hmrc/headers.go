package hmrc

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Evidence is what the fraud prevention headers are made of (specification 3.3, a web
// application that calls through its server). What is not known stays empty: it is left
// out of the headers and named, never invented.
type Evidence struct {
	// Device is what the script on the wizard's page found; nil without script.
	Device *Device
	// DeviceID is a UUID from a cookie that does not expire.
	DeviceID string
	// Users are the names of the person in our software, e.g. tessera=marc@example.com.
	Users []Pair
	// Factors are the second factors of the person's sign-in with us; none with a
	// password alone.
	Factors []Factor

	Client netip.AddrPort // where the browser's request came from, see [Client]
	Seen   time.Time      // when

	Vendor Vendor
}

// Vendor is what the operator and the build say about this server.
type Vendor struct {
	Product  string // marketed name, or the company's
	Versions []Pair // software=version
	Licences []Pair // software=hash of the licence; usually none
	PublicIP netip.Addr
	// Hops are those behind the first public one, in order; usually none.
	Hops []Hop
}

// Hop is one internet hop of a request: who received it, and from whom.
type Hop struct{ By, For netip.Addr }

// Pair is a key with its value.
type Pair struct{ Key, Value string }

// Device is what a browser tells about the machine that it runs on.
type Device struct {
	UserAgent string   `json:"userAgent"` // navigator.userAgent
	Screens   []Screen `json:"screens"`
	Window    Window   `json:"window"`
	// OffsetMinutes is how far the local time is ahead of UTC.
	OffsetMinutes int `json:"offsetMinutes"`
}

// Screen is one display; Scaling is devicePixelRatio as the browser writes it.
type Screen struct {
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Scaling string `json:"scaling"`
	Depth   int    `json:"depth"`
}

// Window is the browser's, in pixels.
type Window struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Factor is a second factor that was given at our sign-in.
type Factor struct {
	Type      string // TOTP, AUTH_CODE or OTHER
	Time      time.Time
	Reference string // a salted hash that names the device, never the secret
}

// Reason is why a header was left out. Its text is in the locales, under Key.
type Reason string

// The reasons.
const (
	NoScript       Reason = "no_script"      // the browser ran none
	NoCookie       Reason = "no_cookie"      // the browser kept no device cookie
	NoSecondFactor Reason = "no_factor"      // signed in with a password alone
	NotPublic      Reason = "not_public"     // a private or loopback address
	UnknownClient  Reason = "unknown_client" // X-Forwarded-For has fewer entries than hops are trusted
	UnknownPort    Reason = "unknown_port"   // the proxy does not tell, or it is the server's
	NotConfigured  Reason = "not_configured" // the operator has not set it
	NoLicence      Reason = "no_licence"     // this software has no licence keys
	NotUnderstood  Reason = "not_understood" // what was collected is not of the form that HMRC takes
)

// Key is the key of the reason's sentence.
func (r Reason) Key() string { return "mtd_vat.omitted." + string(r) }

// Reasons are all of them.
var Reasons = []Reason{NoScript, NoCookie, NoSecondFactor, NotPublic, UnknownClient, UnknownPort, NotConfigured, NoLicence, NotUnderstood}

// Omission is a header that was left out, for the administrator to read.
type Omission struct {
	Header string
	Reason Reason
}

// header makes one header of the evidence: its value, or why there is none.
type header struct {
	name  string
	value func(Evidence) (string, Reason)
}

// headers are the sixteen that the law asks for, in the specification's order.
var headers = []header{
	{"Gov-Client-Connection-Method", func(Evidence) (string, Reason) { return "WEB_APP_VIA_SERVER", "" }},
	{"Gov-Client-Browser-JS-User-Agent", userAgent},
	{"Gov-Client-Device-ID", deviceID},
	{"Gov-Client-Multi-Factor", factors},
	{"Gov-Client-Public-IP", func(e Evidence) (string, Reason) { return clientIP(e) }},
	{"Gov-Client-Public-IP-Timestamp", clientSeen},
	{"Gov-Client-Public-Port", clientPort},
	{"Gov-Client-Screens", screens},
	{"Gov-Client-Timezone", timezone},
	{"Gov-Client-User-IDs", func(e Evidence) (string, Reason) { return pairs(e.Users, NotUnderstood) }},
	{"Gov-Client-Window-Size", window},
	{"Gov-Vendor-Forwarded", forwarded},
	{"Gov-Vendor-License-IDs", func(e Evidence) (string, Reason) { return pairs(e.Vendor.Licences, NoLicence) }},
	{"Gov-Vendor-Product-Name", product},
	{"Gov-Vendor-Public-IP", vendorIP},
	{"Gov-Vendor-Version", func(e Evidence) (string, Reason) { return pairs(e.Vendor.Versions, NotConfigured) }},
}

// HeaderNames are the sixteen headers.
func HeaderNames() []string {
	out := make([]string, len(headers))
	for i, h := range headers {
		out[i] = h.name
	}
	return out
}

// Headers makes the headers of a call, and names those that the evidence does not
// suffice for.
func (e Evidence) Headers() (http.Header, []Omission) {
	out := http.Header{}
	var left []Omission
	for _, h := range headers {
		value, why := h.value(e)
		switch {
		case why != "":
			left = append(left, Omission{h.name, why})
		case !printable(value):
			left = append(left, Omission{h.name, NotUnderstood})
		default:
			out.Set(h.name, value)
		}
	}
	return out, left
}

// printable reports whether a value may stand in a header: US-ASCII, and no line ends.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= 8<<10
}

// encode percent-encodes a key or value; the separators around it stay as they are.
func encode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// pairs writes key=value&key=value; none of them is the reason given.
func pairs(list []Pair, none Reason) (string, Reason) {
	if len(list) == 0 {
		return "", none
	}
	out := make([]string, len(list))
	for i, p := range list {
		if p.Key == "" || p.Value == "" {
			return "", NotUnderstood
		}
		out[i] = encode(p.Key) + "=" + encode(p.Value)
	}
	return strings.Join(out, "&"), ""
}

func userAgent(e Evidence) (string, Reason) {
	if e.Device == nil || e.Device.UserAgent == "" {
		return "", NoScript
	}
	return e.Device.UserAgent, ""
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func deviceID(e Evidence) (string, Reason) {
	switch {
	case e.DeviceID == "":
		return "", NoCookie
	case !uuid.MatchString(e.DeviceID):
		return "", NotUnderstood
	}
	return e.DeviceID, ""
}

func factors(e Evidence) (string, Reason) {
	if len(e.Factors) == 0 {
		return "", NoSecondFactor
	}
	out := make([]string, len(e.Factors))
	for i, f := range e.Factors {
		if f.Type != "TOTP" && f.Type != "AUTH_CODE" && f.Type != "OTHER" || f.Time.IsZero() || f.Reference == "" {
			return "", NotUnderstood
		}
		out[i] = "type=" + f.Type + "&timestamp=" + encode(f.Time.UTC().Format("2006-01-02T15:04Z")) + "&unique-reference=" + encode(f.Reference)
	}
	return strings.Join(out, ","), ""
}

func clientIP(e Evidence) (string, Reason) {
	switch a := e.Client.Addr(); {
	case !a.IsValid():
		return "", UnknownClient
	case !IsPublic(a):
		return "", NotPublic
	default:
		return a.Unmap().String(), ""
	}
}

// clientSeen is when the address was seen, so without an address there is nothing to say.
func clientSeen(e Evidence) (string, Reason) {
	if _, why := clientIP(e); why != "" {
		return "", why
	}
	if e.Seen.IsZero() {
		return "", NotUnderstood
	}
	return e.Seen.UTC().Format("2006-01-02T15:04:05.000Z"), ""
}

func clientPort(e Evidence) (string, Reason) {
	switch p := e.Client.Port(); {
	case !e.Client.Addr().IsValid():
		return "", UnknownClient
	case p == 0, p == 80, p == 443:
		return "", UnknownPort
	default:
		return strconv.Itoa(int(p)), ""
	}
}

var scaling = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,20})?$`)

func screens(e Evidence) (string, Reason) {
	if e.Device == nil || len(e.Device.Screens) == 0 {
		return "", NoScript
	}
	out := make([]string, len(e.Device.Screens))
	for i, s := range e.Device.Screens {
		if s.Width < 1 || s.Height < 1 || s.Depth < 1 || !scaling.MatchString(s.Scaling) {
			return "", NotUnderstood
		}
		out[i] = fmt.Sprintf("width=%d&height=%d&scaling-factor=%s&colour-depth=%d", s.Width, s.Height, s.Scaling, s.Depth)
	}
	return strings.Join(out, ","), ""
}

func timezone(e Evidence) (string, Reason) {
	if e.Device == nil {
		return "", NoScript
	}
	minutes, sign := e.Device.OffsetMinutes, '+'
	if minutes < 0 {
		minutes, sign = -minutes, '-'
	}
	if minutes > 14*60 { // no zone is further from UTC
		return "", NotUnderstood
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, minutes/60, minutes%60), ""
}

func window(e Evidence) (string, Reason) {
	switch {
	case e.Device == nil:
		return "", NoScript
	case e.Device.Window.Width < 1 || e.Device.Window.Height < 1:
		return "", NotUnderstood
	}
	return fmt.Sprintf("width=%d&height=%d", e.Device.Window.Width, e.Device.Window.Height), ""
}

func vendorIP(e Evidence) (string, Reason) {
	switch a := e.Vendor.PublicIP; {
	case !a.IsValid():
		return "", NotConfigured
	case !IsPublic(a):
		return "", NotPublic
	default:
		return a.Unmap().String(), ""
	}
}

// forwarded lists the internet hops: the first goes from the client to our public
// address; private ones are left out.
func forwarded(e Evidence) (string, Reason) {
	if _, why := vendorIP(e); why != "" {
		return "", why
	}
	if _, why := clientIP(e); why != "" {
		return "", why
	}
	hops := append([]Hop{{By: e.Vendor.PublicIP, For: e.Client.Addr()}}, e.Vendor.Hops...)
	var out []string
	for _, h := range hops {
		if IsPublic(h.By) && IsPublic(h.For) {
			out = append(out, "by="+encode(h.By.Unmap().String())+"&for="+encode(h.For.Unmap().String()))
		}
	}
	return strings.Join(out, ","), ""
}

func product(e Evidence) (string, Reason) {
	if e.Vendor.Product == "" {
		return "", NotConfigured
	}
	return encode(e.Vendor.Product), ""
}
