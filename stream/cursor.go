package stream

import (
	"context"
	"io"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Start says where a Cursor begins. Its zero value is the log's head: now.
type Start struct {
	// After begins behind a position. One of another epoch begins at the
	// oldest frame kept, after a loss whose size is not known.
	After *plotbeam.Position
	// Since begins with the frames that were appended within so long before
	// the newest one. Negative means all that is kept.
	Since time.Duration
}

// Unknown is a loss whose size cannot be known.
const Unknown = ^uint64(0)

// Entry is what a cursor yields.
type Entry struct {
	Frame plotbeam.Frame
	// Lost is how many frames the cursor lost right before this one, because
	// the log no longer held them; [Unknown] if that cannot be known.
	Lost uint64
}

// Cursor reads a log. One goroutine uses it at a time.
type Cursor struct {
	log    *Log
	seq    uint64 // of the last frame read
	schema uint16 // version last yielded; 0 is none
	lost   uint64 // Unknown, until told
}

// Cursor begins to read.
func (l *Log) Cursor(from Start) *Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &Cursor{log: l, seq: l.seq}
	switch {
	case from.After != nil && (from.After.Epoch != l.epoch || from.After.Seq > l.seq):
		c.seq, c.lost = l.oldest()-1, Unknown
	case from.After != nil:
		c.seq = from.After.Seq
	case from.Since < 0:
		c.seq = l.oldest() - 1
	case from.Since > 0:
		c.seq = l.since(from.Since)
	}
	return c
}

// oldest is the sequence number of the oldest frame kept, or of the next one.
func (l *Log) oldest() uint64 {
	if l.tail == len(l.entries) {
		return l.seq + 1
	}
	return l.entries[l.tail].frame.Position.Seq
}

// since is the sequence number before the first frame appended within d of the newest.
func (l *Log) since(d time.Duration) uint64 {
	if l.tail == len(l.entries) {
		return l.seq
	}
	first := len(l.entries) - 1
	limit := l.entries[first].appended.Add(-d)
	for first > l.tail && !l.entries[first-1].appended.Before(limit) {
		first--
	}
	return l.entries[first].frame.Position.Seq - 1
}

// Position is that of the last frame read.
func (c *Cursor) Position() plotbeam.Position {
	return plotbeam.Position{Epoch: c.log.epoch, Seq: c.seq}
}

// Next waits for the next frame. Before the first, and wherever it changes,
// it yields the schema that holds. io.EOF means that the log is closed and
// everything was read; otherwise the error is the context's.
func (c *Cursor) Next(ctx context.Context) (Entry, error) {
	for {
		e, grown, err := c.poll()
		if grown == nil {
			return e, err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Entry{}, context.Cause(ctx)
		}
	}
}

// poll yields the next frame, or else the channel that closes when there may be one.
func (c *Cursor) poll() (Entry, <-chan struct{}, error) {
	l := c.log
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.after(c.seq)
	if i == len(l.entries) {
		if l.closed {
			return Entry{}, nil, io.EOF
		}
		if l.grown == nil {
			l.grown = make(chan struct{})
		}
		return Entry{}, l.grown, nil
	}
	next := &l.entries[i]
	if next.schema.Schema != c.schema {
		c.schema = next.schema.Schema
		if next.frame.Kind != plotbeam.KindSchema {
			return Entry{Frame: next.schema}, nil, nil
		}
	}
	lost := c.lost
	if lost != Unknown {
		lost = next.frame.Position.Seq - c.seq - 1
	}
	c.seq, c.lost = next.frame.Position.Seq, 0
	return Entry{Frame: next.frame, Lost: lost}, nil, nil
}
