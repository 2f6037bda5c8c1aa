// Package stream holds a device's frames in a bounded log, read through cursors.
//
//	Append -> [oldest … … … newest]      bounded by readings, bytes and age
//	                ^         ^
//	             cursor    cursor         a position each; waits at the head
//	                          |
//	Insert -> [… …   … … newest]          a mirror: another's frames, at their own
//	               ^                      positions, with spans still on their way
//	            cursor
//
// Appending never waits for a reader, and a reader that stops costs nothing: it
// falls off the tail, and is told how many frames it lost when it reads again.
package stream

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Limits bound a Log. Zero means the default; negative means no bound.
type Limits struct {
	Readings int           // default 4,194,304
	Bytes    int           // of encoded frames; default 64 MiB
	Age      time.Duration // behind the newest frame, by when each was appended; default 5 min
}

const (
	DefaultReadings = 4 << 20
	DefaultBytes    = 64 << 20
	DefaultAge      = 5 * time.Minute
)

func (l Limits) orDefault() Limits {
	if l.Readings == 0 {
		l.Readings = DefaultReadings
	}
	if l.Bytes == 0 {
		l.Bytes = DefaultBytes
	}
	if l.Age == 0 {
		l.Age = DefaultAge
	}
	return l
}

// Log is the frames of one device, newest last. Its methods may be called from
// any goroutine.
type Log struct {
	limits Limits

	mu       sync.Mutex
	epoch    plotbeam.Epoch // zero of a mirror that mirrors nothing yet
	mirror   bool
	entries  []entry // [tail:] is live, in order; what lies before is dropped when the slice grows
	tail     int
	readings int // live, as are bytes
	bytes    int
	seq      uint64 // of the newest frame ever
	schema   *plotbeam.Frame
	decoded  plotbeam.Schema // not of a mirror, which opens no payload
	closed   bool
	waiting  map[chan<- struct{}]struct{} // told at the next change

	schemas  []*plotbeam.Frame // of a mirror: every version seen, in order
	expected Spans             // of a mirror: on their way; in order
}

type entry struct {
	frame    plotbeam.Frame
	schema   *plotbeam.Frame // the one that holds for frame
	appended time.Time
}

func (e *entry) seq() uint64 { return e.frame.Position.Seq }

// NewLog begins a log, with an epoch of its own.
func NewLog(limits Limits) *Log {
	return &Log{limits: limits.orDefault(), epoch: plotbeam.NewEpoch(), schema: &plotbeam.Frame{}, waiting: map[chan<- struct{}]struct{}{}}
}

// Declare appends s as the schema of all that follows. Within a log a schema
// only grows at its end. Errors wrap [plotbeam.ErrSeries] or [plotbeam.ErrFrame].
func (l *Log) Declare(s plotbeam.Schema) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.decoded.Series); len(s.Series) < n || !slices.Equal(s.Series[:n], l.decoded.Series) {
		return fmt.Errorf("%w: a schema only grows at its end", plotbeam.ErrSeries)
	}
	if l.schema.Schema == 1<<16-1 {
		return fmt.Errorf("%w: the schema has changed 65,535 times", plotbeam.ErrSeries)
	}
	now := time.Now()
	f, err := plotbeam.EncodeSchema(s, l.schema.Schema+1, l.next(), now.UnixMicro())
	if err != nil {
		return err
	}
	l.schema, l.decoded = &f, plotbeam.Schema{Series: slices.Clone(s.Series)}
	l.append(f, now)
	return nil
}

// Append encodes the batch, which holds at least one reading, as the next
// frame. A schema must have been declared that knows its series.
func (l *Log) Append(b *plotbeam.Batch) plotbeam.Frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := b.Encode(l.schema.Schema, l.next())
	l.append(f, time.Now())
	return f
}

func (l *Log) next() plotbeam.Position {
	return plotbeam.Position{Epoch: l.epoch, Seq: l.seq + 1}
}

func (l *Log) append(f plotbeam.Frame, now time.Time) {
	l.seq = f.Position.Seq
	l.makeRoom()
	l.entries = append(l.entries, entry{f, l.schema, now})
	l.readings += int(f.Count)
	l.bytes += len(f.Wire)
	l.evict(now)
	l.wake()
}

// makeRoom moves the live entries to the front once half the slice is dead, so
// that the slice stays within twice of what is live.
func (l *Log) makeRoom() {
	if l.tail < 64 || l.tail < len(l.entries)/2 {
		return
	}
	n := copy(l.entries, l.entries[l.tail:])
	clear(l.entries[n:])
	l.entries, l.tail = l.entries[:n], 0
}

// evict drops the oldest frames until the rest is within the limits. The
// newest always stays.
func (l *Log) evict(now time.Time) {
	for len(l.entries)-l.tail > 1 && l.over(now) {
		old := &l.entries[l.tail]
		l.readings -= int(old.frame.Count)
		l.bytes -= len(old.frame.Wire)
		*old = entry{}
		l.tail++
	}
}

func (l *Log) over(now time.Time) bool {
	return l.limits.Readings > 0 && l.readings > l.limits.Readings ||
		l.limits.Bytes > 0 && l.bytes > l.limits.Bytes ||
		l.limits.Age > 0 && now.Sub(l.entries[l.tail].appended) > l.limits.Age
}

// wake tells those who wait. Each channel has one place, so none is waited for.
func (l *Log) wake() {
	for c := range l.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
	clear(l.waiting)
}

// Close ends the log: cursors read what it holds, and then get io.EOF.
func (l *Log) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.wake()
}

// Head is the position of the newest frame; sequence 0 if there is none yet.
func (l *Log) Head() plotbeam.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return plotbeam.Position{Epoch: l.epoch, Seq: l.seq}
}

// Lag is how long ago the frame behind p was appended: how far someone who has
// p is behind. Zero means that p is the head (or is not of this log).
func (l *Log) Lag(p plotbeam.Position) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := l.after(p.Seq); p.Epoch == l.epoch && i < len(l.entries) {
		return time.Since(l.entries[i].appended)
	}
	return 0
}

// Size is what the log holds now.
func (l *Log) Size() (frames, readings, bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries) - l.tail, l.readings, l.bytes
}

// after is the index of the first live entry behind seq.
func (l *Log) after(seq uint64) int {
	live := l.entries[l.tail:]
	i, _ := slices.BinarySearchFunc(live, seq+1, func(e entry, seq uint64) int {
		return int(int64(e.seq()) - int64(seq))
	})
	return l.tail + i
}
