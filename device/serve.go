package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	beatEvery  = 500 * time.Millisecond
	openWithin = 30 * time.Second // a link that has not opened by then never will
	liveFor    = 2 * time.Second  // after an ack a link counts as alive
	silentFor  = 10 * time.Second // without an ack while nothing drains: the viewer is gone …
	outageFor  = 2 * time.Minute  // … unless the hub is out of reach too: then it is our network
	maxControl = 16 << 10         // bytes of a control message on a link
)

// line is one link to a viewer.
type line struct {
	*link.Link
	viewer *audience
	clock  plotbeam.Clock

	mu       sync.Mutex
	delivery *delivery // nil until the viewer has asked to read
}

// Unsent makes a link a path.
func (l *line) Unsent() (bytes int, known bool) { return int(l.Buffered()), true }

func (l *line) reading() *delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.delivery
}

// serve is one link's life: it opens, a viewer asks to read, a cursor is pumped.
func (d *Device) serve(ctx context.Context, l *line) {
	defer d.hungUp(l)
	defer l.Shut()
	viewer := l.viewer.id
	if !d.opens(ctx, l) {
		return
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	starts := make(chan *stream.Start) // from listen to pump; nil stops
	var parts sync.WaitGroup
	parts.Go(func() { end(d.listen(ctx, l, l.Receive, starts)) })
	parts.Go(func() { end(d.listen(ctx, l, l.ReceiveNow, starts)) })
	parts.Go(func() { end(d.beat(ctx, l)) })
	parts.Go(func() { end(d.pump(ctx, l, starts)) })
	<-ctx.Done()
	l.Close()
	parts.Wait()
	d.log.Debug("link over", "viewer", viewer, "err", context.Cause(ctx))
}

// opens waits until a link is open, and says false if it will not be.
func (d *Device) opens(ctx context.Context, l *line) bool {
	select {
	case <-l.Opened():
		return true
	case <-l.Done():
		d.log.Debug("link did not open", "viewer", l.viewer.id, "err", l.Err())
	case <-time.After(openWithin):
		d.log.Info("link did not open", "viewer", l.viewer.id)
	case <-ctx.Done():
	}
	return false
}

// receiver is one of a link's channels.
type receiver func(buf []byte) (n int, text bool, err error)

// listen takes what the viewer says on one channel of its link.
func (d *Device) listen(ctx context.Context, l *line, receive receiver, starts chan<- *stream.Start) error {
	buf := make([]byte, maxControl)
	for {
		n, text, err := receive(buf)
		if err != nil {
			return err
		}
		m, err := plotbeam.ParseMessage(buf[:n])
		switch {
		case !text:
			err = d.object(ctx, l, plotbeam.CodeBinary, "a binary message")
		case err != nil:
			err = d.object(ctx, l, plotbeam.CodeMalformed, err.Error())
		case m.Type == plotbeam.Ack:
			l.clock.Hear(m)
			if y := l.reading(); y != nil {
				y.take(m)
			}
			d.acked(l.viewer, m, l)
		case m.Type == plotbeam.Read && m.After == nil && m.Since == 0 && len(m.Spans) > 0:
			if y := l.reading(); y != nil {
				err = y.again(ctx, m.Spans)
			}
		case m.Type == plotbeam.Read, m.Type == plotbeam.Unread:
			var start *stream.Start
			if m.Type == plotbeam.Read {
				from := d.startFor(l.viewer, m)
				start = &from
			}
			select {
			case starts <- start:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		default:
			err = d.object(ctx, l, plotbeam.CodeUnknown, "no message of type "+plotbeam.Quote(string(m.Type)))
		}
		if err != nil {
			return err
		}
	}
}

func (d *Device) object(ctx context.Context, l *line, code, text string) error {
	m := plotbeam.Message{Type: plotbeam.Failure, Code: code, Text: text, Hint: "see Reading in PROTOCOL.md"}
	return l.Send(ctx, m.Encode(), true)
}

// startFor is where a read begins: as it says, or else when the viewer joined.
func (d *Device) startFor(a *audience, m plotbeam.Message) stream.Start {
	start := stream.Start{After: m.After, Schema: m.Schema, Since: plotbeam.Micros(m.Since * 1000), Bound: plotbeam.Micros(m.Bound * 1000), Spans: m.Spans}
	if start.After == nil && start.Since == 0 && a != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		joined := a.start
		start.After = &joined
	}
	return start
}

// pump sends what the viewer asks to read. A new request starts over.
func (d *Device) pump(ctx context.Context, l *line, starts <-chan *stream.Start) error {
	var sending sync.WaitGroup
	stop := func() {}
	defer sending.Wait()
	defer func() { stop() }()
	broken := make(chan error, 1) // a place for the only one that runs
	for {
		select {
		case from := <-starts:
			stop()
			sending.Wait()
			if from == nil {
				continue
			}
			life, cancel := context.WithCancel(ctx)
			stop = cancel
			y := d.deliver(l, *from, &l.clock, func(gone ...plotbeam.Span) { d.lose(l.viewer, gone...) })
			y.lossy, y.flow.Least = from.Bound > 0, 4*onePacket // SCTP acknowledges two packets at once, a single one late
			l.mu.Lock()
			l.delivery = y
			l.mu.Unlock()
			d.mu.Lock()
			l.viewer.heard = time.Now()
			d.mu.Unlock()
			sending.Go(func() {
				if err := y.run(life, false); err != nil && !errors.Is(err, context.Canceled) {
					select {
					case broken <- err:
					default:
					}
				}
			})
		case err := <-broken:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// beat tells the viewer where the log's head is, and watches over its answers.
func (d *Device) beat(ctx context.Context, l *line) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	alive, buffered := time.Now(), l.Buffered()
	for {
		if l.Ready() { // behind a full buffer it would only be late
			words := d.beatFor(l.viewer, &l.clock).Encode()
			say, y := l.Send, l.reading()
			if y != nil && y.mayLose() {
				say = l.SendNow
			}
			if err := say(ctx, words, true); err != nil {
				return err
			}
			if y != nil {
				y.said(len(words))
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		d.mu.Lock()
		if l.viewer.heard.After(alive) {
			alive = l.viewer.heard
		}
		d.mu.Unlock()
		now := l.Buffered()
		if now < buffered {
			alive = time.Now() // slow, but it takes what is sent
		}
		buffered = now
		patience := silentFor
		switch quiet := time.Since(alive); {
		case quiet > beatEvery*2 && quiet < beatEvery*4:
			d.session.Check() // is it the viewer, or our network?
		case d.session.Away():
			patience = outageFor
		}
		if time.Since(alive) > patience {
			return fmt.Errorf("viewer was silent for %v", patience)
		}
	}
}

// beatFor is a beat to one viewer; to the hub, if that is nil.
func (d *Device) beatFor(a *audience, clock *plotbeam.Clock) plotbeam.Message {
	head := d.stream.Head()
	m := plotbeam.Message{Type: plotbeam.Beat, Position: &head}
	clock.Stamp(&m)
	if a != nil {
		d.mu.Lock()
		acked := a.acked
		d.mu.Unlock()
		m.Lag = d.stream.Lag(acked).Microseconds()
	}
	return m
}
