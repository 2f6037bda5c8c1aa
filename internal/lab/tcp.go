package lab

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	tcpHeaders = 40 // bytes of IPv4 and TCP around a segment
	segment    = 1448
	sendBuffer = 64 << 10  // bytes that Write takes before they can be sent
	fastWindow = 256 << 10 // bytes on their way at once where no rate is limited
	minRTO     = 200 * time.Millisecond
	maxTries   = 10 // of one segment, which take some minutes
)

var errGone = errors.New("the lab is over")

// pair is the two ends of one socket. A dead one's segments vanish.
//
//	Write -- send buffer -- window -- segments, again where lost --> in order -- Read
//	      <------------------ acknowledged once read -----------------
type pair struct {
	near, far *conn // at the host, at the hub
	dead      bool
}

// conn is one end of a socket. The network's lock guards it.
type conn struct {
	pair          *pair
	host, other   *Host
	peer          *conn
	local, remote net.Addr

	out     []byte // written and not sent
	sent    int    // segments so far
	flying  int    // bytes sent and not read at the other end
	ending  bool   // after out comes the end
	in      []byte // received and not read
	early   map[int]piece
	want    int  // the segment that comes next
	ended   bool // the other end writes no more
	closed  bool
	err     error // why nothing works any more
	readBy  time.Time
	writeBy time.Time
	changed *sync.Cond
}

// piece is a segment's content; one without data is the end.
type piece struct {
	number int
	data   []byte
}

func (n *network) newPair(host, hub *Host, port uint16) *pair {
	p := &pair{}
	client := &net.TCPAddr{IP: host.outside().AsSlice(), Port: int(port)}
	server := &net.TCPAddr{IP: hub.outside().AsSlice(), Port: hubPort}
	p.near = &conn{pair: p, host: host, other: hub, local: client, remote: server}
	p.far = &conn{pair: p, host: hub, other: host, local: server, remote: client}
	p.near.peer, p.far.peer = p.far, p.near
	for _, c := range []*conn{p.near, p.far} {
		c.early = map[int]piece{}
		c.changed = sync.NewCond(&n.mu)
	}
	n.pairs = append(n.pairs, p)
	return p
}

func (c *conn) network() *network { return c.host.lab.network }

// window is how many bytes may be on their way: what the narrower line carries
// within a round trip and half of its queue.
func (c *conn) window() int {
	rate := c.host.up.rate
	if down := c.other.down.rate; rate == 0 || down > 0 && down < rate {
		rate = down
	}
	if rate == 0 {
		return fastWindow
	}
	trip := roundTrip(c.host, c.other) + queueLimit/2
	return max(2*segment, int(trip.Seconds()*float64(rate)))
}

// push sends what the window has room for.
func (c *conn) push() {
	for len(c.out) > 0 && c.flying < c.window() {
		p := piece{number: c.sent, data: c.out[:min(segment, len(c.out))]}
		c.out = c.out[len(p.data):]
		c.sent++
		c.flying += len(p.data)
		c.transmit(p, 1)
	}
	if c.ending && len(c.out) == 0 {
		c.ending = false
		c.transmit(piece{number: c.sent}, 1)
	}
	c.changed.Broadcast()
}

// transmit sends one segment, and again after a while where it is lost.
func (c *conn) transmit(p piece, try int) {
	if c.pair.dead || c.err != nil {
		return
	}
	n := c.network()
	n.carry(c.host, c.other, len(p.data)+tcpHeaders, true, func() { c.peer.arrive(p) }, func() {
		if try == maxTries {
			c.fail(syscall.ETIMEDOUT)
			return
		}
		wait := minRTO<<(try-1) + roundTrip(c.host, c.other)
		n.agenda.after(wait, func() { c.transmit(p, try+1) })
	})
}

// arrive takes a segment; those behind one that is missing wait for it.
func (c *conn) arrive(p piece) {
	if c.pair.dead {
		return
	}
	if c.closed && len(p.data) > 0 || c.err != nil {
		c.reset()
		return
	}
	c.early[p.number] = p
	for {
		next, ok := c.early[c.want]
		if !ok {
			break
		}
		delete(c.early, c.want)
		c.want++
		c.in = append(c.in, next.data...)
		c.ended = c.ended || len(next.data) == 0
	}
	c.changed.Broadcast()
}

// reset tells the other end that this one is gone.
func (c *conn) reset() {
	if c.pair.dead {
		return
	}
	c.network().carry(c.host, c.other, tcpHeaders, true, func() {
		if !c.pair.dead {
			c.peer.fail(syscall.ECONNRESET)
		}
	}, func() {}) // whoever writes next asks again
}

// fail ends this end.
func (c *conn) fail(err error) {
	if c.err == nil {
		c.err = err
		c.out, c.early = nil, nil
	}
	c.settle()
	c.changed.Broadcast()
}

// settle forgets the socket once both ends are done with it.
func (c *conn) settle() {
	done := func(c *conn) bool { return c.closed || c.err != nil }
	if n := c.network(); done(c) && done(c.peer) {
		n.pairs = slices.DeleteFunc(n.pairs, func(p *pair) bool { return p == c.pair })
	}
}

func (c *conn) Read(b []byte) (int, error) {
	n := c.network()
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, net.ErrClosed
		case passed(c.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(c.in) > 0 || len(b) == 0:
			size := copy(b, c.in)
			c.in = c.in[size:]
			c.acknowledge(size)
			return size, nil
		case c.err != nil:
			return 0, c.failed("read")
		case c.ended:
			return 0, io.EOF
		}
		c.changed.Wait()
	}
}

// acknowledge tells the other end that bytes were read.
func (c *conn) acknowledge(size int) {
	c.network().agenda.after(c.host.up.delay+c.other.down.delay, func() {
		if !c.pair.dead {
			c.peer.flying -= size
			c.peer.push()
		}
	})
}

func (c *conn) Write(b []byte) (int, error) {
	n := c.network()
	n.mu.Lock()
	defer n.mu.Unlock()
	written := 0
	for {
		switch {
		case c.closed:
			return written, net.ErrClosed
		case c.err != nil:
			return written, c.failed("write")
		case written == len(b):
			return written, nil
		case passed(c.writeBy):
			return written, os.ErrDeadlineExceeded
		case len(c.out) < sendBuffer:
			size := min(sendBuffer-len(c.out), len(b)-written)
			c.out = append(c.out, b[written:written+size]...)
			written += size
			c.push()
			continue
		}
		c.changed.Wait()
	}
}

func (c *conn) failed(what string) error {
	return &net.OpError{Op: what, Net: "tcp", Source: c.local, Addr: c.remote, Err: c.err}
}

// Unsent is how many bytes were written that the other end has not read, as a
// system tells of its sockets.
func (c *conn) Unsent() int {
	n := c.network()
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(c.out) + c.flying
}

// Close sends what is written, and the end after it.
func (c *conn) Close() error {
	n := c.network()
	n.mu.Lock()
	defer n.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed, c.ending = true, true
	c.acknowledge(len(c.in)) // as read: who still waits to write is told by a reset
	c.in = nil
	c.settle()
	c.push()
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.deadline(&c.readBy, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.deadline(&c.writeBy, t)
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	c.deadline(&c.readBy, t)
	c.deadline(&c.writeBy, t)
	return nil
}

func (c *conn) deadline(which *time.Time, t time.Time) {
	n := c.network()
	n.mu.Lock()
	defer n.mu.Unlock()
	*which = t
	if !t.IsZero() {
		n.agenda.at(t, c.changed.Broadcast)
	}
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }
