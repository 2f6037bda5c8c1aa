package lab

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/pion/transport/v4"

	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/viewer"
)

// Host is one machine on the network. The network's lock guards it.
type Host struct {
	lab    *Lab
	Client *http.Client // that reaches the hub from here

	address  netip.Addr // its own; private behind a NAT
	nat      *nat
	sockets  map[uint16]*udpSocket
	port     uint16 // the last one given out
	up, down *lane
	cut      bool
	until    time.Time // when an outage ends
	noUDP    bool
}

// Host adds a machine with a public address.
func (l *Lab) Host() *Host { return l.HostBehind(Open) }

// HostBehind adds a machine behind a NAT of its own.
func (l *Lab) HostBehind(kind NAT) *Host {
	n := l.network
	n.mu.Lock()
	defer n.mu.Unlock()
	h := l.newHost(l.delay)
	h.move(kind)
	transport := &http.Transport{DialContext: h.dial}
	h.Client = &http.Client{Transport: transport}
	l.t.Cleanup(transport.CloseIdleConnections)
	return h
}

// newHost makes one without an address.
func (l *Lab) newHost(delay time.Duration) *Host {
	n := l.network
	number := uint64(len(n.hosts))
	h := &Host{
		lab: l, sockets: map[uint16]*udpSocket{}, port: firstPort,
		up: newLane(delay, number, 1), down: newLane(delay, number, 2),
	}
	n.hosts = append(n.hosts, h)
	return h
}

// move gives the host a new address.
func (h *Host) move(kind NAT) {
	n := h.lab.network
	outside := n.address(true)
	h.address = outside
	if kind != Open && kind != Firewall {
		h.address = n.address(false)
	}
	h.settle(outside, kind)
}

func (h *Host) settle(outside netip.Addr, kind NAT) {
	if h.nat != nil {
		delete(h.lab.network.owners, h.nat.outside)
	}
	h.nat = newNAT(kind, outside)
	h.lab.network.owners[outside] = h
}

func (h *Host) outside() netip.Addr { return h.nat.outside }

// off reports whether the host's packets vanish.
func (h *Host) off() bool { return h.cut || time.Now().Before(h.until) }

// forgetSockets makes the segments of every open one vanish.
func (h *Host) forgetSockets() {
	for _, p := range h.lab.network.pairs {
		if p.near.host == h || p.far.host == h {
			p.dead = true
		}
	}
}

// Net is the host's network, for links.
func (h *Host) Net() transport.Net { return stack{h} }

// Device starts a device on the host, and ends it with the test or by stop.
func (h *Host) Device(c device.Config) (d *device.Device, stop func()) {
	h.lab.t.Helper()
	c.Hub, c.Client, c.Log = URL, h.Client, h.lab.log("device")
	c.Link = link.Config{Net: h.Net(), Log: c.Log}
	d, err := device.New(c)
	if err != nil {
		h.lab.t.Fatal(err)
	}
	return d, h.lab.background(d.Run)
}

// Viewer starts a viewer on the host, and ends it with the test or by stop.
func (h *Host) Viewer(c viewer.Config) (v *viewer.Viewer, stop func()) {
	h.lab.t.Helper()
	v = h.NewViewer(c)
	return v, h.lab.background(v.Run)
}

// NewViewer makes a viewer that the test runs itself.
func (h *Host) NewViewer(c viewer.Config) *viewer.Viewer {
	h.lab.t.Helper()
	c.Hub, c.Client, c.Log = URL, h.Client, h.lab.log("viewer")
	c.Link = link.Config{Net: h.Net(), Log: c.Log}
	v, err := viewer.New(c)
	if err != nil {
		h.lab.t.Fatal(err)
	}
	return v
}
