package lab

import "time"

// What can happen to a host's line. Each returns at once and holds from then on.

// Delay sets the time between every host and the backbone, where the hub is:
// hosts are twice as far from each other, 1 ms at least. It begins as zero.
func (l *Lab) Delay(oneWay time.Duration) {
	l.change(func() {
		l.delay = oneWay
		for _, h := range l.network.hosts {
			if h != l.hubHost {
				h.up.delay, h.down.delay = oneWay, oneWay
			}
		}
	})
}

// Delay sets the time between the host and the backbone.
func (h *Host) Delay(oneWay time.Duration) {
	h.lab.change(func() { h.up.delay, h.down.delay = oneWay, oneWay })
}

// Loss makes a share of the host's packets vanish, from 0 to 1. Sockets send
// them again, which takes 200 ms and a round trip at least.
func (h *Host) Loss(up, down float64) {
	h.lab.change(func() { h.up.loss, h.down.loss = up, down })
}

// Rate limits the host's line, in bytes a second; zero means no limit. A UDP
// packet that would wait for over 200 ms is dropped; sockets hold back.
func (h *Host) Rate(up, down int) {
	h.lab.change(func() { h.up.rate, h.down.rate = up, down })
}

// Cut makes everything from and to the host vanish, without a word to anybody.
// Sockets that are open stay dead, as behind a NAT that forgets them.
func (h *Host) Cut() {
	h.lab.change(func() {
		h.cut = true
		h.forgetSockets()
	})
}

// Mend ends Cut.
func (h *Host) Mend() { h.lab.change(func() { h.cut = false }) }

// Outage makes everything from and to the host vanish for a while. Sockets
// that are open go on afterwards, once they send again.
func (h *Host) Outage(d time.Duration) {
	h.lab.change(func() { h.until = time.Now().Add(d) })
}

// BlockUDP makes the host's UDP packets vanish, and leaves sockets alone.
func (h *Host) BlockUDP() { h.lab.change(func() { h.noUDP = true }) }

// UnblockUDP ends BlockUDP.
func (h *Host) UnblockUDP() { h.lab.change(func() { h.noUDP = false }) }

// Block makes packets between two hosts vanish, in both directions.
func (h *Host) Block(other *Host) { h.wall(other, true) }

// Unblock ends Block.
func (h *Host) Unblock(other *Host) { h.wall(other, false) }

func (h *Host) wall(other *Host, stands bool) {
	h.lab.change(func() {
		h.lab.network.walls[[2]*Host{h, other}] = stands
		h.lab.network.walls[[2]*Host{other, h}] = stands
	})
}

// Roam takes the host into another network with a NAT of the same kind, so its
// address changes: sockets that are open are dead without knowing it, and so
// are UDP sockets that are bound to the old address. One that is bound to no
// address goes on from the new one, as on a real machine.
func (h *Host) Roam() { h.lab.change(func() { h.roam(h.nat.kind) }) }

// RoamBehind is Roam into a network with a NAT of another kind.
func (h *Host) RoamBehind(kind NAT) { h.lab.change(func() { h.roam(kind) }) }

func (h *Host) roam(kind NAT) {
	h.move(kind)
	h.forgetSockets()
}

// ForgetNAT empties the table of the host's NAT for UDP: what comes in on the
// old ports is dropped, what goes out has new ones.
func (h *Host) ForgetNAT() { h.lab.change(func() { h.nat.forget() }) }

func (l *Lab) change(what func()) {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	what()
}
