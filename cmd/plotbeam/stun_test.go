package main

import (
	"bytes"
	"fmt"
	"net"
	"testing"
	"time"
)

func TestSTUN(t *testing.T) {
	hub, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	at := hub.Addr().(*net.TCPAddr).AddrPort()
	s, err := listenSTUN("", at, nil)
	if err != nil {
		t.Skipf("the UDP port is taken: %v", err)
	}
	go s.run(t.Context())
	servers := s.servers("hub.example.com")
	if len(servers) != 1 || servers[0].URLs[0] != fmt.Sprint("stun:hub.example.com:", at.Port()) {
		t.Errorf("servers: %v", servers)
	}
	if v6 := s.servers("::1")[0].URLs[0]; v6[:len("stun:[::1]:")] != "stun:[::1]:" {
		t.Errorf("for a peer that came by IPv6: %s", v6)
	}
	conn, err := net.Dial("udp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := append([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, "a request 12"...) // a Binding request (RFC 8489, section 5)
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	answer := make([]byte, 1500)
	n, err := conn.Read(answer)
	if err != nil || n < 20 || answer[0] != 1 || answer[1] != 1 || !bytes.Equal(answer[4:20], request[4:20]) {
		t.Errorf("the answer is %x, %v", answer[:n], err)
	}

	// The port is taken now: that is an error, but no panic in what goes on without.
	none, err := listenSTUN("", at, nil)
	if err == nil {
		t.Error("a second server on the same port")
	}
	if got := none.servers("host"); got != nil {
		t.Errorf("servers without one: %v", got)
	}
	if off, err := listenSTUN("off", at, nil); off != nil || err != nil {
		t.Errorf("off: %v %v", off, err)
	}
	fixed := &stunServer{conn: addressed{at: &net.UDPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 3478}}}
	if got := fixed.servers("hub")[0].URLs[0]; got != "stun:192.0.2.7:3478" {
		t.Errorf("a server on an address of its own: %s", got)
	}
}

// addressed is a socket that is only asked for its address.
type addressed struct {
	net.PacketConn
	at net.Addr
}

func (a addressed) LocalAddr() net.Addr { return a.at }
