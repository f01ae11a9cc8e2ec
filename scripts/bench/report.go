package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// budget is what a case is asked for; a zero field asks for nothing.
type budget struct {
	ratio float64       // to the no-op, at least
	p99   time.Duration // at most
	most  float64       // of a single figure, in its unit
	least float64       // the same, from below
}

// line is one line of the report, and one object of its JSON.
type line struct {
	Name   string  `json:"name"`
	Ops    float64 `json:"ops_per_second,omitempty"`
	P50    float64 `json:"p50_ms,omitempty"`
	P99    float64 `json:"p99_ms,omitempty"`
	Noop   float64 `json:"noop_per_second,omitempty"`
	Ratio  float64 `json:"ratio,omitempty"`
	Failed int     `json:"failed"`
	Figure float64 `json:"figure,omitempty"`
	Unit   string  `json:"unit,omitempty"`
	Budget string  `json:"budget,omitempty"`
	OK     bool    `json:"ok"`
	Error  string  `json:"error,omitempty"`
}

// judge makes the line of a case from what it did, and what the no-op did around it.
func judge(name string, s, noop sample, b budget) line {
	l := line{
		Name: name, Ops: s.perSecond(), P50: milli(s.quantile(.5)), P99: milli(s.quantile(.99)),
		Noop: noop.perSecond(), Failed: s.failed, OK: s.failed == 0 && s.ops > 0,
	}
	if l.Noop > 0 {
		l.Ratio = l.Ops / l.Noop
	}
	if s.first != nil {
		l.Error = s.first.Error()
	}
	if b.ratio > 0 {
		l.Budget = fmt.Sprintf("ratio ≥ %.2f", b.ratio)
		l.OK = l.OK && l.Ratio >= b.ratio
	}
	if b.p99 > 0 {
		l.Budget = fmt.Sprintf("no error, p99 < %s", b.p99)
		l.OK = l.OK && s.quantile(.99) < b.p99
	}
	return l
}

// figure is a line with one number that must not be above the budget, or below it.
func figure(name string, value float64, unit string, b budget) line {
	plain, _, _ := strings.Cut(" "+unit, " (") // what follows explains the number
	plain = strings.TrimSpace(plain)
	if b.least > 0 {
		return line{Name: name, Figure: value, Unit: unit, Budget: strings.TrimSpace(fmt.Sprintf("≥ %g %s", b.least, plain)), OK: value >= b.least}
	}
	return line{Name: name, Figure: value, Unit: unit, Budget: strings.TrimSpace(fmt.Sprintf("≤ %g %s", b.most, plain)), OK: value <= b.most}
}

func milli(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// print writes the lines as a table for people.
func print(w io.Writer, lines []line) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\tops/s\tp50 ms\tp99 ms\tno-op/s\tratio\tfailed\tbudget\t")
	for _, l := range lines {
		verdict := "ok"
		if !l.OK {
			verdict = "MISSED"
		}
		if l.Budget == "" && l.OK {
			verdict = ""
		}
		if l.Unit != "" {
			fmt.Fprintf(t, "%s\t%.3g %s\t\t\t\t\t\t%s\t%s\n", l.Name, l.Figure, l.Unit, l.Budget, verdict)
			continue
		}
		fmt.Fprintf(t, "%s\t%.0f\t%.2f\t%.2f\t%.0f\t%.3f\t%d\t%s\t%s\n", l.Name, l.Ops, l.P50, l.P99, l.Noop, l.Ratio, l.Failed, l.Budget, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, l := range lines {
		if l.Error != "" {
			fmt.Fprintf(w, "%s: first failure: %s\n", l.Name, strings.TrimSpace(l.Error))
		}
	}
	return nil
}
