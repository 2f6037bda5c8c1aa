package viewer

import (
	"context"
	mathrand "math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	steerEvery   = 200 * time.Millisecond
	silentFor    = time.Second             // without a message a path is silent: a beat is due every 0.5 s
	hesitateFor  = 350 * time.Millisecond  // likewise of one that brought news all the time, for a reader that wants now first
	relaySilent  = 1500 * time.Millisecond // without one the socket itself is in doubt
	openWithin   = 10 * time.Second        // a link that has not opened by then is tried anew
	firstPause   = 250 * time.Millisecond  // between two tries
	longestPause = 10 * time.Second
	relayFirst   = time.Second      // that the relay has for itself before another link is tried
	steadyFor    = 30 * time.Second // a link that was heard for so long is as good as new
	restFor      = time.Minute      // twice as long each time
	unreachable  = 10 * time.Second // without any path, a status says so
)

// steer keeps the viewer on the best path there is: the relay at once, a link
// as soon as one has caught up, the relay again once that is silent.
func (v *Viewer) steer(ctx context.Context) {
	tick := time.NewTicker(steerEvery)
	defer tick.Stop()
	for {
		tick.Reset(v.decide(ctx))
		select {
		case <-tick.C:
		case <-v.kick:
		case <-ctx.Done():
			v.mu.Lock()
			links := slices.Clone(v.links)
			v.mu.Unlock()
			for _, l := range links {
				l.Close()
			}
			v.parts.Wait()
			return
		}
	}
}

// decide does what is due, and says when to look again.
func (v *Viewer) decide(ctx context.Context) (wait time.Duration) {
	now := time.Now()
	v.mu.Lock()
	v.judgeLinks(now)
	best := v.liveLink(now)
	ack := v.steerRelay(now, best)
	v.steerLinks(ctx, now, best)
	wait = steerEvery
	if best != nil { // the moments that it counts as silent
		quiet := now.Sub(best.heard)
		wait = min(wait, max(time.Millisecond, silentFor-quiet))
		if quiet < hesitateFor {
			wait = min(wait, hesitateFor-quiet)
		}
	}
	v.mu.Unlock()
	if ack != nil {
		v.ackIfDue(ack, false)
	}
	v.change(func(s *Status) { v.judge(s, now, v.liveLink(now)) })
	return wait
}

// liveLink is the newest link that is read and that something was heard on of
// late. It needs v.mu.
func (v *Viewer) liveLink(now time.Time) *line {
	for i := len(v.links) - 1; i >= 0; i-- {
		if l := v.links[i]; l.reading != nil && l.rests.IsZero() && now.Sub(l.heard) < silentFor {
			return l
		}
	}
	return nil
}

// judgeLinks notes which links have fallen silent. One that is only too slow, or
// falls silent again and again, is not read for a while, so that it takes
// nothing from the relay: a slow line is shared. It needs v.mu.
func (v *Viewer) judgeLinks(now time.Time) {
	for _, l := range v.links {
		switch silent := now.Sub(l.heard) >= silentFor; {
		case l.reading == nil:
		case !l.rests.IsZero():
			if now.After(l.rests) || !v.relay.up {
				l.rests, l.heard, l.live = time.Time{}, now, now
				l.say(v.readLink(l))
			}
		case silent && !l.live.IsZero():
			if now.Sub(l.live) > steadyFor {
				l.silent, v.pause = 0, 0
			}
			l.caught, l.live = false, time.Time{}
			if v.mayRelay() {
				v.nextTry = now.Add(relayFirst)
			}
			slow := now.Sub(l.spoke) < silentFor
			if l.silent++; (slow || l.silent > 1) && v.mayRelay() && v.relay.up {
				l.rests = now.Add(restFor << min(l.silent-1, 4))
				l.say(plotbeam.Message{Type: plotbeam.Unread})
			}
		case !silent && l.live.IsZero():
			l.live = now
		}
	}
}

// hesitates reports whether a link that brought news all the time brings none.
func (l *line) hesitates(now time.Time) bool {
	return l.pace < silentFor/10 && now.Sub(l.heard) >= hesitateFor
}

