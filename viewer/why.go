package viewer

import (
	"errors"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

// noLink is said when links were tried and none opened.
const noLink = "no direct path opens: UDP may be blocked"

// why says why the stream does not come over a direct path. It needs v.mu.
func (v *Viewer) why(s *Status) string {
	switch {
	case s.Path == direct:
		return ""
	case s.Path == turn:
		return "no direct path works, so TURN carries the stream"
	case v.config.Paths == plotbeam.RelayOnly:
		return "you asked for the relay only"
	case s.State.Paths == plotbeam.RelayOnly:
		return "the device streams through the hub only"
	case v.trouble != "":
		return v.trouble
	case s.Phase == Live || s.Phase == Reaching || s.Phase == Unreachable:
		if v.resting() {
			return "the direct path is too slow, or falls silent again and again"
		}
		return "a direct path is being opened"
	}
	return ""
}

// resting reports whether a link is not read for a while. It needs v.mu.
func (v *Viewer) resting() bool {
	for _, l := range v.links {
		if !l.rests.IsZero() {
			return true
		}
	}
	return false
}

// note keeps why a link that is over did not open; one that did needs no reason.
// It needs v.mu.
func (v *Viewer) note(l *line, err error) {
	refused, told := errors.AsType[*link.Refused](err)
	switch {
	case l.reading != nil:
		v.trouble = ""
	case told:
		v.trouble = plotbeam.Printable(refused.Text)
	case !errors.Is(err, link.ErrClosed): // else the viewer itself has given it up
		v.trouble = noLink
	}
}
