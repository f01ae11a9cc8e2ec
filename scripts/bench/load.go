package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// op does one unit of work on its own connection.
type op func() error

// bounds end a phase: whichever comes first.
type bounds struct {
	time  time.Duration
	count int64
}

// sample is what a phase did. Ops counts the successful ones only.
type sample struct {
	ops, failed int
	took        time.Duration
	lat         []time.Duration // of the successful ones
	first       error           // the first failure
}

// run keeps every op busy, one after the other without a pause (closed loop),
// until the bounds are reached. An op that only fails gives up after 20 times.
func run(ops []op, b bounds) sample {
	parts := make([]sample, len(ops))
	var left atomic.Int64
	left.Store(b.count)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range ops {
		wg.Go(func() {
			p := &parts[i]
			for left.Add(-1) >= 0 {
				began := time.Now()
				if began.Sub(start) >= b.time {
					return
				}
				if err := ops[i](); err != nil {
					p.failed++
					if p.first == nil {
						p.first = err
					}
					if p.failed >= 20 && len(p.lat) == 0 {
						return
					}
					continue
				}
				p.lat = append(p.lat, time.Since(began))
			}
		})
	}
	wg.Wait()
	total := sample{took: time.Since(start)}
	for _, p := range parts {
		total.add(p)
	}
	return total
}

// add joins another part of the same phase; took is the caller's to keep.
func (s *sample) add(p sample) {
	s.failed += p.failed
	s.lat = append(s.lat, p.lat...)
	s.ops = len(s.lat)
	if s.first == nil {
		s.first = p.first
	}
}

func (s sample) perSecond() float64 {
	if s.took <= 0 {
		return 0
	}
	return float64(s.ops) / s.took.Seconds()
}

// quantile is the latency that the part q of all operations did not exceed.
func (s sample) quantile(q float64) time.Duration {
	if len(s.lat) == 0 {
		return 0
	}
	slices.Sort(s.lat)
	return s.lat[min(int(q*float64(len(s.lat))), len(s.lat)-1)]
}

// asking returns connections that each send the requests in turn, every
// connection from another one on, and expect status 200.
func asking(connections int, requests ...request) ([]op, func(), error) {
	texts := make([][]byte, len(requests))
	var addr string
	for i, q := range requests {
		var err error
		if addr, texts[i], err = q.render(); err != nil {
			return nil, nil, err
		}
	}
	ops, wires := make([]op, connections), make([]*wire, connections)
	for i := range ops {
		w, next := dial(addr), i
		wires[i] = w
		ops[i] = func() error {
			text := texts[next%len(texts)]
			next++
			r, err := w.send(text)
			if err == nil && r.status != 200 {
				err = fmt.Errorf("status %d: %.200s", r.status, r.body)
			}
			return err
		}
	}
	closeAll := func() {
		for _, w := range wires {
			w.close()
		}
	}
	return ops, closeAll, nil
}
