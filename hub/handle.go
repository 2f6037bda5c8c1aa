package hub

import (
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/plotbeam/plotbeam"
)

// handle does what a peer asks. The error ends its socket.
func (p *peer) handle(m plotbeam.Message) error {
	isDevice := p.role == plotbeam.RoleDevice
	switch {
	case m.Type == plotbeam.Ping:
		return p.send(plotbeam.Message{Type: plotbeam.Pong, Time: m.Time})
	case m.Type == plotbeam.Bye:
		return errClosed
	case m.Type == plotbeam.Signal:
		return p.signal(m)
	case m.Type == plotbeam.Update && isDevice:
		p.update(m)
	case m.Type == plotbeam.Watch && !isDevice:
		return p.watch(m.Device)
	case m.Type == plotbeam.Unwatch && !isDevice:
		p.unwatch(m.Device)
	case m.Type == plotbeam.List && !isDevice:
		p.list()
	case m.Type == plotbeam.Update || m.Type == plotbeam.Watch || m.Type == plotbeam.Unwatch || m.Type == plotbeam.List:
		p.fail(plotbeam.CodeForbidden, fmt.Sprintf("a %s does not say %s", p.role, m.Type), "see the table of messages in PROTOCOL.md")
	default:
		p.fail(plotbeam.CodeUnknown, "no message of type "+plotbeam.Quote(string(m.Type)), "see the table of messages in PROTOCOL.md")
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
	p.mu.Lock()
	_, already := p.watching[device]
	full := len(p.watching) >= maxWatching
	p.mu.Unlock()
	if full && !already {
		p.fail(plotbeam.CodeForbidden, fmt.Sprintf("a viewer watches at most %d devices at once", maxWatching), "unwatch another first")
		return nil
	}
	if !already {
		sub, err := p.hub.bus.subscribe(eventsOf(device), p.mail, func() { p.end(errSlow) })
		if err != nil {
			return err
		}
		if !p.nowWatches(device, sub) {
			return nil
		}
	}
	p.hub.bus.ask(device, plotbeam.ViewerID(p.id))
	return nil
}

// nowWatches notes a subscription, unless the peer has departed meanwhile.
func (p *peer) nowWatches(device plotbeam.DeviceID, sub *nats.Subscription) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watching == nil {
		p.hub.bus.unsubscribe(sub)
		return false
	}
	p.watching[device] = sub
	return true
}

func (p *peer) unwatch(device plotbeam.DeviceID) {
	p.mu.Lock()
	sub := p.watching[device]
	delete(p.watching, device)
	p.mu.Unlock()
	if sub != nil {
		p.hub.bus.unsubscribe(sub)
		p.tellLeft(device, plotbeam.ReasonClosed)
	}
}

// tellJoined tells a device of this viewer, as long as it is watched.
func (p *peer) tellJoined(device plotbeam.DeviceID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, watches := p.watching[device]; !watches {
		return // it has left meanwhile, and the device was told
	}
	p.hub.bus.post(plotbeam.RoleDevice, string(device), plotbeam.Message{Type: plotbeam.Joined, Viewer: plotbeam.ViewerID(p.id)})
}

func (p *peer) tellLeft(device plotbeam.DeviceID, reason string) {
	p.hub.bus.post(plotbeam.RoleDevice, string(device), plotbeam.Message{Type: plotbeam.Left, Viewer: plotbeam.ViewerID(p.id), Reason: reason})
}

// signal carries an offer, an answer or a candidate to the other end of a watch.
func (p *peer) signal(m plotbeam.Message) error {
	if err := m.ValidateSignal(); err != nil {
		p.fail(plotbeam.CodeSignal, err.Error(), "see Signals in PROTOCOL.md")
		return nil
	}
	if m.Description != nil && p.role == plotbeam.RoleViewer {
		if err := p.offers.Wait(p.life); err != nil { // an offer is work for the device
			return err
		}
	}
	out := plotbeam.Message{Type: plotbeam.Signal, Session: m.Session, Description: m.Description, Candidate: m.Candidate, Text: m.Text}
	p.mu.Lock()
	_, watches := p.watching[m.Device]
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

// list answers now, and makes the viewer follow the list.
func (p *peer) list() {
	p.hub.follow(p, true)
	p.wantList()
}

// wantList makes the writer send a list; many wishes become one.
func (p *peer) wantList() {
	select {
	case p.relist <- struct{}{}:
	default:
	}
}

func (p *peer) sendList() error {
	list, err := p.hub.bus.devices(p.life)
	if err != nil {
		p.log.Warn("no list", "err", err) // the next change asks again
		return nil
	}
	return p.send(plotbeam.Message{Type: plotbeam.Devices, Devices: list})
}

// deliver passes one message from the bus on to the peer.
func (p *peer) deliver(mail *nats.Msg) error {
	if device, yes := absent(mail); yes {
		return p.send(plotbeam.Message{Type: plotbeam.Present, Device: device, State: &plotbeam.State{Activity: plotbeam.Offline}})
	}
	switch {
	case mail.Header.Get(cameHeader) != "":
		var m plotbeam.Message
		if err := json.Unmarshal(mail.Data, &m); err != nil {
			return err
		}
		p.tellJoined(m.Device)
	case p.role == plotbeam.RoleDevice:
		if news, err := p.countViewer(mail.Data); err != nil || !news {
			return err
		}
	}
	return p.sendText(mail.Data)
}

// countViewer keeps the set of a device's viewers. It says false of a viewer
// that joins twice, or leaves without having joined.
func (p *peer) countViewer(text []byte) (news bool, err error) {
	var m plotbeam.Message
	if err := json.Unmarshal(text, &m); err != nil {
		return false, err
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
	return news, nil
}
