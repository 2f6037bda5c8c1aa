// Package chart draws readings as they come, in a terminal.
//
//	Add ──> tracks (one a series: slices of time, fine and coarse) ──> Render ──> lines ──> Show ──> terminal
//	                                      terminal ──> Keyboard ──> Press ──┘
//
// Every series has a panel of its own, because series seldom share a unit; or all are in one:
//
//	lab-psu                                                    60 s
//	volts 4.98 V · min 4.95 · max 5.02
//	5.02 ┤⠤⠤⡠⠔⠒⠉⠉⠒⠢⢄⡀
//	4.95 ┤        ⠈⠑⠢⠤⠤⠤⠔⠒⠉⠉
//	      -60 s                                                 now
//	direct · 14 ms                                          ? keys
package chart

import (
	"strings"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
)

// settle is how long a device's clock may run ahead before the right edge follows it back.
const settle = 5 * time.Second

// Config says what a chart shows at first.
type Config struct {
	Title  string
	Window time.Duration // zero means a minute
	Range  Range         // of every axis; zero means what is visible
}

// Range is what an axis spans.
type Range struct{ Low, High float64 }

// Chart holds a device's readings, as much of them as is worth drawing.
type Chart struct {
	title  string
	span   Range
	ranged bool

	mu     sync.Mutex
	status string
	tracks []*track
	byName map[string]*track
	edge   edge
	look   look
}

// New makes an empty chart.
func New(config Config) *Chart {
	window := config.Window
	if window == 0 {
		window = time.Minute
	}
	return &Chart{
		title: config.Title, span: config.Range, ranged: config.Range != Range{},
		byName: map[string]*track{}, look: look{window: window},
	}
}

// SetStatus says in words how things stand.
func (c *Chart) SetStatus(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = text
}

// Add takes a reading that came at the time now.
func (c *Chart) Add(r plotbeam.Reading, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.byName[r.Series]
	if t == nil {
		if len(c.tracks) >= plotbeam.MaxSeries {
			return // a device that came back with other series; the first ones stay
		}
		t = newTrack(r.Series)
		c.tracks = append(c.tracks, t)
		c.byName[r.Series] = t
	}
	if r.Unit != "" {
		t.unit = r.Unit
	}
	t.add(r.Time.UnixMicro(), r.Value, max(min(held, allOf/len(c.tracks)), leastOf))
	c.edge.seen(r.Time, now)
}

// edge is the present by the device's clock: how far its readings run ahead of
// this machine's clock (behind it, mostly: by the time they travelled).
type edge struct {
	known        bool
	ahead        time.Duration // the most within settle
	recent       time.Duration // the most since
	since        time.Time
	recentsKnown bool
}

func (e *edge) seen(reading, now time.Time) {
	ahead := reading.Sub(now)
	if !e.known {
		*e = edge{known: true, ahead: ahead, since: now}
	}
	if !e.recentsKnown || ahead > e.recent {
		e.recent, e.recentsKnown = ahead, true
	}
	e.ahead = max(e.ahead, ahead)
	if now.Sub(e.since) >= settle {
		e.ahead, e.since, e.recentsKnown = e.recent, now, false
	}
}

func (e *edge) at(now time.Time) time.Time { return now.Add(e.ahead) }

// Paper is what a chart is drawn on.
type Paper struct {
	Width, Height int
	Color         bool
	ASCII         bool // no other characters
	Keys          bool // somebody may press some
}

// Render draws the chart as at most Height lines of at most Width cells.
func (c *Chart) Render(paper Paper, now time.Time) string {
	return strings.Join(c.lines(paper, now), "\n")
}

func (c *Chart) lines(paper Paper, now time.Time) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	present := c.edge.at(now)
	p := painter{Paper: paper, look: c.look, end: c.look.end(present), chart: c}
	small := p.Width < smallestWidth || p.Height < smallestHeight
	p.titleLine(present)
	switch {
	case c.look.help:
		p.keys()
	case len(c.tracks) == 0:
		p.line(plain("waiting for readings …", dim))
	case small:
		p.values()
	case c.look.overlaid:
		p.overlay()
	default:
		p.panels()
	}
	if !small || len(c.tracks) == 0 {
		p.statusLine()
	}
	return p.done
}
