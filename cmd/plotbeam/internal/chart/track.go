package chart

import (
	"math"
	"time"
)

// slices is how finely a track keeps its window: over twice the dots of a wide terminal.
const slices = 1024

// track keeps one series' window in a ring of equal slices of time, so that
// its size does not depend on how many readings come.
type track struct {
	name, unit string
	last       float64
	newest     time.Time
	width      time.Duration // of a slice
	ring       [slices + 1]slice
}

// slice is what the readings of a short time have in common.
type slice struct {
	index       int64 // the slice's start, in widths since 1970
	count       int
	first, last float64
	low, high   float64
}

func newTrack(name string, window time.Duration) *track {
	return &track{name: name, width: max(window/slices, time.Microsecond)}
}

func (t *track) add(at time.Time, v float64) {
	if !at.Before(t.newest) {
		t.newest, t.last = at, v
	}
	index := floorDiv(at.UnixMicro(), t.width.Microseconds())
	s := &t.ring[((index%int64(len(t.ring)))+int64(len(t.ring)))%int64(len(t.ring))]
	switch {
	case s.count == 0 || s.index < index:
		*s = slice{index: index, count: 1, first: v, last: v, low: v, high: v}
	case s.index == index:
		s.count++
		s.last, s.low, s.high = v, min(s.low, v), max(s.high, v)
	} // else it is older than the window
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// at is where a slice begins.
func (t *track) at(s *slice) int64 { return s.index * t.width.Microseconds() }

// between gives the slices from start to end (µs since 1970), oldest first, with low and
// high of all of them.
func (t *track) between(start, end int64) (found []*slice, low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	width := t.width.Microseconds()
	first, size := floorDiv(start, width), int64(len(t.ring))
	for i := range size {
		s := &t.ring[((first+i)%size+size)%size]
		if s.count == 0 || s.index < first || t.at(s) > end || s.index >= first+size {
			continue
		}
		found = append(found, s)
		low, high = min(low, s.low), max(high, s.high)
	}
	return found, low, high
}
