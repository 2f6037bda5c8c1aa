package device

import (
	"context"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/session"
)

// hubSilentFor is how long a hub that is sent frames may say nothing.
const hubSilentFor = 1500 * time.Millisecond

// hubPath is the way of frames to the hub: the socket.
type hubPath struct{ session *session.Session }

func (h hubPath) Send(ctx context.Context, data []byte, text bool) error {
	return h.session.Write(ctx, data, text)
}

func (h hubPath) SendNow(ctx context.Context, data []byte, text bool) error {
	return h.session.Write(ctx, data, text)
}

func (h hubPath) Unsent() (bytes int, known bool) { return h.session.Unsent() }

// upload is the hub's reading of the log, for the viewers that it relays.
type upload struct {
	*delivery
	stop context.CancelFunc
}

// relay takes what the hub says as a reader.
func (d *Device) relay(m plotbeam.Message) {
	switch m.Type {
	case plotbeam.Read:
		d.read(m)
	case plotbeam.Unread:
		d.stopUpload()
	case plotbeam.Ack:
		d.ackRelay(m)
	}
}

// ackRelay takes the hub's own word of how far it is, or passed on that of a viewer.
func (d *Device) ackRelay(m plotbeam.Message) {
	d.mu.Lock()
	a, up := d.viewers[m.Viewer], d.upload
	d.mu.Unlock()
	switch {
	case a != nil:
		d.acked(a, m, nil)
	case m.Viewer == "":
		d.hubClock.Hear(m)
		if up != nil {
			up.take(m)
		}
	}
}

// read begins to send frames to the hub, or adds to what is sent.
func (d *Device) read(m plotbeam.Message) {
	if d.config.Paths == plotbeam.DirectOnly {
		return // its viewers know, from the state
	}
	d.mu.Lock()
	up, life := d.upload, d.life
	a := d.viewers[m.Viewer]
	d.mu.Unlock()
	switch {
	case up != nil && m.Before > 0:
		at := d.stream.Cursor(d.startFor(nil, m)).Position()
		from := plotbeam.Message{Type: plotbeam.From, Position: &at, Before: m.Before}
		d.hubClock.Stamp(&from)
		if err := d.session.Send(from); err != nil {
			return // the hub asks again
		}
		up.cursor.Want(plotbeam.Span{First: at.Seq + 1, Last: m.Before - 1})
		return
	case up != nil && m.After == nil && len(m.Spans) > 0:
		up.cursor.Want(m.Spans...)
		return
	}
	d.stopUpload()
	ctx, stop := context.WithCancel(life)
	up = &upload{d.deliver(hubPath{d.session}, d.startFor(a, m), &d.hubClock, d.loseRelayed), stop}
	d.mu.Lock()
	d.upload = up
	d.mu.Unlock()
	d.parts.Go(func() {
		defer stop()
		err := up.run(ctx, false)
		for err == nil { // the log has ended, but the hub may want more of it
			if err = up.wait(ctx); err == nil {
				err = up.run(ctx, true)
			}
		}
		d.log.Debug("upload over", "err", err)
	})
	d.parts.Go(func() { d.beatHub(ctx, up) })
}

// beatHub makes sure that the hub is there while it is sent frames.
func (d *Device) beatHub(ctx context.Context, up *upload) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		m := d.beatFor(nil, &d.hubClock)
		if err := d.session.Send(m); err != nil {
			return
		}
		up.said(len(m.Encode()))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		d.mu.Lock()
		silent := time.Since(d.hubHeard) > hubSilentFor
		d.mu.Unlock()
		if silent {
			d.session.Check()
		}
	}
}

func (d *Device) stopUpload() {
	d.mu.Lock()
	up := d.upload
	d.upload = nil
	d.mu.Unlock()
	if up != nil {
		up.stop()
	}
}
