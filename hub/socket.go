package hub

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/gobwas/ws"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	readBuffer  = 256      // of a viewer, which says little; longer messages pass it by
	writeAtOnce = 16 << 10 // bytes that a blocked connection takes within writeTimeout
)

var (
	errTooBig = errors.New("a message over the limit")
	errOrigin = errors.New("a page of another site")
)

// socket is the hub's end of one WebSocket. One goroutine reads it at a time
// and one writes; neither is kept for it while there is nothing to do.
type socket struct {
	net.Conn
	raw   syscall.RawConn // for writes that do not wait; nil where a connection knows none
	limit int             // bytes of a message
	spoke string          // the subprotocol

	early []byte // came with the handshake
	in    *bufio.Reader
	head  [ws.MaxHeaderSize]byte
	kind  ws.OpCode // of a message in fragments …
	parts []byte    // … and its bytes so far

	ask   func(fd uintptr) // for unsent, which finds …
	waits int
	known bool

	attempt func(fd uintptr) bool // writeNow, of …
	trying  []byte
	tried   int
	failed  error
}

// accept turns a request into a socket, or answers why not.
func accept(w http.ResponseWriter, r *http.Request, origins []string) (*socket, error) {
	if !welcomeFrom(r, origins) {
		http.Error(w, errOrigin.Error(), http.StatusForbidden)
		return nil, errOrigin
	}
	upgrader := ws.HTTPUpgrader{Protocol: func(name string) bool { return name == plotbeam.Subprotocol }}
	conn, buffered, hands, err := upgrader.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		return nil, err
	}
	s := &socket{Conn: conn, raw: rawOf(conn), limit: plotbeam.MaxMessage, spoke: hands.Protocol}
	if n := buffered.Reader.Buffered(); n > 0 {
		s.early = make([]byte, n)
		buffered.Read(s.early) // what is buffered is read as a whole
	}
	s.in = bufio.NewReaderSize(s, readBuffer)
	s.attempt = s.writeNow
	s.ask = func(fd uintptr) { s.waits, s.known = stream.UnsentOf(fd) }
	return s, nil
}

// welcomeFrom reports whether the request is no page's, one of this hub's, or
// of a site that the configuration names.
func welcomeFrom(r *http.Request, origins []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, pattern := range origins {
		name := u.Host
		if strings.Contains(pattern, "://") {
			name = u.Scheme + "://" + u.Host
		}
		if fits, err := path.Match(strings.ToLower(pattern), strings.ToLower(name)); err == nil && fits {
			return true
		}
	}
	return false
}

// rawOf finds the descriptor below a connection, but not below TLS.
func rawOf(conn net.Conn) syscall.RawConn {
	switch c := conn.(type) {
	case *tls.Conn:
		return nil
	case interface{ NetConn() net.Conn }:
		return rawOf(c.NetConn())
	case syscall.Conn:
		raw, err := c.SyscallConn()
		if err != nil {
			return nil
		}
		return raw
	}
	return nil
}

// Read implements io.Reader for in.
func (s *socket) Read(b []byte) (int, error) {
	if len(s.early) > 0 {
		n := copy(b, s.early)
		s.early = s.early[n:]
		return n, nil
	}
	return s.Conn.Read(b)
}

// next waits until something has come. It needs little stack, so that one
// which waits costs little.
func (s *socket) next() error {
	_, err := s.in.Peek(1)
	return err
}

// read reads one message, or a ping, pong or close.
func (s *socket) read() (ws.OpCode, []byte, error) {
	for {
		head, err := ws.ReadHeaderBuffer(s.in, s.head[:])
		if err != nil {
			return 0, nil, err
		}
		state := ws.StateServerSide
		if s.kind != 0 {
			state |= ws.StateFragmented
		}
		if err := ws.CheckHeader(head, state); err != nil {
			return 0, nil, err
		}
		if head.Length > int64(s.limit-len(s.parts)) {
			return 0, nil, errTooBig
		}
		data, err := s.payload(int(head.Length))
		if err != nil {
			return 0, nil, err
		}
		ws.Cipher(data, head.Mask, 0)
		if head.OpCode.IsControl() || head.Fin && s.kind == 0 {
			return head.OpCode, data, nil
		}
		if head.OpCode != ws.OpContinuation {
			s.kind = head.OpCode
		}
		s.parts = append(s.parts, data...)
		if head.Fin {
			kind, whole := s.kind, s.parts
			s.kind, s.parts = 0, nil
			return kind, whole, nil
		}
	}
}

// payload reads n bytes. Much is not allocated before it has come.
func (s *socket) payload(n int) ([]byte, error) {
	const trusted = 4 << 10
	data := make([]byte, 0, min(n, trusted))
	for len(data) < n {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		got, err := s.in.Read(data[len(data):min(n, cap(data))])
		if err != nil {
			return nil, err
		}
		data = data[:len(data)+got]
	}
	return data, nil
}

// unsent is how many bytes the other end has not acknowledged, as far as that is known.
func (s *socket) unsent() (n int, known bool) {
	if s.raw == nil {
		return stream.Unsent(s.Conn)
	}
	if err := s.raw.Control(s.ask); err != nil {
		return 0, false
	}
	return s.waits, s.known
}

// write writes what the connection takes without waiting, and says how much
// that was. A connection that cannot be tried is waited for.
func (s *socket) write(b []byte) (int, error) {
	if s.raw == nil {
		return len(b), s.finish(b)
	}
	s.trying, s.tried, s.failed = b, 0, nil
	err := s.raw.Write(s.attempt)
	s.trying = nil
	return s.tried, errors.Join(err, s.failed)
}

// finish writes all of b, as long as some of it goes out all the time.
func (s *socket) finish(b []byte) error {
	for len(b) > 0 {
		s.Conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		n, err := s.Conn.Write(b[:min(len(b), writeAtOnce)])
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return s.Conn.SetWriteDeadline(time.Time{})
}

// appendMessage appends an unmasked message (RFC 6455, section 5.2).
func appendMessage(b []byte, kind ws.OpCode, data []byte) []byte {
	const final = 0x80
	b = append(b, final|byte(kind))
	switch n := len(data); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, data...)
}
