package turnserver

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// legQueue is how many packets wait for pion to take them, which it does as fast
// as the leg's peer reads. As on any router, what comes on top is lost.
const legQueue = 256

// packet is one that arrived at a leg.
type packet struct {
	data []byte
	from netip.AddrPort
}

// leg is one allocation's relayed address: the packet socket that pion reads and
// writes. Between legs a packet is a call; only an open server's has a socket.
type leg struct {
	exchange *exchange
	owner    string
	at       netip.AddrPort
	in       chan packet    // legQueue long; never closed
	closed   chan struct{}  // closed by Close
	socket   net.PacketConn // of an open server; nil otherwise
	once     sync.Once
}

// ReadFrom gives the next packet for the leg's peer.
func (l *leg) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case p := <-l.in:
		return copy(b, p.data), net.UDPAddrFromAddrPort(p.from), nil
	case <-l.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo carries a packet of the leg's peer. What may not be carried is
// counted, and is no error: TURN has no word for it.
func (l *leg) WriteTo(b []byte, addr net.Addr) (int, error) {
	udp, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	to := udp.AddrPort()
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	e := l.exchange
	switch {
	case e.relayed(to.Addr()):
		other := e.find(to)
		if other == nil {
			e.counts.drop(NoSuchLeg)
			break
		}
		other.take(packet{slices.Clone(b), l.at})
	case l.socket != nil && e.outside(to.Addr()):
		if _, err := l.socket.WriteTo(b, addr); err != nil {
			return 0, err
		}
		e.counts.packets.Add(1)
		e.counts.bytes.Add(uint64(len(b)))
	default:
		e.counts.drop(ForeignPeer)
	}
	return len(b), nil
}

// take queues a packet for the leg's peer.
func (l *leg) take(p packet) {
	c := l.exchange.counts
	select {
	case l.in <- p:
		c.packets.Add(1)
		c.bytes.Add(uint64(len(p.data)))
	default:
		c.drop(SlowLeg)
	}
}

// readSocket takes what the outside sends to an open server's leg, until it is closed.
func (l *leg) readSocket() {
	buf := make([]byte, maxPacket)
	for failures := 0; ; {
		n, addr, err := l.socket.ReadFrom(buf)
		select {
		case <-l.closed:
			return
		default:
		}
		if err != nil {
			if failures++; failures > maxFailures {
				return
			}
			continue // an ICMP error of a packet sent before
		}
		failures = 0
		udp, ok := addr.(*net.UDPAddr)
		if !ok {
			continue
		}
		from := udp.AddrPort()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if !l.exchange.outside(from.Addr()) {
			l.exchange.counts.drop(ForeignPeer)
			continue
		}
		l.take(packet{slices.Clone(buf[:n]), from})
	}
}

// Close gives the relayed address back.
func (l *leg) Close() error {
	l.once.Do(func() {
		l.exchange.remove(l)
		close(l.closed)
		if l.socket != nil {
			l.socket.Close()
		}
	})
	return nil
}

// LocalAddr is the relayed address.
func (l *leg) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(l.at) }

// Deadlines are not pion's way to end a read.
func (l *leg) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (l *leg) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (l *leg) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }
