package main

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
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hosting runs a hub on a free port of this machine until the test ends.
func hosting(t *testing.T, config serverConfig) *server {
	t.Helper()
	config.listen = "127.0.0.1:0"
	if config.ice.turn == "" {
		config.ice.turn = turnClosed
	}
	said := &bytes.Buffer{}
	s, err := listen(call{stderr: &console{out: said}, log: slog.New(slog.DiscardHandler)}, config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-s.hub.Ready()
	if said.Len() > 0 {
		t.Logf("said: %s", said)
	}
	return s
}

// stunRequest is one without attributes (RFC 8489, section 5): 1 is Binding, 3 Allocate.
func stunRequest(method byte) []byte {
	return append([]byte{0, method, 0, 0, 0x21, 0x12, 0xa4, 0x42}, "a request 12"...)
}

// answers checks that a STUN server answers on the connection, with the kind of message.
func answers(t *testing.T, conn net.Conn, request []byte, kind [2]byte) []byte {
	t.Helper()
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	answer := make([]byte, 1500)
	n, err := conn.Read(answer)
	if err != nil || n < 20 || [2]byte(answer) != kind || !bytes.Equal(answer[4:20], request[4:20]) {
		t.Fatalf("the answer is %x, %v", answer[:n], err)
	}
	return answer[:n]
}

func dial(t *testing.T, network, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// page gets the hub's page.
func page(t *testing.T, client *http.Client, url string) (*http.Response, string) {
	t.Helper()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

// One port has it all: pages, STUN over UDP and TCP, and TURN.
func TestOnePort(t *testing.T) {
	s := hosting(t, serverConfig{})
	at := s.address().String()
	for _, network := range []string{"udp", "tcp"} {
		answers(t, dial(t, network, at), stunRequest(1), [2]byte{1, 1})
		refused := answers(t, dial(t, network, at), stunRequest(3), [2]byte{1, 0x13}) // 401: show who you are
		if !bytes.Contains(refused, []byte("plotbeam")) {
			t.Errorf("over %s, TURN names no realm: %q", network, refused)
		}
	}
	dial(t, "tcp", at) // says nothing, and holds up nobody
	if answer, text := page(t, http.DefaultClient, s.url()); answer.StatusCode != 200 || !strings.Contains(text, "<html") {
		t.Errorf("the page is %s %.100q", answer.Status, text)
	}
	// The port is taken now by UDP too: another hub goes on without.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var said error
	none := listenICE(iceConfig{stun: at, turn: turnClosed}, l, nil, slog.New(slog.DiscardHandler), func(_ string, err error) { said = err })
	defer l.Close()
	if said == nil || len(none.servers("host", "id")) != 1 {
		t.Errorf("a second server on the same port: %v, %v", said, none.servers("host", "id"))
	}
}

// describe is what a peer is told, but for what differs from one time to the next.
func describe(h *helper, host string) string {
	var all []string
	for _, one := range h.servers(host, "lab") {
		line := strings.Join(one.URLs, " ")
		if one.Username != "" {
			_, id, found := strings.Cut(one.Username, ":")
			if !found {
				id = one.Username
			}
			line += " as " + id
		}
		all = append(all, line)
	}
	return strings.Join(all, "; ")
}

func TestServers(t *testing.T) {
	at := netip.MustParseAddrPort
	for _, c := range []struct {
		name   string
		config iceConfig
		udp    string
		tcp    string
		tls    bool
		host   string
		want   string
	}{
		{"all on one port", iceConfig{}, "0.0.0.0:8080", "", false, "hub.example.com",
			"stun:hub.example.com:8080; turn:hub.example.com:8080?transport=udp turn:hub.example.com:8080?transport=tcp as lab"},
		{"with TLS", iceConfig{}, "0.0.0.0:8080", "", true, "hub.example.com",
			"stun:hub.example.com:8080; turn:hub.example.com:8080?transport=udp turns:hub.example.com:8080?transport=tcp as lab"},
		{"IPv6", iceConfig{}, "[::]:8080", "", false, "::1", "stun:[::1]:8080; turn:[::1]:8080?transport=udp turn:[::1]:8080?transport=tcp as lab"},
		{"on a port of its own", iceConfig{stun: ":3478"}, "0.0.0.0:3478", "0.0.0.0:3478", true, "h",
			"stun:h:3478; turn:h:3478?transport=udp turn:h:3478?transport=tcp turns:h:8080?transport=tcp as lab"},
		{"on an address of its own", iceConfig{stun: "192.0.2.7:3478"}, "192.0.2.7:3478", "", false, "h",
			"stun:192.0.2.7:3478; turn:192.0.2.7:3478?transport=udp turn:h:8080?transport=tcp as lab"},
		{"behind a cloud's NAT", iceConfig{publicIP: "203.0.113.7"}, "10.0.0.5:8080", "", false, "h",
			"stun:203.0.113.7:8080; turn:203.0.113.7:8080?transport=udp turn:h:8080?transport=tcp as lab"},
		{"no UDP", iceConfig{stun: iceOff}, "", "", false, "h", "turn:h:8080?transport=tcp as lab"},
		{"no TURN", iceConfig{turn: iceOff}, "0.0.0.0:8080", "", false, "h", "stun:h:8080"},
		{"nothing", iceConfig{stun: iceOff, turn: iceOff}, "", "", false, "h", ""},
		{"another's, by user", iceConfig{urls: "turn:a.example,turns:a.example", user: "u", credential: "p"}, "0.0.0.0:8080", "", false, "h",
			"stun:h:8080; turn:a.example turns:a.example as u"},
		{"another's, by secret", iceConfig{urls: "turn:a.example", secret: "s"}, "0.0.0.0:8080", "", false, "h", "stun:h:8080; turn:a.example as lab"},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		config := c.config
		config.stun = iceOff
		if config.turn == "" {
			config.turn = turnClosed
		}
		h := listenICE(config, l, nil, slog.New(slog.DiscardHandler), func(_ string, err error) { t.Error(err) })
		l.Close()
		h.config.stun, h.web, h.tls = c.config.stun, at("0.0.0.0:8080"), c.tls
		if c.udp != "" {
			h.udp = at(c.udp)
		}
		if c.tcp != "" {
			h.tcp = at(c.tcp)
		}
		if got := describe(h, c.host); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestRelayedAddress(t *testing.T) {
	lan := "127.0.0.1"
	if a, ok := lanAddress(); ok {
		lan = a.String()
	}
	for _, c := range []struct{ public, listening, want string }{
		{"203.0.113.7", "0.0.0.0", "203.0.113.7"},
		{"", "127.0.0.1", "127.0.0.1"},
		{"", "192.168.1.20", "192.168.1.20"},
		{"", "0.0.0.0", lan},
		{"", "::", lan},
	} {
		if got := relayedAddress(c.public, netip.MustParseAddr(c.listening)).String(); got != c.want {
			t.Errorf("on %s with %q: %s, want %s", c.listening, c.public, got, c.want)
		}
	}
}

func TestCheckTURN(t *testing.T) {
	for s, good := range map[string]bool{
		"turn:turn.example.com": true, "turns:turn.example.com:443?transport=tcp": true, "turn:[2001:db8::1]:3478": true,
		"turn:a.example,turns:b.example": true,
		"":                               false, "turn:": false, "stun:a.example": false, "turn:a.example:http": false, "turn://a.example": false,
		"turn:a.example?transport=sctp": false, "turn:a.example,": false, "turn:u@a.example": false,
	} {
		if _, err := checkTURN(s); (err == nil) != good {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// certify writes a certificate for localhost, and says who trusts it.
func certify(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"*.example.com", "localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	return roots
}

// With a certificate the same port serves HTTPS, TURN over TLS, and in clear
// TURN only.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots := certify(t, cert, key, 1)
	s := hosting(t, serverConfig{tls: certificateFiles{cert, key}})
	at := s.address().String()
	if want := fmt.Sprintf("https://localhost:%d", s.address().Port()); s.link() != want {
		t.Errorf("the link is %s, want %s", s.link(), want)
	}
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer trusting.CloseIdleConnections()
	if answer, _ := page(t, trusting, s.link()); answer.StatusCode != 200 {
		t.Errorf("the page is %s", answer.Status)
	}
	if answer, text := page(t, http.DefaultClient, "http://"+at); answer.StatusCode != 400 || !strings.Contains(text, "https://") {
		t.Errorf("without TLS the page is %s %q", answer.Status, text)
	}
	answers(t, dial(t, "tcp", at), stunRequest(3), [2]byte{1, 0x13})
	secure := tls.Client(dial(t, "tcp", at), &tls.Config{RootCAs: roots, ServerName: "localhost"})
	answers(t, secure, stunRequest(3), [2]byte{1, 0x13})
}

func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	files := certificateFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	log := slog.New(slog.DiscardHandler)
	if _, err := files.open(log); err == nil {
		t.Error("opened a certificate that is not there")
	}
	certify(t, files.cert, files.key, 1)
	c, err := files.open(log)
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		c.looked = time.Time{} // a minute has passed
		one, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return one.Leaf.SerialNumber.Int64()
	}
	certify(t, files.cert, files.key, 2)
	later := time.Now().Add(time.Second)
	if err := os.Chtimes(files.cert, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("after a renewal the certificate is number %d", got)
	}
	if err := os.WriteFile(files.key, []byte("half wri"), 0o600); err != nil {
		t.Fatal(err)
	}
	later = later.Add(time.Second)
	if err := os.Chtimes(files.key, later, later); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2 {
		t.Errorf("while it is being written the certificate is number %d", got)
	}
}
