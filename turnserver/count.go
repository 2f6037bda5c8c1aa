package turnserver

import (
	"net"
	"sync/atomic"

	"github.com/pion/turn/v5"
)

// Reason is why something was dropped or refused.
type Reason int

const (
	Garbage       Reason = iota // neither STUN nor a TURN channel's data
	Unwanted                    // TURN, where there is only STUN
	BadCredential               // expired, or in no known form
	BadSignature                // the password was not ours
	SessionFull                 // the session has as many allocations as it may
	ServerFull                  // so has the server, or no port or no such family is left
	TCPAllocation               // relaying to TCP (RFC 6062)
	ForeignPeer                 // to an address that is not carried to
	NoSuchLeg                   // to a port of ours that is no leg's
	SlowLeg                     // to a leg whose peer does not take its packets as fast
	Invalid                     // anything else that pion/turn could not serve
	Silent                      // a connection that said or allocated nothing in time
	Crowded                     // a connection from an address that has as many as it may
	TooMany                     // a connection over the server's number
	NotTLS                      // HTTP without TLS, where there is TLS
	reasons
)

func (r Reason) String() string {
	return [reasons]string{
		"garbage", "unwanted", "bad credential", "bad signature", "session full", "server full", "tcp allocation", "foreign peer",
		"no such leg", "slow leg", "invalid", "silent", "crowded", "too many", "not tls",
	}[r]
}

// Stats counts since the start, but for what is said to be now.
type Stats struct {
	Answered    uint64 // Binding requests
	Allocations int    // now
	Allocated   uint64
	Packets     uint64 // that were carried
	Bytes       uint64 // of them
	Connections int    // that speak STUN or TURN now
	Dropped     map[Reason]uint64
}

// Stats may be called at any time.
func (s *Server) Stats() Stats {
	c := &s.counts
	stats := Stats{
		Answered:    c.answered.Load(),
		Allocations: s.exchange.count(),
		Allocated:   c.allocated.Load(),
		Packets:     c.packets.Load(),
		Bytes:       c.bytes.Load(),
		Connections: s.gate.count(),
		Dropped:     map[Reason]uint64{},
	}
	for r := range reasons {
		if n := c.dropped[r].Load(); n > 0 {
			stats.Dropped[r] = n
		}
	}
	// pion reports what was refused for a reason of ours as an error too.
	if refused, all := c.refused.Load(), c.failed.Load(); all > refused {
		stats.Dropped[Invalid] = all - refused
	}
	return stats
}

type counters struct {
	answered, allocated, packets, bytes atomic.Uint64
	dropped                             [reasons]atomic.Uint64
	failed, refused                     atomic.Uint64 // pion's errors, and those of them that have a reason
}

func (c *counters) drop(r Reason) { c.dropped[r].Add(1) }

// refuse counts what pion will report as an error too.
func (c *counters) refuse(r Reason) {
	c.refused.Add(1)
	c.drop(r)
}

// answers counts what is about to be sent.
func (c *counters) answers(packet []byte) {
	if len(packet) > 1 && packet[0] == 1 && packet[1] == 1 { // 0x0101: a Binding success response
		c.answered.Add(1)
	}
}

// events adds counting to what pion reports.
func (c *counters) events(e turn.EventHandler) turn.EventHandler {
	e.OnAuth = func(_, _ net.Addr, _, _, _, _ string, right bool) {
		if !right {
			c.refuse(BadSignature)
		}
	}
	e.OnAllocationError = func(_, _ net.Addr, _, _ string) { c.failed.Add(1) }
	return e
}
