// Package turnserver helps peers through NATs: it is a STUN server (RFC 8489)
// that tells a peer under which address the outside sees it, and a TURN server
// (RFC 8656) that carries packets between two peers who cannot reach each other.
//
//	device  -- UDP ----------------+                     +---------------- UDP --  viewer
//	        -- TCP, TLS ---------- | ==> leg <==> leg <== | ---------- TCP, TLS --
//	        -- HTTP's own port --- +                     +--- HTTP's own port --
//	                       (pion/turn)  exchange  (pion/turn)
//
// Each peer allocates a leg. Unless the server is open, a leg is no socket but an
// entry in the exchange, and a packet for a relayed address goes to the leg that
// has it and nowhere else: there is nothing on this machine or behind it that
// could be reached through here, and one port is all that has to be open.
package turnserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// Config describes a server. Its zero value works, and serves nobody.
type Config struct {
	// Packets is the UDP socket, which the server owns. Nil means none.
	Packets net.PacketConn
	// Listener takes STUN and TURN over TCP, and over TLS. Nil means none.
	Listener net.Listener
	// Web is HTTP's listener. What does not begin like STUN or TURN comes out
	// of [Server.Web] again. Nil means none.
	Web net.Listener
	// TLS is spoken on both listeners with whoever begins with it. On Web,
	// whoever does not is served TURN, but no pages. Nil means none.
	TLS *tls.Config
	// Relayed are the addresses that legs are given, at most one of a family.
	// None means no TURN.
	Relayed []netip.Addr
	// Secret signs credentials as [Credential] does. Empty draws one.
	Secret string
	// Open carries to every address of the public internet too, over sockets on
	// ports from 49152. False means between legs only.
	Open bool
	// MaxAllocations bounds the legs at once. Zero means 4,096.
	MaxAllocations int
	// MaxPerSession bounds those of one session. Zero means 128.
	MaxPerSession int
	// MaxConnections bounds the connections that speak STUN or TURN. Zero means 4,096.
	MaxConnections int
	// MaxPerAddress bounds those from one IPv4 address or IPv6 /64. Zero means 256.
	MaxPerAddress int
	// Listen opens the sockets of an open server. Nil means [net.ListenPacket].
	Listen func(network, address string) (net.PacketConn, error)
	Log    *slog.Logger // nil means none
}

const (
	defaultMaxAllocations = 4096
	defaultMaxPerSession  = 128
	defaultMaxConnections = 4096
	defaultMaxPerAddress  = 256

	realm       = "plotbeam"
	maxPacket   = 1500 // bytes of one message; what fits no packet is none of WebRTC's
	maxFailures = 100  // that reading the UDP socket may have in a row
)

// Server is a STUN and TURN server.
type Server struct {
	config   Config
	log      *slog.Logger
	exchange *exchange
	gate     *gate // to the TURN server of connections
	web      *web  // nil without Config.Web
	counts   counters
}

// New makes a server that serves once Run runs.
func New(c Config) *Server {
	c.MaxAllocations = cmp.Or(c.MaxAllocations, defaultMaxAllocations)
	c.MaxPerSession = cmp.Or(c.MaxPerSession, defaultMaxPerSession)
	c.MaxConnections = cmp.Or(c.MaxConnections, defaultMaxConnections)
	c.MaxPerAddress = cmp.Or(c.MaxPerAddress, defaultMaxPerAddress)
	if c.Secret == "" {
		c.Secret = rand.Text()
	}
	if c.Listen == nil {
		c.Listen = net.ListenPacket
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{config: c, log: c.Log}
	s.exchange = newExchange(c, &s.counts)
	s.gate = newGate(c, &s.counts)
	if c.Web != nil {
		s.web = newWeb(c.Web)
	}
	return s
}

// Web yields the connections of Config.Web that are HTTP's, or nil without one.
func (s *Server) Web() net.Listener {
	if s.web == nil {
		return nil
	}
	return s.web
}

// Credential is what the peer with this id shows to be served for the next
// [CredentialLife]. Both are empty where there is no TURN.
func (s *Server) Credential(id string) (username, password string) {
	if !s.relays() {
		return "", ""
	}
	return Credential(s.config.Secret, id, time.Now().Add(CredentialLife))
}

// relays reports whether this is a TURN server too.
func (s *Server) relays() bool { return len(s.config.Relayed) > 0 }

// Run serves until ctx ends, closes what it was given and waits for everybody
// it served. The error is a socket's.
func (s *Server) Run(ctx context.Context) error {
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	servers, err := s.start(end)
	if err != nil {
		return err
	}
	var parts sync.WaitGroup
	for _, l := range []net.Listener{s.config.Listener, s.config.Web} {
		if l != nil {
			parts.Go(func() { end(s.accept(life, l)) })
		}
	}
	<-life.Done()
	for _, one := range servers {
		one.Close() // its packets and its gate
	}
	for _, l := range []net.Listener{s.config.Listener, s.config.Web} {
		if l != nil {
			l.Close()
		}
	}
	if s.web != nil {
		s.web.Close()
	}
	parts.Wait()
	s.gate.shut()
	s.exchange.shut()
	if cause := context.Cause(life); ctx.Err() == nil && !errors.Is(cause, net.ErrClosed) {
		return cause
	}
	return nil
}

// start begins pion's part. Packets and connections have a server each, so that
// a packet is never taken for one of a connection between the same two ports.
func (s *Server) start(fail context.CancelCauseFunc) (servers []*turn.Server, err error) {
	common := turn.ServerConfig{
		LoggerFactory: quiet{},
		Realm:         realm,
		AuthHandler:   s.authenticate,
		QuotaHandler:  func(id, _ string, _ net.Addr) bool { return s.exchange.mayAllocate(id) },
		// A browser that came over IPv6 is given an IPv4 leg too, as it can then
		// be paired with any other: pion's clients know no other family.
		StrictAddressFamily: s.exchange.has4(),
	}
	if s.config.Packets != nil {
		c := common
		c.EventHandler = s.counts.events(turn.EventHandler{})
		c.PacketConnConfigs = []turn.PacketConnConfig{{
			PacketConn:            &packets{PacketConn: s.config.Packets, server: s, fail: fail},
			RelayAddressGenerator: s.exchange,
			PermissionHandler:     s.exchange.permits,
		}}
		one, err := turn.NewServer(c)
		if err != nil {
			return nil, fmt.Errorf("start TURN over UDP: %w", err)
		}
		servers = append(servers, one)
	}
	c := common
	c.EventHandler = s.counts.events(turn.EventHandler{
		OnAllocationCreated: func(src, dst net.Addr, _, _, _ string, _ net.Addr, _ int) { s.gate.allocated(src, dst) },
		OnAllocationDeleted: func(src, dst net.Addr, _, _, _ string) { s.gate.released(src, dst) },
	})
	c.ListenerConfigs = []turn.ListenerConfig{{
		Listener:              s.gate,
		RelayAddressGenerator: s.exchange,
		PermissionHandler:     s.exchange.permits,
	}}
	one, err := turn.NewServer(c)
	if err != nil {
		for _, other := range servers {
			other.Close()
		}
		return nil, fmt.Errorf("start TURN over TCP: %w", err)
	}
	return append(servers, one), nil
}

// quiet drops pion's own log, in which anybody could write with a bad packet:
// those are counted.
type quiet struct{}

func (quiet) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, nil)
}
