package hmrcsim

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// account is what HMRC holds of a business that is registered for VAT.
type account struct {
	Business
	// Settled is the end of the last period that was filed before the stand-in looked:
	// the last but one that is over, so that there is something to file.
	Settled time.Time
	Filed   []*filed
}

// filed is a return that was submitted.
type filed struct {
	Key      string
	Boxes    [9]decimal.Decimal
	Received time.Time
	Receipt  receipt
	Headers  map[string]string // of the receipt
}

// receipt is the body of the answer to a submission.
type receipt struct {
	ProcessingDate   string `json:"processingDate"`
	FormBundleNumber string `json:"formBundleNumber"`
	PaymentIndicator string `json:"paymentIndicator,omitempty"`
	ChargeRefNumber  string `json:"chargeRefNumber,omitempty"`
}

// open opens the account of a business.
func (s *Sim) open(b Business) *account {
	now := today(s.now())
	if b.Registered.IsZero() {
		b.Registered = date(now.Year()-2, now.Month(), 1)
	}
	a := &account{Business: b}
	if over := b.periods(b.Registered, now.AddDate(0, 0, -1)); len(over) > 1 {
		a.Settled = over[len(over)-2].End
	}
	return a
}

// filing finds a return, submitted here or before the stand-in looked; nil when there is
// none.
func (a *account) filing(p period) *filed {
	if i := slices.IndexFunc(a.Filed, func(f *filed) bool { return f.Key == p.Key }); i >= 0 {
		return a.Filed[i]
	}
	if p.End.After(a.Settled) || p.Start.Before(a.Registered.AddDate(0, -3, 0)) {
		return nil
	}
	return a.earlier(p)
}

// earlier is a return from before: figures made of the business and the period, always
// the same, received three days early.
func (a *account) earlier(p period) *filed {
	sum := sha256.Sum256([]byte(a.VRN + p.Key))
	amount := func(at int, most int64) decimal.Decimal {
		return decimal.New((int64(sum[at])<<16|int64(sum[at+1])<<8|int64(sum[at+2]))%most, -2)
	}
	sales, acquired, reclaimed := amount(0, 2_400_000), amount(3, 90_000), amount(6, 1_500_000)
	total := sales.Add(acquired)
	pounds := func(v decimal.Decimal) decimal.Decimal { return v.Mul(decimal.NewFromInt(5)).Truncate(0) }
	return &filed{
		Key: p.Key,
		Boxes: [9]decimal.Decimal{sales, acquired, total, reclaimed, total.Sub(reclaimed).Abs(),
			pounds(sales), pounds(reclaimed), decimal.Zero, pounds(acquired)},
		Received: p.Due.AddDate(0, 0, -3),
		Receipt:  receipt{FormBundleNumber: digitsOf(hex.EncodeToString(sum[:]), 12)},
	}
}

// period finds the period with a key, among those from the registration to the current one.
func (a *account) period(key string, now time.Time) (period, bool) {
	all := a.periods(a.Registered, now.AddDate(0, 3, 0))
	i := slices.IndexFunc(all, func(p period) bool { return p.Key == key && !p.Start.After(now) })
	if i < 0 {
		return period{}, false
	}
	return all[i], true
}

// balance is box 3 less box 4: due when it is above zero.
func (f *filed) balance() decimal.Decimal { return f.Boxes[2].Sub(f.Boxes[3]) }
