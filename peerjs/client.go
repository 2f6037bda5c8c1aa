package peerjs

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
)

// client is one peer, a guest of the hub's.
type client struct {
	server   *server
	seat     hub.Seat
	id       string
	token    string
	presence bool // whether it is told of departures

	open atomic.Bool // it was told OPEN, and what had waited for it

	mu  sync.Mutex
	met map[string]bool // peers that it has exchanged an offer with, as far as one of the two wants to know
}

// Welcome implements hub.Guest.
func (c *client) Welcome() {
	c.server.resume(c)
	c.server.absent.release(c)
}

// Hear implements hub.Guest.
func (c *client) Hear(text []byte) error {
	m, err := parse(text)
	if err != nil {
		c.seat.Say(message{Type: failure, Payload: words("a message is a JSON object: " + err.Error())}.encode())
		return fmt.Errorf("%w: %w", hub.ErrMalformed, err)
	}
	switch m.Type {
	case offer, answered, candidate:
		if m.Dst != "" {
			c.pass(m)
		}
	case leave, expire:
		if m.Dst != "" {
			c.pass(m)
		} else if m.Type == leave {
			return hub.ErrGoodbye
		}
	}
	return nil // a heartbeat, or what nobody knows
}

// pass carries a message to whom it is for.
func (c *client) pass(m message) {
	m.Src = c.id
	to, device := c.server.hub.Find(m.Dst)
	if device {
		c.ask(m)
		return
	}
	if other, there := to.(*client); there {
		if m.Type == offer {
			c.meet(other)
		}
		if other.tell(m.encode()) {
			return
		}
	}
	if m.Type != leave && m.Type != expire {
		c.server.absent.hold(c, m)
	}
}

// tell says something to the peer, if it was told OPEN and reads what it is told.
func (c *client) tell(text []byte) bool { return c.open.Load() && c.seat.Say(text) }

// ask puts a message to a device into the words of a viewer's signal.
func (c *client) ask(m message) {
	var n negotiation
	if json.Unmarshal(m.Payload, &n) != nil || m.Type != offer && m.Type != candidate {
		return
	}
	signal := plotbeam.Message{Session: n.ConnectionID, Candidate: n.Candidate}
	if m.Type == offer {
		if n.Type != dataConnection {
			c.unavailable(m.Dst)
			return
		}
		signal.Description, signal.Objects = n.SDP, n.readings()
	}
	if err := c.seat.Signal(plotbeam.DeviceID(m.Dst), signal); err != nil && m.Type == offer {
		c.unavailable(m.Dst)
	}
}

// unavailable tells the peer that there is no way to another.
func (c *client) unavailable(id string) {
	c.seat.Say(message{Type: expire, Src: id, Dst: c.id}.encode())
}

// Translate implements hub.Guest.
func (c *client) Translate(m plotbeam.Message) []byte {
	out := message{Src: string(m.Device), Dst: c.id}
	n := negotiation{Type: dataConnection, ConnectionID: m.Session}
	switch {
	case m.Type != plotbeam.Signal:
		return nil
	case m.Description != nil:
		out.Type, n.SDP = answered, m.Description
	case m.Candidate != nil:
		out.Type, n.Candidate = candidate, m.Candidate
	default: // a refusal
		out.Type = expire
		return out.encode()
	}
	out.Payload = mustEncode(n)
	return out.encode()
}

// Leave implements hub.Guest.
func (c *client) Leave() { c.server.depart(c) }
