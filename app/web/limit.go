package web

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxAddresses bounds the table of the flood limits; the address unheard of for the
// longest time leaves it first.
const maxAddresses = 16384

// limiter holds the flood limits of one instance.
type limiter struct {
	mu      sync.Mutex
	entries map[limitKey]*list.Element
	order   list.List // of *limited, heard of last in front
}

type limitKey struct {
	route   *Route
	address string
}

type limited struct {
	key  limitKey
	rate *rate.Limiter
}

func newLimiter() *limiter { return &limiter{entries: map[limitKey]*list.Element{}} }

// wait reports how long the address has to wait before it may call the route; 0 lets it in.
func (l *limiter) wait(rt *Route, address string, now time.Time) time.Duration {
	if rt.Limit.Rate <= 0 {
		return 0
	}
	r := l.of(limitKey{rt, Neighbourhood(address)}).ReserveN(now, 1)
	if !r.OK() {
		return time.Second
	}
	d := r.DelayFrom(now)
	if d > 0 {
		r.CancelAt(now) // a refused call does not prolong the wait
	}
	return d
}

func (l *limiter) of(k limitKey) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if el, ok := l.entries[k]; ok {
		l.order.MoveToFront(el)
		return el.Value.(*limited).rate
	}
	e := &limited{k, rate.NewLimiter(rate.Limit(k.route.Limit.Rate), max(1, k.route.Limit.Burst))}
	l.entries[k] = l.order.PushFront(e)
	if l.order.Len() > maxAddresses {
		delete(l.entries, l.order.Remove(l.order.Back()).(*limited).key)
	}
	return e.rate
}
