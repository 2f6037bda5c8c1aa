package hub

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	relayLinger = 10 * time.Second // that a device goes on sending when its last reader has left …
	lingerBytes = 256 << 10        // … unless it sends more
	maxRelays   = 1000             // devices relayed at once
	uploadAck   = 32 << 10         // bytes of a device's frames, between two acks

	passEvery  = 25 * time.Millisecond // acks of viewers to the device …
	passAtOnce = 4                     // … so many
)

// relayLimits bound what the hub keeps of one device.
var relayLimits = stream.Limits{Readings: 1 << 20, Bytes: 16 << 20, Age: 75 * time.Second}

// relay is one device's frames at this hub: a mirror of its log, fed over its
// socket while somebody reads here.
//
//	device ── frames ──> mirror ──> reader: a cursor, and a viewer's socket
//	       <── read ───         ──> reader
//
// The hub opens no payload. What a reader wants and the mirror does not hold,
// the device is asked for, once for all.
type relay struct {
	id      plotbeam.DeviceID
	bus     *bus
	crew    *crew
	log     *stream.Log
	stirred atomic.Int32 // see stir

	ahead, way atomic.Int64 // µs: of the device's clock; of its last beat, to here

	mu      sync.Mutex
	here    bool               // whether the device is connected
	fed     bool               // whether it has answered a read
	asked   bool               // whether it was asked, and has not answered
	reach   time.Time          // the mirror holds all since then; zero: all that the device keeps
	wanted  time.Time          // likewise, once the device has answered
	readers map[*reader]bool   // true once it has a cursor
	first   *reader            // whose read the device was asked to answer …
	answer  *plotbeam.Position // … and where that begins, while readers are started
	goal    uint64             // the device's head when it answered; 0 until its beat tells
	idle    *time.Timer        // forgets the relay; nil while there are readers
	unread  int                // bytes that came since there are none
	clock   *plotbeam.Clock    // the device's; anew with each of its sockets
	taken   uint64             // bytes of its frames since it was asked
	told    uint64             // of those, acked
	order   []*reader          // readers, to go through; nil when they have changed
	acks    []*reader          // whose acks wait to be passed on, the one that waits longest first
	passing *time.Timer        // passes them; nil before there were any
	passed  time.Time          // when some were
}

// start gives a reader its cursor, or asks the device for what that needs.
// It needs r.mu.
func (r *relay) start(one *reader) {
	m := one.read
	begin := stream.Start{Bound: time.Duration(m.Bound) * time.Millisecond}
	head := r.log.Head()
	if !r.fed && (r.here || head.Epoch == 0) {
		r.feed(one)
		return
	}
	since := time.Now()
	switch {
	case r.answer != nil && m.After == nil && (one == r.first || m.Since != 0 && r.alike(one)):
		begin.After = r.answer
	case m.After != nil && m.After.Epoch == head.Epoch:
		begin.After, begin.Schema, begin.Spans = m.After, m.Schema, m.Spans
		r.fetch(r.log.Missing(append(m.Spans, plotbeam.Span{First: m.After.Seq + 1, Last: head.Seq})...))
	case m.After != nil || m.Since < 0: // all there is of what is another log by now
		since, begin.Since = time.Time{}, -1
	case m.Since > 0:
		begin.Since = time.Duration(m.Since) * time.Millisecond
		since = since.Add(-begin.Since)
	}
	if begin.Since != 0 && r.here && !r.whole(since) {
		r.reachBack(one, since)
		return
	}
	one.begin(r.log.Cursor(begin))
	r.readers[one] = true
}

// alike reports whether a reader wants to begin about where the first does, so
// that one answer of the device serves both. It needs r.mu.
func (r *relay) alike(one *reader) bool {
	return r.first != nil && one.read.Since == r.first.read.Since && one.asked.Sub(r.first.asked).Abs() < time.Second
}

// whole reports whether the mirror has all since then, up to what was the
// device's newest when it answered. It needs r.mu.
func (r *relay) whole(since time.Time) bool {
	return !since.Before(r.reach) && r.goal > 0 && r.log.Head().Seq >= r.goal && len(r.log.Expected()) == 0
}

// feed asks the device to send, from where its first reader wants it.
func (r *relay) feed(first *reader) {
	if !r.here || r.asked {
		return
	}
	r.asked, r.taken, r.told, r.goal, r.first = true, 0, 0, 0, first
	m := plotbeam.Message{Type: plotbeam.Read, Bound: feedBound.Milliseconds()}
	head := r.log.Head()
	switch want := first.read; {
	case head.Epoch != 0:
		m.After, m.Schema, m.Spans, r.wanted = &head, r.log.Schema(), r.log.Expected(), time.Time{} // if its log is a new one, all of it
	case want.After != nil:
		m.After, r.wanted = want.After, time.Now()
	case want.Since < 0:
		m.Since, r.wanted = want.Since, time.Time{}
	case want.Since > 0:
		m.Since, r.wanted = want.Since, time.Now().Add(-time.Duration(want.Since)*time.Millisecond)
	default:
		m.Viewer, r.wanted = plotbeam.ViewerID(first.peer.id), time.Now()
	}
	r.bus.post(plotbeam.RoleDevice, string(r.id), m)
}

