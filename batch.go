package plotbeam

import (
	"encoding/binary"
	"math"
	"slices"
)

// Batch gathers readings until they become one frame. Its zero value is ready,
// and it is used again after Reset without allocating.
type Batch struct {
	columns  []gathered
	used     []int // indices of columns that hold readings, in the order of their first
	count    int
	earliest int64
	latest   int64
	scratch  []Column
	bytes    []byte
}

// gathered is one series' readings on their way into a Column.
type gathered struct {
	times  []int64 // µs since 1970
	values []float64
	narrow bool
}

// Len is the number of readings gathered.
func (b *Batch) Len() int { return b.count }

// Add gathers one reading of the series with that index (below [MaxSeries]) and
// reports whether it fitted. Where it did not, encode the batch, Reset it and
// add the reading again: an empty batch takes any.
func (b *Batch) Add(series int, valueType ValueType, micros int64, value float64) bool {
	earliest, latest := micros, micros
	if b.count > 0 {
		earliest, latest = min(b.earliest, micros), max(b.latest, micros)
	}
	if b.count >= MaxFrameReadings || latest-earliest > math.MaxUint32 {
		return false
	}
	if b.size()+columnHeader+16 > MaxFrame {
		return false
	}
	for len(b.columns) <= series {
		b.columns = append(b.columns, gathered{})
	}
	g := &b.columns[series]
	if len(g.times) == 0 {
		b.used = append(b.used, series)
		g.narrow = valueType == Float32
	}
	g.times = append(g.times, micros)
	g.values = append(g.values, value)
	b.earliest, b.latest = earliest, latest
	b.count++
	return true
}

// size is an upper bound of the frame that the batch makes now.
func (b *Batch) size() int {
	const paddings = 8
	return HeaderSize + len(b.used)*(columnHeader+paddings) + 12*b.count
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	for _, series := range b.used {
		g := &b.columns[series]
		g.times, g.values = g.times[:0], g.values[:0]
	}
	b.used, b.count = b.used[:0], 0
}

// Encode makes the frame of what was gathered, which is at least one reading.
// A step is sent instead of times where the times are evenly spaced, and
// nothing where they are those of the column before. Values take 4 bytes where
// all of a column are a float32 exactly, as a converter's counts are.
func (b *Batch) Encode(schema uint16, at Position) Frame {
	slices.Sort(b.used)
	b.scratch, b.bytes = b.scratch[:0], slices.Grow(b.bytes[:0], 12*b.count)
	var before []int64
	for _, series := range b.used {
		b.scratch = append(b.scratch, b.column(series, before))
		before = b.columns[series].times
	}
	return EncodeColumns(Header{Schema: schema, Position: at, Time: b.earliest}, b.scratch)
}

func (b *Batch) column(series int, before []int64) Column {
	g := &b.columns[series]
	c := Column{Series: uint16(series), Count: len(g.times)}
	switch step, even := evenStep(g.times); {
	case slices.Equal(before, g.times):
		c.Times = TimesShared
	case even:
		c.Times, c.first, c.step = TimesStep, uint32(g.times[0]-b.earliest), step
	default:
		c.Times = TimesOffset
		start := len(b.bytes)
		for _, t := range g.times {
			b.bytes = binary.LittleEndian.AppendUint32(b.bytes, uint32(t-b.earliest))
		}
		c.times = b.bytes[start:]
	}
	start := len(b.bytes)
	if g.narrow || areFloat32(g.values) {
		c.Values = ValuesFloat32
		for _, v := range g.values {
			b.bytes = binary.LittleEndian.AppendUint32(b.bytes, math.Float32bits(float32(v)))
		}
	} else {
		for _, v := range g.values {
			b.bytes = binary.LittleEndian.AppendUint64(b.bytes, math.Float64bits(v))
		}
	}
	c.values = b.bytes[start:]
	return c
}

func areFloat32(values []float64) bool {
	for _, v := range values {
		if float64(float32(v)) != v {
			return false
		}
	}
	return true
}

// evenStep gives the one distance between neighbours, if there is one.
func evenStep(times []int64) (step uint32, even bool) {
	if len(times) == 1 {
		return 0, true
	}
	d := times[1] - times[0]
	if d < 0 || d > math.MaxUint32 {
		return 0, false
	}
	for i := 2; i < len(times); i++ {
		if times[i]-times[i-1] != d {
			return 0, false
		}
	}
	return uint32(d), true
}
