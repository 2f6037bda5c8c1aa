package link

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"
)

// lookEvery is how often the machine's addresses are looked at: no system tells
// of changes in the same way.
const lookEvery = 400 * time.Millisecond

// WatchNetwork calls changed with the machine's addresses whenever they have
// changed, until ctx ends.
func (e *Endpoint) WatchNetwork(ctx context.Context, changed func([]netip.Addr)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	before, err := e.addresses()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now, nowErr := e.addresses()
		if nowErr != nil {
			continue
		}
		if err == nil && !slices.Equal(before, now) {
			changed(now)
		}
		before, err = now, nil
	}
}

// addresses are those of all interfaces, in order.
func (e *Endpoint) addresses() ([]netip.Addr, error) {
	var all []net.Addr
	if e.net == nil {
		var err error
		if all, err = net.InterfaceAddrs(); err != nil {
			return nil, err
		}
	} else {
		interfaces, err := e.net.Interfaces()
		if err != nil {
			return nil, err
		}
		for _, one := range interfaces {
			addrs, err := one.Addrs()
			if err != nil {
				continue // an interface without an address, or gone meanwhile
			}
			all = append(all, addrs...)
		}
	}
	var found []netip.Addr
	for _, a := range all {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			found = append(found, prefix.Addr().Unmap())
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return found, nil
}
