package turnserver_test

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam/turnserver"
)

// Two peers reach each other over every way in, in every combination that matters.
func TestRelay(t *testing.T) {
	c := loopback()
	var roots *x509.CertPool
	c.TLS, roots = certify(t)
	h := serve(t, c)
	h.roots = roots
	for _, pair := range [][2]way{{udp, udp}, {udp, tcp}, {tcp, tlsTCP}, {web, tlsWeb}, {udp, tlsWeb}} {
		t.Run(fmt.Sprint(pair[0], " to ", pair[1]), func(t *testing.T) {
			a := allocate(t, h.client(t, pair[0], "lab-psu"))
			b := allocate(t, h.client(t, pair[1], "v-1"))
			// Both must permit the other before anything gets through.
			if _, err := b.WriteTo([]byte("hole"), a.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{13, 100, 1001, 1200} { // pion's client waits for more on under 5
				want := bytes.Repeat([]byte{byte(size)}, size)
				if _, err := a.WriteTo(want, b.LocalAddr()); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, 1500)
				b.SetReadDeadline(time.Now().Add(10 * time.Second))
				n, from, err := b.ReadFrom(got)
				if err != nil || !bytes.Equal(got[:n], want) || from.String() != a.LocalAddr().String() {
					t.Fatalf("got %d bytes from %v, %v, want %d from %v", n, from, err, size, a.LocalAddr())
				}
			}
		})
	}
	if got := h.Stats(); got.Packets == 0 || got.Bytes == 0 || got.Allocated != 10 {
		t.Errorf("counted %+v", got)
	}
}

func TestCredentials(t *testing.T) {
	h := serve(t, loopback())
	sign := func(secret, id string, life time.Duration) [2]string {
		username, password := turnserver.Credential(secret, id, time.Now().Add(life))
		return [2]string{username, password}
	}
	good := sign(secret, "lab-psu", time.Minute)
	for _, c := range []struct {
		name       string
		credential [2]string
		reason     turnserver.Reason
		ok         bool
	}{
		{"right", good, 0, true},
		{"expired", sign(secret, "lab-psu", -2*time.Second), turnserver.BadCredential, false},
		{"another secret's", sign("guess", "lab-psu", time.Minute), turnserver.BadSignature, false},
		{"another peer's", [2]string{strings.Replace(good[0], "lab-psu", "lab-pst", 1), good[1]}, turnserver.BadSignature, false},
		{"prolonged", [2]string{"9" + good[0], good[1]}, turnserver.BadSignature, false},
		{"nobody's", sign(secret, "", time.Minute), turnserver.BadCredential, false},
		{"no convention's", [2]string{"lab-psu", "secret"}, turnserver.BadCredential, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := h.Stats().Dropped[c.reason]
			leg, err := connect(t, h.dial(t, udp), h.udp, c.credential[0], c.credential[1]).Allocate()
			if err == nil {
				leg.Close()
			}
			if (err == nil) != c.ok {
				t.Errorf("allocated: %v", err)
			}
			if after := h.Stats().Dropped[c.reason]; !c.ok && after <= before {
				t.Errorf("not counted as %q: %+v", c.reason, h.Stats())
			}
		})
	}
	if n := h.Stats().Dropped[turnserver.Invalid]; n != 0 {
		t.Errorf("%d of them counted twice", n)
	}
}

// The password was made with: printf 1700000000:v-7 | openssl dgst -sha1 -hmac north -binary | base64.
func TestCredentialForm(t *testing.T) {
	username, password := turnserver.Credential("north", "v-7", time.Unix(1_700_000_000, 0))
	if username != "1700000000:v-7" || password != "l3t5MNxq2hX5NeXoyBxpV7Sd92E=" {
		t.Errorf("got %s %s", username, password)
	}
}

// A closed server carries to its own legs, and to nothing else that could be
// reached from where it is.
func TestClosed(t *testing.T) {
	h := serve(t, loopback())
	victim, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	client := h.client(t, udp, "mallory")
	leg := allocate(t, client)
	for _, address := range []string{
		"127.0.0.2", "10.0.0.1", "192.168.1.1", "172.17.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "0.0.0.0", "255.255.255.255",
		"224.0.0.1", "8.8.8.8", "::ffff:10.0.0.1",
	} {
		if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(address), Port: 80}); err == nil {
			t.Errorf("may send to %s", address)
		}
	}
	for _, address := range []string{"::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "fd00::1"} {
		if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(address).To16(), Port: 80}); err == nil {
			t.Errorf("may send to %s", address)
		}
	}
	refused := h.Stats().Dropped[turnserver.ForeignPeer]
	if refused < 12 {
		t.Errorf("%d counted", refused)
	}
	// The relayed address is permitted as a whole: TURN's permissions have no ports.
	for _, at := range []net.Addr{victim.LocalAddr(), net.UDPAddrFromAddrPort(netip.MustParseAddrPort(h.udp))} {
		if _, err := leg.WriteTo([]byte("hello"), at); err != nil {
			t.Errorf("write to %v: %v", at, err)
		}
	}
	await(t, "two packets dropped", func() bool { return h.Stats().Dropped[turnserver.NoSuchLeg] == 2 })
	if got := h.Stats(); got.Packets != 0 {
		t.Errorf("%d packets were carried", got.Packets)
	}
}

func TestNoTCPAllocation(t *testing.T) {
	h := serve(t, loopback())
	if _, err := h.client(t, tcp, "lab-psu").AllocateTCP(); err == nil {
		t.Error("a TCP allocation")
	}
	if got := h.Stats(); got.Dropped[turnserver.TCPAllocation] != 1 || got.Allocations != 0 {
		t.Errorf("counted %+v", got)
	}
}

func TestQuotas(t *testing.T) {
	c := loopback()
	c.MaxAllocations, c.MaxPerSession = 3, 2
	h := serve(t, c)
	first := allocate(t, h.client(t, udp, "lab-psu"))
	allocate(t, h.client(t, tcp, "lab-psu"))
	if _, err := h.client(t, udp, "lab-psu").Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Errorf("a third allocation of one session: %v, want error 486", err)
	}
	allocate(t, h.client(t, udp, "v-1"))
	if _, err := h.client(t, udp, "v-2").Allocate(); err == nil {
		t.Error("a fourth allocation in all")
	}
	got := h.Stats()
	if got.Dropped[turnserver.SessionFull] != 1 || got.Dropped[turnserver.ServerFull] != 1 || got.Allocations != 3 {
		t.Errorf("counted %+v", got)
	}
	// What is given back may be had again.
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, "given back", func() bool { return h.Stats().Allocations == 2 })
	allocate(t, h.client(t, udp, "lab-psu"))
}
