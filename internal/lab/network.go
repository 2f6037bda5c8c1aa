package lab

import (
	"context"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pion/transport/v4/vnet"
)

// listener hands piped connections to the hub's server.
type listener struct {
	conns  chan net.Conn // unbuffered; never closed
	closed chan struct{}
	once   sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return newBuffered(c), nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 255, 1), Port: 80} }

// dial reaches the hub that runs now.
func (h *Host) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	h.lab.mu.Lock()
	sockets := h.lab.sockets
	h.lab.mu.Unlock()
	if h.cut.now() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	near, far := net.Pipe()
	select {
	case sockets.conns <- &severable{Conn: far, switcher: h.cut, since: h.cut.times()}:
		return newBuffered(near), nil
	case <-sockets.closed:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: sockets.Addr(), Err: os.ErrDeadlineExceeded}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// filter drops the host's packets while it is cut off.
func (h *Host) filter(address net.Addr) vnet.ChunkFilter {
	ip, _, err := net.ParseCIDR(address.String())
	if err != nil {
		h.lab.t.Fatal(err)
	}
	isHere := func(a net.Addr) bool {
		udp, ok := a.(*net.UDPAddr)
		return ok && udp.IP.Equal(ip)
	}
	return func(c vnet.Chunk) bool {
		return !h.cut.now() || !isHere(c.SourceAddr()) && !isHere(c.DestinationAddr())
	}
}

// switcher says whether a host is cut off, and how often it was.
type switcher struct {
	mu    sync.Mutex
	off   bool
	count int
}

func newSwitcher() *switcher { return &switcher{} }

func (s *switcher) set(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
	if off {
		s.count++
	}
}

func (s *switcher) now() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.off
}

func (s *switcher) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// severable is the hub's end of a socket. Once its host was cut off, what it
// writes vanishes and nothing is read from it any more.
type severable struct {
	net.Conn
	switcher *switcher
	since    int // cuts before it was opened
}

func (c *severable) severed() bool { return c.switcher.times() != c.since }

func (c *severable) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if !c.severed() || err != nil && n == 0 {
			return n, err
		}
	}
}

func (c *severable) Write(b []byte) (int, error) {
	if c.severed() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// buffered is an end of a pipe that takes some writes before the other end
// reads them, as a socket does. Without it two pings at once wait for each other.
type buffered struct {
	net.Conn
	out    chan []byte   // never closed
	closed chan struct{} // closed by Close
	once   sync.Once
}

func newBuffered(c net.Conn) *buffered {
	b := &buffered{Conn: c, out: make(chan []byte, 64), closed: make(chan struct{})}
	go b.flush() // ends after Close
	return b
}

func (b *buffered) Write(p []byte) (int, error) {
	select {
	case b.out <- slices.Clone(p):
		return len(p), nil
	case <-b.closed:
		return 0, net.ErrClosed
	}
}

func (b *buffered) flush() {
	defer b.Conn.Close()
	for {
		select {
		case p := <-b.out:
			if _, err := b.Conn.Write(p); err != nil {
				return
			}
		case <-b.closed:
			b.Conn.SetWriteDeadline(time.Now().Add(time.Second))
			for len(b.out) > 0 {
				if _, err := b.Conn.Write(<-b.out); err != nil {
					return
				}
			}
			return
		}
	}
}

func (b *buffered) Close() error {
	b.once.Do(func() {
		close(b.closed)
		b.Conn.SetDeadline(time.Now().Add(time.Second))
	})
	return nil
}
