package stream

import (
	"slices"
	"time"

	"github.com/plotbeam/plotbeam"
)

// NewMirror makes a log of another log's frames. It is empty until Begin.
func NewMirror(limits Limits) *Log {
	l := NewLog(limits)
	l.epoch, l.mirror = 0, true
	return l
}

// Begin empties a mirror and goes on behind a position of the log that it
// mirrors. Cursors of another epoch are told of a loss of unknown size.
func (l *Log) Begin(at plotbeam.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begin(at)
	l.wake()
}

func (l *Log) begin(at plotbeam.Position) {
	if at.Epoch != l.epoch {
		l.schema, l.schemas = &plotbeam.Frame{}, nil
	}
	l.epoch, l.seq = at.Epoch, at.Seq
	l.entries, l.tail, l.readings, l.bytes = nil, 0, 0, 0
	l.expected, l.closed = nil, false
}

// Insert puts a frame in its place. One that is there already changes nothing;
// one of another epoch empties the mirror first. Frames that it jumps over are
// expected, until they come or Forgo says that they will not. The age, by which
// the log that is mirrored appended the frame before now, may be a guess.
func (l *Log) Insert(f plotbeam.Frame, age time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := f.Position.Seq
	if f.Position.Epoch != l.epoch {
		l.begin(plotbeam.Position{Epoch: f.Position.Epoch, Seq: seq - 1})
	}
	if f.Kind == plotbeam.KindSchema {
		l.learn(&f)
	}
	i := l.after(seq - 1)
	late := seq <= l.seq
	if i < len(l.entries) && l.entries[i].seq() == seq || late && !l.expects(seq, seq) {
		return
	}
	e := entry{frame: f, schema: l.schemaFor(f.Schema), appended: time.Now().Add(-max(0, age))}
	if i > l.tail && e.appended.Before(l.entries[i-1].appended) {
		e.appended = l.entries[i-1].appended
	}
	if i < len(l.entries) && e.appended.After(l.entries[i].appended) {
		e.appended = l.entries[i].appended
	}
	l.passed(plotbeam.Span{First: seq, Last: seq})
	l.entries = slices.Insert(l.entries, i, e)
	l.readings += int(f.Count)
	l.bytes += len(f.Wire)
	l.evict(time.Now())
	l.makeRoom()
	l.wake()
}

// learn keeps a schema, which may come before the frames that it holds for.
func (l *Log) learn(f *plotbeam.Frame) {
	i, known := slices.BinarySearchFunc(l.schemas, f.Schema, func(s *plotbeam.Frame, version uint16) int {
		return int(s.Schema) - int(version)
	})
	if !known {
		l.schemas = slices.Insert(l.schemas, i, f)
	}
	l.schema = l.schemas[len(l.schemas)-1]
}

// schemaFor is the oldest schema known that holds for the version: schemas
// only grow, so a newer one does.
func (l *Log) schemaFor(version uint16) *plotbeam.Frame {
	for _, s := range l.schemas {
		if s.Schema >= version {
			return s
		}
	}
	return l.schema
}

// Expect notes frames that are on their way, so that cursors wait for them.
func (l *Log) Expect(spans ...plotbeam.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range spans {
		l.expected = l.expected.With(s)
	}
}

// Forgo notes frames that will not come.
func (l *Log) Forgo(spans ...plotbeam.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range spans {
		l.passed(s)
	}
	l.wake()
}

// passed notes frames that have come, or never will.
func (l *Log) passed(s plotbeam.Span) {
	l.expected = l.expected.With(plotbeam.Span{First: l.seq + 1, Last: s.First - 1})
	l.expected = l.expected.Without(s)
	l.seq = max(l.seq, s.Last)
}

// Expected are the frames that are on their way.
func (l *Log) Expected() Spans {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.expected)
}

// Schema is the version of the newest schema; zero if there is none.
func (l *Log) Schema() uint16 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.schema.Schema
}

// Missing are those of the frames, up to the head, that are neither here nor on
// their way.
func (l *Log) Missing(spans ...plotbeam.Span) Spans {
	l.mu.Lock()
	defer l.mu.Unlock()
	var missing Spans
	for _, s := range spans {
		s.Last = min(s.Last, l.seq)
		next := s.First
		for _, e := range l.entries[l.after(s.First-1):] {
			if e.seq() > s.Last {
				break
			}
			missing = missing.With(plotbeam.Span{First: next, Last: e.seq() - 1})
			next = e.seq() + 1
		}
		missing = missing.With(plotbeam.Span{First: next, Last: s.Last})
	}
	for _, s := range l.expected {
		missing = missing.Without(s)
	}
	return missing
}

// Oldest is the sequence number of the oldest frame kept, or of the next one.
func (l *Log) Oldest() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.oldest()
}

// expects reports whether any frame from first to last is on its way, or newer
// than all that a mirror has: its readers may know of more.
func (l *Log) expects(first, last uint64) bool {
	if l.mirror && last > l.seq {
		return true
	}
	for _, s := range l.expected {
		if s.First <= last && s.Last >= first {
			return true
		}
	}
	return false
}
