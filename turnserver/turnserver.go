// Package turnserver is the hub's STUN server (RFC 8489): it tells a peer under
// which address the outside sees it, on one UDP port.
//
//	peer  -- Binding request ---------------------> server
//	      <- Binding response, XOR-MAPPED-ADDRESS --
//
// It relays nothing: any other request is counted and dropped.
package turnserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/pion/stun/v4"
)

// maxPacket is more than any STUN request that makes sense has, in bytes.
const maxPacket = 1500

// maxFailures is how often reading may fail in a row.
const maxFailures = 100

// Config describes a server. Its zero value works.
type Config struct {
	Log *slog.Logger // nil means none
}

// Server answers on one socket.
type Server struct {
	conn     net.PacketConn
	log      *slog.Logger
	answered atomic.Uint64
	dropped  atomic.Uint64
}

// Stats counts packets since the start.
type Stats struct {
	Answered uint64 // Binding requests
	Dropped  uint64 // everything else, and answers that could not be sent
}

// New makes a server on a socket that it owns from here on.
func New(conn net.PacketConn, c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{conn: conn, log: c.Log}
}

// Stats may be called at any time.
func (s *Server) Stats() Stats {
	return Stats{Answered: s.answered.Load(), Dropped: s.dropped.Load()}
}

// Run answers until ctx ends, and closes the socket. The error is the socket's.
func (s *Server) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer stop()
	defer s.conn.Close()
	buf := make([]byte, maxPacket)
	request, response := new(stun.Message), new(stun.Message)
	for failures := 0; ; {
		n, from, err := s.conn.ReadFrom(buf)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if failures++; failures > maxFailures || errors.Is(err, net.ErrClosed) {
				return fmt.Errorf("read STUN: %w", err)
			}
			continue // an ICMP error of a packet sent before
		}
		failures = 0
		if err := s.answer(request, response, buf[:n], from); err != nil {
			s.dropped.Add(1)
			s.log.Debug("STUN packet dropped", "err", err)
		}
	}
}

var errNotBinding = errors.New("not a Binding request")

func (s *Server) answer(request, response *stun.Message, packet []byte, from net.Addr) error {
	udp, ok := from.(*net.UDPAddr)
	if !ok || !stun.IsMessage(packet) {
		return errNotBinding
	}
	request.Raw = append(request.Raw[:0], packet...)
	if err := request.Decode(); err != nil {
		return fmt.Errorf("decode request: %w", err)
	}
	if request.Type != stun.BindingRequest {
		return errNotBinding
	}
	err := response.Build(
		stun.NewTransactionIDSetter(request.TransactionID),
		stun.BindingSuccess,
		&stun.XORMappedAddress{IP: udp.IP, Port: udp.Port},
		stun.Fingerprint,
	)
	if err != nil {
		return fmt.Errorf("build response: %w", err)
	}
	s.answered.Add(1)
	if _, err := s.conn.WriteTo(response.Raw, from); err != nil {
		return fmt.Errorf("send response: %w", err)
	}
	return nil
}
