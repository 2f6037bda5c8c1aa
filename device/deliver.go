package device

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	lookAgain  = 10 * time.Millisecond  // at a path that had no room
	onePacket  = 1100                   // bytes of a frame that one packet holds
	lossyFor   = 10 * time.Second       // after a loss more are expected
	twinWithin = 100 * time.Millisecond // a frame is sent with the next one, if that comes so soon
	longWait   = 200 * time.Millisecond // for room; losses alone take less
	mostAgain  = 64 << 10               // bytes unsent behind which nothing is sent again
)

// path is where frames go to a reader: a link, or the hub's socket.
type path interface {
	Send(ctx context.Context, data []byte, text bool) error
	SendNow(ctx context.Context, data []byte, text bool) error
	Unsent() (bytes int, known bool)
}

// delivery is one read over one path: a cursor, and what of it is in flight.
type delivery struct {
	to     path
	cursor *stream.Cursor
	bound  time.Duration   // zero: in order
	lossy  bool            // whether small frames go where they may get lost, and are not counted as taken
	clock  *plotbeam.Clock // of the other end of the path
	lose   func(...plotbeam.Span)
	moved  chan struct{} // one place: the reader has taken something
	wake   chan struct{} // one place: the log has something

	mu     sync.Mutex
	flow   stream.Flow
	asked  time.Time // when the reader last missed frames
	before []byte    // the small frame sent last …
	at     time.Time // … and when
	waits  time.Time // since when the path has no room; zero while it has
	full   time.Time // when it last had none for long
}

