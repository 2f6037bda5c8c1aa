package hub

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/plotbeam/plotbeam"
)

// admit gives the peer its identity, connects its mailbox and welcomes it. If
// it cannot, it has told the peer why.
func (p *peer) admit(hello plotbeam.Message) bool {
	p.role, p.id, p.secret = hello.Role, hello.ID, hello.Secret
	if hello.State != nil {
		p.state = cleanState(*hello.State)
	}
	if !p.identify() {
		return false
	}
	p.log = p.log.With("role", p.role, "id", p.id)
	err := p.subscribe()
	if err != nil {
		return p.turnAway(err)
	}
	if p.role == plotbeam.RoleDevice { // announced before it is welcomed: whoever watches a welcome device hears of it once
		p.mu.Lock()
		p.hub.bus.announce(plotbeam.DeviceID(p.id), p.state, true)
		p.mu.Unlock()
	}
	err = p.send(plotbeam.Message{
		Type:    plotbeam.Welcome,
		ID:      p.id,
		Secret:  p.secret,
		ICE:     p.hub.config.ICE(p.host),
		Time:    time.Now().UnixMicro(),
		Version: p.hub.config.Version,
	})
	if err != nil {
		return p.turnAway(err)
	}
	p.log.Info("peer joined")
	return true
}

// identify claims the id that the peer asks for, or makes one up.
func (p *peer) identify() bool {
	claims, parse := p.hub.devices, func(s string) error { _, err := plotbeam.ParseDeviceID(s); return err }
	if p.role == plotbeam.RoleViewer {
		claims, parse = p.hub.viewers, func(s string) error { _, err := plotbeam.ParseViewerID(s); return err }
	}
	switch {
	case p.id == "" || p.role == plotbeam.RoleViewer && p.secret == "":
		p.id, p.secret = p.makeUp(claims), plotbeam.NewSecret()
	case p.secret == "":
		p.secret = plotbeam.NewSecret()
	}
	if err := parse(p.id); err != nil {
		p.fail(plotbeam.CodeID, err.Error(), "choose another id, such as lab-psu")
		return false
	}
	old, err := claims.take(p.id, p.secret, p)
	if err != nil {
		p.fail(plotbeam.CodeTaken, fmt.Sprintf("the id %q belongs to another %s", p.id, p.role), "choose another id, or ask for none to be given one")
		return false
	}
	if old != nil {
		old.end(errKicked)
		<-old.gone // so that it has left before this one joins
	}
	return true
}

func (p *peer) makeUp(claims *claims) string {
	if p.role == plotbeam.RoleViewer {
		return string(plotbeam.NewViewerID())
	}
	name := readableName()
	for !claims.free(name) {
		name = readableName()
	}
	return name
}

// subscribe connects the peer's own subjects.
func (p *peer) subscribe() error {
	full := func() { p.end(errSlow) }
	surplus := func() { p.log.Warn("signals dropped: too many at once") }
	err := p.receive(mailOf(p.role, p.id), p.mail, full)
	if err == nil {
		err = p.receive(signalsOf(p.role, p.id), p.signals, surplus)
	}
	if err != nil {
		return err
	}
	if p.role == plotbeam.RoleViewer {
		return p.receive(answersOf(plotbeam.ViewerID(p.id), "*"), p.mail, full)
	}
	presence, err := p.hub.bus.follow(presenceOf(plotbeam.DeviceID(p.id)), p.introduce)
	if err == nil {
		p.own = append(p.own, presence)
	}
	return err
}

func (p *peer) receive(subject string, into chan *nats.Msg, overflow func()) error {
	sub, err := p.hub.bus.subscribe(subject, into, overflow)
	if err == nil {
		p.own = append(p.own, sub)
	}
	return err
}

// turnAway undoes an admission that failed on the hub's side.
func (p *peer) turnAway(err error) bool {
	p.log.Warn("peer not admitted", "err", err)
	p.end(err)
	p.depart(err)
	close(p.gone)
	return false
}

// depart gives the id back and tells everybody concerned.
func (p *peer) depart(cause error) {
	p.hub.follow(p, false)
	p.mu.Lock()
	watching := p.watching
	p.watching = nil
	p.mu.Unlock()
	for _, sub := range p.own {
		p.hub.bus.unsubscribe(sub)
	}
	for device, sub := range watching {
		p.hub.bus.unsubscribe(sub)
		p.tellLeft(device, reasonFor(cause))
	}
	if p.role == plotbeam.RoleViewer {
		p.hub.viewers.release(p.id, p)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = plotbeam.State{Activity: plotbeam.Offline}
	if p.hub.devices.release(p.id, p) { // else a newer socket has it, and will announce itself
		p.hub.bus.announce(plotbeam.DeviceID(p.id), p.state, false)
	}
}

// info describes a device.
func (p *peer) info() plotbeam.DeviceInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	return plotbeam.DeviceInfo{ID: plotbeam.DeviceID(p.id), State: p.state, Viewers: len(p.viewers)}
}

func cleanState(s plotbeam.State) plotbeam.State {
	switch s.Activity {
	case plotbeam.Streaming, plotbeam.Stopped, plotbeam.Ended:
	default:
		s.Activity = plotbeam.Stopped
	}
	s.Text = plotbeam.Cut(s.Text, plotbeam.MaxStateText)
	return s
}
