package turnserver

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// allocateWithin is how long a connection may be there without an allocation.
	allocateWithin = 30 * time.Second
	// parting is how long it is kept once its allocation has ended.
	parting = time.Second
)

// gate is the listener that pion accepts connections from: those that turned
// out to speak STUN or TURN, as many as are allowed.
type gate struct {
	config Config
	counts *counters
	ready  chan *stream  // unbuffered; never closed
	closed chan struct{} // closed by Close
	once   sync.Once
	parts  sync.WaitGroup // streams; shut waits for them

	mu          sync.Mutex
	streams     map[ends]*stream
	fromAddress map[netip.Prefix]int // streams
}

// ends are a connection's two addresses.
type ends struct{ remote, local netip.AddrPort }

func endsOf(remote, local net.Addr) ends {
	one := func(a net.Addr) netip.AddrPort {
		if tcp, ok := a.(*net.TCPAddr); ok {
			at := tcp.AddrPort()
			return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
		}
		return netip.AddrPort{}
	}
	return ends{one(remote), one(local)}
}

// source is what counts as one address: an IPv6 host has a whole /64.
func (e ends) source() netip.Prefix {
	bits := 32
	if e.remote.Addr().Is6() {
		bits = 64
	}
	p, _ := e.remote.Addr().Prefix(bits) // the zero one for what has no address
	return p
}

func newGate(c Config, counts *counters) *gate {
	return &gate{
		config:      c,
		counts:      counts,
		ready:       make(chan *stream),
		closed:      make(chan struct{}),
		streams:     map[ends]*stream{},
		fromAddress: map[netip.Prefix]int{},
	}
}

// enter hands a connection to pion, or closes it and counts why.
func (g *gate) enter(conn net.Conn, wants func([]byte) bool) {
	s := newStream(conn, g, wants)
	if !g.admit(s) {
		conn.Close()
		return
	}
	conn.SetDeadline(time.Time{})
	conn.SetReadDeadline(time.Now().Add(allocateWithin))
	select {
	case g.ready <- s:
	case <-g.closed:
		s.Close()
	}
}

func (g *gate) admit(s *stream) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.closed:
		return false
	default:
	}
	switch {
	case len(g.streams) >= g.config.MaxConnections:
		g.counts.drop(TooMany)
		return false
	case g.fromAddress[s.ends.source()] >= g.config.MaxPerAddress:
		g.counts.drop(Crowded)
		return false
	}
	g.streams[s.ends] = s
	g.fromAddress[s.ends.source()]++
	g.parts.Add(1)
	return true
}

func (g *gate) leave(s *stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.streams[s.ends] == s { // else a newer one has the same two addresses
		delete(g.streams, s.ends)
	}
	source := s.ends.source()
	if g.fromAddress[source]--; g.fromAddress[source] == 0 {
		delete(g.fromAddress, source)
	}
	g.parts.Done()
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.streams)
}

// allocated keeps a connection for as long as its allocation lives, which ends
// by itself unless it is refreshed.
func (g *gate) allocated(remote, local net.Addr) { g.expect(remote, local, false, time.Time{}) }

func (g *gate) released(remote, local net.Addr) {
	g.expect(remote, local, true, time.Now().Add(parting))
}

func (g *gate) expect(remote, local net.Addr, parting bool, deadline time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s := g.streams[endsOf(remote, local)]; s != nil {
		s.parting.Store(parting)
		s.Conn.SetReadDeadline(deadline)
	}
}

// Accept is pion's.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case s := <-g.ready:
		return s, nil
	case <-g.closed:
		return nil, net.ErrClosed
	}
}

// Close lets nobody in any more.
func (g *gate) Close() error {
	g.once.Do(func() {
		g.mu.Lock() // nobody passes admit from here on
		defer g.mu.Unlock()
		close(g.closed)
	})
	return nil
}

// Addr is there to make a listener.
func (g *gate) Addr() net.Addr { return &net.TCPAddr{} }

// shut closes every connection and waits for them.
func (g *gate) shut() {
	g.Close()
	g.mu.Lock()
	streams := make([]*stream, 0, len(g.streams))
	for _, s := range g.streams {
		streams = append(streams, s)
	}
	g.mu.Unlock()
	for _, s := range streams {
		s.Conn.Close() // pion notices, and closes it as its own
	}
	g.parts.Wait()
}
