package link_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/transport/v4/vnet"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/turnserver"
)

// serve runs a TURN server until the test ends.
func serve(t *testing.T, c turnserver.Config) *turnserver.Server {
	t.Helper()
	s := turnserver.New(c)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// on names the server's URLs to a peer.
func on(s *turnserver.Server, id string, urls ...string) []plotbeam.ICEServer {
	username, credential := s.Credential(id)
	return []plotbeam.ICEServer{{URLs: urls, Username: username, Credential: credential}}
}

// pair links two endpoints, whose signals go straight to the other.
func pair(t *testing.T, from, to link.Config, a, b []plotbeam.ICEServer) (offering, answering *link.Link) {
	t.Helper()
	one, err := link.New(from)
	if err != nil {
		t.Fatal(err)
	}
	other, err := link.New(to)
	if err != nil {
		t.Fatal(err)
	}
	toA, toB := make(chan plotbeam.Message, 100), make(chan plotbeam.Message, 100)
	if offering, err = one.Offer("s", a, func(m plotbeam.Message) { toB <- m }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(offering.Shut)
	offer := <-toB
	if answering, err = other.Answer("s", b, *offer.Description, func(m plotbeam.Message) { toA <- m }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(answering.Shut)
	carry := func(from chan plotbeam.Message, to *link.Link) {
		for {
			select {
			case m := <-from:
				if err := to.Signal(m); err != nil {
					t.Error(err)
				}
			case <-to.Done():
				return
			}
		}
	}
	go carry(toA, offering)
	go carry(toB, answering)
	for _, l := range []*link.Link{offering, answering} {
		select {
		case <-l.Opened():
		case <-time.After(20 * time.Second):
			t.Fatal("the link did not open")
		}
	}
	return offering, answering
}

// talk sends a message each way.
func talk(t *testing.T, a, b *link.Link) {
	t.Helper()
	for _, way := range [][2]*link.Link{{a, b}, {b, a}} {
		want := bytes.Repeat([]byte("frame"), 10_000)
		if err := way[0].Send(t.Context(), want, false); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 64<<10)
		n, _, err := way[1].Receive(got)
		if err != nil || !bytes.Equal(got[:n], want) {
			t.Fatalf("got %d bytes, %v, want %d", n, err, len(want))
		}
	}
}

// network is a simulated one with hosts 10.0.0.1, 10.0.0.2 …
func network(t *testing.T, hosts int) (router *vnet.Router, nets []*vnet.Net) {
	t.Helper()
	router, err := vnet.NewRouter(&vnet.RouterConfig{
		CIDR:          "10.0.0.0/16",
		MinDelay:      time.Millisecond,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range hosts {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{fmt.Sprintf("10.0.0.%d", i+1)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		nets = append(nets, n)
	}
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
	return router, nets
}

// Where there is no direct way, a link goes through TURN and says so; where
// there is one, it wins.
func TestTURN(t *testing.T) {
	for _, blocked := range []bool{true, false} {
		t.Run(fmt.Sprint("blocked=", blocked), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				router, nets := network(t, 3)
				if blocked {
					router.AddChunkFilter(func(c vnet.Chunk) bool { // all but what comes from or goes to the server
						return strings.Contains(c.SourceAddr().String()+c.DestinationAddr().String(), "10.0.0.3:3478")
					})
				}
				packets, err := nets[2].ListenPacket("udp4", "10.0.0.3:3478")
				if err != nil {
					t.Fatal(err)
				}
				s := serve(t, turnserver.Config{Packets: packets, Relayed: []netip.Addr{netip.MustParseAddr("10.0.0.3")}})
				const url = "turn:10.0.0.3:3478?transport=udp"
				a, b := pair(t, link.Config{Net: nets[0]}, link.Config{Net: nets[1]}, on(s, "v-1", url), on(s, "lab-psu", url))
				talk(t, a, b)
				if a.TURN() != blocked || b.TURN() != blocked {
					t.Errorf("through TURN: %v, %v", a.TURN(), b.TURN())
				}
				time.Sleep(20 * time.Minute) // allocations, permissions and channels are renewed, with credentials that have expired
				talk(t, a, b)
				if got := s.Stats(); blocked && (got.Dropped[turnserver.BadCredential] > 0 || got.Allocations != 2) {
					t.Errorf("after 20 minutes: %+v", got)
				}
				a.Shut()
				b.Shut()
				time.Sleep(time.Minute) // what pion left to time out does so
			})
		})
	}
}

// UDP is blocked altogether: TURN over TCP, and over TLS, on HTTP's port.
func TestTURNOverTCP(t *testing.T) {
	config, file := certify(t)
	t.Setenv("SSL_CERT_FILE", file)
	web, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, turnserver.Config{Web: web, TLS: config, Relayed: []netip.Addr{netip.MustParseAddr("127.0.0.1")}})
	plain := "turn:" + web.Addr().String() + "?transport=tcp"
	secure := "turns:" + web.Addr().String() + "?transport=tcp"
	if runtime.GOOS != "linux" {
		secure = plain // nobody there looks at the variable
	}
	_, nets := network(t, 2) // on which nothing listens, and which has no way to the server
	_, others := network(t, 2)
	a, b := pair(t, link.Config{Net: nets[0]}, link.Config{Net: others[1]}, on(s, "v-1", plain), on(s, "lab-psu", secure))
	talk(t, a, b)
	if !a.TURN() || !b.TURN() {
		t.Errorf("through TURN: %v, %v", a.TURN(), b.TURN())
	}
	if got := s.Stats(); got.Connections != 2 || got.Packets == 0 {
		t.Errorf("counted %+v", got)
	}
}

// A TURN server that takes the connection and then says nothing does not keep a
// link from opening, nor from closing.
func TestDeafTURN(t *testing.T) {
	deaf, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	server := []plotbeam.ICEServer{{URLs: []string{"turns:" + deaf.Addr().String() + "?transport=tcp"}, Username: "u", Credential: "c"}}
	a, b := pair(t, link.Config{Loopback: true}, link.Config{Loopback: true}, server, server)
	talk(t, a, b)
	begun := time.Now()
	a.Shut()
	b.Shut()
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("closed after %v", took)
	}
}

// certify makes a certificate for 127.0.0.1, and a file with it.
func certify(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}
