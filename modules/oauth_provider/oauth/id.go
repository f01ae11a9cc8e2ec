package oauth

import (
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"
)

// An id is 63 bits: milliseconds since idEpoch above, idNoise random bits below. Rows
// of one time lie together, so purging is a range and the primary key grows at its end.
const (
	idNoise = 22
	idMask  = 1<<idNoise - 1
)

var idEpoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// IDAt returns the lowest id of a moment: rows with lower ids are older.
func IDAt(t time.Time) int64 { return max(0, t.Sub(idEpoch).Milliseconds()) << idNoise }

// IDTime returns when an id was made, cut to milliseconds.
func IDTime(id int64) time.Time {
	return idEpoch.Add(time.Duration(id>>idNoise) * time.Millisecond)
}

// ids draws ids that grow within the process. Between processes a collision is rare and
// harmless: the insert answers ErrDuplicate and another id is drawn.
type ids struct {
	mu   sync.Mutex
	last int64
}

func (g *ids) next(now time.Time) int64 {
	var b [8]byte
	rand.Read(b[:])
	id := IDAt(now) | int64(binary.BigEndian.Uint64(b[:])&idMask)
	g.mu.Lock()
	defer g.mu.Unlock()
	if id <= g.last {
		id = g.last + 1
	}
	g.last = id
	return id
}
