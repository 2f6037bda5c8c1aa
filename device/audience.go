package device

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/plotbeam/plotbeam"
)

// What a ViewerEvent tells.
const (
	ViewerJoined = "joined" // it is connected to the hub and wants the stream
	ViewerDirect = "direct" // it has begun to read over a direct link
	ViewerRelay  = "relay"  // it has begun to read through the hub, or does so again
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
	Path  string        // "direct", "relay", or "" while there is none yet
	Lag   time.Duration // how far it is behind; half a round trip when it has everything
}

// rejoinWithin is how long a viewer is kept that a restarted hub does not know yet.
const rejoinWithin = 15 * time.Second

// DefaultMaxDirect is how many viewers a device serves directly; the rest is relayed.
const DefaultMaxDirect = 8

// audience is one viewer. The device's mutex guards it.
type audience struct {
	id      plotbeam.ViewerID
	since   time.Time
	start   plotbeam.Position // of the log's head when it joined
	present bool              // whether the hub has it
	links   []*line           // opening and open, newest last
	path    string            // "direct", "turn", "relay", or "" before the first ack
	refused bool              // a direct path, for want of a place
	heard   time.Time
	acked   plotbeam.Position
	missing uint64 // frames before acked that it has not
	lost    losses
	awaited awaited
	lag     time.Duration
}

// maxLinks is how many links a viewer may have: one that works, perhaps, and
// those that are to take its place.
const maxLinks = 3

func (a *audience) hangUp() {
	for _, l := range a.links {
		l.Close()
	}
}

// link is the one of that session, nil if there is none.
func (a *audience) link(session string) *line {
	i := slices.IndexFunc(a.links, func(l *line) bool { return l.Session() == session })
	if i < 0 {
		return nil
	}
	return a.links[i]
}

// acked takes a viewer's word of how far it is, over a link or (nil) the relay.
func (d *Device) acked(a *audience, m plotbeam.Message, l *line) {
	head := d.stream.Head()
	d.mu.Lock()
	before := a.path
	path := "relay"
	if l != nil {
		a.heard, path = time.Now(), "direct"
	}
	if p := m.Position; p != nil {
		a.path = path
		if p.Epoch == head.Epoch && p.Seq <= head.Seq && (p.Seq >= a.acked.Seq || before == "") {
			a.acked, a.missing = *p, m.Missing
		}
		a.lag = d.stream.Lag(a.acked)
	}
	if l != nil && a.lag == 0 {
		_, trip, _ := l.clock.Ahead()
		a.lag = trip / 2
	}
	news := a.path != before
	d.wake()
	d.mu.Unlock()
	switch {
	case news && l != nil:
		d.tell(ViewerEvent{ID: a.id, What: ViewerDirect})
	case news:
		d.tell(ViewerEvent{ID: a.id, What: ViewerRelay})
	}
}

// hungUp notes that a link is over; a viewer that the hub does not have either is gone.
func (d *Device) hungUp(l *line) {
	a := l.viewer
	d.mu.Lock()
	a.links = slices.DeleteFunc(a.links, func(other *line) bool { return other == l })
	if len(a.links) > 0 {
		d.mu.Unlock()
		return
	}
	if a.path == "direct" {
		a.path, a.lag = "", 0
	}
	gone := (!a.present || a.id.Guest()) && d.viewers[a.id] == a // a guest is here for its links
	if gone {
		delete(d.viewers, a.id)
	}
	d.wake()
	d.mu.Unlock()
	if gone {
		reason := plotbeam.ReasonLost
		if a.id.Guest() {
			reason = plotbeam.ReasonClosed
		}
		d.tell(ViewerEvent{ID: a.id, What: ViewerLeft, Reason: reason})
	}
	d.invite()
}

