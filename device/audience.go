package device

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

// What a ViewerEvent tells.
const (
	ViewerJoined = "joined" // it is connected to the hub and wants the stream
	ViewerDirect = "direct" // it has begun to read over a direct link
	ViewerLeft   = "left"   // for Reason, one of the protocol's (closed, lost, kicked, slow)
)

// ViewerEvent is a change among the viewers.
type ViewerEvent struct {
	ID     plotbeam.ViewerID
	What   string
	Reason string
	Count  int // of viewers, after the change
}

// ViewerInfo is one viewer as the device sees it.
type ViewerInfo struct {
	ID    plotbeam.ViewerID
	Since time.Time     // when it joined
	Path  string        // "direct", or "" while there is none yet
	Lag   time.Duration // how far it is behind; half a round trip when it has everything
}

// rejoinWithin is how long a viewer is kept that a restarted hub does not know yet.
const rejoinWithin = 15 * time.Second

// maxLinks is how many viewers a device serves at once; others are refused.
const maxLinks = 100

// audience is one viewer. The device's mutex guards it.
type audience struct {
	id      plotbeam.ViewerID
	since   time.Time
	start   plotbeam.Position // of the log's head when it joined
	present bool              // whether the hub has it
	link    *link.Link        // nil while there is none
	reading bool              // whether a cursor reads for link
	heard   time.Time
	acked   plotbeam.Position
	lag     time.Duration
}

func (a *audience) hangUp() {
	if a.link != nil {
		a.link.Close()
	}
}

// Viewers lists who is connected, in the order of their ids.
func (d *Device) Viewers() []ViewerInfo {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]ViewerInfo, 0, len(d.viewers))
	for _, a := range d.viewers {
		info := ViewerInfo{ID: a.id, Since: a.since, Lag: a.lag}
		if a.reading {
			info.Path = "direct"
		}
		list = append(list, info)
	}
	slices.SortFunc(list, func(a, b ViewerInfo) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (d *Device) join(id plotbeam.ViewerID) {
	d.mu.Lock()
	a := d.viewers[id]
	known := a != nil
	if !known {
		a = &audience{id: id, since: time.Now(), start: d.stream.Head()}
		d.viewers[id] = a
	}
	a.present = true
	d.mu.Unlock()
	if !known {
		d.tell(ViewerEvent{ID: id, What: ViewerJoined})
	}
}

// leave takes the hub's word that a viewer went, but for one that did not mean
// to and whose link lives: that one is still watching, or will end its link.
func (d *Device) leave(id plotbeam.ViewerID, reason string) {
	d.mu.Lock()
	a := d.viewers[id]
	if a == nil {
		d.mu.Unlock()
		return
	}
	a.present = false
	if a.link != nil && reason != plotbeam.ReasonClosed {
		d.mu.Unlock()
		return
	}
	delete(d.viewers, id)
	a.hangUp()
	d.mu.Unlock()
	d.tell(ViewerEvent{ID: id, What: ViewerLeft, Reason: reason})
}

// forgetAbsent drops the viewers that are neither with the hub nor on a link.
func (d *Device) forgetAbsent() {
	d.mu.Lock()
	var gone []plotbeam.ViewerID
	for id, a := range d.viewers {
		if !a.present && a.link == nil {
			gone = append(gone, id)
			delete(d.viewers, id)
		}
	}
	d.mu.Unlock()
	for _, id := range gone {
		d.tell(ViewerEvent{ID: id, What: ViewerLeft, Reason: plotbeam.ReasonLost})
	}
}

// tell wakes those who wait for viewers, and the owner.
func (d *Device) tell(e ViewerEvent) {
	d.mu.Lock()
	e.Count = len(d.viewers)
	d.wake()
	d.mu.Unlock()
	if d.config.OnViewer != nil {
		d.config.OnViewer(e)
	}
}

// wake needs d.mu.
func (d *Device) wake() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// signal takes a viewer's offer or candidate.
func (d *Device) signal(m plotbeam.Message) {
	d.mu.Lock()
	a, servers := d.viewers[m.Viewer], d.ice
	d.mu.Unlock()
	if a == nil {
		return // it has left meanwhile
	}
	if m.Description != nil && m.Description.Type == "offer" {
		d.answer(a, m, servers)
		return
	}
	d.mu.Lock()
	l := a.link
	d.mu.Unlock()
	if l == nil || l.Session() != m.Session {
		return // of a connection that is over
	}
	if err := l.Signal(m); err != nil {
		d.log.Warn("signal not taken", "viewer", a.id, "err", err)
		if m.Description != nil {
			d.refuse(a.id, m.Session, err)
		}
	}
}

func (d *Device) answer(a *audience, m plotbeam.Message, servers []plotbeam.ICEServer) {
	if d.full(a) {
		d.refuse(a.id, m.Session, fmt.Errorf("this device serves %d viewers already: try again later", maxLinks))
		return
	}
	l, err := d.endpoint.Answer(m.Session, servers, *m.Description, func(s plotbeam.Message) {
		s.Viewer = a.id
		if err := d.session.Send(s); err != nil {
			d.log.Debug("signal lost", "err", err)
		}
	})
	if err != nil {
		d.log.Warn("offer not taken", "viewer", a.id, "err", err)
		d.refuse(a.id, m.Session, err)
		return
	}
	d.mu.Lock()
	a.hangUp()
	a.link, a.reading = l, false
	life := d.life
	d.mu.Unlock()
	d.parts.Go(func() { d.serve(life, a, l) })
}

// full reports whether a would be one viewer too many.
func (d *Device) full(a *audience) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	links := 0
	for _, other := range d.viewers {
		if other != a && other.link != nil {
			links++
		}
	}
	return links >= maxLinks
}

// refuse tells a viewer why its link will not come.
func (d *Device) refuse(viewer plotbeam.ViewerID, session string, err error) {
	m := plotbeam.Message{Type: plotbeam.Signal, Viewer: viewer, Session: session, Text: plotbeam.Cut(err.Error(), plotbeam.MaxRefusal)}
	if err := d.session.Send(m); err != nil {
		d.log.Debug("refusal lost", "err", err)
	}
}

// WaitViewers waits until n viewers read, each over a path that works.
func (d *Device) WaitViewers(ctx context.Context, n int) error {
	return d.wait(ctx, func() bool {
		reading := 0
		for _, a := range d.viewers {
			if a.reading {
				reading++
			}
		}
		return reading >= n
	})
}

// wait waits until enough, which is asked under d.mu, says true.
func (d *Device) wait(ctx context.Context, enough func() bool) error {
	for {
		d.mu.Lock()
		if enough() {
			d.mu.Unlock()
			return nil
		}
		if d.changed == nil {
			d.changed = make(chan struct{})
		}
		changed := d.changed
		d.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
