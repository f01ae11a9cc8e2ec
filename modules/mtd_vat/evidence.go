package mtdvat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// witnessed is what is kept with a run of what the law wants HMRC to be told about the
// browser: a step that runs after the way back from HMRC uses what the page had posted.
type witnessed struct {
	Device   *hmrc.Device   `json:",omitempty"` // nil: the browser ran no script
	DeviceID string         `json:",omitempty"`
	Client   netip.AddrPort // invalid when it is not known
	Seen     time.Time
	Factors  []hmrc.Factor `json:",omitempty"`
}

// witness looks at the request of ctx and at what the script posted. What was known before
// stays where nothing new is told.
func (w *witnessed) witness(ctx context.Context, posted string) {
	if d := readDevice(posted); d != nil {
		w.Device = d
	}
	c := web.Within(ctx)
	if c == nil || posted == "" && w.DeviceID != "" {
		return
	}
	w.DeviceID, w.Seen = c.DeviceID(), c.Env.Now
	w.Client, _ = hmrc.Client(c.Request().Header.Values("X-Forwarded-For"), c.Peer(), c.TrustedHops())
	w.Factors = nil
	if c.Session != nil && slices.Contains(c.Session.AMR, "otp") && c.Account != nil {
		sum := sha256.Sum256([]byte(c.App.DatabaseID + "\x00otp\x00" + c.Account.Subject))
		w.Factors = []hmrc.Factor{{Type: "TOTP", Time: c.Session.AuthTime, Reference: hex.EncodeToString(sum[:])}}
	}
}

// readDevice reads what device.js posted, nil for what it would not.
func readDevice(posted string) *hmrc.Device {
	var d hmrc.Device
	if posted == "" || json.Unmarshal([]byte(posted), &d) != nil || d.UserAgent == "" {
		return nil
	}
	return &d
}

// evidence is what is told to HMRC about a call of a person's.
func (w witnessed) evidence(env *record.Env) hmrc.Evidence {
	return hmrc.Evidence{Device: w.Device, DeviceID: w.DeviceID, Client: w.Client, Seen: w.Seen, Factors: w.Factors,
		Users: []hmrc.Pair{{Key: "tessera", Value: loginOf(env)}}, Vendor: vendorOf(env)}
}

// vendorOf is what this server tells of itself. Its public address is the operator's to
// say: what it listens on is another where a proxy stands in front.
func vendorOf(env *record.Env) hmrc.Vendor {
	v := hmrc.Vendor{Product: "Tessera", Versions: []hmrc.Pair{{Key: "tessera", Value: strings.TrimSpace(app.Release())}}}
	if c := web.Within(env.Context); c != nil {
		v.PublicIP = c.App.PublicIP
	}
	return v
}

type witnessKey struct{}

// telling returns an Env whose calls tell HMRC what was witnessed.
func (w witnessed) telling(env *record.Env) *record.Env {
	return env.In(context.WithValue(env.Context, witnessKey{}, w))
}

// headers sets what HMRC wants on a call: what it is told of the person's browser, and in
// a sandbox what it is to answer with. The sandbox's tools act for nobody.
func headers(env *record.Env, call oauthconsumer.Call, h http.Header) error {
	if call.Subject.Kind == oauthconsumer.Application {
		return nil
	}
	if err := tell(env, h); err != nil {
		return err
	}
	return scenarioHeader(env, call, h)
}

// tell sets the fraud prevention headers. Without a request there is nothing that could
// truthfully be told, so no call is made in the background.
func tell(env *record.Env, h http.Header) error {
	w, ok := env.Value(witnessKey{}).(witnessed)
	if !ok {
		if web.Within(env.Context) == nil {
			return fault.New(fault.Forbidden, "HMRC is called only while a person is there.").Keyed("mtd_vat.background", nil)
		}
		w.witness(env.Context, "")
	}
	told, _ := w.evidence(env).Headers()
	for name := range told {
		h.Set(name, told.Get(name))
	}
	return nil
}

// loginOf is the person's name in this software.
func loginOf(env *record.Env) string {
	if a, ok := env.User.(*web.Account); ok {
		return a.Login
	}
	return env.User.DisplayName()
}
