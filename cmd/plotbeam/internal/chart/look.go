package chart

import (
	"slices"
	"time"
)

// windows are what + and - choose from.
var windows = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// The shortest and the longest window.
const (
	ShortestWindow = time.Second
	LongestWindow  = 12 * time.Hour
)

// scrollStep is the part of a window that an arrow moves.
const scrollStep = 4

// look is what a person has chosen to see.
type look struct {
	window   time.Duration
	paused   bool
	right    time.Time // the right edge while paused
	overlaid bool
	top      int // the first series that has a panel
	help     bool
}

// end is the right edge.
func (l *look) end(present time.Time) time.Time {
	if l.paused {
		return l.right
	}
	return present
}

// keysHelp is what the keys do.
var keysHelp = [...][2]string{
	{"+ -", "a shorter, a longer window"},
	{"space", "pause; go on"},
	{"← →", "back and forth; PgUp, PgDn, Home"},
	{"l End", "live again"},
	{"s", "series stacked, or overlaid"},
	{"↑ ↓", "other series, where not all fit"},
	{"?", "these keys"},
	{"q", "quit"},
}

// Press obeys a key, and reports whether it ends the chart.
func (c *Chart) Press(key Key, now time.Time) (quit bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	present := c.edge.at(now)
	l := &c.look
	switch key {
	case 'q', 'Q', Interrupt:
		return true
	case '?', 'h':
		l.help = !l.help
		return false
	case '+', '=':
		c.zoom(-1, present)
	case '-', '_':
		c.zoom(1, present)
	case ' ', 'p':
		l.right, l.paused = present, !l.paused
	case Left:
		c.scroll(-l.window/scrollStep, present)
	case Right:
		c.scroll(l.window/scrollStep, present)
	case PageUp:
		c.scroll(-l.window, present)
	case PageDown:
		c.scroll(l.window, present)
	case Home:
		c.scroll(-present.Sub(c.oldest(present)), present)
	case 'l', End:
		l.paused = false
	case 's':
		l.overlaid = !l.overlaid
	case Up:
		l.top = max(l.top-1, 0)
	case Down:
		l.top = max(min(l.top+1, len(c.tracks)-1), 0)
	}
	l.help = false
	return false
}

// zoom takes the next longer or shorter window.
func (c *Chart) zoom(by int, present time.Time) {
	l := &c.look
	i, found := slices.BinarySearch(windows, l.window)
	switch {
	case by < 0:
		l.window = windows[max(i-1, 0)]
	case found:
		l.window = windows[min(i+1, len(windows)-1)]
	default:
		l.window = windows[min(i, len(windows)-1)]
	}
	if first := c.oldest(present).Add(l.window); l.right.Before(first) {
		l.right = first
	}
	if l.right.After(present) {
		l.right = present
	}
}

// scroll moves the right edge within what is held, and is live again at the present.
func (c *Chart) scroll(by time.Duration, present time.Time) {
	l := &c.look
	to := l.end(present).Add(by)
	if first := c.oldest(present).Add(l.window); to.Before(first) {
		to = first
	}
	l.paused = to.Before(present)
	l.right = to
}

// oldest is the time of the first reading held.
func (c *Chart) oldest(present time.Time) time.Time {
	oldest := present
	for _, t := range c.tracks {
		if at := time.UnixMicro(t.oldest()); at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}
