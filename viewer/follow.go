package viewer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

const (
	openWithin      = 10 * time.Second        // a link that has not opened by then is tried anew
	silentFor       = 5 * time.Second         // without a message a link is dead: a device beats every 0.5 s
	silentAfterNews = 1500 * time.Millisecond // when the device's socket has come or gone: its process may have, too
	livesFor        = 2 * time.Second         // a link that lived longer is followed by another at once
	firstPause      = 250 * time.Millisecond
	longestPause    = 10 * time.Second
)

// connect keeps a link to the device while the hub has it: again at once when
// one that worked has died, and after growing pauses when none comes up.
func (v *Viewer) connect(ctx context.Context) {
	pause := time.Duration(0)
	for {
		if !v.awaitDevice(ctx) {
			return
		}
		begun := time.Now()
		opened, err := v.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		v.log.Info("link lost", "err", err)
		phase := Reaching
		if !opened {
			phase = Unreachable
		}
		if opened && time.Since(begun) > livesFor {
			pause = 0
		}
		v.change(func(s *Status) { s.Phase, s.Path, s.Lag = phase, "", 0 })
		select {
		case <-time.After(pause/2 + mathrand.N(pause/2+1)):
		case <-ctx.Done():
			return
		}
		pause = min(max(firstPause, pause*2), longestPause)
	}
}

// awaitDevice waits until the hub has the device.
func (v *Viewer) awaitDevice(ctx context.Context) bool {
	for {
		v.mu.Lock()
		there := v.present
		v.mu.Unlock()
		if there {
			return true
		}
		if v.phase() != Connecting {
			v.change(func(s *Status) { s.Phase = Waiting })
		}
		select {
		case <-v.kick:
		case <-ctx.Done():
			return false
		}
	}
}

func (v *Viewer) phase() Phase {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.status.Phase
}

// follow opens one link and takes its frames until it dies.
func (v *Viewer) follow(ctx context.Context) (opened bool, err error) {
	v.mu.Lock() // so that an answer finds the link, however quick it is
	l, err := v.endpoint.Offer(rand.Text(), v.ice, func(m plotbeam.Message) {
		m.Device = v.config.Device
		if err := v.session.Send(m); err != nil {
			v.log.Debug("signal lost", "err", err)
		}
	})
	v.link = l
	v.mu.Unlock()
	if err != nil {
		return false, err
	}
	defer l.Shut()
	select {
	case <-l.Opened():
	case <-l.Done():
		return false, l.Err()
	case <-time.After(openWithin):
		return false, fmt.Errorf("the link did not open within %v", openWithin)
	case <-ctx.Done():
		return false, ctx.Err()
	}
	stop := context.AfterFunc(ctx, l.Close)
	defer stop()
	read := plotbeam.Message{Type: plotbeam.Read}
	switch since := v.config.Since; {
	case v.track.at != nil:
		read.After = v.track.at
	case since < 0:
		read.Since = -1
	case since > 0:
		read.Since = max(1, since.Milliseconds())
	}
	if err := l.Send(ctx, read.Encode(), true); err != nil {
		return false, err
	}
	return true, v.take(ctx, l)
}

// take receives until the link dies.
func (v *Viewer) take(ctx context.Context, l *link.Link) error {
	silence := time.AfterFunc(silentFor, l.Close)
	defer silence.Stop()
	buf := make([]byte, plotbeam.MaxFrame)
	for {
		silence.Reset(silentFor)
		v.watchSilence(silence)
		n, text, err := l.Receive(buf)
		v.watchSilence(nil) // while readings are handled, the silence is ours
		if !silence.Stop() {
			return errors.New("the device was silent")
		}
		if err != nil {
			return err
		}
		if text {
			err = v.listen(ctx, l, buf[:n])
		} else {
			v.frame(buf[:n])
		}
		if err != nil {
			return err
		}
	}
}

func (v *Viewer) watchSilence(t *time.Timer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.silence = t
}

// listen takes what the device says on the link.
func (v *Viewer) listen(ctx context.Context, l *link.Link, text []byte) error {
	m, err := plotbeam.ParseMessage(text)
	if err != nil {
		return err
	}
	switch m.Type {
	case plotbeam.From:
		if m.Position == nil {
			return errors.New("a from without a position")
		}
		lost, known := v.track.from(*m.Position)
		v.change(func(s *Status) {
			s.Phase, s.Path = Live, "direct"
			s.Lost += lost
			if !known {
				s.Breaks++
			}
		})
	case plotbeam.Beat:
		v.change(func(s *Status) { s.Lag = time.Duration(m.Lag) * time.Microsecond })
		return v.ack(ctx, l, m.Time)
	case plotbeam.End:
		if err := v.ack(ctx, l, 0); err != nil {
			return err
		}
		v.change(func(s *Status) { s.State.Activity = plotbeam.Ended })
		if v.config.UntilEnd {
			v.finish(ctx, l)
		}
	case plotbeam.Failure:
		v.log.Warn("the device objects", "code", m.Code, "text", m.Text, "hint", m.Hint)
	}
	return nil
}

func (v *Viewer) ack(ctx context.Context, l *link.Link, echo int64) error {
	return l.Send(ctx, plotbeam.Message{Type: plotbeam.Ack, Time: echo, Position: v.track.at}.Encode(), true)
}

// finish ends Run once the last ack has reached the device.
func (v *Viewer) finish(ctx context.Context, l *link.Link) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Second); l.Buffered() > 0 && time.Now().Before(deadline); {
		select {
		case <-tick.C:
		case <-l.Done():
			deadline = time.Time{}
		case <-ctx.Done():
			return
		}
	}
	v.mu.Lock()
	end := v.end
	v.mu.Unlock()
	end(ErrEnded)
}

// frame takes one frame and hands its readings on. One that cannot be read is
// passed over and counted.
func (v *Viewer) frame(wire []byte) {
	f, err := plotbeam.ParseFrame(wire)
	if err != nil {
		v.bad(err) // where it stood shows as a loss when the next one comes
		return
	}
	lost, repeat := v.track.place(f)
	v.mu.Lock()
	v.status.Frames++
	v.status.Lost += lost
	if repeat {
		v.status.Repeat++
	}
	v.mu.Unlock()
	var columns []plotbeam.Column
	switch {
	case f.Kind == plotbeam.KindSchema:
		err = v.track.schema(f)
	case repeat:
		return
	default:
		columns, err = v.track.columns(f)
	}
	if err != nil {
		v.bad(err)
		return
	}
	if columns != nil && v.config.OnFrame != nil {
		v.config.OnFrame(Frame{Frame: f, Schema: v.track.known, Columns: columns, Lost: lost})
	}
}

// bad counts a frame that cannot be read.
func (v *Viewer) bad(err error) {
	v.mu.Lock()
	v.status.Bad++
	v.mu.Unlock()
	v.log.Warn("frame not read", "err", err)
}
