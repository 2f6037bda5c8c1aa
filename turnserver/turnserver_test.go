package turnserver_test

import (
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"github.com/plotbeam/plotbeam/turnserver"
)

// start runs a STUN server on a loopback address until the test ends.
func start(t *testing.T, address string) (*turnserver.Server, net.Addr) {
	t.Helper()
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Skipf("no %s here: %v", address, err)
	}
	s := turnserver.New(turnserver.Config{Packets: conn})
	run(t, s)
	return s, conn.LocalAddr()
}

// ask sends a packet and gives the answer.
func ask(t *testing.T, conn net.Conn, packet []byte) []byte {
	t.Helper()
	if _, err := conn.Write(packet); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 1500)
	n, err := conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

func TestBinding(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			s, server := start(t, address)
			conn, err := net.Dial("udp", server.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			garbage := [][]byte{{}, {1}, []byte("hello"), make([]byte, 1400)}
			allocate := stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest))
			cut := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewSoftware("x"))
			for _, p := range append(garbage, allocate.Raw, cut.Raw[:len(cut.Raw)-2]) {
				if _, err := conn.Write(p); err != nil {
					t.Fatal(err)
				}
			}
			request := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
			answer := &stun.Message{Raw: ask(t, conn, request.Raw)}
			if err := answer.Decode(); err != nil {
				t.Fatal(err)
			}
			var mapped stun.XORMappedAddress
			if err := mapped.GetFrom(answer); err != nil {
				t.Fatal(err)
			}
			if answer.Type != stun.BindingSuccess || answer.TransactionID != request.TransactionID || mapped.String() != conn.LocalAddr().String() {
				t.Errorf("answered %v with %v, want %v", answer, mapped, conn.LocalAddr())
			}
			got := s.Stats()
			if got.Answered != 1 || got.Dropped[turnserver.Garbage] != 5 || got.Dropped[turnserver.Unwanted] != 1 {
				t.Errorf("counted %+v, want 1 answered, 5 of garbage and 1 unwanted", got)
			}
		})
	}
}
