package lab

import (
	"net/netip"
	"slices"
	"time"
)

// NAT is what stands between a host and the backbone.
type NAT int

// Kinds of NAT, by what they map and what they let in.
const (
	Open              NAT = iota // nothing: the host has a public address
	Firewall                     // a public address; lets in whom the host has written to, at that port
	FullCone                     // lets in anybody
	AddressRestricted            // lets in whom the host has written to, at any port
	PortRestricted               // lets in whom the host has written to, at that port
	Symmetric                    // as PortRestricted, and has another port for each whom the host writes to
)

func (k NAT) String() string {
	return [...]string{"open", "firewall", "full cone", "address-restricted", "port-restricted", "symmetric"}[k]
}

const (
	natLife      = 30 * time.Second // a mapping that the host does not use for so long is gone
	firstNATPort = 50_000
)

// nat is one NAT and its table.
type nat struct {
	kind     NAT
	outside  netip.Addr
	port     uint16 // the last one given out
	mappings []*mapping
}

type mapping struct {
	inside  netip.AddrPort
	outside netip.AddrPort
	only    netip.AddrPort          // whom it is for, in a symmetric NAT
	written map[netip.AddrPort]bool // whom the host has written to
	used    time.Time
}

func (m *mapping) old() bool { return time.Since(m.used) > natLife }

func newNAT(kind NAT, outside netip.Addr) *nat {
	return &nat{kind: kind, outside: outside, port: firstNATPort}
}

// out gives the address from which the outside sees a packet.
func (n *nat) out(from, to netip.AddrPort) netip.AddrPort {
	if n.kind == Open {
		return from
	}
	m := n.find(func(m *mapping) bool {
		return m.inside == from && (n.kind != Symmetric || m.only == to)
	})
	if m == nil {
		m = &mapping{inside: from, outside: from, only: to, written: map[netip.AddrPort]bool{}}
		if n.kind != Firewall {
			n.port++
			m.outside = netip.AddrPortFrom(n.outside, n.port)
		}
		n.mappings = append(slices.DeleteFunc(n.mappings, (*mapping).old), m)
	}
	m.written[to] = true
	m.used = time.Now()
	return m.outside
}

// in gives the address inside for a packet from the outside, if it may pass.
func (n *nat) in(from, to netip.AddrPort) (inside netip.AddrPort, ok bool) {
	if n.kind == Open {
		return to, true
	}
	m := n.find(func(m *mapping) bool { return m.outside == to })
	if m == nil || !n.admits(m, from) {
		return to, false
	}
	return m.inside, true
}

func (n *nat) admits(m *mapping, from netip.AddrPort) bool {
	switch n.kind {
	case FullCone:
		return true
	case AddressRestricted:
		for to := range m.written {
			if to.Addr() == from.Addr() {
				return true
			}
		}
		return false
	default:
		return m.written[from]
	}
}

// find gives the mapping that fits, unless it is too old.
func (n *nat) find(fits func(*mapping) bool) *mapping {
	for _, m := range n.mappings {
		if !m.old() && fits(m) {
			return m
		}
	}
	return nil
}

// forget drops every mapping. Ports are not given out twice.
func (n *nat) forget() { n.mappings = nil }
