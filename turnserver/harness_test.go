package turnserver_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"github.com/plotbeam/plotbeam/turnserver"
)

const secret = "a shared secret"

// loopback is a closed TURN server's configuration.
func loopback() turnserver.Config {
	return turnserver.Config{Secret: secret, Relayed: []netip.Addr{netip.MustParseAddr("127.0.0.1")}}
}

// hosted is a server with everything, on loopback.
type hosted struct {
	*turnserver.Server
	udp, tcp, web string // addresses
	roots         *x509.CertPool
}

// serve runs a server until the test ends.
func serve(t *testing.T, c turnserver.Config) *hosted {
	t.Helper()
	h := &hosted{}
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Packets, h.udp = packets, packets.LocalAddr().String()
	for _, one := range []struct {
		to *net.Listener
		at *string
	}{{&c.Listener, &h.tcp}, {&c.Web, &h.web}} {
		if *one.to, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		*one.at = (*one.to).Addr().String()
	}
	h.Server = turnserver.New(c)
	run(t, h.Server)
	return h
}

func run(t *testing.T, s *turnserver.Server) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		if left := s.Stats(); left.Allocations != 0 || left.Connections != 0 {
			t.Errorf("left behind: %+v", left)
		}
	})
}

// certify gives a configuration with a certificate for 127.0.0.1, and who trusts it.
func certify(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// way is how a client reaches a server.
type way string

const (
	udp    way = "UDP"
	tcp    way = "TCP"
	tlsTCP way = "TLS"
	web    way = "HTTP's port"
	tlsWeb way = "HTTPS's port"
)

// dial opens a client's socket to the server.
func (h *hosted) dial(t *testing.T, w way) net.PacketConn {
	t.Helper()
	var (
		conn    net.Conn
		err     error
		trusted = &tls.Config{RootCAs: h.roots}
	)
	switch w {
	case udp:
		packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return packets
	case tcp:
		conn, err = net.Dial("tcp", h.tcp)
	case tlsTCP:
		conn, err = tls.Dial("tcp", h.tcp, trusted)
	case web:
		conn, err = net.Dial("tcp", h.web)
	case tlsWeb:
		conn, err = tls.Dial("tcp", h.web, trusted)
	}
	if err != nil {
		t.Fatal(err)
	}
	return turn.NewSTUNConn(conn)
}

// client speaks TURN to the server with the credential of id, until the test ends.
func (h *hosted) client(t *testing.T, w way, id string) *turn.Client {
	username, password := h.Credential(id)
	return connect(t, h.dial(t, w), h.udp, username, password)
}

func connect(t *testing.T, conn net.PacketConn, server, username, password string) *turn.Client {
	t.Helper()
	c, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: server,
		Conn:           conn,
		Username:       username,
		Password:       password,
		LoggerFactory:  &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		conn.Close()
	})
	return c
}

// allocate gives the client a leg, until the test ends.
func allocate(t *testing.T, c *turn.Client) net.PacketConn {
	t.Helper()
	leg, err := c.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { leg.Close() })
	return leg
}

// await polls what only the server's counters tell.
func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !met(); {
		if time.Now().After(deadline) {
			t.Fatalf("after 10 s: not %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
