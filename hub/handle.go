package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"github.com/plotbeam/plotbeam"
)

// handle does what a peer asks. The error ends its socket.
func (p *peer) handle(m plotbeam.Message) error {
	switch m.Type {
	case plotbeam.Ping:
		p.send(plotbeam.Message{Type: plotbeam.Pong, Time: m.Time})
		return nil
	case plotbeam.Bye:
		return errClosed
	case plotbeam.Signal:
		return p.signal(m)
	case plotbeam.Control:
		return p.control(m)
	case plotbeam.Update, plotbeam.Invite, plotbeam.From, plotbeam.Gap, plotbeam.End, plotbeam.Beat:
		if p.role == plotbeam.RoleDevice {
			p.handleDevice(m)
			return nil
		}
	case plotbeam.Watch, plotbeam.Unwatch, plotbeam.List, plotbeam.Read, plotbeam.Unread, plotbeam.Ack:
		if p.role == plotbeam.RoleViewer {
			return p.handleViewer(m)
		}
	default:
		p.fail(plotbeam.CodeUnknown, "no message of type "+plotbeam.Quote(string(m.Type)), "see the table of messages in PROTOCOL.md")
		return nil
	}
	p.fail(plotbeam.CodeForbidden, fmt.Sprintf("a %s does not say %s", p.role, m.Type), "see the table of messages in PROTOCOL.md")
	return nil
}

func (p *peer) handleDevice(m plotbeam.Message) {
	switch m.Type {
	case plotbeam.Update:
		p.update(m)
	case plotbeam.Invite:
		p.mu.Lock()
		watched := p.viewers[m.Viewer]
		p.mu.Unlock()
		if watched {
			p.hub.bus.postSignal(plotbeam.RoleViewer, string(m.Viewer), plotbeam.Message{Type: plotbeam.Invite, Device: plotbeam.DeviceID(p.id)})
		}
	default:
		p.relayed(m)
	}
}

func (p *peer) handleViewer(m plotbeam.Message) error {
	switch m.Type {
	case plotbeam.Watch:
		return p.watch(m.Device)
	case plotbeam.Unwatch:
		p.unread(m.Device)
		p.unwatch(m.Device)
	case plotbeam.List:
		p.list()
	case plotbeam.Read:
		p.readDevice(m)
	case plotbeam.Unread:
		p.unread(m.Device)
	case plotbeam.Ack:
		p.acknowledge(ackOf(m))
	}
	return nil
}

func (p *peer) update(m plotbeam.Message) {
	if m.State == nil {
		p.fail(plotbeam.CodeMalformed, "an update without a state", `say {"type":"update","state":{"activity":"streaming"}}`)
		return
	}
	state := cleanState(*m.State)
	p.mu.Lock()
	defer p.mu.Unlock() // so that a viewer is told of changes in their order
	if p.state == state || p.state.Activity == plotbeam.Offline {
		return
	}
	p.state = state
	p.hub.bus.announce(plotbeam.DeviceID(p.id), state, false)
}

// introduce answers a viewer that has asked for this device.
func (p *peer) introduce(question *nats.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	here := p.state.Activity != plotbeam.Offline
	question.RespondMsg(presence("", plotbeam.DeviceID(p.id), p.state, here))
}

// watch subscribes the viewer to a device and asks for its state. It is asked
// for after subscribing, so a device that comes meanwhile is not missed; one
// that hears of the viewer twice takes it once.
func (p *peer) watch(device plotbeam.DeviceID) error {
	if _, err := plotbeam.ParseDeviceID(string(device)); err != nil {
		p.fail(plotbeam.CodeID, err.Error(), "watch the id of a device, such as lab-psu")
		return nil
	}
	switch p.nowWatches(device) {
	case watchesTooMany:
		p.fail(plotbeam.CodeForbidden, fmt.Sprintf("a viewer watches at most %d devices at once", maxWatching), "unwatch another first")
		return nil
	case watchesNot:
		return nil
	case watchesNow:
		if err := p.hub.events.watch(device, p); err != nil {
			return err
		}
		if !p.isWatching(device) { // departed meanwhile
			p.hub.events.unwatch(device, p)
			return nil
		}
	}
	p.hub.bus.ask(device, plotbeam.ViewerID(p.id))
	return nil
}

// What nowWatches has found.
const (
	watchesNow = iota
	watchesAlready
	watchesTooMany
	watchesNot // for it has departed
)

// nowWatches notes that the viewer watches a device.
func (p *peer) nowWatches(device plotbeam.DeviceID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.departed:
		return watchesNot
	case p.watched(device) != nil:
		return watchesAlready
	case len(p.watches) >= maxWatching:
		return watchesTooMany
	}
	p.watches = append(p.watches, watch{device: device})
	return watchesNow
}

// watched is the viewer's watch of a device, nil if there is none. It needs p.mu.
func (p *peer) watched(device plotbeam.DeviceID) *watch {
	for i := range p.watches {
		if p.watches[i].device == device {
			return &p.watches[i]
		}
	}
	return nil
}

// isWatching reports whether the viewer watches a device.
func (p *peer) isWatching(device plotbeam.DeviceID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.watched(device) != nil
}

