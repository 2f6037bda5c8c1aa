package turnserver_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/transport/v4/vnet"
	"github.com/pion/turn/v5"

	"github.com/plotbeam/plotbeam/turnserver"
)

// binding asks over a stream under which address it is seen, a byte at a time.
func binding(t *testing.T, conn net.Conn) {
	t.Helper()
	request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	for i := range request.Raw {
		if _, err := conn.Write(request.Raw[i : i+1]); err != nil {
			t.Fatal(err)
		}
	}
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := &stun.Message{Raw: make([]byte, 1500)}
	n, err := conn.Read(answer.Raw)
	if err != nil {
		t.Fatal(err)
	}
	answer.Raw = answer.Raw[:n]
	if err := answer.Decode(); err != nil || answer.Type != stun.BindingSuccess {
		t.Fatalf("the answer is %v, %v", answer, err)
	}
}

func dialTCP(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// HTTP and STUN share a port, and one that says nothing holds up nobody.
func TestSharedPort(t *testing.T) {
	h := serve(t, loopback())
	pages := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })}
	go pages.Serve(h.Web())
	defer pages.Close()
	dialTCP(t, h.web)
	for range 3 {
		binding(t, dialTCP(t, h.web))
		answer, err := http.Post("http://"+h.web, "text/plain", strings.NewReader("echo"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || string(text) != "echo" {
			t.Errorf("got %q, %v", text, err)
		}
	}
	await(t, "3 answered", func() bool { return h.Stats().Answered == 3 })
}

// gone checks that the server has closed a connection.
func gone(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("the connection is still open")
	}
}

func TestGarbageOnStreams(t *testing.T) {
	h := serve(t, loopback())
	allocate := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest)).Raw
	long := bytes.Clone(allocate)
	long[2], long[3] = 0xff, 0xfc
	for i, words := range [][]byte{
		[]byte("GET / HTTP/1.1\r\n\r\n"),
		make([]byte, 40),
		{0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0}, // TLS, where there is none
		long,
		append(bytes.Clone(allocate), "and then words that are none"...),
		{0x40, 0, 0xff, 0xff, 0},
	} {
		conn := dialTCP(t, h.tcp)
		if _, err := conn.Write(words); err != nil {
			t.Fatal(err)
		}
		gone(t, conn)
		if got := h.Stats(); got.Dropped[turnserver.Garbage] != uint64(i+1) {
			t.Errorf("after %.20q counted %+v", words, got)
		}
	}
}

func TestCrowdedAddress(t *testing.T) {
	c := loopback()
	c.MaxPerAddress = 3
	h := serve(t, c)
	first := dialTCP(t, h.tcp)
	binding(t, first)
	for range 2 {
		binding(t, dialTCP(t, h.web))
	}
	surplus := dialTCP(t, h.tcp)
	if _, err := surplus.Write(make([]byte, 20)); err != nil {
		t.Fatal(err)
	}
	gone(t, surplus)
	if got := h.Stats(); got.Dropped[turnserver.Crowded] != 1 || got.Connections != 3 {
		t.Errorf("counted %+v", got)
	}
	first.Close()
	await(t, "one left", func() bool { return h.Stats().Connections == 2 })
	binding(t, dialTCP(t, h.tcp))
}

// piped is a listener inside a bubble, whose connections have addresses.
type piped struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *piped) Close() error   { close(p.closed); return nil }
func (p *piped) Addr() net.Addr { return &net.TCPAddr{} }

type addressed struct {
	net.Conn
	port int
}

func (a addressed) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 9), Port: a.port}
}
func (a addressed) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 443} }

func (p *piped) dial() net.Conn {
	near, far := net.Pipe()
	p.conns <- addressed{far, 1000 + len(p.conns)}
	return near
}

// A connection that says nothing, one that allocates nothing, and one whose
// allocation has ended are closed, each in its time.
func TestSilentConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &piped{conns: make(chan net.Conn, 10), closed: make(chan struct{})}
		c := loopback()
		c.Listener = l
		s := turnserver.New(c)
		run(t, s)
		lives := func(conn net.Conn) time.Duration {
			begun := time.Now()
			io.Copy(io.Discard, conn)
			return time.Since(begun).Round(time.Second)
		}
		if got := lives(l.dial()); got != 10*time.Second {
			t.Errorf("a silent connection lives %v", got)
		}
		idle := l.dial()
		if _, err := idle.Write([]byte{0}); err != nil {
			t.Fatal(err)
		}
		if got := lives(idle); got != 30*time.Second {
			t.Errorf("one without an allocation lives %v", got)
		}
		if got := s.Stats().Dropped[turnserver.Silent]; got != 2 {
			t.Errorf("%d counted", got)
		}
		conn := l.dial()
		username, password := s.Credential("v-1")
		client := connect(t, turn.NewSTUNConn(conn), "10.0.0.1:443", username, password)
		leg, err := client.Allocate()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // the allocation is refreshed by itself
		if got := s.Stats(); got.Allocations != 1 || got.Connections != 1 {
			t.Errorf("after an hour: %+v", got)
		}
		leg.Close()
		time.Sleep(2 * time.Second)
		if got := s.Stats(); got.Allocations != 0 || got.Connections != 0 || got.Dropped[turnserver.Silent] != 2 {
			t.Errorf("after its end: %+v", got)
		}
	})
}

