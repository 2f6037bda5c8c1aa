package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	beatEvery     = 500 * time.Millisecond
	openWithin    = 30 * time.Second // a link that has not opened by then never will
	silentFor     = 10 * time.Second // without an ack while nothing drains: the viewer is gone
	drainPatience = 10 * time.Second // without any progress: Drain gives up
	maxControl    = 4 << 10          // bytes of a control message on a link
)

// serve is one link's life: it opens, a viewer asks to read, a cursor is pumped.
func (d *Device) serve(ctx context.Context, a *audience, l *link.Link) {
	defer d.hungUp(a, l)
	defer l.Shut()
	select {
	case <-l.Opened():
	case <-l.Done():
		d.log.Debug("link did not open", "viewer", a.id, "err", l.Err())
		return
	case <-time.After(openWithin):
		d.log.Info("link did not open", "viewer", a.id)
		return
	case <-ctx.Done():
		return
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	starts := make(chan stream.Start) // from listen to pump
	listening := make(chan struct{})
	go func() { // ends with the link
		defer close(listening)
		end(d.listen(ctx, a, l, starts))
	}()
	beating := make(chan struct{})
	go func() { // ends with ctx
		defer close(beating)
		end(d.beat(ctx, a, l))
	}()
	err := d.pump(ctx, a, l, starts)
	end(err)
	l.Close()
	<-beating
	<-listening
	d.log.Debug("link over", "viewer", a.id, "err", context.Cause(ctx))
}

// hungUp notes that a link is over; a viewer that the hub does not have either is gone.
func (d *Device) hungUp(a *audience, l *link.Link) {
	d.mu.Lock()
	if a.link != l {
		d.mu.Unlock()
		return // there is a newer one
	}
	a.link, a.reading, a.lag = nil, false, 0
	gone := !a.present && d.viewers[a.id] == a
	if gone {
		delete(d.viewers, a.id)
	}
	d.wake()
	d.mu.Unlock()
	if gone {
		d.tell(ViewerEvent{ID: a.id, What: ViewerLeft, Reason: plotbeam.ReasonLost})
	}
}

// listen takes what the viewer says on its link.
func (d *Device) listen(ctx context.Context, a *audience, l *link.Link, starts chan<- stream.Start) error {
	buf := make([]byte, maxControl)
	for {
		n, text, err := l.Receive(buf)
		if err != nil {
			return err
		}
		m, err := plotbeam.ParseMessage(buf[:n])
		switch {
		case !text:
			d.object(ctx, l, plotbeam.CodeBinary, "a binary message")
		case err != nil:
			d.object(ctx, l, plotbeam.CodeMalformed, err.Error())
		case m.Type == plotbeam.Ack:
			d.acked(a, m)
		case m.Type == plotbeam.Read:
			select {
			case starts <- d.startFor(a, m):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		default:
			d.object(ctx, l, plotbeam.CodeUnknown, "no message of type "+plotbeam.Quote(string(m.Type)))
		}
	}
}

func (d *Device) object(ctx context.Context, l *link.Link, code, text string) {
	m := plotbeam.Message{Type: plotbeam.Failure, Code: code, Text: text, Hint: "see The direct path in PROTOCOL.md"}
	if err := l.Send(ctx, m.Encode(), true); err != nil {
		d.log.Debug("objection not sent", "err", err)
	}
}

func (d *Device) startFor(a *audience, m plotbeam.Message) stream.Start {
	switch {
	case m.After != nil:
		return stream.Start{After: m.After}
	case m.Since != 0:
		return stream.Start{Since: time.Duration(m.Since) * time.Millisecond}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	start := a.start
	return stream.Start{After: &start}
}

func (d *Device) acked(a *audience, m plotbeam.Message) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	a.heard = now
	head := d.stream.Head()
	if p := m.Position; p != nil && p.Epoch == head.Epoch && p.Seq > a.acked.Seq && p.Seq <= head.Seq {
		a.acked = *p
	}
	if m.Position != nil {
		a.lag = d.stream.Lag(a.acked)
	}
	if trip := now.Sub(time.UnixMicro(m.Time)) / 2; m.Time != 0 && a.lag < 2*trip {
		a.lag = trip
	}
	d.wake()
}

// pump sends what the viewer asks to read. A new request starts over.
func (d *Device) pump(ctx context.Context, a *audience, l *link.Link, starts <-chan stream.Start) error {
	var from stream.Start
	select {
	case from = <-starts:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	d.mu.Lock()
	a.reading, a.heard = true, time.Now()
	d.mu.Unlock()
	d.tell(ViewerEvent{ID: a.id, What: ViewerDirect})
	for {
		sending, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		cursor := d.stream.Cursor(from)
		d.mu.Lock()
		a.acked = cursor.Position() // what lies before is not asked for
		d.mu.Unlock()
		go func() { ended <- d.send(sending, l, cursor) }()
		select {
		case from = <-starts:
			stop()
			<-ended
		case err := <-ended:
			stop()
			if err != nil {
				return err
			}
			select { // everything is sent; the link stays for another request
			case from = <-starts:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		case <-ctx.Done():
			stop()
			<-ended
			return context.Cause(ctx)
		}
	}
}

// send says where a cursor begins and sends its frames, until the log ends
// (nil) or something fails.
func (d *Device) send(ctx context.Context, l *link.Link, c *stream.Cursor) error {
	at := c.Position()
	if err := l.Send(ctx, plotbeam.Message{Type: plotbeam.From, Position: &at}.Encode(), true); err != nil {
		return err
	}
	for {
		e, err := c.Next(ctx)
		if errors.Is(err, io.EOF) {
			at := c.Position()
			return l.Send(ctx, plotbeam.Message{Type: plotbeam.End, Position: &at}.Encode(), true)
		}
		if err != nil {
			return err
		}
		if e.Lost != 0 { // the viewer sees it too: the sequence jumps
			d.log.Warn("a viewer lost frames that the log no longer held", "frames", e.Lost)
		}
		if err := l.Send(ctx, e.Frame.Wire, false); err != nil {
			return err
		}
	}
}

// beat tells the viewer where the log's head is, and watches over its answers.
func (d *Device) beat(ctx context.Context, a *audience, l *link.Link) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	alive, buffered := time.Now(), l.Buffered()
	for {
		head := d.stream.Head()
		d.mu.Lock()
		lag := a.lag
		d.mu.Unlock()
		m := plotbeam.Message{Type: plotbeam.Beat, Time: time.Now().UnixMicro(), Position: &head, Lag: lag.Microseconds()}
		if l.Ready() { // behind a full buffer it would only be late
			if err := l.Send(ctx, m.Encode(), true); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		d.mu.Lock()
		if a.heard.After(alive) {
			alive = a.heard
		}
		d.mu.Unlock()
		now := l.Buffered()
		if now < buffered {
			alive = time.Now() // slow, but it takes what is sent
		}
		buffered = now
		if time.Since(alive) > silentFor {
			return fmt.Errorf("viewer was silent for %v", silentFor)
		}
	}
}

// Drain ends the stream: what was gathered goes out, the state becomes ended,
// and it waits until every viewer that is connected has everything. It gives
// up on those that make no progress for 10 s, and says how many they were.
// The log stays readable until Run ends.
func (d *Device) Drain(ctx context.Context) error {
	d.gather.end()
	d.SetState(plotbeam.State{Activity: plotbeam.Ended, Text: "The input has ended"})
	head := d.stream.Head()
	var behind int
	progress := ^uint64(0) // the sum of what is acknowledged, so far
	moved := func() bool { // or done
		behind = 0
		now := uint64(0)
		for _, a := range d.viewers {
			now += a.acked.Seq
			if a.acked != head {
				behind++
			}
		}
		news := now != progress
		progress = now
		return behind == 0 || news
	}
	for {
		patience, stop := context.WithTimeout(ctx, drainPatience)
		err := d.wait(patience, moved)
		stop()
		switch {
		case err == nil && behind == 0:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("%d viewers have not taken everything", behind)
		}
	}
}
