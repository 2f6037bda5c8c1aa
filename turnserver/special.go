package turnserver

import "net/netip"

// special are the ranges that are not the public internet: IANA's registries of
// special-purpose addresses (RFC 6890 and its updates) and of multicast. An
// IPv4 address that is mapped into IPv6 is looked up as what it is; whatever
// else embeds one is refused whole.
var special = prefixes(
	"0.0.0.0/8",       // this network (RFC 791)
	"10.0.0.0/8",      // private (RFC 1918)
	"100.64.0.0/10",   // shared by carriers' NATs (RFC 6598)
	"127.0.0.0/8",     // loopback (RFC 1122)
	"169.254.0.0/16",  // link-local (RFC 3927), and clouds' metadata
	"172.16.0.0/12",   // private (RFC 1918)
	"192.0.0.0/24",    // protocol assignments (RFC 6890)
	"192.0.2.0/24",    // documentation (RFC 5737)
	"192.31.196.0/24", // AS112 (RFC 7535)
	"192.52.193.0/24", // AMT (RFC 7450)
	"192.88.99.0/24",  // 6to4 relays, deprecated (RFC 7526)
	"192.168.0.0/16",  // private (RFC 1918)
	"192.175.48.0/24", // AS112 (RFC 7534)
	"198.18.0.0/15",   // benchmarking (RFC 2544)
	"198.51.100.0/24", // documentation (RFC 5737)
	"203.0.113.0/24",  // documentation (RFC 5737)
	"224.0.0.0/4",     // multicast (RFC 5771)
	"240.0.0.0/4",     // reserved (RFC 1112), and 255.255.255.255

	"::/96",             // unspecified, loopback, and IPv4-compatible (RFC 4291)
	"64:ff9b::/96",      // NAT64, which embeds IPv4 (RFC 6052)
	"64:ff9b:1::/48",    // likewise, local (RFC 8215)
	"100::/64",          // discard (RFC 6666)
	"100:0:0:1::/64",    // dummy (RFC 9780)
	"2001::/23",         // protocol assignments: Teredo, ORCHID, benchmarking (RFC 2928)
	"2001:db8::/32",     // documentation (RFC 3849)
	"2002::/16",         // 6to4, which embeds IPv4 (RFC 3056)
	"2620:4f:8000::/48", // AS112 (RFC 7534)
	"3fff::/20",         // documentation (RFC 9637)
	"5f00::/16",         // segment routing (RFC 9602)
	"fc00::/7",          // unique local (RFC 4193)
	"fe80::/10",         // link-local (RFC 4291)
	"fec0::/10",         // site-local, deprecated (RFC 3879)
	"ff00::/8",          // multicast (RFC 4291)
)

// global6 is all of IPv6 that is given out as unicast so far (RFC 4291).
var global6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) (all []netip.Prefix) {
	for _, one := range list {
		all = append(all, netip.MustParsePrefix(one))
	}
	return all
}

// public reports whether an address is one of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || a.Is6() && !global6.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
