package chart

import (
	"math"
)

// view is a track's part between two times, with the values that its axis spans.
type view struct {
	*track
	ink
	slices      []slice
	start, end  int64
	least, most float64 // of what is visible
	low, high   float64 // of the axis
	notation    notation
}

// see makes the view of one series.
func (p *painter) see(series int) view {
	start, end, dot := p.bounds()
	t := p.chart.tracks[series]
	v := view{track: t, ink: p.inkOf(series), start: start, end: end, slices: t.between(start, end, dot)}
	v.least, v.most = math.Inf(1), math.Inf(-1)
	for i := range v.slices {
		v.least, v.most = min(v.least, v.slices[i].low), max(v.most, v.slices[i].high)
	}
	if len(v.slices) == 0 {
		v.least, v.most = t.last, t.last
	}
	low, high := v.least, v.most
	if p.chart.ranged {
		low, high = p.chart.span.Low, p.chart.span.High
	}
	v.scale(low, high)
	return v
}

// scale sets what the axis spans, which is never nothing.
func (v *view) scale(low, high float64) {
	v.notation = notationOf(low, high, v.whole)
	if low == high {
		around := math.Abs(high) * 0.01
		switch {
		case around == 0:
			around = 1
		case v.whole:
			around = math.Ceil(around)
		}
		low, high = low-around, high+around
	}
	v.low, v.high = low, high
}

func (v *view) lowLabel() string  { return v.notation.of(v.low) }
func (v *view) highLabel() string { return v.notation.of(v.high) }
func (v *view) labelWidth() int   { return min(max(len(v.lowLabel()), len(v.highLabel())), longestLabel) }

// now is the newest value that is visible.
func (v *view) now() string {
	if n := len(v.slices); n > 0 {
		return v.value(v.notation, v.slices[n-1].last)
	}
	return "nothing in this window"
}

// extremes are the least and the greatest value that are visible.
func (v *view) extremes() string {
	if len(v.slices) == 0 {
		return ""
	}
	return " · min " + v.notation.of(v.least) + " · max " + v.notation.of(v.most)
}

// plot draws the slices' ranges and what joins them.
func (v *view) plot(c *canvas) {
	across, down := 2*c.columns, 4*c.rows
	x := func(at int64) int { return int(float64(at-v.start) / float64(v.end-v.start) * float64(across)) }
	y := func(value float64) int {
		share := (value - v.low) / (v.high - v.low)
		if math.IsInf(v.high-v.low, 0) {
			share = (value/2 - v.low/2) / (v.high/2 - v.low/2)
		}
		share = min(max(share, -1), 2) // what is outside a fixed range stays outside
		return down - 1 - int(math.Floor(share*float64(down-1)+0.5))
	}
	broken := gap(v.slices)
	for i := range v.slices {
		s := &v.slices[i]
		if i > 0 && s.from-v.slices[i-1].to <= broken {
			c.line(x(v.slices[i-1].to), y(v.slices[i-1].last), x(s.from), y(s.first))
		}
		c.line(x(s.from), y(s.first), x(s.to), y(s.last))
		middle := x(s.from + (s.to-s.from)/2)
		c.line(middle, y(s.low), middle, y(s.high))
	}
}
