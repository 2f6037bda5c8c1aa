package turnserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	// saySomething is how long a connection may take to send its first byte, and
	// the rest of its TLS handshake.
	saySomething = 10 * time.Second
	// Between two tries to accept, when the system cannot.
	acceptPause    = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// web is the listener with what is HTTP's on the shared one.
type web struct {
	net.Listener
	ready  chan net.Conn // unbuffered; never closed
	closed chan struct{} // closed by Close
	once   sync.Once
}

func newWeb(l net.Listener) *web {
	return &web{Listener: l, ready: make(chan net.Conn), closed: make(chan struct{})}
}

func (w *web) Accept() (net.Conn, error) {
	select {
	case conn := <-w.ready:
		return conn, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// Close closes the shared listener: without pages there is no hub to help.
func (w *web) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Listener.Close()
}

// accept takes a listener's connections until it is closed, and looks at each on
// its own: one that says nothing holds up nobody.
func (s *Server) accept(ctx context.Context, l net.Listener) error {
	var parts sync.WaitGroup
	defer parts.Wait()
	pause := acceptPause
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return net.ErrClosed
			}
			s.log.Warn("no connection accepted", "err", err) // too many open files, most likely
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, acceptPauseMax)
			continue
		}
		pause = acceptPause
		parts.Go(func() {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			s.sort(conn, l == s.config.Web, false)
			stop()
		})
	}
}

// sort finds out what a connection speaks, and hands it to whom it is for.
func (s *Server) sort(conn net.Conn, shared, secure bool) {
	conn.SetDeadline(time.Now().Add(saySomething))
	var first [1]byte
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		s.counts.drop(Silent) // browsers open connections that they may need
		conn.Close()
		return
	}
	begun := &begun{Conn: conn, first: first[:]}
	switch encrypted := first[0] == 0x16; { // 0x16: a TLS handshake (RFC 8446)
	case encrypted && s.config.TLS != nil && !secure:
		wrapped := tls.Server(begun, s.config.TLS)
		if err := wrapped.Handshake(); err != nil {
			s.counts.drop(Garbage)
			s.log.Debug("no TLS", "remote", conn.RemoteAddr(), "err", err)
			conn.Close()
			return
		}
		s.sort(wrapped, shared, true)
	case first[0] < 0x40 && !encrypted: // STUN's first two bits are 0 (RFC 7983); HTTP begins with a letter
		s.gate.enter(begun, s.wants)
	case !shared:
		s.counts.drop(Garbage)
		conn.Close()
	case s.config.TLS != nil && !secure:
		s.counts.drop(NotTLS)
		redirect(begun)
	default:
		conn.SetDeadline(time.Time{})
		select {
		case s.web.ready <- begun:
		case <-s.web.closed:
			conn.Close()
		}
	}
}

// redirect tells who speaks HTTP what to speak, and closes.
func redirect(conn *begun) {
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nThis hub speaks HTTPS: begin the address with https://\n")
	if conn.CloseWrite() == nil { // closed with something unread, the answer would be lost
		conn.SetDeadline(time.Now().Add(parting))
		io.CopyN(io.Discard, conn, 1<<16)
	}
}

// begun is a connection whose first byte has been read.
type begun struct {
	net.Conn
	first []byte // until it is read again
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.first) == 0 || len(p) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.first)
	b.first = b.first[n:]
	return n, nil
}

// CloseWrite lets net/http end an answer without cutting it off.
func (b *begun) CloseWrite() error {
	if half, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