func (d *Device) deliver(to path, start stream.Start, clock *plotbeam.Clock, lose func(...plotbeam.Span)) *delivery {
	return &delivery{
		to: to, cursor: d.stream.Cursor(start), bound: start.Bound, clock: clock, lose: lose,
		moved: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
}

// take notes how much the reader has taken.
func (y *delivery) take(m plotbeam.Message) {
	y.mu.Lock()
	y.flow.Take(m.Taken)
	y.mu.Unlock()
	select {
	case y.moved <- struct{}{}:
	default:
	}
}

// mayLose reports whether a beat goes where it may get lost: while frames do. One
// that may not would hold them back: as long as SCTP sends it again, it can not
// tell what was lost from what is on its way, and that takes it a second if the
// beat is lost twice.
func (y *delivery) mayLose() bool {
	now := time.Now()
	y.mu.Lock()
	defer y.mu.Unlock()
	return now.Sub(y.at) < beatEvery && y.losing(now)
}

// losing reports whether frames get lost, and there is room to send what may be
// needless. It needs y.mu.
func (y *delivery) losing(now time.Time) bool {
	return now.Sub(y.asked) < lossyFor && !y.crowded(now)
}

// said notes that words take up some of the path.
func (y *delivery) said(bytes int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.flow.Said(bytes)
}

// may reports whether the path has room for a frame, and some to spare for a late one.
func (y *delivery) may() (room, spare bool) {
	y.mu.Lock()
	full := y.flow.Full()
	y.mu.Unlock()
	if full || y.bound == 0 {
		return !full, !full
	}
	unsent, known := y.to.Unsent()
	if !known {
		return true, true
	}
	trip := y.clock.Trip()
	if y.lossy {
		trip += trip / 2 // what is lost counts as unsent for so long
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	room = y.flow.Brisk(unsent, trip)
	return room, room && y.flow.Spare(unsent)
}

func (y *delivery) room(ctx context.Context) error {
	if room, _ := y.may(); room {
		return nil
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	begun := time.Now()
	y.mu.Lock()
	y.waits = begun
	y.mu.Unlock()
	defer func() {
		y.mu.Lock()
		defer y.mu.Unlock()
		y.waits = time.Time{}
		if now := time.Now(); now.Sub(begun) >= longWait {
			y.full = now
		}
	}()
	for {
		if room, _ := y.may(); room {
			return nil
		}
		select {
		case <-y.moved:
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// next waits for an entry; late ones wait until the path can spare the room.
func (y *delivery) next(ctx context.Context) (stream.Entry, error) {
	for {
		_, spare := y.may()
		e, ok, err := y.cursor.Poll(y.wake, spare)
		if ok || err != nil {
			return e, err
		}
		var again <-chan time.Time
		if !spare {
			again = time.After(lookAgain)
		}
		select {
		case <-y.wake:
		case <-again:
		case <-ctx.Done():
			return e, context.Cause(ctx)
		}
	}
}

// crowded reports whether the path had no room for long lately, so that it is
// spared what may be needless. It needs y.mu.
func (y *delivery) crowded(now time.Time) bool {
	return now.Sub(y.full) < time.Second || !y.waits.IsZero() && now.Sub(y.waits) >= longWait
}

// run tells the reader where the cursor begins and sends its frames, until the
// log ends (nil) or something fails. It may be called again after the end.
func (y *delivery) run(ctx context.Context, begun bool) error {
	tell := func(kind plotbeam.MessageType, spans ...plotbeam.Span) error {
		at := y.cursor.Position()
		m := plotbeam.Message{Type: kind, Position: &at, Spans: spans}
		if kind == plotbeam.From {
			y.clock.Stamp(&m)
		}
		return y.to.Send(ctx, m.Encode(), true)
	}
	if !begun {
		if err := tell(plotbeam.From); err != nil {
			return err
		}
	}
	var schema plotbeam.Span // sent last, out of its turn
	for {
		if err := y.room(ctx); err != nil {
			return err
		}
		e, err := y.next(ctx)
		if errors.Is(err, io.EOF) {
			return tell(plotbeam.End)
		}
		if err != nil {
			return err
		}
		if gap := e.Missed(); gap.First != 0 {
			y.lose(stream.Spans{gap}.Without(schema)...)
			if err := tell(plotbeam.Gap, gap); err != nil {
				return err
			}
		}
		if e.Frame.Wire == nil {
			continue
		}
		if e.Frame.Kind == plotbeam.KindSchema {
			schema = plotbeam.Span{First: e.Frame.Position.Seq, Last: e.Frame.Position.Seq}
		}
		if err := y.send(ctx, e.Frame.Wire); err != nil {
			return err
		}
	}
}

// wait waits until a log that has ended may have more for the reader.
func (y *delivery) wait(ctx context.Context) error {
	select {
	case <-y.wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// send sends a frame. A small one for a reader that wants now first goes where
// nothing holds it back; whether it arrives the reader finds out. While frames
// get lost each is sent with the next one, too: that costs less than a round trip.
func (y *delivery) send(ctx context.Context, frame []byte) error {
	loose := y.lossy && len(frame) <= onePacket
	now := time.Now()
	y.mu.Lock()
	y.flow.Sent(len(frame), !loose)
	var twin []byte
	if loose {
		if y.losing(now) && now.Sub(y.at) < twinWithin {
			twin = y.before
			y.flow.Sent(len(twin), false)
		}
		y.before, y.at = frame, now
	}
	y.mu.Unlock()
	if !loose {
		return y.to.Send(ctx, frame, false)
	}
	if err := y.to.SendNow(ctx, frame, false); err != nil || twin == nil {
		return err
	}
	return y.to.SendNow(ctx, twin, false)
}

// again sends small frames once more that the reader has missed; larger ones
// are on their way. Of those that are not held any more it is told.
func (y *delivery) again(ctx context.Context, spans []plotbeam.Span) error {
	wires, gone := y.cursor.Again(onePacket, spans...)
	if len(gone) > 0 {
		y.lose(gone...)
		at := y.cursor.Position()
		if err := y.to.Send(ctx, plotbeam.Message{Type: plotbeam.Gap, Position: &at, Spans: gone}.Encode(), true); err != nil {
			return err
		}
	}
	now := time.Now()
	y.mu.Lock()
	if len(wires) > 0 {
		y.asked = now
	}
	crowded := y.crowded(now)
	y.mu.Unlock()
	if crowded {
		return nil // what it misses is only late; if not, it asks again
	}
	for _, wire := range wires {
		if unsent, _ := y.to.Unsent(); unsent > mostAgain {
			return nil
		}
		if err := y.to.SendNow(ctx, wire, false); err != nil {
			return err
		}
	}
	return nil
}
