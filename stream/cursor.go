package stream

import (
	"context"
	"io"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Start says where a Cursor begins. Its zero value is the log's head: now.
type Start struct {
	// After begins behind a position. One of another epoch, or one that the
	// log has not reached (but a mirror may), begins at the oldest frame kept,
	// after a loss whose size is not known.
	After *plotbeam.Position
	// Since begins with the frames that were appended within so long before
	// the newest one. Negative means all that is kept.
	Since time.Duration
	// Bound puts now first: a cursor that is behind by a quarter of this skips
	// to the newest frame, and yields the others late, when there is nothing
	// newer. Zero means every frame in its order.
	Bound time.Duration
	// Schema is the version that the reader has, of After's epoch.
	Schema uint16
	// Spans are wanted besides, late. They are of After's epoch.
	Spans []plotbeam.Span
}

// Unknown is a loss whose size cannot be known.
const Unknown = ^uint64(0)

// Entry is what a cursor yields: a frame, or the news of a loss.
type Entry struct {
	Frame plotbeam.Frame
	// Lost is how many frames the cursor lost right before this one, because
	// the log no longer held them; [Unknown] if that cannot be known.
	Lost uint64
	// Late says that newer frames have come before.
	Late bool
	// Gap, if not zero, is owed no more: the log does not hold it. There is no
	// frame then.
	Gap plotbeam.Span
}

// Missed is what an entry says will not come: its Gap, or the frames that were
// lost before it. It is zero if there are none, or nobody knows which.
func (e Entry) Missed() plotbeam.Span {
	if e.Lost == 0 || e.Lost == Unknown {
		return e.Gap
	}
	last := e.Frame.Position.Seq - 1
	return plotbeam.Span{First: last - e.Lost + 1, Last: last}
}

// Cursor reads a log. One goroutine uses it at a time, but for Want.
type Cursor struct {
	log   *Log
	bound time.Duration
	wake  chan struct{} // one place; for Next

	// The log's mutex guards the rest.
	epoch  plotbeam.Epoch
	seq    uint64 // of the newest frame read
	schema uint16 // newest version yielded; 0 is none
	lost   uint64 // Unknown, until told
	owed   Spans  // skipped, or wanted besides
}

// Cursor begins to read.
func (l *Log) Cursor(from Start) *Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &Cursor{log: l, bound: from.Bound, wake: make(chan struct{}, 1), epoch: l.epoch, seq: l.seq}
	switch {
	case from.After != nil && (from.After.Epoch != l.epoch || from.After.Seq > l.seq && !l.mirror):
		c.restart()
	case from.After != nil:
		c.seq, c.schema = from.After.Seq, from.Schema
		c.want(from.Spans)
	case from.Since < 0:
		c.seq = l.oldest() - 1
	case from.Since > 0:
		c.seq = l.since(from.Since)
	}
	return c
}

// restart begins at the oldest frame of what is another log by now.
func (c *Cursor) restart() {
	c.epoch, c.seq = c.log.epoch, c.log.oldest()-1
	c.schema, c.lost, c.owed = 0, Unknown, nil
}

// Want makes the cursor yield frames besides, late, as far as they are held.
func (c *Cursor) Want(spans ...plotbeam.Span) {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.want(spans)
	c.log.wake()
}

func (c *Cursor) want(spans []plotbeam.Span) {
	for _, s := range spans {
		c.owed = c.owed.With(plotbeam.Span{First: s.First, Last: min(s.Last, c.seq)}) // the rest comes anyway
	}
}

// Again are those of the frames that the cursor has yielded and that have at
// most so many bytes; gone are those that are held no more.
func (c *Cursor) Again(most int, spans ...plotbeam.Span) (wires [][]byte, gone Spans) {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.epoch != l.epoch {
		return nil, nil
	}
	for _, s := range spans {
		s.Last = min(s.Last, c.seq)
		gone = gone.With(plotbeam.Span{First: s.First, Last: min(s.Last, l.oldest()-1)})
		for i := l.after(s.First - 1); i < len(l.entries) && l.entries[i].seq() <= s.Last; i++ {
			if e := &l.entries[i]; len(e.frame.Wire) <= most && !c.owed.Has(e.seq()) {
				wires = append(wires, e.frame.Wire)
			}
		}
	}
	for _, s := range c.owed { // late tells of those
		gone = gone.Without(s)
	}
	return wires, gone
}

// oldest is the sequence number of the oldest frame that is kept or on its way,
// or of the next one.
func (l *Log) oldest() uint64 {
	first := l.seq + 1
	if l.tail < len(l.entries) {
		first = l.entries[l.tail].seq()
	}
	if len(l.expected) > 0 {
		first = min(first, l.expected[0].First)
	}
	return first
}

