package viewer

import (
	"context"
	"errors"
	"slices"

	"github.com/plotbeam/plotbeam"
)

// arrive notes one frame that has come over a path, and puts it into the inbox.
// One that came already is dropped, and so is one that cannot be read, or that
// came where frames may be lost while much waits to be handled. It says whether
// the path is level with what the viewer has, and the frame news.
func (v *Viewer) arrive(ctx context.Context, r *reading, wire []byte, loose bool) (level, news bool) {
	f, err := plotbeam.ParseFrame(wire)
	if err != nil {
		v.bad(err)
		return false, false
	}
	if loose && v.inbox.holds(inboxLoose) || !v.inbox.wait(ctx) {
		return false, false
	}
	v.mu.Lock()
	if !r.begun {
		if len(r.early) < mostUndeclared { // the rest comes again
			r.early = append(r.early, early{wire, loose})
		}
		v.mu.Unlock()
		return false, false
	}
	news, late := v.place.take(f.Position)
	level = news && !late || !news && v.place.at != nil && f.Position.Epoch == v.place.at.Epoch && f.Position.Seq+1 >= v.place.at.Seq
	if f.Kind == plotbeam.KindSchema {
		late = false
	} else if !news {
		v.status.Repeat++
		r.take(len(wire), loose)
	}
	v.status.Missing = v.place.missing.Count()
	if news {
		v.status.Frames++
	}
	v.mu.Unlock()
	if news || f.Kind == plotbeam.KindSchema {
		v.inbox.put(arrival{frame: f, reading: r, late: late, loose: loose})
	}
	return level, news
}

// take hands on what has come, until ctx ends.
func (v *Viewer) take(ctx context.Context) {
	for {
		all, err := v.inbox.take(ctx)
		if err != nil {
			return
		}
		for _, a := range all {
			if ctx.Err() != nil {
				return
			}
			v.handleOne(ctx, a)
		}
	}
}

// handleOne hands one arrival on, and tells the path's other end when it is due.
func (v *Viewer) handleOne(ctx context.Context, a arrival) {
	switch {
	case a.ended:
		v.ended(ctx, a.reading)
		return
	case a.lost > 0:
		v.lost += a.lost
		return
	case a.frame.Kind == plotbeam.KindSchema:
		waited, err := v.decoder.schema(a.frame)
		if err != nil {
			v.bad(err)
		}
		v.mu.Lock()
		if v.schema = 0; v.place.at != nil && v.decoder.epoch == v.place.at.Epoch {
			v.schema = v.decoder.version
		}
		v.mu.Unlock()
		for _, one := range waited {
			v.handOn(one)
		}
	case v.decoder.declared(a):
		v.handOn(a)
	}
	v.mu.Lock()
	at := a.frame.Position
	if v.handled == nil || v.handled.Epoch != at.Epoch || at.Seq > v.handled.Seq {
		v.handled = &at
	}
	a.reading.take(len(a.frame.Wire), a.loose)
	v.mu.Unlock()
	v.ackIfDue(a.reading, false)
}

// handOn gives a frame's readings to who wants them.
func (v *Viewer) handOn(a arrival) {
	columns, err := v.decoder.columns(a.frame)
	if err != nil {
		v.bad(err)
		return
	}
	lost := v.lost
	if !a.late {
		v.lost = 0
	}
	if v.config.OnFrame != nil {
		v.config.OnFrame(Frame{Frame: a.frame, Schema: v.decoder.known, Columns: columns, Lost: lost, Late: a.late})
	}
}

// bad counts a frame that cannot be read.
func (v *Viewer) bad(err error) {
	v.mu.Lock()
	v.status.Bad++
	v.mu.Unlock()
	v.log.Warn("frame not read", "err", err)
}

var errNoPosition = errors.New("a from without a position")

// begins takes where a path begins, and the frames that came before the word.
func (v *Viewer) begins(ctx context.Context, r *reading, m plotbeam.Message) error {
	if m.Position == nil {
		return errNoPosition
	}
	var before []early
	v.change(func(s *Status) {
		if v.place.from(*m.Position) {
			v.schema = 0
			s.Breaks++
			s.Missing = 0
		}
		if v.handled == nil || v.handled.Epoch != v.place.at.Epoch {
			v.handled = v.place.at
		}
		r.begun = true
		before, r.early = r.early, nil
	})
	for _, one := range before {
		v.arrive(ctx, r, one.wire, one.loose)
	}
	return nil
}

// lose takes the news that frames will not come.
func (v *Viewer) lose(r *reading, m plotbeam.Message) {
	if m.Position == nil {
		return
	}
	lost := uint64(0)
	v.change(func(s *Status) {
		for _, span := range m.Spans {
			lost += v.place.gap(m.Position.Epoch, span)
		}
		s.Lost += lost
		s.Missing = v.place.missing.Count()
	})
	if lost > 0 {
		v.inbox.put(arrival{reading: r, lost: lost})
	}
}

// read asks for what the viewer does not have. It needs v.mu.
func (v *Viewer) read() plotbeam.Message {
	m := plotbeam.Message{Type: plotbeam.Read, Bound: v.config.Bound.Milliseconds()}
	switch since := v.config.Since; {
	case v.place.at != nil:
		m.After, m.Schema, m.Spans = v.place.at, v.schema, slices.Clone(v.place.missing)
	case since < 0:
		m.Since = -1
	case since > 0:
		m.Since = max(1, since.Milliseconds())
	}
	return m
}

// ended takes the news that the input has ended, once everything before is handled.
func (v *Viewer) ended(ctx context.Context, r *reading) {
	v.change(func(s *Status) { s.State.Activity = plotbeam.Ended })
	v.ackIfDue(r, true)
	if v.config.UntilEnd {
		v.finish(ctx, r)
	}
}