// Viewers lists who is connected, in the order of their ids.
func (d *Device) Viewers() []ViewerInfo {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]ViewerInfo, 0, len(d.viewers))
	for _, a := range d.viewers {
		list = append(list, ViewerInfo{ID: a.id, Since: a.since, Path: a.path, Lag: a.lag})
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
	if a.path == "relay" {
		a.path, a.lag = "", 0
	}
	if len(a.links) > 0 && reason != plotbeam.ReasonClosed && time.Since(a.heard) < liveFor {
		d.mu.Unlock()
		return
	}
	delete(d.viewers, id)
	a.hangUp()
	d.mu.Unlock()
	d.tell(ViewerEvent{ID: id, What: ViewerLeft, Reason: reason})
	d.invite()
}

// forgetAbsent drops the viewers that are neither with the hub nor on a link.
func (d *Device) forgetAbsent() {
	d.mu.Lock()
	var gone []plotbeam.ViewerID
	for id, a := range d.viewers {
		if !a.present && len(a.links) == 0 {
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
	if a == nil && m.Objects != nil { // it had left, and is here again
		d.join(m.Viewer)
		d.mu.Lock()
		a = d.viewers[m.Viewer]
		d.mu.Unlock()
	}
	if a == nil {
		return // it has left meanwhile
	}
	if m.Description != nil && m.Description.Type == "offer" {
		d.answer(a, m, servers)
		return
	}
	d.mu.Lock()
	l := a.link(m.Session)
	d.mu.Unlock()
	if l == nil {
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
	if err := d.admit(a); err != nil {
		d.refuse(a.id, m.Session, err)
		d.forgetGuest(a)
		return
	}
	begin := d.endpoint.Answer
	if m.Objects != nil {
		begin = d.endpoint.AnswerPlain
	}
	made, err := begin(m.Session, servers, *m.Description, func(s plotbeam.Message) {
		s.Viewer = a.id
		if err := d.session.Send(s); err != nil {
			d.log.Debug("signal lost", "err", err)
		}
	})
	if err != nil {
		d.log.Warn("offer not taken", "viewer", a.id, "err", err)
		d.refuse(a.id, m.Session, err)
		d.forgetGuest(a)
		return
	}
	l := &line{Link: made, viewer: a}
	d.mu.Lock()
	if len(a.links) >= maxLinks {
		a.links[0].Close()
	}
	a.links = append(a.links, l)
	life := d.life
	d.mu.Unlock()
	if m.Objects != nil {
		from := d.stream.Head()
		d.parts.Go(func() { d.serveObjects(life, l, *m.Objects, from) })
		return
	}
	d.parts.Go(func() { d.serve(life, l) })
}

// forgetGuest drops a viewer that is here for its links, if it has none.
func (d *Device) forgetGuest(a *audience) {
	d.mu.Lock()
	idle := a.id.Guest() && len(a.links) == 0
	d.mu.Unlock()
	if idle {
		d.leave(a.id, plotbeam.ReasonClosed)
	}
}

// admit gives a viewer a place on a direct path, as long as there is one.
func (d *Device) admit(a *audience) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.config.Paths == plotbeam.RelayOnly {
		return errors.New("this device streams through the hub only")
	}
	links := 0
	for _, other := range d.viewers {
		if other != a && len(other.links) > 0 {
			links++
		}
	}
	if a.id.Guest() && len(a.links) >= maxLinks {
		return fmt.Errorf("a viewer has %d connections at most", maxLinks)
	}
	a.refused = links >= d.config.MaxDirect
	if a.refused {
		return fmt.Errorf("this device's direct places are taken (it has %d)", d.config.MaxDirect)
	}
	return nil
}

// invite offers a place that is free now to a viewer that was refused one.
func (d *Device) invite() {
	d.mu.Lock()
	var next *audience
	for _, a := range d.viewers {
		if a.refused && len(a.links) == 0 && (next == nil || a.since.Before(next.since)) {
			next = a
		}
	}
	if next != nil {
		next.refused = false
	}
	d.mu.Unlock()
	if next == nil {
		return
	}
	if err := d.session.Send(plotbeam.Message{Type: plotbeam.Invite, Viewer: next.id}); err != nil {
		d.log.Debug("invitation lost", "err", err)
	}
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
			if a.path != "" {
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
