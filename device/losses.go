package device

import (
	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

// mostLosses is how many losses of a viewer are remembered one by one.
const mostLosses = 200

// losses counts the frames that a viewer will not have, each once: it may be told
// twice, over two paths.
type losses struct {
	spans stream.Spans
	older uint64 // frames, in spans that are forgotten
}

func (l *losses) add(s plotbeam.Span) {
	if len(l.spans) == mostLosses {
		l.older += l.spans[0].Count()
		l.spans = l.spans[1:]
	}
	l.spans = l.spans.With(s)
}

func (l *losses) count() uint64 { return l.older + l.spans.Count() }

// lose notes frames that the log did not hold when it was a viewer's turn.
func (d *Device) lose(a *audience, spans ...plotbeam.Span) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range spans {
		a.lost.add(s)
	}
}

// loseRelayed notes likewise what the hub will not have, for those that are
// not beyond it: the hub does not say who asked.
func (d *Device) loseRelayed(spans ...plotbeam.Span) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.viewers {
		for _, s := range spans {
			if a.acked.Seq < s.Last || a.missing > 0 && a.path != "direct" {
				a.lost.add(s)
			}
		}
	}
}
