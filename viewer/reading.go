package viewer

import (
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	ackEvery = 500 * time.Millisecond // to a device, while frames come
	ackRelay = 2 * time.Second        // likewise to a hub, whose socket says most of it
	ackBytes = 32 << 10               // taken since the last ack
)

// reading is one read over one path. The viewer's mutex guards it.
type reading struct {
	begun   bool                   // whether its From has come
	early   []early                // frames that came before that
	say     func(plotbeam.Message) // on the path, without waiting for long
	flushed func() bool            // whether what was said has left
	clock   *plotbeam.Clock        // of the other end of the path
	taken   uint64                 // bytes of frames handled, but for loose ones
	acked   uint64                 // of those, told
	ackedAt time.Time

	ackEvery time.Duration
	lag      time.Duration // as the last beat tells
	head     uint64        // of the log, likewise
}

// early is a frame that came before its reading began.
type early struct {
	wire  []byte
	loose bool
}

// take notes that a frame is handled. It needs v.mu.
func (r *reading) take(bytes int, loose bool) {
	if !loose {
		r.taken += uint64(bytes)
	}
}

// ack tells the other end how far the viewer is. It needs v.mu, and its result
// is to be said without.
func (v *Viewer) ack(r *reading) plotbeam.Message {
	m := plotbeam.Message{Type: plotbeam.Ack, Position: v.handled, Missing: v.place.missing.Count(), Taken: r.taken}
	r.clock.Stamp(&m)
	r.acked, r.ackedAt = r.taken, time.Now()
	return m
}

// ackIfDue says an ack where one is due.
func (v *Viewer) ackIfDue(r *reading, due bool) {
	v.mu.Lock()
	due = due || r.taken-r.acked >= ackBytes || r.taken > r.acked && time.Since(r.ackedAt) >= r.ackEvery
	var m plotbeam.Message
	if due {
		m = v.ack(r)
	}
	v.mu.Unlock()
	if due {
		r.say(m)
	}
}

// beat takes what the other end of a path says of itself, and answers. It says
// whether the viewer has everything up to the head.
func (v *Viewer) beat(r *reading, m plotbeam.Message) (caught bool) {
	r.clock.Hear(m)
	way, known := r.clock.Way(m.Time)
	v.mu.Lock()
	caught = r.begun && v.level(m.Position, 0)
	if m.Position != nil {
		r.head = m.Position.Seq
	}
	if known {
		r.lag = way
		// The newest frame may be right behind the beat; a hub counts the way from the device to it.
		if whole := r.begun && v.level(m.Position, 1) && v.place.missing.Count() == 0; !whole || r == v.relay.reading {
			r.lag += plotbeam.Micros(m.Lag)
		}
	}
	v.mu.Unlock()
	v.ackIfDue(r, true)
	return caught
}

// level reports whether a head is no newer than what has come, but for so many frames. It needs v.mu.
func (v *Viewer) level(head *plotbeam.Position, but uint64) bool {
	at := v.place.at
	return head != nil && at != nil && head.Epoch == at.Epoch && head.Seq <= at.Seq+but
}
