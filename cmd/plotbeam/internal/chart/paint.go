package chart

import (
	"fmt"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	smallestWidth  = 24 // cells; below that only names and values are shown
	smallestHeight = 5
	longestLabel   = 12
)

// style is a terminal's "select graphic rendition" parameters (ECMA-48, 8.3.117).
type style string

const (
	plainStyle style = ""
	dim        style = "2"
	bold       style = "1"
)

// ink is how a series is told from others: by its colour, and by its mark where
// there is none or who looks sees none.
type ink struct {
	style style
	mark  rune
}

var (
	palette    = [...]style{"36", "33", "32", "35", "34", "31"} // cyan, yellow, green, magenta, blue, red
	marks      = []rune("●◆▲■○◇△□")
	asciiMarks = []rune("*+xo#@%&")
)

func (p *painter) inkOf(series int) ink {
	of := marks
	if p.ASCII {
		of = asciiMarks
	}
	return ink{palette[series%len(palette)], of[series%len(of)]}
}

// piece is a part of a line in one style.
type piece struct {
	text  string
	style style
}

func plain(text string, s style) piece { return piece{text, s} }

// painter makes the lines of one picture.
type painter struct {
	Paper
	look  look
	end   time.Time // the right edge
	chart *Chart
	done  []string
}

// line adds a line, unless the picture is full. No stranger's text in it commands the terminal.
func (p *painter) line(pieces ...piece) {
	if len(p.done) >= p.Height {
		return
	}
	var b strings.Builder
	room := p.Width
	for _, one := range pieces {
		text := cut(p.shown(one.text), room)
		room -= cells(text)
		p.write(&b, text, one.style)
	}
	p.done = append(p.done, b.String())
}

func (p *painter) write(b *strings.Builder, text string, s style) {
	if !p.Color || s == plainStyle || text == "" {
		b.WriteString(text)
		return
	}
	b.WriteString("\x1b[")
	b.WriteString(string(s))
	b.WriteByte('m')
	b.WriteString(text)
	b.WriteString("\x1b[m")
}

// shown is a text as this terminal can show it.
func (p *painter) shown(text string) string {
	text = plotbeam.Printable(text)
	if p.ASCII {
		text = toASCII(text)
	}
	return text
}

// width is how many cells a text takes here.
func (p *painter) width(text string) int { return cells(p.shown(text)) }

// ends adds a line with something at its left and at its right, which gives way.
func (p *painter) ends(left, right string, s style) {
	room := p.Width - p.width(left) - p.width(right)
	if room < 1 {
		room, right = 0, ""
	}
	p.line(plain(left+strings.Repeat(" ", room)+right, s))
}

func (p *painter) titleLine(present time.Time) {
	right := span(p.look.window)
	if p.look.paused {
		right = fmt.Sprintf("paused, %s ago · %s", span(present.Sub(p.end).Truncate(time.Second)), right)
	}
	p.ends(p.chart.title, right, bold)
}

func (p *painter) statusLine() {
	for len(p.done) < p.Height-1 {
		p.line()
	}
	hint := ""
	if p.Keys {
		hint = " ? keys"
	}
	p.ends(p.chart.status, hint, dim)
}

// keys says what the keys do.
func (p *painter) keys() {
	for _, one := range keysHelp {
		name := p.shown(one[0])
		p.line(plain(name, bold), plain(strings.Repeat(" ", max(8-cells(name), 1))+one[1], plainStyle))
	}
}

// values is all that a tiny terminal can show.
func (p *painter) values() {
	for i, t := range p.chart.tracks {
		name, value := p.fit(t.name, t.value(notationOf(t.last, t.last, t.whole), t.last), p.Width)
		p.line(plain(name+value, p.inkOf(i).style))
	}
}

// fit leaves of a name what the value behind it has no need of: half a number would be another one.
func (p *painter) fit(name, value string, room int) (string, string) {
	return cut(p.shown(name), max(room-p.width(value)-1, 0)) + " ", value
}

// value is a number with its unit.
func (t *track) value(n notation, v float64) string {
	return strings.TrimSpace(n.of(v) + " " + symbol(t.unit))
}

// bounds are the window's ends in µs since 1970, moved on by whole dots so that a
// line keeps its shape while it scrolls.
func (p *painter) bounds() (start, end, dot int64) {
	window := max(p.look.window.Microseconds(), 1)
	dot = max(window/int64(2*p.Width), 1)
	end = (floorDiv(p.end.UnixMicro(), dot) + 1) * dot
	return end - window, end, dot
}

// clock is how a time axis ends while it is paused.
const clock = "15:04:05"

// timeAxis is the line below the dots; more says what is not shown.
func (p *painter) timeAxis(margin int, more string) {
	left, right := "-"+span(p.look.window), "now"
	if p.look.paused {
		left, right = p.end.Add(-p.look.window).Local().Format(clock), p.end.Local().Format(clock)
	}
	if more != "" {
		left += " · " + more
	}
	left = cut(p.shown(left), max(p.Width-margin-2-len(right)-1, 0))
	room := max(p.Width-margin-2-cells(left)-len(right), 1)
	p.line(plain(strings.Repeat(" ", margin+2)+left+strings.Repeat(" ", room)+right, dim))
}
