package lab

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// nearest is how far two hosts are from each other at least, one way.
const nearest = time.Millisecond

// network is the backbone and all that hangs on it. One lock guards the whole:
// whatever happens is an entry of the agenda or a call of a socket's user.
type network struct {
	mu     sync.Mutex
	agenda *agenda
	hosts  []*Host
	owners map[netip.Addr]*Host // by the address that the outside sees
	listen *listener            // the hub's port; nil while it is closed
	pairs  []*pair              // open sockets, the oldest first
	walls  map[[2]*Host]bool    // pairs of hosts that do not reach each other
	given  int                  // addresses so far
	dials  []time.Time          // of sockets to the hub
}

func newNetwork() *network {
	n := &network{owners: map[netip.Addr]*Host{}, walls: map[[2]*Host]bool{}}
	n.agenda = newAgenda(&n.mu)
	return n
}

// close ends the agenda, and every socket that is still open.
func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.agenda.stop()
	for _, p := range slices.Clone(n.pairs) {
		p.near.fail(errGone)
		p.far.fail(errGone)
	}
	for _, h := range n.hosts {
		for _, s := range h.sockets {
			s.end()
		}
	}
}

// address gives out the next one, public or private.
func (n *network) address(public bool) netip.Addr {
	n.given++
	first := byte(10)
	if public {
		first = 5
	}
	return netip.AddrFrom4([4]byte{first, 0, byte(n.given >> 8), byte(n.given)})
}

// carry takes a packet from one host to another. Exactly one of arrived and
// lost is called, under the lock.
func (n *network) carry(from, to *Host, size int, reliable bool, arrived, lost func()) {
	if from.off() || to == nil || n.walls[[2]*Host{from, to}] {
		lost()
		return
	}
	soonest := time.Now()
	if from != from.lab.hubHost && to != from.lab.hubHost {
		soonest = soonest.Add(nearest)
	}
	out, ok := from.up.pass(size, reliable)
	if !ok {
		lost()
		return
	}
	n.agenda.at(out, func() {
		in, ok := to.down.pass(size, reliable)
		if !ok {
			lost()
			return
		}
		if in.Before(soonest) {
			in = soonest
		}
		n.agenda.at(in, func() {
			if to.off() {
				lost()
				return
			}
			arrived()
		})
	})
}

// roundTrip is the time there and back between two hosts whose queues are empty.
func roundTrip(a, b *Host) time.Duration {
	return a.up.delay + b.down.delay + b.up.delay + a.down.delay
}
