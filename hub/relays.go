package hub

import (
	"fmt"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

// relays are the devices that are relayed now.
type relays struct {
	mu   sync.Mutex
	byID map[plotbeam.DeviceID]*relay
}

var errManyRelays = fmt.Errorf("this hub relays %d devices already", maxRelays)

// join adds a reader to its device's relay.
func (all *relays) join(h *Hub, one *reader, device plotbeam.DeviceID) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	r := all.byID[device]
	if r == nil {
		if len(all.byID) >= maxRelays {
			return errManyRelays
		}
		r = &relay{id: device, bus: h.bus, crew: h.crew, log: stream.NewMirror(relayLimits), readers: map[*reader]bool{}, clock: new(plotbeam.Clock), here: h.hasDevice(string(device))}
		all.byID[device] = r
	}
	one.relay = r
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
	r.readers[one] = false
	r.order = nil
	r.start(one)
	return nil
}

// leave takes a reader out; a relay without any ends after a while.
func (all *relays) leave(one *reader) {
	r := one.relay
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.readers, one)
	r.order = nil
	if len(r.readers) == 0 && r.idle == nil {
		r.unread = 0
		r.idle = time.AfterFunc(relayLinger, func() { all.end(r) })
	}
}

func (all *relays) end(r *relay) {
	all.mu.Lock()
	defer all.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.idle == nil || all.byID[r.id] != r {
		return // a reader has come meanwhile
	}
	delete(all.byID, r.id)
	if r.here {
		r.bus.post(plotbeam.RoleDevice, string(r.id), plotbeam.Message{Type: plotbeam.Unread})
	}
}

// of is the relay of a device, nil if there is none.
func (all *relays) of(device plotbeam.DeviceID) *relay {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.byID[device]
}

// stop ends what would run after the hub.
func (all *relays) stop() {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, r := range all.byID {
		r.mu.Lock()
		if r.idle != nil {
			r.idle.Stop()
		}
		if r.passing != nil {
			r.passing.Stop()
		}
		r.mu.Unlock()
	}
}

// beat visits those that nothing was sent to for a while.
func (all *relays) beat(buffer []byte) {
	var due []*peer
	now := time.Now()
	all.mu.Lock()
	for _, r := range all.byID {
		for _, one := range r.inOrder() {
			if one.cursor.Load() != nil && one.silent(now) {
				due = append(due, one.peer)
			}
		}
	}
	all.mu.Unlock()
	for _, p := range due {
		p.visit(buffer)
	}
}

// readDevice begins to relay a device to this viewer, or begins anew.
func (p *peer) readDevice(m plotbeam.Message) {
	p.mu.Lock()
	watches := p.watched(m.Device) != nil
	if p.clock == nil {
		p.clock = new(plotbeam.Clock)
	}
	p.mu.Unlock()
	if !watches {
		p.fail(plotbeam.CodeStranger, "a read of "+plotbeam.Quote(string(m.Device))+", which you do not watch", "watch the device first")
		return
	}
	if p.hub.config.NoRelay {
		p.object(plotbeam.CodeRelay, "this hub relays no streams", "open a direct path")
		return
	}
	p.unread(m.Device)
	one := &reader{peer: p, read: wish{m.After, m.Schema, m.Spans, m.Since, m.Bound}, asked: time.Now()}
	if err := p.hub.relays.join(p.hub, one, m.Device); err != nil {
		p.object(plotbeam.CodeRelay, err.Error(), "open a direct path")
		return
	}
	p.mu.Lock()
	w := p.watched(m.Device)
	if w != nil {
		w.reading = one
	}
	p.mu.Unlock()
	if w == nil { // departed meanwhile
		p.hub.relays.leave(one)
	}
	p.wake()
}

func (p *peer) unread(device plotbeam.DeviceID) {
	p.mu.Lock()
	var one *reader
	if w := p.watched(device); w != nil {
		one, w.reading = w.reading, nil
	}
	p.mu.Unlock()
	if one != nil {
		p.hub.relays.leave(one)
	}
}

// relayedFrame takes a frame of this device for those who read it here.
func (p *peer) relayedFrame(wire []byte) {
	f, err := plotbeam.ParseFrame(wire)
	if err != nil {
		p.fail(plotbeam.CodeMalformed, err.Error(), "see Frames in PROTOCOL.md")
		return
	}
	if r := p.hub.relays.of(plotbeam.DeviceID(p.id)); r == nil || !r.frame(f) {
		p.hub.unwanted.Add(1)
	}
}

// relayed takes what else a device says to those who read it here.
func (p *peer) relayed(m plotbeam.Message) {
	if r := p.hub.relays.of(plotbeam.DeviceID(p.id)); r != nil {
		r.take(m)
	}
}
