package hmrc_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
)

func pounds(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func TestBoxes(t *testing.T) {
	t.Parallel()
	b := hmrc.Boxes{VATDueSales: pounds("105.50"), VATDueAcquisitions: pounds("-100.45"), VATReclaimed: pounds("105.15"), SalesExVAT: pounds("300")}
	if got := b.TotalVATDue(); !got.Equal(pounds("5.05")) {
		t.Errorf("box 3 is %s, want 5.05", got)
	}
	if got := b.NetVATDue(); !got.Equal(pounds("100.1")) {
		t.Errorf("box 5 is %s, want 100.10: it is never below zero", got)
	}
	if got := b.Balance(); !got.Equal(pounds("-100.1")) {
		t.Errorf("the balance is %s, want -100.10: HMRC pays back", got)
	}
	text, err := hmrc.Return{Period: "#001", Boxes: b, Finalised: true}.MarshalJSON()
	want := `{"periodKey":"#001","vatDueSales":105.50,"vatDueAcquisitions":-100.45,"totalVatDue":5.05,"vatReclaimedCurrPeriod":105.15,"netVatDue":100.10,` +
		`"totalValueSalesExVAT":300,"totalValuePurchasesExVAT":0,"totalValueGoodsSuppliedExVAT":0,"totalAcquisitionsExVAT":0,"finalised":true}`
	if err != nil || string(text) != want {
		t.Errorf("the return is written as\n%s (%v), want\n%s", text, err, want)
	}
	other := b
	other.SalesExVAT, other.VATReclaimed = pounds("301"), pounds("105.16")
	if got := b.Figures().Differences(other.Figures()); !slices.Equal(got, []int{4, 5, 6}) {
		t.Errorf("boxes %v differ, want 4, 5 and 6", got)
	}
}

func TestPeriodKey(t *testing.T) {
	t.Parallel()
	k, err := hmrc.ParsePeriodKey("#001")
	if err != nil || k.Escape() != "%23001" {
		t.Errorf("#001 is escaped as %q (%v), want %%23001", k.Escape(), err)
	}
	if shown := fmt.Sprint(k) + fmt.Sprintf("%v %+v %#v %s %q", k, k, k, k, k); strings.Contains(shown, "001") {
		t.Errorf("printing shows the key: %s", shown)
	}
	for _, bad := range []string{"", "18a1", "18A", "18A11", "18A/", "１８A1", "18A\n"} {
		if _, err := hmrc.ParsePeriodKey(bad); err == nil {
			t.Errorf("%q is taken for a period key", bad)
		} else if strings.Contains(err.Error(), "18") {
			t.Errorf("the refusal of %q shows it: %v", bad, err)
		}
	}
}

func TestParseVRN(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]hmrc.VRN{"GB123456789": "123456789", " gb 123 4567 89": "123456789", "123456789": "123456789",
		"FR40303265045": "", "GB12345678": "", "GB12345678X": "", "GB123456789001": ""} {
		got, err := hmrc.ParseVRN(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is read as %q (%v), want %q", in, got, err, want)
		}
	}
	if got := hmrc.VRN("123456789").Printed(); got != "GB 123 4567 89" {
		t.Errorf("it is printed as %q", got)
	}
}

func TestCheckRedirectURI(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://erp.example.com/oauth2/callback": "", "http://localhost:8069/oauth2/callback": "",
		"http://127.0.0.1:8069/oauth2/callback": "mtd_vat.redirect.address", "https://[::1]/cb": "mtd_vat.redirect.address",
		"http://erp.example.com/cb": "mtd_vat.redirect.scheme", "https://erp.example.com/cb#x": "mtd_vat.redirect.invalid",
		"/oauth2/callback": "mtd_vat.redirect.invalid", "tessera:cb": "mtd_vat.redirect.invalid",
	} {
		if got := keyOf(hmrc.CheckRedirectURI(uri)); got != want {
			t.Errorf("%s: %q, want %q", uri, got, want)
		}
	}
}

