package lab_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"

	"github.com/plotbeam/plotbeam/internal/lab"
)

// watcher is what npm's client does to watch a device: an offer over its
// socket, and a data channel on which it is sent readings as JSON.
type watcher struct {
	*guest
	pc *webrtc.PeerConnection

	mu  sync.Mutex
	got []object // what has come
}

// object is one reading.
type object struct {
	N      float64 `json:"n"`
	T      float64 `json:"t"` // ms since 1970
	Series string  `json:"series"`
	Device string  `json:"device"`
}

// negotiation is a message's payload.
type negotiation struct {
	SDP           *webrtc.SessionDescription `json:"sdp,omitempty"`
	Candidate     *webrtc.ICECandidateInit   `json:"candidate,omitempty"`
	Type          string                     `json:"type"`
	ConnectionID  string                     `json:"connectionId"`
	Serialization string                     `json:"serialization,omitempty"`
	Metadata      any                        `json:"metadata,omitempty"`
}

// watchAs enters as a peer, and connects with a device.
func watchAs(t *testing.T, h *lab.Host, id, device string, metadata any) *watcher {
	t.Helper()
	var s webrtc.SettingEngine
	s.SetNet(h.Net())
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(s)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pc.Close() })
	w := &watcher{guest: enter(t, h, id), pc: pc}
	channel, err := pc.CreateDataChannel("dc", nil)
	if err != nil {
		t.Fatal(err)
	}
	channel.OnMessage(func(m webrtc.DataChannelMessage) {
		var o object
		if err := json.Unmarshal(m.Data, &o); err != nil || m.IsString {
			t.Errorf("received %s: %v", m.Data, err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.got = append(w.got, o)
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	payload, err := json.Marshal(negotiation{SDP: pc.LocalDescription(), Type: "data", ConnectionID: "dc_" + id, Serialization: "json", Metadata: metadata})
	if err != nil {
		t.Fatal(err)
	}
	w.say(`{"type":"OFFER","dst":%q,"payload":%s}`, device, payload)
	w.negotiate(device)
	return w
}

// negotiate takes the answer, and candidates as long as the socket lives.
func (w *watcher) negotiate(device string) {
	w.t.Helper()
	take := func(text string) {
		var m struct {
			Type, Src string
			Payload   negotiation
		}
		err := json.Unmarshal([]byte(text), &m)
		switch {
		case err != nil || m.Src != device || !strings.HasPrefix(m.Payload.ConnectionID, "dc_"):
			w.t.Errorf("heard %s: %v", text, err)
		case m.Type == "ANSWER":
			err = w.pc.SetRemoteDescription(*m.Payload.SDP)
		case m.Type == "CANDIDATE":
			err = w.pc.AddICECandidate(*m.Payload.Candidate)
		default:
			w.t.Errorf("heard %s", text)
		}
		if err != nil {
			w.t.Errorf("%s: %v", text, err)
		}
	}
	take(w.next())
	go func() {
		for text := range w.in {
			take(text)
		}
	}()
}

func (w *watcher) received() []object {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]object(nil), w.got...)
}
