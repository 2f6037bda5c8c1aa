package turnserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/pion/turn/v5"
)

const (
	firstPort = 49152 // of the relayed ones: RFC 6056's dynamic range
	ports     = 1<<16 - firstPort
	tries     = 32 // for a port that is free
)

// exchange holds the legs and passes packets from one to another. It is pion's
// RelayAddressGenerator.
type exchange struct {
	config Config
	counts *counters
	hosts  []netip.Addr   // this machine's own, which no open server carries to
	parts  sync.WaitGroup // goroutines that read the sockets of legs

	mu      sync.Mutex
	closed  bool
	legs    map[netip.AddrPort]*leg
	ofOwner map[string]int // legs
}

func newExchange(c Config, counts *counters) *exchange {
	e := &exchange{config: c, counts: counts, legs: map[netip.AddrPort]*leg{}, ofOwner: map[string]int{}}
	if c.Open {
		e.hosts = machine()
	}
	return e
}

// machine gives this machine's own addresses.
func machine() (all []netip.Addr) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil // it has none that it knows
	}
	for _, one := range list {
		if p, err := netip.ParsePrefix(one.String()); err == nil {
			all = append(all, p.Addr().Unmap())
		}
	}
	return all
}

func (e *exchange) has4() bool {
	return slices.ContainsFunc(e.config.Relayed, netip.Addr.Is4)
}

func (e *exchange) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.legs)
}

// mayAllocate answers for a quota, in time to say so in the protocol's words.
func (e *exchange) mayAllocate(owner string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ofOwner[owner] < e.config.MaxPerSession {
		return true
	}
	e.counts.drop(SessionFull)
	return false
}

// permits says to which addresses a peer may have its packets carried. Ports
// are looked at packet by packet, since TURN's permissions know none.
func (e *exchange) permits(_ net.Addr, ip net.IP) bool {
	peer, ok := netip.AddrFromSlice(ip)
	peer = peer.Unmap()
	if ok && (e.relayed(peer) || e.outside(peer)) {
		return true
	}
	e.counts.drop(ForeignPeer)
	return false
}

// relayed reports whether an address is that of legs.
func (e *exchange) relayed(a netip.Addr) bool { return slices.Contains(e.config.Relayed, a) }

// outside reports whether an address is one that an open server carries to.
func (e *exchange) outside(a netip.Addr) bool {
	return e.config.Open && public(a) && !e.relayed(a) && !slices.Contains(e.hosts, a)
}

var (
	errNoTCP    = errors.New("nothing is relayed to TCP")
	errNoOwner  = errors.New("no ports are reserved")
	errNoFamily = errors.New("no relayed address of that family")
	errFull     = errors.New("all legs are taken")
	errShut     = errors.New("the server is shutting down")
)

// Validate is pion's; there is nothing to check.
func (e *exchange) Validate() error { return nil }

// AllocatePacketConn makes a leg.
func (e *exchange) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if c.UserID == "" { // EVEN-PORT, for RTP as it was, tries ports out before it asks for one
		e.counts.refuse(ServerFull)
		return nil, nil, errNoOwner
	}
	l, err := e.allocate(c.UserID, c.Network == "udp4")
	if err != nil {
		e.counts.refuse(ServerFull)
		return nil, nil, fmt.Errorf("allocate leg: %w", err)
	}
	e.counts.allocated.Add(1)
	return l, net.UDPAddrFromAddrPort(l.at), nil
}

// AllocateListener refuses relaying from TCP.
func (e *exchange) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	e.counts.refuse(TCPAllocation)
	return nil, nil, errNoTCP
}

// AllocateConn refuses relaying to TCP.
func (e *exchange) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) {
	e.counts.refuse(TCPAllocation)
	return nil, errNoTCP
}

func (e *exchange) allocate(owner string, four bool) (*leg, error) {
	i := slices.IndexFunc(e.config.Relayed, func(a netip.Addr) bool { return a.Is4() == four })
	if i < 0 {
		return nil, errNoFamily
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, errShut
	case len(e.legs) >= e.config.MaxAllocations, e.ofOwner[owner] >= e.config.MaxPerSession:
		return nil, errFull
	}
	for range tries {
		at := netip.AddrPortFrom(e.config.Relayed[i], uint16(firstPort+rand.IntN(ports)))
		if e.legs[at] != nil {
			continue
		}
		l := &leg{exchange: e, owner: owner, at: at, in: make(chan packet, legQueue), closed: make(chan struct{})}
		if e.config.Open && !l.bind() {
			continue
		}
		e.legs[at] = l
		e.ofOwner[owner]++
		return l, nil
	}
	return nil, errFull
}

// bind opens the leg's socket, on every address: the relayed one may be a NAT's.
func (l *leg) bind() bool {
	network := "udp6"
	if l.at.Addr().Is4() {
		network = "udp4"
	}
	socket, err := l.exchange.config.Listen(network, ":"+strconv.Itoa(int(l.at.Port())))
	if err != nil {
		return false // most likely another program's port
	}
	l.socket = socket
	l.exchange.parts.Go(l.readSocket)
	return true
}

func (e *exchange) find(at netip.AddrPort) *leg {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.legs[at]
}

func (e *exchange) remove(l *leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.legs, l.at)
	if e.ofOwner[l.owner]--; e.ofOwner[l.owner] == 0 {
		delete(e.ofOwner, l.owner)
	}
}

// shut closes all legs and waits for their sockets.
func (e *exchange) shut() {
	e.mu.Lock()
	e.closed = true
	legs := make([]*leg, 0, len(e.legs))
	for _, l := range e.legs {
		legs = append(legs, l)
	}
	e.mu.Unlock()
	for _, l := range legs {
		l.Close()
	}
	e.parts.Wait()
}
