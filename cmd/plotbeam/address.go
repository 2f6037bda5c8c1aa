package main

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// linkHost is the host of a link to a hub that listens on the address: itself,
// or where other machines reach this one if it listens everywhere.
func linkHost(listening netip.Addr, asked string) string {
	switch {
	case listening.IsUnspecified():
		if a, ok := lanAddress(); ok {
			return a.String()
		}
		return "localhost"
	case asked != "" && net.ParseIP(asked) == nil:
		return asked // a name: localhost, or this machine's
	}
	return listening.String()
}

// dialHost is the host under which this machine reaches a hub of its own.
func dialHost(listening netip.Addr) string {
	switch {
	case !listening.IsUnspecified():
		return listening.String()
	case listening.Is4():
		return "127.0.0.1"
	}
	return "localhost" // an IPv6 socket mostly takes IPv4 too, but not everywhere
}

// lanAddress is the address under which other machines most likely reach this one.
func lanAddress() (netip.Addr, bool) {
	return chooseAddress(routed(), interfaces())
}

// routed is the address that this machine would send from to the internet.
// Connecting a UDP socket sends nothing.
func routed() netip.Addr {
	conn, err := net.Dial("udp4", "192.0.2.1:9") // TEST-NET-1 (RFC 5737)
	if err != nil {
		return netip.Addr{}
	}
	defer conn.Close()
	from, ok := netip.AddrFromSlice(conn.LocalAddr().(*net.UDPAddr).IP)
	if !ok {
		return netip.Addr{}
	}
	return from.Unmap()
}

// located is an address and the interface that has it.
type located struct {
	name string
	addr netip.Addr
}

func interfaces() []located {
	var all []located
	list, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, one := range list {
		if one.Flags&net.FlagUp == 0 || one.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := one.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil {
				all = append(all, located{one.Name, prefix.Addr().Unmap()})
			}
		}
	}
	return all
}

// chooseAddress prefers the routed address, then a private IPv4 address of a
// real interface, then any that can be dialled without a zone.
func chooseAddress(routed netip.Addr, all []located) (netip.Addr, bool) {
	if routed.IsValid() && !routed.IsLoopback() && !routed.IsUnspecified() {
		return routed, true
	}
	rank := func(l located) int {
		switch {
		case !l.addr.IsGlobalUnicast():
			return 0
		case virtual(l.name):
			return 1
		case l.addr.Is4() && l.addr.IsPrivate():
			return 4
		case l.addr.Is4():
			return 3
		}
		return 2
	}
	if len(all) == 0 {
		return netip.Addr{}, false
	}
	best := slices.MaxFunc(all, func(a, b located) int { return rank(a) - rank(b) })
	return best.addr, rank(best) > 0
}

// virtual reports whether an interface leads to containers or machines inside this one.
func virtual(name string) bool {
	return slices.ContainsFunc([]string{"docker", "veth", "br-", "virbr", "vmnet", "vboxnet", "cni", "flannel", "lxc"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}
