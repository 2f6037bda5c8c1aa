package lab

import (
	"context"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

const (
	hubPort  = 80
	synRetry = time.Second // doubles with every try, as Linux's
	synTries = 6
)

// listener hands sockets to the hub's server.
type listener struct {
	network *network
	host    *Host
	queue   []*conn
	closed  bool
	changed *sync.Cond
}

// open opens the hub's port.
func (n *network) open(host *Host) *listener {
	l := &listener{network: n, host: host, changed: sync.NewCond(&n.mu)}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.listen = l
	return l
}

func (l *listener) Accept() (net.Conn, error) {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	for len(l.queue) == 0 {
		if l.closed {
			return nil, net.ErrClosed
		}
		l.changed.Wait()
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	return c, nil
}

// Close closes the port; dials are refused from here on.
func (l *listener) Close() error {
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	l.shut()
	return nil
}

// shut needs the lock.
func (l *listener) shut() {
	if l.closed {
		return
	}
	l.closed = true
	l.network.listen = nil
	for _, c := range l.queue {
		c.reset()
		c.fail(net.ErrClosed)
	}
	l.queue = nil
	l.changed.Broadcast()
}

func (l *listener) Addr() net.Addr {
	return &net.TCPAddr{IP: l.host.outside().AsSlice(), Port: hubPort}
}

// handshake is one dial on its way.
type handshake struct {
	network *network
	pair    *pair
	offered bool       // the hub has its end
	over    bool       // nobody waits any more
	result  chan error // one place; never closed
}

// dial reaches the hub that runs now, whatever the address.
func (h *Host) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	n := h.lab.network
	n.mu.Lock()
	h.port++
	n.dials = append(n.dials, time.Now())
	d := &handshake{network: n, pair: n.newPair(h, h.lab.hubHost, h.port), result: make(chan error, 1)}
	near, far := d.pair.near, d.pair.far
	d.syn(1)
	n.mu.Unlock()

	var err error
	select {
	case err = <-d.result:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		return near, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	d.over = true
	if d.offered {
		near.reset()
	} else {
		far.fail(err)
	}
	near.fail(err)
	return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: near.remote, Err: err}
}

// syn asks the hub for a socket, and again while there is no answer.
func (d *handshake) syn(try int) {
	if d.over {
		return
	}
	near, far := d.pair.near, d.pair.far
	again := func() {
		if try == synTries {
			d.end(syscall.ETIMEDOUT)
			return
		}
		d.network.agenda.after(synRetry<<(try-1), func() { d.syn(try + 1) })
	}
	answer := func(err error) {
		d.network.carry(far.host, near.host, tcpHeaders, true, func() { d.end(err) }, again)
	}
	d.network.carry(near.host, far.host, tcpHeaders, true, func() {
		switch l := d.network.listen; {
		case d.over:
		case d.offered && far.err == nil:
			answer(nil) // the one before was lost
		case l == nil || d.offered:
			answer(syscall.ECONNREFUSED)
		default:
			d.offered = true
			l.queue = append(l.queue, far)
			l.changed.Broadcast()
			answer(nil)
		}
	}, again)
}

func (d *handshake) end(err error) {
	if d.over {
		return
	}
	d.over = true
	d.result <- err
}

// kill ends everything that the hub has open, as the kernel does for a process
// that was killed.
func (n *network) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listen != nil {
		n.listen.shut()
	}
	for _, p := range slices.Clone(n.pairs) {
		p.far.reset()
		p.far.fail(net.ErrClosed)
	}
}
