package lab

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	udpHeaders = 28   // bytes of IPv4 and UDP around a packet
	udpQueue   = 2048 // packets that a socket holds until they are read

	localDelay = 10 * time.Microsecond // within one host; with none, time would not pass
)

// udpSocket is a transport.UDPConn. The network's lock guards it.
type udpSocket struct {
	host   *Host
	bound  netip.AddrPort // the address is unspecified where it is bound to none
	remote netip.AddrPort // invalid unless it is connected
	queue  []packet
	closed bool
	readBy time.Time // zero means for ever
	ready  *sync.Cond
}

type packet struct {
	from, to netip.AddrPort
	data     []byte
}

// own is the address that a socket's packets leave from. One bound to an
// address that the host has lost has none.
func (s *udpSocket) own() (netip.AddrPort, bool) {
	if s.bound.Addr().IsUnspecified() {
		return netip.AddrPortFrom(s.host.address, s.bound.Port()), true
	}
	return s.bound, s.bound.Addr() == s.host.address
}

func (s *udpSocket) send(data []byte, to netip.AddrPort) (int, error) {
	n := s.host.lab.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	from, ok := s.own()
	if !ok {
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: net.UDPAddrFromAddrPort(to), Err: syscall.ENETUNREACH}
	}
	p := packet{from: from, to: to, data: slices.Clone(data)}
	if to.Addr() == s.host.address {
		n.agenda.after(localDelay, func() { s.host.deliver(p) })
		return len(data), nil
	}
	if s.host.noUDP {
		return len(data), nil
	}
	p.from = s.host.nat.out(from, to)
	target := n.owners[to.Addr()]
	n.carry(s.host, target, len(data)+udpHeaders, false, func() { target.receive(p) }, func() {})
	return len(data), nil
}

// receive takes a packet from the backbone.
func (h *Host) receive(p packet) {
	if h.noUDP || h.outside() != p.to.Addr() { // it had that address when the packet left
		return
	}
	var ok bool
	if p.to, ok = h.nat.in(p.from, p.to); ok {
		h.deliver(p)
	}
}

// deliver puts a packet into the socket that it is for.
func (h *Host) deliver(p packet) {
	s := h.sockets[p.to.Port()]
	if s == nil || s.remote.IsValid() && s.remote != p.from || len(s.queue) == udpQueue {
		return
	}
	if own, ok := s.own(); !ok || own != p.to {
		return
	}
	s.queue = append(s.queue, p)
	s.ready.Broadcast()
}

func (s *udpSocket) receive(buf []byte) (int, netip.AddrPort, error) {
	n := s.host.lab.network
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		switch {
		case s.closed:
			return 0, netip.AddrPort{}, net.ErrClosed
		case passed(s.readBy):
			return 0, netip.AddrPort{}, os.ErrDeadlineExceeded
		case len(s.queue) > 0:
			p := s.queue[0]
			s.queue = s.queue[1:]
			return copy(buf, p.data), p.from, nil
		}
		s.ready.Wait()
	}
}

// passed reports whether a deadline is over.
func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

// end needs the lock.
func (s *udpSocket) end() {
	if s.closed {
		return
	}
	s.closed = true
	delete(s.host.sockets, s.bound.Port())
	s.ready.Broadcast()
}

func (s *udpSocket) Close() error {
	n := s.host.lab.network
	n.mu.Lock()
	defer n.mu.Unlock()
	s.end()
	return nil
}

func (s *udpSocket) SetReadDeadline(t time.Time) error {
	n := s.host.lab.network
	n.mu.Lock()
	defer n.mu.Unlock()
	s.readBy = t
	if !t.IsZero() {
		n.agenda.at(t, s.ready.Broadcast)
	}
	return nil
}

// What follows says the same in net's words.

func (s *udpSocket) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(s.bound) }

func (s *udpSocket) RemoteAddr() net.Addr {
	if !s.remote.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(s.remote)
}

func (s *udpSocket) ReadFromUDP(b []byte) (int, *net.UDPAddr, error) {
	n, from, err := s.receive(b)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

func (s *udpSocket) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := s.ReadFromUDP(b)
	if err != nil {
		return 0, nil, err // not a nil *net.UDPAddr
	}
	return n, from, nil
}

func (s *udpSocket) Read(b []byte) (int, error) {
	n, _, err := s.receive(b)
	return n, err
}

func (s *udpSocket) ReadMsgUDP(b, _ []byte) (n, oobn, flags int, from *net.UDPAddr, err error) {
	n, from, err = s.ReadFromUDP(b)
	return n, 0, 0, from, err
}

func (s *udpSocket) Write(b []byte) (int, error) { return s.send(b, s.remote) }

func (s *udpSocket) WriteToUDP(b []byte, to *net.UDPAddr) (int, error) {
	a := to.AddrPort()
	return s.send(b, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
}

func (s *udpSocket) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: to, Err: syscall.EINVAL}
	}
	return s.WriteToUDP(b, udp)
}

func (s *udpSocket) WriteMsgUDP(b, _ []byte, to *net.UDPAddr) (n, oobn int, err error) {
	n, err = s.WriteToUDP(b, to)
	return n, 0, err
}

func (s *udpSocket) SetDeadline(t time.Time) error    { return s.SetReadDeadline(t) }
func (s *udpSocket) SetWriteDeadline(time.Time) error { return nil } // it never waits
func (s *udpSocket) SetReadBuffer(int) error          { return nil }
func (s *udpSocket) SetWriteBuffer(int) error         { return nil }
