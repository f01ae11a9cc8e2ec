// Command bench measures the server against the numbers that it promises.
//
//	go run ./scripts/bench            # about two minutes, a table
//	go run ./scripts/bench -json      # the same as JSON
//	go run ./scripts/bench -records 1000000   # the records API, lists, previews, every page of the demo
//	go run ./scripts/bench -connections       # the way out: calls, connections, wizards
//	go run ./scripts/bench -base http://127.0.0.1:8069   # a running server that holds fixture.yaml
//
// It builds the stripped binary, starts it on a new SQLite data directory, loads
// fixture.yaml and drives it from this process over loopback, at most so long and
// so often as the flags say. Speed is given as a ratio to an echo handler that
// does nothing, in a process of its own, measured before and after every case
// with the same connections: absolute numbers say more about the machine.
//
// The exit code is 0 when all budgets hold, 1 when one is missed, 2 when
// something could not be measured.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var errMissed = errors.New("a budget is missed")

func main() {
	if len(os.Args) == 2 && os.Args[1] == yardstickArg {
		if err := serveNoop(); err != nil {
			fail(err)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == handArg {
		if err := serveByHand(os.Args[2]); err != nil {
			fail(err)
		}
		return
	}
	var p plan
	flag.IntVar(&p.connections, "c", 16, "connections")
	flag.DurationVar(&p.bounds.time, "d", 8*time.Second, "length of every case")
	flag.Int64Var(&p.bounds.count, "n", 2_000_000, "requests of a case at most")
	flag.DurationVar(&p.signIns, "sign-ins", time.Minute, "how long 16 people sign in at once")
	only := flag.String("only", "", "measure only the cases whose name contains this")
	base := flag.String("base", "", "measure a running server at this address, without start, memory and size")
	dir := flag.String("dir", "", "make the data directory in this one, on the disk that is meant")
	database := flag.String("database", "", "URL of an empty PostgreSQL database to measure with")
	rows := flag.Int("rows", 0, "measure again with so many tokens present, and then the purge of a million")
	records := flag.Int("records", 0, "measure the records API, lists and previews with so many orders instead, and every page of the demo (SQLite)")
	connections := flag.Bool("connections", false, "measure the way out instead: calls of endpoints, 10,000 connections, pages of a wizard (SQLite)")
	pocketbase := flag.String("pocketbase", "", "with -records: the binary of a PocketBase to compare with")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()

	var lines []line
	var err error
	switch {
	case *records > 0:
		lines, err = measureRecords(p, *dir, *records, *pocketbase)
	case *connections:
		lines, err = measureConnections(p, *dir, *only)
	default:
		lines, err = measure(p, place{*base, *dir, *database}, *only, *rows)
	}
	if err == nil && *asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(lines)
	} else if err == nil {
		err = print(os.Stdout, lines)
	}
	if err != nil {
		fail(err)
	}
	for _, l := range lines {
		if !l.OK {
			fmt.Fprintln(os.Stderr, "bench:", errMissed)
			os.Exit(1)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(2)
}

// place is where is measured.
type place struct{ base, dir, database string }

// measure starts what is needed and returns the lines of the report.
func measure(p plan, at place, only string, rows int) ([]line, error) {
	noop, err := startYardstick()
	if err != nil {
		return nil, err
	}
	defer noop.stop()
	if at.base != "" {
		return measureCases(fixtureTarget(at.base), p, noop, only)
	}
	work, err := os.MkdirTemp(at.dir, "tessera-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	binary, err := build(work)
	if err != nil {
		return nil, err
	}
	s := &server{binary: binary, data: filepath.Join(work, "data"), database: at.database}
	if err := os.Mkdir(s.data, 0o700); err != nil {
		return nil, err
	}
	defer s.stop()
	if _, err := s.start(); err != nil {
		return nil, err
	}
	if err := s.load(work, fixture); err != nil {
		return nil, err
	}
	if rows > 0 {
		return withRows(s, p, noop, only, rows)
	}
	figures, err := measureFigures(s, only)
	if err != nil {
		return nil, err
	}
	lines, err := measureCases(s.target(), p, noop, only)
	return append(lines, figures...), err
}

const mb = 1 << 20

// measureFigures measures what is one number: start, memory, size.
func measureFigures(s *server, only string) ([]line, error) {
	if only != "" {
		return nil, nil
	}
	start, err := s.medianStart()
	if err != nil {
		return nil, err
	}
	memory, err := s.idleMemory()
	if err != nil {
		return nil, err
	}
	size, err := os.Stat(s.binary)
	if err != nil {
		return nil, err
	}
	return []line{
		figure("start to first 200", milli(start), "ms", budget{most: 100}),
		figure("idle memory", float64(memory)/mb, "MB", budget{most: 45}),
		figure("stripped binary", float64(size.Size())/mb, "MB", budget{most: 40}),
	}, nil
}

func measureCases(t target, p plan, noop *yardstick, only string) ([]line, error) {
	var lines []line
	for _, c := range cases {
		if !strings.Contains(c.name, only) {
			continue
		}
		before, err := noop.measure(p)
		if err != nil {
			return lines, err
		}
		s, err := c.run(t, p)
		if err != nil {
			return lines, fmt.Errorf("%s: %w", c.name, err)
		}
		after, err := noop.measure(p)
		if err != nil {
			return lines, err
		}
		took := before.took + after.took
		before.add(after)
		before.took = took
		asked := c.budget
		if t.postgres {
			asked = c.postgres
		}
		lines = append(lines, judge(c.name, s, before, asked))
		fmt.Fprintf(os.Stderr, "bench: %s: %d in %s, %d failed\n", c.name, s.ops, s.took.Round(time.Millisecond), s.failed)
	}
	return lines, nil
}
