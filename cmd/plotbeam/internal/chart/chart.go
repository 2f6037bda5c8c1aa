// Package chart draws readings as they come, in a terminal.
//
//	Add ──> tracks (one a series: a ring of time slices) ──> Render ──> text ──> Show ──> terminal
//
// Every series has a panel of its own, because series seldom share a unit:
//
//	lab-psu · streaming · direct, 14 ms                        60 s
//	volts 4.98 V
//	 5.02 ┤⠤⠤⡠⠔⠒⠉⠉⠒⠢⢄⡀
//	 4.95 ┤        ⠈⠑⠢⠤⠤⠤⠔⠒⠉⠉
//	       -60 s                                                 now
package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
)

// settle is how long a device's clock may run ahead before the right edge follows it back.
const settle = 5 * time.Second

// Chart holds the last window of a device's readings.
type Chart struct {
	title  string
	window time.Duration

	mu     sync.Mutex
	status string
	tracks []*track
	byName map[string]*track
	edge   edge
}

// New makes an empty chart that shows the last window of time.
func New(title string, window time.Duration) *Chart {
	return &Chart{title: title, window: window, byName: map[string]*track{}}
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
		t = newTrack(r.Series, c.window)
		c.tracks = append(c.tracks, t)
		c.byName[r.Series] = t
	}
	if r.Unit != "" {
		t.unit = r.Unit
	}
	t.add(r.Time, r.Value)
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

// Render draws the chart as at most height lines of at most width cells.
func (c *Chart) Render(width, height int, color bool, now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := painter{width: width, height: height, color: color, window: c.window, end: c.edge.at(now)}
	p.titleLine(c.title, c.status)
	switch {
	case len(c.tracks) == 0:
		p.line("", "waiting for readings …", dim)
	case width < smallestWidth || height < smallestHeight:
		p.values(c.tracks)
	default:
		p.panels(c.tracks)
	}
	return strings.Join(p.lines, "\n")
}

// number writes a value for people: six digits are enough for an axis.
func number(v float64) string {
	if size := math.Abs(v); size != 0 && (size < 1e-4 || size >= 1e7) {
		return strconv.FormatFloat(v, 'e', 3, 64)
	} else if size >= 1e6 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(rounded(v), 'f', -1, 64)
}

// rounded keeps six digits of v.
func rounded(v float64) float64 {
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 5, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// span writes a duration for people: 60 s, 5 min, 1m30s.
func span(d time.Duration) string {
	switch {
	case d >= 2*time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d%time.Second == 0 && d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}