// Receipts are read with every form of time that HMRC has been seen to write; one that
// lacks what HMRC always sends is no receipt.
func TestParseReceipt(t *testing.T) {
	t.Parallel()
	at := time.Date(2018, 1, 16, 8, 20, 27, 895e6, time.UTC)
	header := http.Header{}
	header.Set("Receipt-ID", "2dd537bc-4244-4ebf-bac9-96321be13cdc")
	header.Set("Receipt-Timestamp", "2018-02-14T09:32:15Z")
	header.Set("X-CorrelationId", "c75f40a6-a3df-4429-a697-471eeec46435")
	for _, when := range []string{"2018-01-16T08:20:27.895+0000", "2018-01-16T08:20:27.895Z", "2018-01-16T09:20:27.895+01:00", "2018-01-16T08:20:27.895"} {
		got, err := hmrc.ParseReceipt(header, []byte(`{"processingDate":"`+when+`","paymentIndicator":"BANK","formBundleNumber":"256660290587","chargeRefNumber":"aCxFaNx0FZsCvyWF"}`))
		want := hmrc.Receipt{ProcessingDate: at, FormBundleNumber: "256660290587", PaymentIndicator: "BANK", ChargeRefNumber: "aCxFaNx0FZsCvyWF",
			ReceiptID: "2dd537bc-4244-4ebf-bac9-96321be13cdc", ReceiptTimestamp: time.Date(2018, 2, 14, 9, 32, 15, 0, time.UTC), CorrelationID: "c75f40a6-a3df-4429-a697-471eeec46435"}
		if err != nil || got != want {
			t.Errorf("%s: %+v (%v), want %+v", when, got, err, want)
		}
	}
	for _, body := range []string{``, `{}`, `<html>`, `{"processingDate":"yesterday","formBundleNumber":"1"}`, `{"processingDate":"2018-01-16T08:20:27Z"}`} {
		if _, err := hmrc.ParseReceipt(header, []byte(body)); err == nil {
			t.Errorf("%q is taken for a receipt", body)
		}
	}
}

func TestClient(t *testing.T) {
	t.Parallel()
	peer := netip.MustParseAddrPort("10.0.0.9:40000")
	for _, c := range []struct {
		name  string
		lines []string
		hops  int
		want  string // "" is none
	}{
		{"Peer", nil, 0, "10.0.0.9:40000"},
		{"PeerWhateverIsClaimed", []string{"198.51.100.7"}, 0, "10.0.0.9:40000"},
		{"OneProxy", []string{"203.0.113.1, 198.51.100.7"}, 1, "198.51.100.7:0"},
		{"TwoProxies", []string{"203.0.113.1, 198.51.100.7, 10.0.0.1"}, 2, "198.51.100.7:0"},
		{"OverLines", []string{"203.0.113.1", "198.51.100.7", "10.0.0.1"}, 2, "198.51.100.7:0"},
		{"WithPort", []string{"198.51.100.7:51234"}, 1, "198.51.100.7:51234"},
		{"SixWithPort", []string{"[2001:db8::1]:51234"}, 1, "[2001:db8::1]:51234"},
		{"SixInBrackets", []string{"[2001:db8::1]"}, 1, "[2001:db8::1]:0"},
		{"FourInSix", []string{"::ffff:198.51.100.7"}, 1, "198.51.100.7:0"},
		{"ErrTooFew", []string{"198.51.100.7"}, 2, ""},
		{"ErrNone", nil, 1, ""},
		{"ErrNoAddress", []string{"unknown"}, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, found := hmrc.Client(c.lines, peer, c.hops)
			if found != (c.want != "") || found && got.String() != c.want {
				t.Errorf("the client is %s (%t), want %q", got, found, c.want)
			}
		})
	}
}

