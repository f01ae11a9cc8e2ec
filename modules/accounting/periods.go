package accounting

import (
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/base"
)

// Periods returns the VAT periods of a company, the latest first: those that its stagger
// gives until today, and those that HMRC said ([PeriodOf]). None for a company that is
// not registered. NotFound for a company that the asker may not see.
func Periods(e *record.Env, company int64) ([]Period, error) {
	if err := mayRead(e, company); err != nil {
		return nil, err
	}
	act := e.Sudo("VAT periods of the company")
	v, err := RegistrationOf(act, company)
	if err != nil {
		return nil, err
	}
	if err := openPeriods(act, company, v); err != nil {
		return nil, err
	}
	return record.Find[Period](act, record.Query{Filter: onCompany(company), Order: "starts desc"})
}

// PeriodFor returns the VAT period of a company that a day lies in. Invalid where the
// company declares no VAT on that day.
func PeriodFor(e *record.Env, company int64, day record.Date) (Period, error) {
	if err := mayRead(e, company); err != nil {
		return Period{}, err
	}
	act := e.Sudo("VAT periods of the company")
	p, err := record.First[Period](act, record.Query{Filter: domain.And{onCompany(company), covers(day)}, Order: "starts desc"})
	if !fault.Is(err, fault.NotFound) {
		return p, err
	}
	v, err := RegistrationOf(act, company)
	if err != nil {
		return Period{}, err
	}
	s, err := v.spanOf(day)
	if err != nil {
		return Period{}, err
	}
	return openPeriod(act, company, s, v.due(s.ends))
}

// PeriodOf returns the VAT period of a company with these days, both included, as an
// obligation of HMRC's names it; it is opened when there is none. What the stagger gave
// otherwise for these days goes, unless somebody has worked on it. due may be empty.
func PeriodOf(e *record.Env, company int64, starts, ends, due record.Date) (Period, error) {
	if err := mayRead(e, company); err != nil {
		return Period{}, err
	}
	if date(starts).IsZero() || date(ends).IsZero() || ends < starts {
		return Period{}, fault.New(fault.Invalid, "A VAT period needs a first and a last day.").Keyed("accounting.period.days", nil)
	}
	var p Period
	err := e.Write(func(in *record.Env) error {
		act := in.Sudo("VAT periods of the company")
		var err error
		if p, err = openPeriod(act, company, span{starts, ends}, due); err != nil {
			return err
		}
		return supersede(act, p)
	})
	return p, err
}

// supersede removes the periods that share days with one that HMRC has named, as far as
// nobody has reviewed, adjusted or closed them.
func supersede(e *record.Env, named Period) error {
	found, err := record.Find[Period](e, record.Query{Filter: domain.And{onCompany(int64(named.CompanyID)),
		domain.Cond{Path: "id", Op: domain.Ne, Value: named.ID}, domain.Cond{Path: "state", Op: domain.Eq, Value: Open}, domain.Cond{Path: "frozen_at", Op: domain.Eq, Value: nil},
		domain.Cond{Path: "adjustments", Op: domain.Eq, Value: nil},
		domain.Cond{Path: "starts", Op: domain.Le, Value: string(named.Ends)}, domain.Cond{Path: "ends", Op: domain.Ge, Value: string(named.Starts)}}})
	for i := range found {
		if err := record.Delete(e, &found[i]); err != nil {
			return err
		}
	}
	return err
}

// Previous returns the period that ends before another begins; false when there is none.
func Previous(e *record.Env, p Period) (Period, bool, error) {
	before, err := record.First[Period](e.Sudo("the VAT period before"), record.Query{Order: "ends desc",
		Filter: domain.And{onCompany(int64(p.CompanyID)), domain.Cond{Path: "ends", Op: domain.Lt, Value: string(p.Starts)}}})
	if fault.Is(err, fault.NotFound) {
		return Period{}, false, nil
	}
	return before, err == nil, err
}

