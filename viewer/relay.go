package viewer

import (
	"time"

	"github.com/plotbeam/plotbeam"
)

// relayPath is the way through the hub. The viewer's mutex guards it.
type relayPath struct {
	up      bool     // whether the socket is welcome
	reading *reading // nil while the hub is not asked for frames
	clock   *plotbeam.Clock
	ahead   time.Duration // of the device's clock before the hub's
	heard   time.Time     // of the hub, or when it was asked
	refused string        // why the hub relays nothing
}

// readRelay begins a read on the relay, and is what to say for it. It needs v.mu.
func (v *Viewer) readRelay(now time.Time) plotbeam.Message {
	r := &v.relay
	if r.clock == nil {
		r.clock = new(plotbeam.Clock)
	}
	r.heard = now
	r.reading = &reading{clock: r.clock, ackedAt: now, ackEvery: ackRelay, flushed: func() bool { return true }, say: func(m plotbeam.Message) {
		m.Device = v.config.Device
		v.send(m)
	}}
	m := v.read()
	m.Device = v.config.Device
	return m
}

// listenRelay takes what comes through the hub besides frames.
func (v *Viewer) listenRelay(m plotbeam.Message) {
	v.mu.Lock()
	r, life := v.relay.reading, v.life
	v.mu.Unlock()
	if r == nil || m.Device != v.config.Device {
		return // it was unread meanwhile
	}
	switch m.Type {
	case plotbeam.From:
		r.clock.Hear(m)
		if err := v.begins(life, r, m); err != nil {
			v.log.Warn("relay not taken", "err", err)
			return
		}
		v.ackIfDue(r, true)
		v.nudge()
	case plotbeam.Gap:
		v.lose(r, m)
	case plotbeam.Beat:
		v.mu.Lock()
		v.relay.ahead = plotbeam.Micros(m.Offset)
		v.mu.Unlock()
		v.beat(r, m)
	case plotbeam.End:
		v.inbox.put(arrival{reading: r, ended: true})
	}
}

// relayed takes a message of frames that came through the hub.
func (v *Viewer) relayed(message []byte) {
	v.mu.Lock()
	v.relay.heard = time.Now()
	r, life := v.relay.reading, v.life
	v.mu.Unlock()
	if r == nil {
		return
	}
	for wire := range plotbeam.Frames(message) {
		v.arrive(life, r, wire, false)
	}
}
