package lab

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"

	"github.com/pion/transport/v4"
)

const firstPort = 40_000 // of sockets that do not ask for one

// stack is a host's network as pion sees it, a transport.Net of UDP over IPv4.
type stack struct{ host *Host }

func (s stack) ListenUDP(network string, local *net.UDPAddr) (transport.UDPConn, error) {
	return s.open(network, local, netip.AddrPort{})
}

func (s stack) ListenPacket(network, address string) (net.PacketConn, error) {
	local, err := s.ResolveUDPAddr(network, address)
	if err != nil {
		return nil, err
	}
	return s.open(network, local, netip.AddrPort{})
}

func (s stack) DialUDP(network string, local, remote *net.UDPAddr) (transport.UDPConn, error) {
	a := remote.AddrPort()
	return s.open(network, local, netip.AddrPortFrom(a.Addr().Unmap(), a.Port()))
}

func (s stack) Dial(network, address string) (net.Conn, error) {
	remote, err := s.ResolveUDPAddr(network, address)
	if err != nil {
		return nil, err
	}
	return s.DialUDP(network, nil, remote)
}

// open binds a socket. It returns the interface because a caller of pion's
// compares it with nil.
func (s stack) open(network string, local *net.UDPAddr, remote netip.AddrPort) (transport.UDPConn, error) {
	h, n := s.host, s.host.lab.network
	bound := netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	if local != nil {
		bound = netip.AddrPortFrom(bound.Addr(), uint16(local.Port))
		if ip, ok := netip.AddrFromSlice(local.IP); ok && !ip.IsUnspecified() {
			bound = netip.AddrPortFrom(ip.Unmap(), bound.Port())
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	refuse := func(why error) (transport.UDPConn, error) {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: local, Err: why}
	}
	if network != "udp" && network != "udp4" {
		return refuse(syscall.EAFNOSUPPORT)
	}
	if !bound.Addr().IsUnspecified() && bound.Addr() != h.address {
		return refuse(syscall.EADDRNOTAVAIL)
	}
	if bound.Port() == 0 {
		h.port++
		bound = netip.AddrPortFrom(bound.Addr(), h.port)
	}
	if h.sockets[bound.Port()] != nil {
		return refuse(syscall.EADDRINUSE)
	}
	socket := &udpSocket{host: h, bound: bound, remote: remote, ready: sync.NewCond(&n.mu)}
	h.sockets[bound.Port()] = socket
	return socket, nil
}

func (s stack) ResolveUDPAddr(network, address string) (*net.UDPAddr, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	ip, err := s.ResolveIPAddr(network, host)
	if err != nil {
		return nil, err
	}
	return &net.UDPAddr{IP: ip.IP, Port: int(number)}, nil
}

// ResolveIPAddr knows no names: nothing in the lab has one but the hub's pages.
func (s stack) ResolveIPAddr(_, address string) (*net.IPAddr, error) {
	if address == "" {
		return &net.IPAddr{IP: net.IPv4zero}, nil
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
	}
	return &net.IPAddr{IP: ip.AsSlice()}, nil
}

func (s stack) Interfaces() ([]*transport.Interface, error) {
	n := s.host.lab.network
	n.mu.Lock()
	defer n.mu.Unlock()
	eth := transport.NewInterface(net.Interface{Index: 1, MTU: 1500, Name: "eth0", Flags: net.FlagUp | net.FlagRunning})
	eth.AddAddress(&net.IPNet{IP: s.host.address.AsSlice(), Mask: net.CIDRMask(8, 32)})
	return []*transport.Interface{eth}, nil
}

func (s stack) InterfaceByIndex(index int) (*transport.Interface, error) {
	all, err := s.Interfaces()
	if err != nil || index != 1 {
		return nil, transport.ErrInterfaceNotFound
	}
	return all[0], nil
}

func (s stack) InterfaceByName(name string) (*transport.Interface, error) {
	all, err := s.Interfaces()
	if err != nil || name != all[0].Name {
		return nil, transport.ErrInterfaceNotFound
	}
	return all[0], nil
}

// pion is told to use UDP only; sockets to the hub are dialled by [Host.Client].

func (s stack) ListenTCP(string, *net.TCPAddr) (transport.TCPListener, error) {
	return nil, transport.ErrNotSupported
}

func (s stack) DialTCP(string, *net.TCPAddr, *net.TCPAddr) (transport.TCPConn, error) {
	return nil, transport.ErrNotSupported
}

func (s stack) ResolveTCPAddr(string, string) (*net.TCPAddr, error) {
	return nil, transport.ErrNotSupported
}

func (s stack) CreateDialer(*net.Dialer) transport.Dialer { return s }

func (s stack) CreateListenConfig(*net.ListenConfig) transport.ListenConfig { return listenConfig{s} }

type listenConfig struct{ stack stack }

func (c listenConfig) Listen(context.Context, string, string) (net.Listener, error) {
	return nil, transport.ErrNotSupported
}

func (c listenConfig) ListenPacket(_ context.Context, network, address string) (net.PacketConn, error) {
	return c.stack.ListenPacket(network, address)
}