// since is the sequence number before the first frame appended within d of the
// newest. What is on its way to a mirror is taken to be as young as it was asked for.
func (l *Log) since(d time.Duration) uint64 {
	if l.tail == len(l.entries) {
		return l.oldest() - 1
	}
	first := len(l.entries) - 1
	limit := l.entries[first].appended.Add(-d)
	for first > l.tail && !l.entries[first-1].appended.Before(limit) {
		first--
	}
	if first == l.tail {
		return l.oldest() - 1
	}
	return l.entries[first].seq() - 1
}

// Position is that of the newest frame read.
func (c *Cursor) Position() plotbeam.Position {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	return plotbeam.Position{Epoch: c.epoch, Seq: c.seq}
}

// Next waits for the next frame. Before the first, and wherever it changes,
// it yields the schema that holds. io.EOF means that the log is closed and
// everything was read; otherwise the error is the context's.
func (c *Cursor) Next(ctx context.Context) (Entry, error) {
	for {
		e, ok, err := c.Poll(c.wake, true)
		if ok || err != nil {
			return e, err
		}
		if err := c.Wait(ctx); err != nil {
			return Entry{}, err
		}
	}
}

// Wait waits until Next, which had nothing or io.EOF, may have more.
func (c *Cursor) Wait(ctx context.Context) error {
	select {
	case <-c.wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Poll yields the next frame if there is one, a late one only if late allows it.
// If there is none, wake is told once when there may be; it has one place, and
// may serve several cursors. Nil is not told.
func (c *Cursor) Poll(wake chan<- struct{}, late bool) (e Entry, ok bool, err error) {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.epoch != l.epoch {
		c.restart()
	}
	if e, ok = c.live(); ok {
		return e, true, nil
	}
	if late {
		if e, ok = c.late(); ok {
			return e, true, nil
		}
	}
	if wake != nil {
		l.waiting[wake] = struct{}{}
	}
	if l.closed && (late || len(c.owed) == 0) {
		err = io.EOF
	}
	return Entry{}, false, err
}

// live yields the next frame that is newer than all before.
func (c *Cursor) live() (Entry, bool) {
	l := c.log
	i := l.after(c.seq)
	if i == len(l.entries) || c.bound == 0 && l.expects(c.seq+1, l.entries[i].seq()-1) {
		return Entry{}, false
	}
	if c.bound > 0 {
		i = c.skip(i)
	}
	next := &l.entries[i]
	if e, ok := c.announce(next); ok {
		return e, true
	}
	e := Entry{Frame: next.frame, Lost: c.lost}
	switch gap := (plotbeam.Span{First: c.seq + 1, Last: next.seq() - 1}); {
	case c.lost == Unknown:
	case c.bound > 0:
		c.owed = c.owed.With(gap) // late finds out what of it is held
	default:
		e.Lost = gap.Count()
	}
	c.seq, c.lost = next.seq(), 0
	return e, true
}

// skip is the entry to go on with, given the next one: that one, or the newest
// if it is old. It leaves most of the bound to the way that is to come.
func (c *Cursor) skip(i int) int {
	l := c.log
	if time.Since(l.entries[i].appended) <= c.bound/4 {
		return i
	}
	return len(l.entries) - 1
}

// announce yields the schema that holds for a frame, if it was not yet.
func (c *Cursor) announce(next *entry) (Entry, bool) {
	if next.schema.Schema <= c.schema {
		return Entry{}, false
	}
	c.schema = next.schema.Schema
	if next.frame.Kind == plotbeam.KindSchema {
		return Entry{}, false
	}
	return Entry{Frame: *next.schema}, true
}

// run is how many frames a late one is at most yielded ahead of newer ones that
// are owed, too: sequence numbers of one run are the same divided by it.
const run = 64

// late yields a frame that is owed, of the newest span first, and of that the
// newest run; what is of one run comes in its order.
func (c *Cursor) late() (Entry, bool) {
	l := c.log
	for n := len(c.owed) - 1; n >= 0; n-- {
		span := c.owed[n]
		newest := plotbeam.Span{First: max(span.First, span.Last/run*run), Last: span.Last}
		i := l.after(newest.First - 1)
		if i == len(l.entries) || l.entries[i].seq() > span.Last {
			if l.expects(newest.First, newest.Last) {
				continue
			}
			if i := l.after(span.First - 1); (i == len(l.entries) || l.entries[i].seq() > span.Last) && !l.expects(span.First, span.Last) {
				newest = span // nothing of it is held
			}
			c.owed = c.owed.Without(newest)
			return Entry{Gap: newest}, true
		}
		next := &l.entries[i]
		if gap := (plotbeam.Span{First: newest.First, Last: next.seq() - 1}); next.seq() > newest.First && !l.expects(gap.First, gap.Last) {
			c.owed = c.owed.Without(gap)
			return Entry{Gap: gap}, true
		}
		if e, ok := c.announce(next); ok {
			return e, true
		}
		c.owed = c.owed.Without(plotbeam.Span{First: next.seq(), Last: next.seq()})
		return Entry{Frame: next.frame, Late: true}, true
	}
	return Entry{}, false
}
