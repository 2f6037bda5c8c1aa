package turnserver

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// writeTimeout is how long a connection may take one message. One that does not
// read is closed; until then only its own leg waits.
const writeTimeout = 10 * time.Second

// stream is a connection that speaks STUN or TURN. Each Read gives one whole
// message: pion's own framing would grow its stack with every byte that comes alone.
type stream struct {
	net.Conn
	gate   *gate
	wants  func(message []byte) bool
	ends   ends
	buffer *bufio.Reader
	// parting is whether its allocation has ended: its deadline is no fault then.
	parting atomic.Bool
	once    sync.Once
}

func newStream(conn net.Conn, g *gate, wants func([]byte) bool) *stream {
	return &stream{
		Conn:   conn,
		gate:   g,
		wants:  wants,
		ends:   endsOf(conn.RemoteAddr(), conn.LocalAddr()),
		buffer: bufio.NewReaderSize(conn, maxPacket+channelHeader),
	}
}

// Read gives the next message. A stream that has lost its framing is over.
func (s *stream) Read(b []byte) (int, error) {
	for {
		message, err := s.next()
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) && !s.parting.Load() {
				s.gate.counts.drop(Silent)
			}
			return 0, err
		}
		n := copy(b, message)
		s.buffer.Discard(len(message))
		if s.wants(b[:n]) {
			return n, nil
		}
	}
}

// next waits for a whole message, with its padding.
func (s *stream) next() ([]byte, error) {
	head, err := s.buffer.Peek(channelHeader)
	if err != nil {
		return nil, err
	}
	if head[0] < 0x40 {
		if head, err = s.buffer.Peek(stunHeader); err != nil {
			return nil, err
		}
	}
	size, err := frameSize(head)
	if err == nil && size > maxPacket {
		err = fmt.Errorf("a message of %d bytes, at most %d are taken", size, maxPacket)
	}
	if err != nil {
		s.gate.counts.drop(Garbage)
		return nil, err
	}
	return s.buffer.Peek((size + 3) &^ 3)
}

func (s *stream) Write(b []byte) (int, error) {
	s.gate.counts.answers(b)
	s.Conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	n, err := s.Conn.Write(b)
	if err != nil {
		s.Conn.Close() // part of a message may be on its way: nothing can follow it
	}
	return n, err
}

// Close is called by pion when it has done with the connection.
func (s *stream) Close() error {
	err := s.Conn.Close()
	s.once.Do(func() { s.gate.leave(s) })
	return err
}
