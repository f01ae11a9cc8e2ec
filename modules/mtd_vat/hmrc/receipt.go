package hmrc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Receipt is what HMRC answers to a submission. It cannot be fetched again: keep all of it.
type Receipt struct {
	ProcessingDate   time.Time // UTC
	FormBundleNumber string    // twelve digits
	PaymentIndicator string    // DD: HMRC collects; BANK: HMRC pays back; "" neither
	ChargeRefNumber  string    // only when there is something to pay
	ReceiptID        string
	ReceiptTimestamp time.Time
	CorrelationID    string
}

// ParseReceipt reads a 201 answer. A receipt without the two parts that HMRC always
// sends is an error: the outcome then is unknown, not filed.
func ParseReceipt(header http.Header, body []byte) (Receipt, error) {
	var wire struct {
		ProcessingDate   string `json:"processingDate"`
		FormBundleNumber string `json:"formBundleNumber"`
		PaymentIndicator string `json:"paymentIndicator"`
		ChargeRefNumber  string `json:"chargeRefNumber"`
	}
	if err := json.Unmarshal(body, &wire); err != nil {
		return Receipt{}, fmt.Errorf("reading HMRC’s receipt: %w", err)
	}
	r := Receipt{
		FormBundleNumber: wire.FormBundleNumber,
		PaymentIndicator: wire.PaymentIndicator,
		ChargeRefNumber:  wire.ChargeRefNumber,
		ReceiptID:        header.Get("Receipt-ID"),
		CorrelationID:    CorrelationID(header),
	}
	var err error
	if r.ProcessingDate, err = timestamp(wire.ProcessingDate); err != nil {
		return Receipt{}, fmt.Errorf("reading HMRC’s receipt: processingDate: %w", err)
	}
	if r.FormBundleNumber == "" {
		return Receipt{}, fmt.Errorf("reading HMRC’s receipt: it has no form bundle number")
	}
	if s := header.Get("Receipt-Timestamp"); s != "" {
		if r.ReceiptTimestamp, err = timestamp(s); err != nil {
			return Receipt{}, fmt.Errorf("reading HMRC’s receipt: Receipt-Timestamp: %w", err)
		}
	}
	return r, nil
}

// CorrelationID is HMRC's name of one call, which its support asks for.
func CorrelationID(header http.Header) string { return header.Get("X-CorrelationId") }

// timestamp reads the forms that HMRC writes: with Z, +00:00 or +0000, or without a zone (UTC).
func timestamp(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time", s)
}
