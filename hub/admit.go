package hub

import (
	"fmt"
	"slices"
	"time"

	"github.com/gobwas/ws"
	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"github.com/plotbeam/plotbeam"
)

// admit gives the peer its identity, connects its mailbox and welcomes it. If
// it cannot, it has told the peer why.
func (p *peer) admit() bool {
	if !p.identify() {
		return false
	}
	p.log = p.hub.log.With("remote", p.remote, "role", p.role, "id", p.id)
	p.pace = rate.NewLimiter(messagesPerSecond, messagesAtOnce)
	p.taken = make(chan struct{}, 1)
	if err := p.subscribe(); err != nil {
		return p.turnAway(err)
	}
	if p.role == plotbeam.RoleDevice { // announced before it is welcomed: whoever watches a welcome device hears of it once
		p.mu.Lock()
		p.hub.bus.announce(plotbeam.DeviceID(p.id), p.state, true)
		p.mu.Unlock()
	}
	p.welcome()
	if p.role == plotbeam.RoleDevice {
		p.socket.limit = plotbeam.MaxFrame
		if r := p.hub.relays.of(plotbeam.DeviceID(p.id)); r != nil {
			r.attach()
		}
	}
	p.log.Info("peer joined")
	p.welcomed.Store(true)
	return true
}

// welcome says so, before all that waits already.
func (p *peer) welcome() {
	m := plotbeam.Message{
		Type:    plotbeam.Welcome,
		ID:      p.id,
		Secret:  p.secret,
		ICE:     p.hub.config.ICE(p.host, p.id),
		Time:    time.Now().UnixMicro(),
		Version: p.hub.config.Version,
	}
	p.mu.Lock()
	p.out.waiting = slices.Insert(p.out.waiting, 0, outgoing{ws.OpText, m.Encode()})
	p.out.open = true
	p.mu.Unlock()
	p.wake()
}

// identify claims the id that the peer asks for, or makes one up.
func (p *peer) identify() bool {
	claims, parse := p.hub.names, func(s string) error { _, err := plotbeam.ParseDeviceID(s); return err }
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
	if err := p.claim(claims); err != nil {
		p.fail(plotbeam.CodeTaken, fmt.Sprintf("the id %q belongs to another %s", p.id, p.role), "choose another id, or ask for none to be given one")
		return false
	}
	return true
}

// claim takes the peer's id, and ends who had it until now.
func (p *peer) claim(claims *claims) error {
	old, err := claims.take(p.id, p.secret, p)
	if err != nil {
		return err
	}
	if old != nil {
		old.end(errKicked)
		<-old.gone // so that it has left before this one joins
	}
	return nil
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

// subscribe connects the peer's mailbox, and a device with those who ask for it.
func (p *peer) subscribe() (err error) {
	p.own, err = p.hub.bus.subscribe(mailboxOf(p.role, p.id), p)
	if err == nil && p.role == plotbeam.RoleDevice {
		p.asked, err = p.hub.bus.follow(presenceOf(plotbeam.DeviceID(p.id)), p.introduce)
	}
	return err
}

// receive implements recipient.
func (p *peer) receive(m *nats.Msg) {
	if p.role == roleGuest {
		p.translated(m.Data)
		return
	}
	if isSignal(m) {
		p.mailSignal(m.Data)
		return
	}
	if p.role == plotbeam.RoleDevice && !p.countViewer(m.Data) {
		return
	}
	p.mail(m.Data)
}

// overflow implements recipient.
func (p *peer) overflow() { p.end(errSlow) }

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
	watches := p.watches
	p.watches, p.departed = nil, true
	if p.looking != nil {
		p.looking.Stop()
	}
	p.mu.Unlock()
	p.hub.bus.unsubscribe(p.own)
	p.hub.bus.unsubscribe(p.asked)
	for _, w := range watches {
		if w.reading != nil {
			p.hub.relays.leave(w.reading)
		}
		p.hub.events.unwatch(w.device, p)
		p.tellLeft(w.device, p.reasonFor(cause))
	}
	switch p.role {
	case plotbeam.RoleViewer:
		p.hub.viewers.release(p.id, p)
		return
	case roleGuest:
		p.departGuest()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = plotbeam.State{Activity: plotbeam.Offline}
	if p.hub.names.release(p.id, p) { // else a newer socket has it, and will announce itself
		if r := p.hub.relays.of(plotbeam.DeviceID(p.id)); r != nil {
			r.detach()
		}
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
	if s.Paths != plotbeam.DirectOnly && s.Paths != plotbeam.RelayOnly {
		s.Paths = plotbeam.AnyPath
	}
	s.Controls = s.Controls.Clean()
	s.Text = plotbeam.Cut(s.Text, plotbeam.MaxStateText)
	return s
}
