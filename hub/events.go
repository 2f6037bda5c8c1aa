package hub

import (
	"maps"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/plotbeam/plotbeam"
)

// events are the devices that viewers of this hub watch: one subscription each,
// however many watch it.
type events struct {
	hub *Hub

	mu   sync.Mutex
	byID map[plotbeam.DeviceID]*watched
}

// watched is one device's viewers at this hub. It is the recipient of the
// device's events.
type watched struct {
	events *events
	device plotbeam.DeviceID
	sub    *nats.Subscription
	by     map[*peer]struct{}
}

// watch tells a viewer what happens to a device from now on.
func (all *events) watch(device plotbeam.DeviceID, p *peer) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	w := all.byID[device]
	if w == nil {
		w = &watched{events: all, device: device, by: map[*peer]struct{}{}}
		sub, err := all.hub.bus.subscribe(eventsOf(device), w)
		if err != nil {
			return err
		}
		w.sub = sub
		all.byID[device] = w
	}
	w.by[p] = struct{}{}
	return nil
}

func (all *events) unwatch(device plotbeam.DeviceID, p *peer) {
	all.mu.Lock()
	defer all.mu.Unlock()
	w := all.byID[device]
	if w == nil {
		return
	}
	if delete(w.by, p); len(w.by) == 0 {
		delete(all.byID, device)
		all.hub.bus.unsubscribe(w.sub)
	}
}

// viewers are those that watch now.
func (w *watched) viewers() []*peer {
	w.events.mu.Lock()
	defer w.events.mu.Unlock()
	return slices.Collect(maps.Keys(w.by))
}

// receive implements recipient.
func (w *watched) receive(m *nats.Msg) {
	for _, p := range w.viewers() {
		p.present(w.device, m)
	}
}

// overflow implements recipient.
func (w *watched) overflow() {
	for _, p := range w.viewers() {
		p.end(errSlow)
	}
}

// answers is the recipient of the answers that this hub's viewers have asked for.
type answers struct{ hub *Hub }

// receive implements recipient.
func (a answers) receive(m *nats.Msg) {
	viewer, device := answered(m)
	if p := a.hub.viewers.holder(string(viewer)); p != nil && p.isWatching(device) {
		p.present(device, m)
	}
}

// overflow implements recipient. Who has no answer asks again: its socket is
// silent without, and it comes back.
func (a answers) overflow() { a.hub.log.Error("answers lost: too many at once") }
