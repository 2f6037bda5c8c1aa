package hub

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	beatEvery = 500 * time.Millisecond // to a reader that nothing else is sent to
	beatAny   = 5 * time.Second        // to any
	lookAgain = 10 * time.Millisecond  // at a path that had no room
	sureOf    = 2 << 10                // bytes in one go, to a path that has got rid of what was sent
)

// reader is one viewer's reading of one device. Its frames go out with the
// peer's other messages; see outbox.
type reader struct {
	relay *relay
	peer  *peer
	read  wish
	asked time.Time // when it came

	cursor atomic.Pointer[stream.Cursor] // nil until the device has answered
	sent   atomic.Int64                  // µs since 1970, when something was last sent to it
	beaten atomic.Int64                  // likewise a beat

	// Of whoever serves the peer:
	begun bool // whether the reader was told where it begins
	ended bool // whether it was told that the input has ended

	mu   sync.Mutex // never held while something is written
	flow stream.Flow

	// The relay's:
	waits bool              // for its ack to be passed on …
	place plotbeam.Position // … which says this
	lacks uint64            // likewise
}

// wish is what a read asks for.
type wish struct {
	After  *plotbeam.Position
	Schema uint16
	Spans  []plotbeam.Span
	Since  int64 // ms, as is
	Bound  int64
}

// begin hands the reader its cursor.
func (one *reader) begin(c *stream.Cursor) {
	one.cursor.Store(c)
	one.peer.wake()
}

// acknowledge takes a viewer's ack of relayed frames. What it needs of the
// stack is little: see quickly.
func (p *peer) acknowledge(a *ack) {
	var one *reader
	p.mu.Lock()
	if w := p.watched(a.device); w != nil {
		one = w.reading
	}
	clock := p.clock
	p.mu.Unlock()
	if one == nil {
		return
	}
	clock.HearTimes(a.time, a.echo, a.held)
	one.mu.Lock()
	full := one.flow.Full()
	one.flow.Take(a.taken)
	full = full && !one.flow.Full()
	one.mu.Unlock()
	if full {
		p.wake()
	}
	one.relay.acked(one, a)
}

// gather appends what a reader has waiting, as much as the path takes and as
// is a batch, and reports whether there is more.
func (p *peer) gather(one *reader, b []byte) (_ []byte, more bool) {
	cursor := one.cursor.Load()
	if cursor == nil {
		return b, false
	}
	before := len(b)
	now := time.Now()
	if !one.begun {
		one.begun = true
		one.beaten.Store(now.UnixMicro() - (beatAny - 2*beatEvery).Microseconds()) // the next in a second
		at := cursor.Position()
		m := plotbeam.Message{Type: plotbeam.From, Position: &at}
		p.clock.Stamp(&m)
		b = one.tell(b, m)
	} else if one.silent(now) {
		b = p.beat(one, b, now)
	}
	look := look{before: len(b)}
	var frames bundle
	for start := len(b); len(b)-start <= batchSize; {
		room, spare := p.room(one, &look, len(b))
		if !room {
			return one.note(frames.close(b), before, now), false
		}
		e, ok, err := cursor.Poll(nil, spare)
		if !ok {
			b = one.tellEnd(frames.close(b), cursor, errors.Is(err, io.EOF))
			return one.note(b, before, now), false
		}
		one.ended = false
		if e.Lost != 0 || e.Gap.First != 0 {
			b = one.tellMissed(frames.close(b), cursor, e)
		}
		if e.Frame.Wire != nil {
			one.mu.Lock()
			one.flow.Sent(len(e.Frame.Wire), true)
			one.mu.Unlock()
			b = frames.add(b, e.Frame.Wire)
		}
	}
	return one.note(frames.close(b), before, now), true
}

// note notes when something was sent.
func (one *reader) note(b []byte, before int, now time.Time) []byte {
	if len(b) > before {
		one.sent.Store(now.UnixMicro())
	}
	return b
}

// silent reports whether a beat is due.
func (one *reader) silent(now time.Time) bool {
	micros := now.UnixMicro()
	return micros-one.sent.Load() >= beatEvery.Microseconds() || micros-one.beaten.Load() >= beatAny.Microseconds()
}

// beat tells a reader of the log's head and the device's clock.
func (p *peer) beat(one *reader, b []byte, now time.Time) []byte {
	one.beaten.Store(now.UnixMicro())
	head := one.relay.log.Head()
	m := plotbeam.Message{Type: plotbeam.Beat, Position: &head, Offset: one.relay.ahead.Load(), Lag: one.relay.way.Load()}
	p.clock.Stamp(&m)
	return one.tell(b, m)
}

// tell appends something about the device.
func (one *reader) tell(b []byte, m plotbeam.Message) []byte {
	m.Device = one.relay.id
	text := m.Encode()
	one.mu.Lock()
	one.flow.Said(len(text))
	one.mu.Unlock()
	return appendMessage(b, ws.OpText, text)
}

// look is what was seen of a path, in one go of gather.
type look struct {
	sure   bool // that there is room, without looking
	taken  bool
	known  bool
	unsent int // bytes
	before int // bytes that were gathered then
}

// room reports whether a reader's path takes another frame behind those that
// are gathered, and whether it has some to spare for late ones; if not, it sees
// to it that somebody looks again.
func (p *peer) room(one *reader, l *look, gathered int) (room, spare bool) {
	one.mu.Lock()
	full := one.flow.Full()
	if gathered == l.before {
		l.sure = one.flow.Sure()
	}
	one.mu.Unlock()
	if full || one.read.Bound == 0 || l.sure && gathered-l.before <= sureOf {
		return !full, !full // its ack wakes the peer
	}
	if !l.taken {
		l.taken, l.before = true, gathered
		l.unsent, l.known = p.socket.unsent()
	}
	if !l.known {
		return true, true
	}
	unsent, trip := l.unsent+gathered-l.before, p.clock.Trip()
	one.mu.Lock()
	room = one.flow.Brisk(unsent, trip)
	spare = room && one.flow.Spare(unsent)
	one.mu.Unlock()
	if spare {
		return room, spare
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.departed:
	case p.looking == nil:
		p.looking = time.AfterFunc(lookAgain, p.wake)
	default:
		p.looking.Reset(lookAgain)
	}
	return room, spare
}

func (one *reader) tellEnd(b []byte, cursor *stream.Cursor, ended bool) []byte {
	if !ended || one.ended {
		return b
	}
	one.ended = true
	at := cursor.Position()
	return one.tell(b, plotbeam.Message{Type: plotbeam.End, Position: &at})
}

// tellMissed says what the cursor has lost before an entry.
func (one *reader) tellMissed(b []byte, cursor *stream.Cursor, e stream.Entry) []byte {
	at := cursor.Position()
	switch gap := e.Missed(); {
	case e.Lost == stream.Unknown:
		before := plotbeam.Position{Epoch: at.Epoch, Seq: e.Frame.Position.Seq - 1}
		return one.tell(b, plotbeam.Message{Type: plotbeam.From, Position: &before})
	case gap.First != 0:
		return one.tell(b, plotbeam.Message{Type: plotbeam.Gap, Position: &at, Spans: []plotbeam.Span{gap}})
	}
	return b
}
