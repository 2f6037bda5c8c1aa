package browser_test

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/plotbeam/plotbeam/turnserver"
)

// through makes two connections of the page talk to each other over TURN alone,
// and gives the echo and the kind of path.
const through = `(async (servers) => {
  const [a, b] = [0, 1].map((i) => new RTCPeerConnection({iceServers: [servers[i]], iceTransportPolicy: "relay"}));
  a.onicecandidate = ({candidate}) => candidate && b.addIceCandidate(candidate);
  b.onicecandidate = ({candidate}) => candidate && a.addIceCandidate(candidate);
  const channel = a.createDataChannel("frames");
  b.ondatachannel = ({channel}) => { channel.onmessage = ({data}) => channel.send(data + " again"); };
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  const echo = new Promise((done) => { channel.onmessage = ({data}) => done(data); });
  await new Promise((done) => { channel.onopen = done; });
  channel.send("once");
  const said = await echo;
  const kinds = [...(await a.getStats()).values()].filter((s) => s.type === "local-candidate").map((s) => s.candidateType);
  a.close();
  b.close();
  return said + " " + [...new Set(kinds)].join();
})`

// Chromium takes the legs that the exchange gives it, over UDP and over TCP.
func TestTURN(t *testing.T) {
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := turnserver.New(turnserver.Config{Packets: packets, Listener: listener, Relayed: []netip.Addr{netip.MustParseAddr("127.0.0.1")}})
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { stop(); parts.Wait() })
	tab := New(t).Open("/remote")
	type server struct {
		URLs       string `json:"urls"`
		Username   string `json:"username"`
		Credential string `json:"credential"`
	}
	udp, tcp := "turn:"+packets.LocalAddr().String()+"?transport=udp", "turn:"+listener.Addr().String()+"?transport=tcp"
	for _, urls := range [][2]string{{udp, udp}, {tcp, tcp}, {udp, tcp}} {
		var servers [2]server
		for i, id := range []string{"lab-psu", "v-1"} {
			servers[i].URLs = urls[i]
			servers[i].Username, servers[i].Credential = s.Credential(id)
		}
		text, err := json.Marshal(servers)
		if err != nil {
			t.Fatal(err)
		}
		if got := Eval[string](tab, through+"("+string(text)+")"); got != "once again relay" {
			t.Errorf("%v: %s", urls, got)
		}
	}
	if got := s.Stats(); got.Packets == 0 || got.Allocated < 6 {
		t.Errorf("counted %+v", got)
	}
}
