package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	objectsBound = 2 * time.Second        // that a viewer which has caught up may be behind; see stream.Start
	objectsLook  = 100 * time.Millisecond // at what of its link has gone
	objectsTrip  = 10                     // of these, between two looks at its round trip
)

// objects is what a viewer reads that speaks another protocol: each reading as a
// message of its own. It says nothing, so what it has is told by its link.
//
//	Cursor ── frame ── packer ── one message a reading ── Link
//	                                what has left it  ──> acked
type objects struct {
	device *Device
	line   *line
	packer packer
	at     plotbeam.Position // of the frame read last
	bytes  uint64            // sent so far
	bound  time.Duration     // of the cursor; 0 until it has caught up
	flow   stream.Flow
	trip   atomic.Int64 // ns, to the viewer and back

	mu   sync.Mutex
	last handed // to the link
}

// handed says that a frame has gone once the link has got rid of so many bytes.
type handed struct {
	at    plotbeam.Position
	bytes uint64
}

// serveObjects is such a link's life. from is where the log was when it was offered.
func (d *Device) serveObjects(ctx context.Context, l *line, wish plotbeam.Objects, from plotbeam.Position) {
	defer d.hungUp(l)
	defer l.Shut()
	if !d.opens(ctx, l) {
		return
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	o := &objects{device: d, line: l, packer: newPacker(wish, d.ID()), at: from}
	start := stream.Start{After: &from}
	if wish.Since != 0 {
		start = stream.Start{Since: plotbeam.Micros(wish.Since * 1000)}
	}
	d.acked(l.viewer, plotbeam.Message{Position: &from}, l) // it reads
	d.parts.Go(func() { end(o.listen()) })
	d.parts.Go(func() { end(o.observe(ctx)) })
	d.parts.Go(func() { end(o.pump(ctx, start)) })
	<-ctx.Done()
	d.log.Debug("link over", "viewer", l.viewer.id, "err", context.Cause(ctx))
}

var errHungUp = errors.New("the other end has closed the connection")

// listen waits for the end: there is nothing that the viewer could ask.
func (o *objects) listen() error {
	buf := make([]byte, plotbeam.MaxFrame)
	for {
		n, _, err := o.line.Receive(buf)
		if err != nil {
			return err
		}
		if o.packer.closes(buf[:n]) {
			return errHungUp
		}
	}
}

// pump sends what the log has, each frame's readings by their times.
func (o *objects) pump(ctx context.Context, start stream.Start) error {
	d := o.device
	cursor := d.stream.Cursor(start)
	if start.Since != 0 {
		o.at = cursor.Position()
	}
	wake := make(chan struct{}, 1)
	for {
		if err := o.room(ctx); err != nil {
			return err
		}
		e, ok, err := cursor.Poll(wake, false)
		switch {
		case errors.Is(err, io.EOF), err == nil && !ok:
			if o.bound == 0 { // it has caught up: from now on now comes first
				o.bound = objectsBound
				cursor = o.again()
				continue
			}
			select {
			case <-wake:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			continue
		case err != nil:
			return err
		}
		skipped, err := o.take(ctx, e)
		if err != nil {
			return err
		}
		if skipped {
			cursor = o.again() // what was skipped is not sent later
		}
	}
}

// room waits until what is sent now arrives soon, once the viewer has caught up.
func (o *objects) room(ctx context.Context) error {
	for o.bound > 0 && !o.flow.Brisk(int(o.line.Buffered()), time.Duration(o.trip.Load())) {
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (o *objects) again() *stream.Cursor {
	return o.device.stream.Cursor(stream.Start{After: &o.at, Bound: o.bound})
}

// take sends one frame's readings, and says whether frames before were skipped.
func (o *objects) take(ctx context.Context, e stream.Entry) (skipped bool, err error) {
	f := e.Frame
	if f.Kind == plotbeam.KindSchema {
		return false, o.packer.declare(f)
	}
	messages, err := o.packer.pack(f)
	if err != nil {
		return false, err
	}
	for _, m := range messages {
		if err := o.line.Send(ctx, m, o.packer.text()); err != nil {
			return false, err
		}
		o.bytes += uint64(len(m))
		o.flow.Sent(len(m), false)
	}
	gap := plotbeam.Span{First: o.at.Seq + 1, Last: f.Position.Seq - 1}
	if skipped = f.Position.Epoch == o.at.Epoch && gap.First <= gap.Last && o.bound > 0; skipped {
		o.device.lose(o.line.viewer, gap)
	} else if missed := e.Missed(); missed.First != 0 {
		o.device.lose(o.line.viewer, missed)
	}
	o.at = f.Position
	o.mu.Lock()
	o.last = handed{o.at, o.bytes}
	o.mu.Unlock()
	return skipped, nil
}

// observe takes what has left the link for had, and the viewer for gone when no
// packet comes from it any more.
func (o *objects) observe(ctx context.Context) error {
	d, l := o.device, o.line
	tick := time.NewTicker(objectsLook)
	defer tick.Stop()
	var mark handed // that is waited for
	had := true     // and has gone
	alive := time.Now()
	for looks := 0; ; looks++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if looks%objectsTrip == 0 {
			o.trip.Store(int64(l.Trip()))
		}
		reachable := l.Reachable()
		d.mu.Lock()
		if reachable {
			alive = time.Now()
			l.viewer.heard = alive
		}
		patience := silentFor
		if !l.viewer.present {
			patience = liveFor
		}
		d.mu.Unlock()
		if time.Since(alive) > patience {
			return fmt.Errorf("viewer was silent for %v", patience)
		}
		o.mu.Lock()
		if had && o.last != mark {
			mark, had = o.last, false
		}
		o.mu.Unlock()
		if !had && l.Gone() >= mark.bytes {
			had = true
			at := mark.at
			d.acked(l.viewer, plotbeam.Message{Position: &at}, l)
		}
	}
}

// packer makes messages of readings.
type packer struct {
	wish    plotbeam.Objects
	device  string
	known   plotbeam.Schema
	columns []plotbeam.Column
	rows    []row
}

// row is one reading of a frame.
type row struct {
	micros int64
	series uint16
	value  float64
}

func newPacker(wish plotbeam.Objects, id plotbeam.DeviceID) packer {
	return packer{wish: wish, device: string(id)}
}

// text reports whether the messages are texts.
func (p *packer) text() bool { return p.wish.Packing == plotbeam.PackRaw }

func (p *packer) declare(f plotbeam.Frame) (err error) {
	p.known, err = f.DecodeSchema()
	return err
}

// pack makes one message of each reading of a frame that is wanted, by their times.
func (p *packer) pack(f plotbeam.Frame) (messages [][]byte, err error) {
	if p.columns, err = f.DecodeColumns(p.columns[:0]); err != nil {
		return nil, err
	}
	p.rows = p.rows[:0]
	for i := range p.columns {
		c := &p.columns[i]
		if int(c.Series) >= len(p.known.Series) || !p.wants(p.known.Series[c.Series].Name) {
			continue
		}
		for n := range c.Count {
			p.rows = append(p.rows, row{f.Time + c.Offset(n), c.Series, c.Value(n)})
		}
	}
	slices.SortStableFunc(p.rows, func(a, b row) int { return int(a.micros - b.micros) })
	for _, r := range p.rows {
		messages = append(messages, p.object(r))
	}
	return messages, nil
}

func (p *packer) wants(series string) bool {
	return len(p.wish.Series) == 0 || slices.Contains(p.wish.Series, series)
}

// object is {n, t, series, device} of one reading; t is in ms since 1970.
func (p *packer) object(r row) []byte {
	members := []member{{"n", r.value}, {"t", float64(r.micros) / 1000}, {"series", p.known.Series[r.series].Name}, {"device", p.device}}
	if p.wish.Packing == plotbeam.PackBinary {
		return appendPacked(nil, members)
	}
	return appendJSON(nil, members)
}

// closes reports whether a message is the one with which PeerJS ends a
// connection once all before it is sent.
func (p *packer) closes(message []byte) bool {
	last := []member{{"__peerData", []member{{"type", "close"}}}}
	switch p.wish.Packing {
	case plotbeam.PackBinary:
		return string(message) == string(appendPacked(nil, last))
	case plotbeam.PackJSON:
		return string(message) == string(appendJSON(nil, last))
	}
	return false
}