// steerRelay reads through the hub while no link has caught up. It needs v.mu.
func (v *Viewer) steerRelay(now time.Time, best *line) (ack *reading) {
	r := &v.relay
	if !r.up {
		return nil
	}
	wanted := (best == nil || !best.caught || v.config.Bound > 0 && best.hesitates(now)) && v.mayRelay()
	switch {
	case wanted && r.reading == nil:
		v.send(v.readRelay(now))
	case !wanted && r.reading != nil:
		v.send(plotbeam.Message{Type: plotbeam.Unread, Device: v.config.Device})
		r.reading = nil
	case r.reading != nil && r.reading.begun:
		ack = r.reading
	}
	if r.reading != nil && now.Sub(r.heard) > relaySilent {
		r.heard = now
		v.session.Check()
	}
	return ack
}

// mayRelay reports whether all three sides allow the relay. It needs v.mu.
func (v *Viewer) mayRelay() bool {
	return v.config.Paths != plotbeam.DirectOnly && v.status.State.Paths != plotbeam.DirectOnly && v.relay.refused == ""
}

func (v *Viewer) mayDirect() bool {
	return v.config.Paths != plotbeam.RelayOnly && v.status.State.Paths != plotbeam.RelayOnly
}

// steerLinks opens a link when none is alive, and closes those that a newer
// one has made useless. It needs v.mu.
func (v *Viewer) steerLinks(ctx context.Context, now time.Time, best *line) {
	opening := false
	for _, l := range v.links {
		switch {
		case best != nil && best.caught && l != best:
			l.Close()
		case l.reading == nil, !l.rests.IsZero():
			opening = true
		}
	}
	if best != nil || opening || !v.relay.up || !v.present || !v.mayDirect() || now.Before(v.nextTry) {
		return
	}
	v.pause = min(max(firstPause, v.pause*2), longestPause)
	v.nextTry = now.Add(v.pause/2 + mathrand.N(v.pause/2))
	l, err := v.offer()
	if err != nil {
		v.log.Warn("no offer", "err", err)
		return
	}
	v.links = append(v.links, l)
	v.parts.Go(func() {
		err := v.follow(ctx, l)
		v.log.Info("link over", "err", err)
		v.drop(l, err)
	})
}

// again tries for a link at once.
func (v *Viewer) again() {
	v.pause, v.nextTry, v.trouble = 0, time.Time{}, ""
}

// moved makes everything prove itself when the network has changed.
func (v *Viewer) moved(addresses []netip.Addr) {
	v.session.Moved(addresses)
	v.mu.Lock()
	for _, l := range v.links {
		l.heard = l.heard.Add(-silentFor / 2)
	}
	v.again()
	v.mu.Unlock()
	v.nudge()
}

// judge puts what the paths are into the status. It needs v.mu.
func (v *Viewer) judge(s *Status, now time.Time, best *line) {
	r := &v.relay
	switch {
	case best != nil && (best.caught || r.reading == nil):
		s.Phase, s.Path, s.Lag = Live, direct, best.reading.lag
		if best.turn {
			s.Path = turn
		}
		s.Ahead, _, s.Measured = best.clock.Ahead()
	case r.reading != nil && r.reading.begun && v.present:
		s.Phase, s.Path, s.Lag = Live, relay, r.reading.lag
		s.Ahead, _, s.Measured = r.clock.Ahead()
		s.Ahead += r.ahead
	case !r.up:
		s.Phase, s.Path, s.Lag = Connecting, "", 0
	case !v.told: // whether the device is there
		s.Phase, s.Path, s.Lag = Connecting, "", 0
	case !v.present:
		s.Phase, s.Path, s.Lag = Waiting, "", 0
	case now.Sub(v.tried) > unreachable:
		s.Phase, s.Path, s.Lag = Unreachable, "", 0
	default:
		s.Phase, s.Path, s.Lag = Reaching, "", 0
	}
	if s.Phase == Live || !v.present || !r.up {
		v.tried = now
	}
	s.Why, s.NoRelay = v.why(s), plotbeam.Printable(r.refused)
}

// nudge makes steer decide anew.
func (v *Viewer) nudge() { notify(v.kick) }

// send is for what a lost socket makes needless: the next one is told anew.
func (v *Viewer) send(m plotbeam.Message) {
	if err := v.session.Send(m); err != nil {
		v.log.Debug("not sent", "type", m.Type, "err", err)
	}
}