// openServer runs an open server on a simulated internet, with a client and
// another host on it. It belongs into a bubble.
func openServer(t *testing.T) (s *turnserver.Server, client *turn.Client, other *vnet.Net) {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "0.0.0.0/0", LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}})
	if err != nil {
		t.Fatal(err)
	}
	host := func(address string) *vnet.Net {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{address}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	turnHost, clientHost, other := host("5.5.5.5"), host("6.6.6.6"), host("7.7.7.7")
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { router.Stop() })
	packets, err := turnHost.ListenPacket("udp4", "5.5.5.5:3478")
	if err != nil {
		t.Fatal(err)
	}
	s = turnserver.New(turnserver.Config{
		Packets: packets, Secret: secret, Open: true, Relayed: []netip.Addr{netip.MustParseAddr("5.5.5.5")},
		Listen: func(network, address string) (net.PacketConn, error) {
			return turnHost.ListenPacket(network, "5.5.5.5"+address)
		},
	})
	run(t, s)
	socket, err := clientHost.ListenPacket("udp4", "6.6.6.6:5000")
	if err != nil {
		t.Fatal(err)
	}
	username, password := s.Credential("lab-psu")
	return s, connect(t, socket, "5.5.5.5:3478", username, password), other
}

// An open server carries to the public internet, and to none of the ranges
// that are something else.
func TestOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client, other := openServer(t)
		leg := allocate(t, client)
		for _, c := range []struct{ address, what string }{
			{"0.1.2.3", "this network"}, {"10.1.2.3", "private"}, {"100.64.0.1", "carrier NAT"}, {"100.127.255.255", "carrier NAT"}, {"127.0.0.1", "loopback"},
			{"169.254.169.254", "metadata"}, {"172.31.0.1", "private"}, {"192.0.0.8", "assignments"}, {"192.0.2.1", "documentation"}, {"192.88.99.1", "6to4"},
			{"192.168.0.1", "private"}, {"198.19.0.1", "benchmarking"}, {"198.51.100.1", "documentation"}, {"203.0.113.1", "documentation"},
			{"224.0.0.251", "multicast"}, {"240.0.0.1", "reserved"}, {"255.255.255.255", "broadcast"}, {"::ffff:10.0.0.1", "private, mapped"},
		} {
			if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(c.address), Port: 80}); err == nil {
				t.Errorf("may send to %s (%s)", c.address, c.what)
			}
		}
		for _, address := range []string{"8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "198.20.0.1", "223.255.255.255", "7.7.7.7"} {
			if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(address), Port: 80}); err != nil {
				t.Errorf("may not send to %s: %v", address, err)
			}
		}
		peer, err := other.ListenPacket("udp4", "7.7.7.7:7000")
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		buf := make([]byte, 1500)
		if _, err := leg.WriteTo([]byte("ping"), peer.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		n, from, err := peer.ReadFrom(buf)
		if err != nil || string(buf[:n]) != "ping" || from.String() != leg.LocalAddr().String() {
			t.Fatalf("the peer got %q from %v, %v; the leg is %v", buf[:n], from, err, leg.LocalAddr())
		}
		if _, err := peer.WriteTo([]byte("pong"), from); err != nil {
			t.Fatal(err)
		}
		if n, from, err = leg.ReadFrom(buf); err != nil || string(buf[:n]) != "pong" || from.String() != "7.7.7.7:7000" {
			t.Fatalf("the leg got %q from %v, %v", buf[:n], from, err)
		}
		// The server's own address is that of legs, and of nothing else.
		if _, err := leg.WriteTo([]byte("hello"), &net.UDPAddr{IP: net.IPv4(5, 5, 5, 5), Port: 3478}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := s.Stats().Dropped[turnserver.NoSuchLeg]; got != 1 {
			t.Errorf("%d packets to what is no leg", got)
		}
	})
}

// The ranges of IPv6 that embed or are something else.
func TestOpenIPv6(t *testing.T) {
	c := turnserver.Config{Open: true, Relayed: []netip.Addr{netip.MustParseAddr("2a00::1")}}
	var err error
	if c.Packets, err = net.ListenPacket("udp6", "[::1]:0"); err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	s := turnserver.New(c)
	run(t, s)
	socket, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	username, password := s.Credential("lab-psu")
	client := connect(t, socket, c.Packets.LocalAddr().String(), username, password)
	allocate(t, client)
	for address, may := range map[string]bool{
		"2606:4700::1111": true, "2a00::1": true, "2001:4860:4860::8888": true,
		"::": false, "::1": false, "::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::1": false, "100::1": false, "2001::1": false, "2001:db8::1": false,
		"2002:a00:1::1": false, "3fff::1": false, "4000::1": false, "5f00::1": false, "fc00::1": false, "fe80::1": false, "fec0::1": false, "ff02::1": false,
	} {
		err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(address), Port: 80})
		if (err == nil) != may {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A reason has a name each.
func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for r := turnserver.Garbage; r <= turnserver.NotTLS; r++ {
		if name := fmt.Sprint(r); name == "" || seen[name] {
			t.Errorf("reason %d is called %q", int(r), name)
		} else {
			seen[name] = true
		}
	}
}