// feedBound is how far a device may be behind before it sends the newest first.
const feedBound = 2 * time.Second

// fetch asks the device for frames that the mirror lacks.
func (r *relay) fetch(missing stream.Spans) {
	if len(missing) == 0 {
		return
	}
	r.log.Expect(missing...)
	if r.here && r.fed {
		r.bus.post(plotbeam.RoleDevice, string(r.id), plotbeam.Message{Type: plotbeam.Read, Spans: missing})
	}
}

// reachBack asks the device where one reader begins, and for what of that lies
// before the mirror's oldest frame.
func (r *relay) reachBack(one *reader, since time.Time) {
	if r.asked || !r.here {
		return // asked when that is answered
	}
	r.asked, r.wanted, r.first = true, since, one
	m := plotbeam.Message{Type: plotbeam.Read, Since: -1, Before: r.log.Oldest()}
	if !since.IsZero() {
		m.Since = max(1, time.Since(since).Milliseconds())
	}
	r.bus.post(plotbeam.RoleDevice, string(r.id), m)
}

// from takes the device's answer to a read.
func (r *relay) from(m plotbeam.Message) {
	if m.Position == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	head := r.log.Head()
	r.fed, r.asked = true, false
	r.clock.Hear(m)
	r.ahead.Store(time.Until(time.UnixMicro(m.Time)).Microseconds()) // for now
	switch {
	case m.Position.Epoch != head.Epoch:
		r.log.Begin(*m.Position)
		r.reach = r.wanted
	case m.Before != 0:
		r.log.Expect(plotbeam.Span{First: m.Position.Seq + 1, Last: m.Before - 1})
		if r.wanted.Before(r.reach) {
			r.reach = r.wanted
		}
	case m.Position.Seq > head.Seq:
		r.fetch(stream.Spans{{First: head.Seq + 1, Last: m.Position.Seq}})
	}
	r.answer = m.Position
	for one, begun := range r.readers {
		if !begun {
			r.start(one)
		}
	}
	r.answer = nil
}

// take takes what the device sends besides.
func (r *relay) take(m plotbeam.Message) {
	if m.Type != plotbeam.Beat {
		defer r.stir()
	}
	switch m.Type {
	case plotbeam.From:
		r.from(m)
	case plotbeam.Gap:
		if m.Position != nil && m.Position.Epoch == r.log.Head().Epoch {
			r.log.Forgo(m.Spans...)
		}
	case plotbeam.End:
		r.log.Close()
	case plotbeam.Beat:
		r.mu.Lock()
		r.clock.Hear(m)
		if ahead, _, known := r.clock.Ahead(); known {
			way, _ := r.clock.Way(m.Time)
			r.ahead.Store(ahead.Microseconds())
			r.way.Store(way.Microseconds())
		}
		r.ack()
		if m.Position != nil && r.goal == 0 {
			r.goal = max(1, m.Position.Seq)
		}
		r.mu.Unlock()
	}
}

// ack tells the device what has come. It needs r.mu.
func (r *relay) ack() {
	head := r.log.Head()
	m := plotbeam.Message{Type: plotbeam.Ack, Position: &head, Missing: r.log.Expected().Count(), Taken: r.taken}
	r.clock.Stamp(&m)
	r.told = r.taken
	r.bus.post(plotbeam.RoleDevice, string(r.id), m)
}

// frame puts one into the mirror, unless it was not asked for.
func (r *relay) frame(f plotbeam.Frame) (wanted bool) {
	r.mu.Lock()
	fed := r.fed
	age := time.Since(time.UnixMicro(f.Time - r.ahead.Load())) // as far as readings tell when they were appended
	if r.taken += uint64(len(f.Wire)); fed && r.taken-r.told >= uploadAck {
		r.ack()
	}
	if r.idle != nil {
		if r.unread += len(f.Wire); r.unread > lingerBytes {
			r.idle.Reset(0)
		}
	}
	r.mu.Unlock()
	if fed {
		r.log.Insert(f, age)
		r.stir()
	}
	return fed
}

// attach notes that the device's socket is here, and asks it to go on.
func (r *relay) attach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.here, r.fed, r.asked = true, false, false
	r.clock = new(plotbeam.Clock)
	for one := range r.readers {
		r.feed(one)
		return
	}
}

func (r *relay) detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.here, r.fed, r.asked = false, false, false
}
