package peerjs

import (
	"maps"
	"time"
)

const (
	comeBack = 500 * time.Millisecond // in which a peer's socket may follow the one before
	maxMet   = 256                    // peers that one has exchanged an offer with
)

// departure is a peer that has left, until those that it has met are told.
type departure struct {
	token string
	met   map[string]bool
	timer *time.Timer
}

// meet notes an offer from c to other, if one of the two wants to know of the
// other's departure.
func (c *client) meet(other *client) {
	if c.presence {
		other.meets(c.id)
	}
	if other.presence {
		c.meets(other.id)
	}
}

func (c *client) meets(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.met == nil {
		c.met = map[string]bool{}
	}
	if len(c.met) < maxMet {
		c.met[id] = true
	}
}

// depart tells those that a peer has met that it has left, unless it comes back
// in a moment.
func (s *server) depart(c *client) {
	c.mu.Lock()
	met := maps.Clone(c.met)
	c.mu.Unlock()
	if len(met) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := &departure{token: c.token, met: met}
	d.timer = time.AfterFunc(comeBack, func() { s.announce(c.id, d) })
	s.departed[c.id] = d
}

// resume lets a peer that has come back have met whom it has met before. One
// that has only its id, such as a page loaded anew, knows nothing of them.
func (s *server) resume(c *client) {
	s.mu.Lock()
	d := s.departed[c.id]
	same := d != nil && d.token == c.token
	if same {
		d.timer.Stop()
		delete(s.departed, c.id)
	}
	s.mu.Unlock()
	switch {
	case same:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.met = d.met
	case d != nil:
		s.announce(c.id, d)
	}
}

func (s *server) announce(id string, d *departure) {
	s.mu.Lock()
	left := s.departed[id] == d
	if left {
		delete(s.departed, id)
	}
	s.mu.Unlock()
	if !left {
		return
	}
	for other := range d.met {
		if guest, _ := s.hub.Find(other); guest != nil {
			c := guest.(*client)
			c.seat.Say(message{Type: leave, Src: id, Dst: other}.encode())
		}
	}
}
