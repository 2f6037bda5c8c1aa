package turnserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"github.com/pion/stun/v4"
)

// packets is the UDP socket as pion reads it: only what looks like something to
// be served, and no error that would end its loop for a trifle.
type packets struct {
	net.PacketConn
	server *Server
	fail   context.CancelCauseFunc
}

func (p *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	for failures := 0; ; {
		n, from, err := p.PacketConn.ReadFrom(b)
		if err != nil {
			if failures++; failures > maxFailures || errors.Is(err, net.ErrClosed) {
				p.fail(fmt.Errorf("read STUN: %w", err))
				return 0, nil, err
			}
			continue // an ICMP error of a packet sent before
		}
		failures = 0
		if p.server.wants(b[:n]) {
			return n, from, nil
		}
	}
}

func (p *packets) WriteTo(b []byte, to net.Addr) (int, error) {
	p.server.counts.answers(b)
	return p.PacketConn.WriteTo(b, to)
}

// wants reports whether pion should see a message, and counts it if not.
func (s *Server) wants(message []byte) bool {
	size, err := frameSize(message)
	switch {
	case err != nil, size > maxPacket, size > len(message):
		s.counts.drop(Garbage)
	case !s.relays() && binary.BigEndian.Uint16(message) != bindingRequest:
		s.counts.drop(Unwanted)
	default:
		return true
	}
	return false
}

const (
	bindingRequest = 0x0001 // 2 bytes, big-endian, as all here
	stunHeader     = 20     // bytes: type, length, magic cookie, transaction
	channelHeader  = 4      // bytes: channel, length
)

var errNotSTUN = errors.New("neither a STUN message nor a channel's data")

// frameSize reads from its first 20 bytes (or as few as there are) how long a
// message is, without the padding that it has on a stream.
func frameSize(b []byte) (int, error) {
	if len(b) < channelHeader {
		return 0, errNotSTUN
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case b[0] >= 0x40 && b[0] < 0x50: // channels 0x4000 to 0x4FFF
		return channelHeader + length, nil
	case b[0] < 0x40 && length%4 == 0 && stun.IsMessage(b):
		return stunHeader + length, nil
	}
	return 0, errNotSTUN
}