// mayRead refuses those who may not see the books of a company. What is worked out for
// them then is worked out of all its documents.
func mayRead(e *record.Env, company int64) error {
	if !e.Can(record.OpRead, record.InfoOf[Invoice](e.Registry())) {
		return fault.New(fault.Forbidden, "You have no right to see the books.").Keyed("accounting.forbidden", nil)
	}
	_, err := record.RowOf(e, "base.company", company, nil)
	return err
}

// openPeriods makes the periods of a company until today.
func openPeriods(e *record.Env, company int64, v VATRegistration) error {
	if !v.Registered() {
		return nil
	}
	wanted, err := v.spans(toDate(e.Now))
	if err != nil || len(wanted) == 0 {
		return err
	}
	there, err := record.Find[Period](e, record.Query{Filter: onCompany(company)})
	if err != nil {
		return err
	}
	for _, s := range wanted {
		if !taken(there, s) {
			if _, err := openPeriod(e, company, s, v.due(s.ends)); err != nil {
				return err
			}
		}
	}
	return nil
}

// taken reports whether some period has a day of the span: one that HMRC has named may be
// cut otherwise.
func taken(there []Period, s span) bool {
	for _, p := range there {
		if p.Starts <= s.ends && p.Ends >= s.starts {
			return true
		}
	}
	return false
}

// openPeriod returns the period with these days, made when there is none. Another who
// makes it at the same moment is waited for.
func openPeriod(e *record.Env, company int64, s span, due record.Date) (Period, error) {
	var p Period
	err := e.Write(func(in *record.Env) error {
		if err := hold(in, "base_company", company, "NO KEY UPDATE"); err != nil {
			return err
		}
		var err error
		p, err = record.First[Period](in, record.Query{Filter: domain.And{onCompany(company),
			domain.Cond{Path: "starts", Op: domain.Eq, Value: string(s.starts)}, domain.Cond{Path: "ends", Op: domain.Eq, Value: string(s.ends)}}})
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		c, err := record.Get[base.Company](in, company)
		if err != nil {
			return err
		}
		p = Period{Name: s.name(), CompanyID: record.ID(company), Starts: s.starts, Ends: s.ends, Due: due, State: Open, CurrencyID: c.CurrencyID}
		return record.Save(in, &p)
	})
	return p, err
}

// firstOpen is the first day from day on that lies in no closed period.
func firstOpen(e *record.Env, company int64, day record.Date) (record.Date, error) {
	closed, err := record.Find[Period](e.Sudo("closed VAT periods"), record.Query{Order: "starts", Filter: domain.And{
		onCompany(company), domain.Cond{Path: "state", Op: domain.Eq, Value: Closed}, domain.Cond{Path: "ends", Op: domain.Ge, Value: string(day)}}})
	for _, p := range closed {
		if p.Starts <= day && p.Ends >= day {
			day = nextDay(p.Ends)
		}
	}
	return day, err
}

// nextOpen is the first day behind another that lies in no closed period.
func nextOpen(e *record.Env, company int64, behind record.Date) (record.Date, error) {
	return firstOpen(e, company, nextDay(behind))
}

// openPeriodsDaily opens the periods of all companies as they begin.
func openPeriodsDaily() jobs.Job {
	return jobs.Job{Name: "accounting.open_periods", Title: "Open VAT periods", Every: 24 * time.Hour, Run: func(e *record.Env, _ []byte) (bool, error) {
		companies, err := record.Find[base.Company](e, record.Query{Filter: domain.Cond{Path: "vat_from", Op: domain.Ne, Value: nil}})
		if err != nil {
			return false, err
		}
		for _, c := range companies {
			v, err := RegistrationOf(e, c.ID)
			if err != nil {
				return false, err
			}
			if err := openPeriods(e, c.ID, v); err != nil {
				return false, err
			}
		}
		return false, nil
	}}
}
