package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/stun/v4"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/stdnet"
)

const (
	askAgain  = 200 * time.Millisecond // after no answer, and twice as long each time
	askGiveUp = 2 * time.Second        // a pause that is longer is not made: 3 s in all
)

// ErrNoAnswer is the error of a server that no packet came back from.
var ErrNoAnswer = errors.New("no answer")

// Seen is what one server says of a socket of this machine.
type Seen struct {
	URL     string
	Server  netip.AddrPort // that was asked; invalid where its name leads nowhere
	Local   uint16         // the socket's port here
	Address netip.AddrPort // its address as the server sees it; invalid where it has not said
	Took    time.Duration
	Err     error
}

// Outside asks servers over UDP under which address each sees this machine: all
// of them from one socket, so that a NAT shows whether it has one port for all.
// URLs are those of STUN servers, and of TURN servers over UDP, which are that too.
func (e *Endpoint) Outside(ctx context.Context, urls []string) []Seen {
	network := e.net
	if network == nil {
		machine, err := stdnet.NewNet()
		if err != nil {
			return seenNothing(urls, err)
		}
		network = machine
	}
	all := seenNothing(urls, nil)
	for _, family := range []string{"udp4", "udp6"} {
		var asked []*Seen
		for i := range all {
			if one := &all[i]; !one.Server.IsValid() {
				if one.Server, one.Err = resolve(network, family, one.URL); one.Err == nil {
					asked = append(asked, one)
				}
			}
		}
		if len(asked) == 0 {
			continue
		}
		if conn, err := network.ListenUDP(family, nil); err != nil {
			for _, one := range asked {
				one.Err = err
			}
		} else {
			ask(ctx, conn, asked)
			conn.Close()
		}
	}
	return all
}

func seenNothing(urls []string, err error) []Seen {
	all := make([]Seen, len(urls))
	for i, url := range urls {
		all[i] = Seen{URL: url, Err: err}
	}
	return all
}

func resolve(network transport.Net, family, url string) (netip.AddrPort, error) {
	parsed, err := stun.ParseURI(url)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("read URL: %w", err)
	}
	at, err := network.ResolveUDPAddr(family, net.JoinHostPort(parsed.Host, fmt.Sprint(parsed.Port)))
	if err != nil {
		return netip.AddrPort{}, err
	}
	found := at.AddrPort()
	return netip.AddrPortFrom(found.Addr().Unmap(), found.Port()), nil
}

// ask sends every server a binding request (RFC 8489), and again until all have
// answered or it is too late.
func ask(ctx context.Context, conn transport.UDPConn, servers []*Seen) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	open := map[[stun.TransactionIDSize]byte]*Seen{}
	for _, one := range servers {
		one.Err = ErrNoAnswer
		if local, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
			one.Local = local.Port()
		}
		open[stun.NewTransactionID()] = one
	}
	begun := time.Now()
	for pause := askAgain; len(open) > 0 && pause <= askGiveUp && ctx.Err() == nil; pause *= 2 {
		for id, one := range open {
			request := stun.MustBuild(stun.BindingRequest, stun.NewTransactionIDSetter(id))
			if _, err := conn.WriteToUDP(request.Raw, net.UDPAddrFromAddrPort(one.Server)); err != nil {
				one.Err = err
			}
		}
		if conn.SetReadDeadline(time.Now().Add(pause)) != nil {
			return
		}
		for len(open) > 0 {
			id, address, err := answer(conn)
			if err != nil {
				break // the pause is over
			}
			if one := open[id]; one != nil && address.IsValid() {
				one.Address, one.Took, one.Err = address, time.Since(begun), nil
				delete(open, id)
			}
		}
	}
}

// answer reads one packet; the address is invalid if that is no answer.
func answer(conn transport.UDPConn) (id [stun.TransactionIDSize]byte, address netip.AddrPort, err error) {
	buf := make([]byte, 1500)
	n, _, err := conn.ReadFromUDP(buf)
	if err != nil {
		return id, address, err
	}
	m := &stun.Message{Raw: buf[:n]}
	var mapped stun.XORMappedAddress
	if m.Decode() != nil || m.Type != stun.BindingSuccess || mapped.GetFrom(m) != nil {
		return id, address, nil
	}
	if ip, ok := netip.AddrFromSlice(mapped.IP); ok {
		address = netip.AddrPortFrom(ip.Unmap(), uint16(mapped.Port))
	}
	return m.TransactionID, address, nil
}

// Own reports whether an address is one of this machine's.
func (e *Endpoint) Own(a netip.Addr) bool {
	all, err := e.addresses()
	return err == nil && slices.Contains(all, a)
}
