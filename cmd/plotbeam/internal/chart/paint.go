package chart

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	smallestWidth  = 24 // cells; below that only names and values are shown
	smallestHeight = 5
	smallestPanel  = 3 // lines: one of words, two of dots
	longestLabel   = 12
	brokenAfter    = 5 // usual distances without a reading make a gap in the line
)

// style is a terminal's "select graphic rendition" parameters (ECMA-48, 8.3.117).
type style string

const (
	plainStyle style = ""
	dim        style = "2"
	bold       style = "1"
)

var palette = [...]style{"36", "33", "32", "35", "34", "31"} // cyan, yellow, green, magenta, blue, red

// painter makes the lines of one picture.
type painter struct {
	width, height int
	color         bool
	window        time.Duration
	end           time.Time // the right edge
	lines         []string
}

// line adds a line, unless the picture is full: words, then a part with a style.
func (p *painter) line(before, text string, s style) {
	if len(p.lines) >= p.height {
		return
	}
	before = cut(before, p.width)
	text = cut(text, p.width-cells(before))
	p.lines = append(p.lines, before+p.styled(text, s))
}

func (p *painter) styled(text string, s style) string {
	if !p.color || s == plainStyle || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[m"
}

func (p *painter) titleLine(title, status string) {
	left := title
	if status != "" {
		left += " · " + status
	}
	right := span(p.window)
	left = cut(plotbeam.Printable(left), p.width)
	if room := p.width - cells(left) - len(right); room > 0 {
		left += strings.Repeat(" ", room) + right
	}
	p.line("", left, bold)
}

// values is all that a tiny terminal can show.
func (p *painter) values(tracks []*track) {
	for i, t := range tracks {
		p.line("", plotbeam.Printable(t.name+" "+t.value()), palette[i%len(palette)])
	}
}

func (t *track) value() string {
	return strings.TrimSpace(number(t.last) + " " + t.unit)
}

// panels draws as many series as there is room for, one below the other, and the time axis.
func (p *painter) panels(tracks []*track) {
	room := p.height - len(p.lines) - 1
	shown := max(min(len(tracks), room/smallestPanel), 1)
	start, end := p.bounds()
	views := make([]view, shown)
	margin := 0
	for i := range views {
		views[i] = look(tracks[i], start, end)
		margin = max(margin, views[i].labelWidth())
	}
	margin = min(margin, longestLabel)
	for i := range views {
		rows := room / shown
		if i < room%shown {
			rows++
		}
		p.panel(&views[i], palette[i%len(palette)], margin, rows-1)
	}
	p.timeAxis(margin, len(tracks)-shown)
}

// bounds are the window's ends in µs since 1970, moved on by whole dots so that a
// line keeps its shape while it scrolls.
func (p *painter) bounds() (start, end int64) {
	window := max(p.window.Microseconds(), 1)
	dot := max(window/int64(2*p.width), 1)
	end = (floorDiv(p.end.UnixMicro(), dot) + 1) * dot
	return end - window, end
}

// view is a track's part between two times, with the values that its axis spans.
type view struct {
	*track
	slices     []*slice
	start, end int64
	low, high  float64
}

func look(t *track, start, end int64) view {
	v := view{track: t, start: start, end: end}
	v.slices, v.low, v.high = t.between(start, end)
	if len(v.slices) == 0 {
		v.low, v.high = t.last, t.last
	}
	if v.low == v.high {
		around := max(v.high*0.01, -v.high*0.01)
		if around == 0 {
			around = 1
		}
		v.low, v.high = v.low-around, v.high+around
	}
	return v
}

func (v *view) labelWidth() int { return max(len(number(v.low)), len(number(v.high))) }

// panel is a line of words and rows of dots beside an axis.
func (p *painter) panel(v *view, s style, margin, rows int) {
	p.line(plotbeam.Printable(v.name)+" ", plotbeam.Printable(v.value()), bold)
	c := newCanvas(max(p.width-margin-2, 1), rows)
	v.plot(c)
	for i := range rows {
		label, tick := "", "│"
		switch i {
		case 0:
			label, tick = number(v.high), "┤"
		case rows - 1:
			label, tick = number(v.low), "┤"
		}
		p.line(fmt.Sprintf("%*s %s", margin, cut(label, margin), tick), c.row(i), s)
	}
}

// plot draws the slices' ranges and what joins them.
func (v *view) plot(c *canvas) {
	across, down := 2*c.columns, 4*c.rows
	x := func(s *slice) int {
		return int(float64(v.at(s)-v.start) / float64(v.end-v.start) * float64(across))
	}
	y := func(value float64) int {
		share := (value - v.low) / (v.high - v.low)
		if math.IsInf(v.high-v.low, 0) {
			share = (value/2 - v.low/2) / (v.high/2 - v.low/2)
		}
		return down - 1 - int(share*float64(down-1)+0.5)
	}
	gap := v.usualGap()
	for i, s := range v.slices {
		if i > 0 && v.at(s)-v.at(v.slices[i-1]) <= gap {
			c.line(x(v.slices[i-1]), y(v.slices[i-1].last), x(s), y(s.first))
		}
		c.line(x(s), y(s.low), x(s), y(s.high))
	}
}

// usualGap is the longest time between readings over which a line is drawn.
func (v *view) usualGap() int64 {
	if len(v.slices) < 3 {
		return v.end - v.start
	}
	length := v.at(v.slices[len(v.slices)-1]) - v.at(v.slices[0])
	return brokenAfter * max(length/int64(len(v.slices)-1), v.width.Microseconds())
}

func (p *painter) timeAxis(margin, hidden int) {
	left, right := "-"+span(p.window), "now"
	if hidden > 0 {
		left += fmt.Sprintf(" · %d more series: enlarge the terminal", hidden)
	}
	left = cut(left, max(p.width-margin-2-len(right)-1, 0))
	room := max(p.width-margin-2-cells(left)-len(right), 1)
	p.line(strings.Repeat(" ", margin+2), left+strings.Repeat(" ", room)+right, dim)
}