// What is not known is left out and named; nothing is invented.
func TestHeadersLeftOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*hmrc.Evidence)
		want   map[string]hmrc.Reason
	}{
		{"NoScript", func(e *hmrc.Evidence) { e.Device = nil }, map[string]hmrc.Reason{
			"Gov-Client-Browser-JS-User-Agent": hmrc.NoScript, "Gov-Client-Screens": hmrc.NoScript,
			"Gov-Client-Timezone": hmrc.NoScript, "Gov-Client-Window-Size": hmrc.NoScript}},
		{"PasswordOnly", func(e *hmrc.Evidence) { e.Factors = nil }, map[string]hmrc.Reason{"Gov-Client-Multi-Factor": hmrc.NoSecondFactor}},
		{"Loopback", func(e *hmrc.Evidence) {
			e.Client, e.Vendor.PublicIP = netip.MustParseAddrPort("127.0.0.1:50000"), netip.Addr{}
		}, map[string]hmrc.Reason{
			"Gov-Client-Public-IP": hmrc.NotPublic, "Gov-Client-Public-IP-Timestamp": hmrc.NotPublic,
			"Gov-Vendor-Forwarded": hmrc.NotConfigured, "Gov-Vendor-Public-IP": hmrc.NotConfigured}},
		{"ProxyHidesPort", func(e *hmrc.Evidence) { e.Client = netip.AddrPortFrom(e.Client.Addr(), 0) },
			map[string]hmrc.Reason{"Gov-Client-Public-Port": hmrc.UnknownPort}},
		{"ServersPort", func(e *hmrc.Evidence) { e.Client = netip.AddrPortFrom(e.Client.Addr(), 443) },
			map[string]hmrc.Reason{"Gov-Client-Public-Port": hmrc.UnknownPort}},
		{"NoClient", func(e *hmrc.Evidence) { e.Client = netip.AddrPort{} }, map[string]hmrc.Reason{
			"Gov-Client-Public-IP": hmrc.UnknownClient, "Gov-Client-Public-IP-Timestamp": hmrc.UnknownClient,
			"Gov-Client-Public-Port": hmrc.UnknownClient, "Gov-Vendor-Forwarded": hmrc.UnknownClient}},
		{"NoLicence", func(e *hmrc.Evidence) { e.Vendor.Licences = nil }, map[string]hmrc.Reason{"Gov-Vendor-License-IDs": hmrc.NoLicence}},
		{"NothingSet", func(e *hmrc.Evidence) { e.Vendor.Product, e.Vendor.Versions = "", nil }, map[string]hmrc.Reason{
			"Gov-Vendor-Product-Name": hmrc.NotConfigured, "Gov-Vendor-Version": hmrc.NotConfigured}},
		{"NoCookie", func(e *hmrc.Evidence) { e.DeviceID = "" }, map[string]hmrc.Reason{"Gov-Client-Device-ID": hmrc.NoCookie}},
		{"ErrDevice", func(e *hmrc.Evidence) { e.DeviceID = "device-1" }, map[string]hmrc.Reason{"Gov-Client-Device-ID": hmrc.NotUnderstood}},
		{"ErrScreen", func(e *hmrc.Evidence) { e.Device.Screens[1].Width = 0 }, map[string]hmrc.Reason{"Gov-Client-Screens": hmrc.NotUnderstood}},
		{"ErrScaling", func(e *hmrc.Evidence) { e.Device.Screens[0].Scaling = "1&x=2" }, map[string]hmrc.Reason{"Gov-Client-Screens": hmrc.NotUnderstood}},
		{"ErrWindow", func(e *hmrc.Evidence) { e.Device.Window.Height = -1 }, map[string]hmrc.Reason{"Gov-Client-Window-Size": hmrc.NotUnderstood}},
		{"ErrZone", func(e *hmrc.Evidence) { e.Device.OffsetMinutes = 9000 }, map[string]hmrc.Reason{"Gov-Client-Timezone": hmrc.NotUnderstood}},
		{"ErrLineEnd", func(e *hmrc.Evidence) { e.Device.UserAgent = "x\r\nAuthorization: y" }, map[string]hmrc.Reason{"Gov-Client-Browser-JS-User-Agent": hmrc.NotUnderstood}},
		{"ErrNotASCII", func(e *hmrc.Evidence) { e.Device.UserAgent = "Mozilla/5.0 (é)" }, map[string]hmrc.Reason{"Gov-Client-Browser-JS-User-Agent": hmrc.NotUnderstood}},
		{"ErrFactor", func(e *hmrc.Evidence) { e.Factors[0].Type = "SMS" }, map[string]hmrc.Reason{"Gov-Client-Multi-Factor": hmrc.NotUnderstood}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := evidence()
			c.change(&e)
			got, left := e.Headers()
			named := map[string]hmrc.Reason{}
			for _, o := range left {
				named[o.Header] = o.Reason
				if got.Values(o.Header) != nil {
					t.Errorf("%s is left out and sent", o.Header)
				}
			}
			if fmt.Sprint(named) != fmt.Sprint(c.want) || len(got)+len(left) != 16 {
				t.Errorf("left out: %v, want %v", named, c.want)
			}
		})
	}
}

// Keys and values are percent-encoded, the separators between them are not.
func TestHeadersEncode(t *testing.T) {
	t.Parallel()
	e := evidence()
	e.Users = []hmrc.Pair{{"tessera", "marc+vat@example.com"}, {"id", "a&b=c, d"}}
	e.Vendor.PublicIP = netip.MustParseAddr("2001:db8:85a3::8a2e:370:7334")
	e.Vendor.Hops = []hmrc.Hop{{netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("203.0.113.6")}, {netip.MustParseAddr("176.30.57.118"), netip.MustParseAddr("203.0.113.6")}}
	got, _ := e.Headers()
	for name, want := range map[string]string{
		"Gov-Client-User-IDs":  "tessera=marc%2Bvat%40example.com&id=a%26b%3Dc%2C%20d",
		"Gov-Vendor-Forwarded": "by=2001%3Adb8%3A85a3%3A%3A8a2e%3A370%3A7334&for=198.51.100.0,by=176.30.57.118&for=203.0.113.6",
		"Gov-Vendor-Public-IP": "2001:db8:85a3::8a2e:370:7334",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}
