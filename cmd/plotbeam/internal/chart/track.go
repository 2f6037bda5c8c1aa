package chart

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const (
	finest   = int64(time.Millisecond / time.Microsecond) // µs of a slice of the first level
	coarser  = 4                                          // times as long are the next level's slices
	levels   = 8                                          // up to 16 s: half a day in few slices
	held     = 8192                                       // slices of a level, of up to 16 series
	leastOf  = 1024                                       // likewise, of as many as there can be
	allOf    = 16 * held                                  // slices of a level, of all series
	broken   = 5                                          // usual distances without a reading are a gap
	measured = 256                                        // distances tell which is usual
)

// track keeps one series in levels, each a list of slices of time, finer or
// coarser. So its size and the cost of a picture do not depend on how many readings
// come, and no least or greatest value is lost.
type track struct {
	name, unit string
	last       float64
	newest     int64 // µs since 1970
	whole      bool  // all values were integers
	levels     [levels]level
}

type level struct {
	width   int64   // µs of a slice
	slices  []slice // oldest first; none is empty
	dropped bool    // some, since there were too many
}

// slice is what the readings of a short time have in common.
type slice struct {
	from, to    int64 // times of its first and last reading, µs since 1970
	count       int64
	first, last float64
	low, high   float64
}

func newTrack(name string) *track {
	t := &track{name: name, newest: math.MinInt64, whole: true}
	width := finest
	for i := range t.levels {
		t.levels[i].width = width
		width *= coarser
	}
	return t
}

// add takes a reading, with room for so many slices a level.
func (t *track) add(at int64, v float64, room int) {
	if at >= t.newest {
		t.newest, t.last = at, v
	}
	t.whole = t.whole && v == math.Trunc(v)
	for i := range t.levels {
		t.levels[i].add(at, v, room)
	}
}

func (l *level) add(at int64, v float64, room int) {
	index := floorDiv(at, l.width)
	order := func(s slice, index int64) int { return cmp.Compare(floorDiv(s.from, l.width), index) }
	i, found := len(l.slices), false
	if i > 0 {
		switch newest := order(l.slices[i-1], index); {
		case newest == 0:
			i, found = i-1, true
		case newest > 0: // it comes late
			i, found = slices.BinarySearchFunc(l.slices, index, order)
		}
	}
	switch {
	case found:
		l.slices[i].add(at, v)
		return
	case i == 0 && l.dropped:
		return // its neighbours are gone
	}
	l.slices = slices.Insert(l.slices, i, slice{from: at, to: at, count: 1, first: v, last: v, low: v, high: v})
	if len(l.slices) > room+room/4 { // many at once, since those that stay are moved
		l.slices, l.dropped = slices.Delete(l.slices, 0, len(l.slices)-room), true
	}
}

func (s *slice) add(at int64, v float64) {
	s.count++
	s.low, s.high = min(s.low, v), max(s.high, v)
	if at < s.from {
		s.from, s.first = at, v
	}
	if at >= s.to {
		s.to, s.last = at, v
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// between gives the slices from start to end (µs since 1970), no longer than a dot
// where such are still held.
func (t *track) between(start, end, dot int64) []slice {
	i := 0
	for i+1 < levels && t.levels[i+1].width <= dot {
		i++
	}
	for i+1 < levels && t.levels[i].dropped && t.levels[i].slices[0].from > start {
		i++
	}
	all := t.levels[i].slices
	from, _ := slices.BinarySearchFunc(all, start, func(s slice, at int64) int { return cmp.Compare(s.to, at) })
	to, _ := slices.BinarySearchFunc(all, end+1, func(s slice, at int64) int { return cmp.Compare(s.from, at) })
	return all[from:max(from, to)]
}

// oldest is the time of the first reading that is held.
func (t *track) oldest() int64 {
	return t.levels[levels-1].slices[0].from
}

// gap is the longest time between two readings over which a line is drawn.
func gap(all []slice) int64 {
	var distances []int64
	for i := max(0, len(all)-measured); i < len(all); i++ {
		switch s := all[i]; {
		case s.count > 1:
			distances = append(distances, (s.to-s.from)/(s.count-1))
		case i > 0:
			distances = append(distances, s.from-all[i-1].to)
		}
	}
	if len(distances) < 3 {
		return math.MaxInt64 // too few to tell
	}
	slices.Sort(distances)
	return broken * max(distances[len(distances)/2], finest)
}