func (p *peer) unwatch(device plotbeam.DeviceID) {
	p.mu.Lock()
	watching := p.watched(device) != nil
	p.watches = slices.DeleteFunc(p.watches, func(w watch) bool { return w.device == device })
	p.mu.Unlock()
	if watching {
		p.hub.events.unwatch(device, p)
		p.tellLeft(device, plotbeam.ReasonClosed)
	}
}

// tellJoined tells a device of this viewer, as long as it is watched.
func (p *peer) tellJoined(device plotbeam.DeviceID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watched(device) == nil {
		return // it has left meanwhile, and the device was told
	}
	p.hub.bus.post(plotbeam.RoleDevice, string(device), plotbeam.Message{Type: plotbeam.Joined, Viewer: p.viewerID()})
}

func (p *peer) tellLeft(device plotbeam.DeviceID, reason string) {
	p.hub.bus.post(plotbeam.RoleDevice, string(device), plotbeam.Message{Type: plotbeam.Left, Viewer: p.viewerID(), Reason: reason})
}

// signal carries an offer, an answer or a candidate to the other end of a watch.
func (p *peer) signal(m plotbeam.Message) error {
	if err := m.ValidateSignal(); err != nil {
		p.fail(plotbeam.CodeSignal, err.Error(), "see Signals in PROTOCOL.md")
		return nil
	}
	if m.Description != nil && p.role == plotbeam.RoleViewer {
		if err := p.pacedOffer(); err != nil {
			return err
		}
	}
	out := plotbeam.Message{Type: plotbeam.Signal, Session: m.Session, Description: m.Description, Candidate: m.Candidate, Text: m.Text}
	p.mu.Lock()
	watches := p.watched(m.Device) != nil
	watched := p.viewers[m.Viewer]
	p.mu.Unlock()
	switch {
	case p.role == plotbeam.RoleViewer && watches:
		out.Viewer = plotbeam.ViewerID(p.id)
		p.hub.bus.postSignal(plotbeam.RoleDevice, string(m.Device), out)
	case p.role == plotbeam.RoleDevice && watched:
		out.Device = plotbeam.DeviceID(p.id)
		p.hub.bus.postSignal(plotbeam.RoleViewer, string(m.Viewer), out)
	case p.role == plotbeam.RoleDevice: // the viewer may have left just now
		p.object(plotbeam.CodeStranger, "a signal for "+plotbeam.Quote(string(m.Viewer))+", who is not watching", "wait for the viewer to join")
	default:
		p.fail(plotbeam.CodeStranger, "a signal for "+plotbeam.Quote(string(m.Device))+", which you do not watch", "watch the device first")
	}
	return nil
}

// pacedOffer waits as long as an offer has to: it is work for the device.
func (p *peer) pacedOffer() error {
	if p.offers == nil {
		p.offers = rate.NewLimiter(offersPerSecond, offersAtOnce)
	}
	return p.wait(p.offers)
}

// list answers now, and makes the viewer follow the list.
func (p *peer) list() {
	p.hub.follow(p, true)
	p.wantList()
}

// wantList sends a list, and no other before a pause; wishes meanwhile become one.
func (p *peer) wantList() {
	p.mu.Lock()
	p.lists++
	begin := p.lists == 1
	p.mu.Unlock()
	if begin {
		p.hub.crew.do(p.sendLists)
	}
}

func (p *peer) sendLists() {
	for {
		p.mu.Lock()
		p.lists = 1
		p.mu.Unlock()
		list, err := p.hub.bus.devices(context.Background())
		if err != nil {
			p.log.Warn("no list", "err", err) // the next change asks again
		} else {
			p.send(plotbeam.Message{Type: plotbeam.Devices, Devices: list})
		}
		select {
		case <-time.After(listPause):
		case <-p.ended:
			return
		}
		p.mu.Lock()
		done := p.lists == 1
		if done {
			p.lists = 0
		}
		p.mu.Unlock()
		if done {
			return
		}
	}
}

// present tells a viewer of a device, and a device that should hear of it of
// the viewer.
func (p *peer) present(device plotbeam.DeviceID, mail *nats.Msg) {
	if absent(mail) {
		p.mail(plotbeam.Message{Type: plotbeam.Present, Device: device, State: &plotbeam.State{Activity: plotbeam.Offline}}.Encode())
		return
	}
	if mail.Header.Get(cameHeader) != "" {
		p.tellJoined(device)
	}
	p.mail(mail.Data)
}

// countViewer keeps the set of a device's viewers. It says false of a viewer
// that joins twice, or leaves without having joined.
func (p *peer) countViewer(text []byte) (news bool) {
	var m plotbeam.Message
	if err := json.Unmarshal(text, &m); err != nil {
		p.log.Error("mail that is no message", "err", err)
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m.Type {
	case plotbeam.Joined:
		news = !p.viewers[m.Viewer]
		p.viewers[m.Viewer] = true
	case plotbeam.Left:
		news = p.viewers[m.Viewer]
		delete(p.viewers, m.Viewer)
	default:
		news = true
	}
	return news
}
