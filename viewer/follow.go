package viewer

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

// line is one link to the device. The viewer's mutex guards what follows it.
type line struct {
	*link.Link
	reading *reading // nil until the link is open
	clock   plotbeam.Clock
	hole    chan struct{}         // one place: frames are missing
	caught  bool                  // whether the link is level with what has come
	turn    bool                  // whether it goes through a TURN server
	heard   time.Time             // of the device, what was new
	spoke   time.Time             // likewise, anything
	pace    time.Duration         // between what is new, smoothed
	live    time.Time             // since when it has been heard without a silence; zero while it is silent
	silent  int                   // silences, but for those long ago
	rests   time.Time             // until when it is not read, because it falls silent again and again
	words   chan plotbeam.Message // to be said, in their order; never closed
}

const mostWords = 32 // waiting to be said on a link

// say puts a message on its way. A link that has taken none for long is of no use.
func (l *line) say(m plotbeam.Message) {
	select {
	case l.words <- m:
	default:
		if m.Type != plotbeam.Ack { // the next one says the same and more
			l.Close()
		}
	}
}

// speak says what is to be said, until the link is over.
func (l *line) speak(ctx context.Context) {
	for {
		select {
		case m := <-l.words:
			if err := l.Send(ctx, m.Encode(), true); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// offer begins a link. It needs v.mu, so that an answer finds the link.
func (v *Viewer) offer() (*line, error) {
	l, err := v.endpoint.Offer(rand.Text(), v.ice, func(m plotbeam.Message) {
		m.Device = v.config.Device
		v.send(m)
	})
	if err != nil {
		return nil, err
	}
	return &line{Link: l, hole: make(chan struct{}, 1), words: make(chan plotbeam.Message, mostWords), pace: silentFor}, nil
}

// follow is one link's life.
func (v *Viewer) follow(ctx context.Context, l *line) error {
	defer l.Shut()
	select {
	case <-l.Opened():
	case <-l.Done():
		return l.Err()
	case <-time.After(openWithin):
		return fmt.Errorf("the link did not open within %v", openWithin)
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, end := context.WithCancel(ctx)
	var parts sync.WaitGroup
	defer parts.Wait()
	defer end()
	stop := context.AfterFunc(ctx, l.Close)
	defer stop()
	v.mu.Lock()
	l.heard, l.live = time.Now(), time.Now()
	l.turn = l.TURN()
	read := v.readLink(l)
	v.mu.Unlock()
	l.say(read)
	parts.Go(func() {
		defer end()
		err := v.receive(ctx, l, l.ReceiveNow, true)
		v.log.Debug("nothing more comes out of order", "err", err)
	})
	parts.Go(func() { v.chase(ctx, l) })
	parts.Go(func() { l.speak(ctx) })
	return v.receive(ctx, l, l.Receive, false)
}

// readLink begins a read on a link, and is what to say for it. It needs v.mu.
func (v *Viewer) readLink(l *line) plotbeam.Message {
	l.reading = &reading{clock: &l.clock, ackEvery: ackEvery, say: l.say, flushed: func() bool { return len(l.words) == 0 && l.Buffered() == 0 }}
	return v.read()
}

// current is the read that goes on on a link.
func (v *Viewer) current(l *line) *reading {
	v.mu.Lock()
	defer v.mu.Unlock()
	return l.reading
}

// receive takes what comes on one channel until it ends; loose is what may get lost.
func (v *Viewer) receive(ctx context.Context, l *line, from func([]byte) (n int, text bool, err error), loose bool) error {
	buf := make([]byte, plotbeam.MaxFrame)
	for {
		n, text, err := from(buf)
		if err != nil {
			return err
		}
		level, news := false, true
		if text {
			level, err = v.listen(ctx, l, buf[:n])
		} else {
			level, news = v.arrive(ctx, v.current(l), slices.Clone(buf[:n]), loose)
		}
		if err != nil {
			return err
		}
		v.hear(l, level, news)
		if loose {
			notify(l.hole)
		}
	}
}

// hear notes that the device was heard on a link. Only what brings the viewer
// forward, or tells that there is nothing newer, shows that the link works, unless
// it is the viewer that does not keep up: one that is level with what has come
// has caught up.
func (v *Viewer) hear(l *line, level, news bool) {
	v.mu.Lock()
	now := time.Now()
	l.spoke = now
	if level && (news || v.relay.reading != nil) || v.inbox.holds(inboxAhead) { // else it is what came before
		l.pace += (min(now.Sub(l.heard), silentFor) - l.pace) / 8
		l.heard = now
	}
	caught := level && l.rests.IsZero()
	first := caught && !l.caught
	l.caught = l.caught || caught
	v.mu.Unlock()
	if first {
		v.nudge()
	}
}

// drop forgets a link that is over.
func (v *Viewer) drop(l *line, err error) {
	v.mu.Lock()
	v.note(l, err)
	v.links = slices.DeleteFunc(v.links, func(other *line) bool { return other == l })
	v.mu.Unlock()
	v.nudge()
}

// listen takes what the device says on a link.
func (v *Viewer) listen(ctx context.Context, l *line, text []byte) (caught bool, err error) {
	m, err := plotbeam.ParseMessage(text)
	if err != nil {
		return false, err
	}
	r := v.current(l)
	switch m.Type {
	case plotbeam.From:
		r.clock.Hear(m)
		if err := v.begins(ctx, r, m); err != nil {
			return false, err
		}
		v.ackIfDue(r, true)
	case plotbeam.Gap:
		v.lose(r, m)
	case plotbeam.Beat:
		caught := v.beat(r, m)
		notify(l.hole)
		return caught, nil
	case plotbeam.End:
		v.inbox.put(arrival{reading: r, ended: true})
		return true, nil
	case plotbeam.Failure:
		v.log.Warn("the device objects", "code", m.Code, "text", m.Text, "hint", m.Hint)
	}
	return false, nil
}

// finish ends Run once the last ack is on its way.
func (v *Viewer) finish(ctx context.Context, r *reading) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Second); !r.flushed() && time.Now().Before(deadline); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	v.stop(ErrEnded)
}
