package lab_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/session"
	"github.com/plotbeam/plotbeam/viewer"
)

// peer speaks to the hub by hand.
type peer struct {
	t    *testing.T
	conn *websocket.Conn
	in   chan plotbeam.Message // what the hub says; closed at the end
	err  error                 // why in was closed
}

func dial(t *testing.T, h *lab.Host) *peer {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), lab.URL+"/socket", &websocket.DialOptions{
		HTTPClient: h.Client, Subprotocols: []string{plotbeam.Subprotocol},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, conn: conn, in: make(chan plotbeam.Message, 1000)}
	go func() {
		defer close(p.in)
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				p.err = err
				return
			}
			m, err := plotbeam.ParseMessage(text)
			if err != nil {
				t.Error(err)
			}
			p.in <- m
		}
	}()
	t.Cleanup(func() { conn.CloseNow() })
	return p
}

// hello dials and is welcomed.
func hello(t *testing.T, h *lab.Host, m plotbeam.Message) (*peer, plotbeam.Message) {
	t.Helper()
	p := dial(t, h)
	m.Type = plotbeam.Hello
	p.say(m)
	return p, p.hear(plotbeam.Welcome)
}

func (p *peer) say(m plotbeam.Message) { p.t.Helper(); p.sayText(string(m.Encode())) }

func (p *peer) sayText(text string) {
	p.t.Helper()
	if err := p.conn.Write(p.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

// hear waits for the next message, which must be of the given type.
func (p *peer) hear(want plotbeam.MessageType) plotbeam.Message {
	p.t.Helper()
	m := p.next(want)
	if m.Type != want {
		p.t.Fatalf("heard %+v, want a %s", m, want)
	}
	return m
}

// await waits for a message of the given type, whatever comes before.
func (p *peer) await(want plotbeam.MessageType) {
	p.t.Helper()
	for p.next(want).Type != want {
	}
}

// next waits for the next message, which should lead to one of the given type.
func (p *peer) next(want plotbeam.MessageType) plotbeam.Message {
	p.t.Helper()
	select {
	case m, ok := <-p.in:
		if !ok {
			p.t.Fatalf("the socket ended (%v) before a %s", p.err, want)
		}
		return m
	case <-time.After(time.Minute):
		p.t.Fatalf("no %s within a minute", want)
	}
	panic("unreachable")
}

// silent checks that nothing more comes for now.
func (p *peer) silent() {
	p.t.Helper()
	synctest.Wait()
	select {
	case m, ok := <-p.in:
		p.t.Errorf("heard %+v (%v), want silence", m, ok)
	default:
	}
}

// ended waits for the socket's end and gives its close code.
func (p *peer) ended() websocket.StatusCode {
	p.t.Helper()
	for {
		select {
		case _, ok := <-p.in:
			if !ok {
				return websocket.CloseStatus(p.err)
			}
		case <-time.After(time.Minute):
			p.t.Fatal("the socket did not end within a minute")
		}
	}
}

func TestIdentity(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		_, named := hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "lab-psu"})
		if named.ID != "lab-psu" || named.Secret == "" {
			t.Errorf("welcome %+v, want the id that was asked for and a secret", named)
		}
		_, given := hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice})
		if _, err := plotbeam.ParseDeviceID(given.ID); err != nil || strings.Count(given.ID, "-") != 2 {
			t.Errorf("a made-up id: %q", given.ID)
		}
		_, one := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		_, two := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		if _, err := plotbeam.ParseViewerID(one.ID); err != nil || one.ID == two.ID {
			t.Errorf("viewers are called %q and %q", one.ID, two.ID)
		}
		for _, secret := range []string{"", "wrong"} {
			p := dial(t, h)
			p.say(plotbeam.Message{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: "lab-psu", Secret: secret})
			if m := p.hear(plotbeam.Failure); m.Code != plotbeam.CodeTaken || m.Hint == "" {
				t.Errorf("a second device with a taken id hears %+v", m)
			}
			p.ended()
		}
	})
}

func TestComingBack(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		v, _ := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
		if m := v.hear(plotbeam.Present); m.State.Activity != plotbeam.Offline {
			t.Errorf("a device that is not there: %+v", m)
		}
		old, first := hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		v.hear(plotbeam.Present)
		old.hear(plotbeam.Joined)

		next, again := hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu", Secret: first.Secret})
		if again.ID != "psu" || again.Secret != first.Secret {
			t.Errorf("welcomed back as %+v", again)
		}
		if m := old.hear(plotbeam.Bye); m.Reason != plotbeam.ReasonKicked {
			t.Errorf("the older socket hears %+v", m)
		}
		if m := v.hear(plotbeam.Present); m.State.Activity == plotbeam.Offline {
			t.Errorf("viewers hear that the device went, but a newer socket has it: %+v", m)
		}
		next.hear(plotbeam.Joined)

		next.say(plotbeam.Message{Type: plotbeam.Bye})
		next.ended()
		if m := v.hear(plotbeam.Present); m.State.Activity != plotbeam.Offline {
			t.Errorf("the device went, viewers hear %+v", m)
		}
		time.Sleep(23 * time.Hour) // its id is kept for its owner
		p := dial(t, h)
		p.say(plotbeam.Message{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: "psu"})
		p.hear(plotbeam.Failure)
		hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu", Secret: first.Secret})
	})
}

func TestViewersComeAndGo(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		watch := func(m plotbeam.Message) (*peer, plotbeam.Message, *lab.Host) {
			h := l.Host()
			m.Role = plotbeam.RoleViewer
			v, welcome := hello(t, h, m)
			v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
			v.hear(plotbeam.Present)
			if joined := d.hear(plotbeam.Joined); string(joined.Viewer) != welcome.ID {
				t.Errorf("the device hears of %q, the viewer is %q", joined.Viewer, welcome.ID)
			}
			return v, welcome, h
		}
		left := func(reason string, within time.Duration) {
			t.Helper()
			begun := time.Now()
			m := d.hear(plotbeam.Left)
			if took := time.Since(begun); m.Reason != reason || took > within {
				t.Errorf("after %v the device hears %+v, want reason %s within %v", took, m, reason, within)
			}
		}
		v, _, _ := watch(plotbeam.Message{})
		v.say(plotbeam.Message{Type: plotbeam.Bye})
		left(plotbeam.ReasonClosed, time.Second)

		v, _, _ = watch(plotbeam.Message{})
		v.conn.Close(websocket.StatusGoingAway, "") // as a tab that closes
		left(plotbeam.ReasonClosed, time.Second)

		v, _, _ = watch(plotbeam.Message{})
		v.conn.CloseNow() // as a tab that crashes
		left(plotbeam.ReasonLost, time.Second)

		_, _, h := watch(plotbeam.Message{})
		h.Cut() // as a laptop that is shut
		left(plotbeam.ReasonLost, 15*time.Second)

		v, who, _ := watch(plotbeam.Message{})
		hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer, ID: who.ID, Secret: who.Secret})
		if m := v.hear(plotbeam.Bye); m.Reason != plotbeam.ReasonKicked {
			t.Errorf("the older socket hears %+v", m)
		}
		left(plotbeam.ReasonKicked, time.Second)

		v, _, _ = watch(plotbeam.Message{})
		v.say(plotbeam.Message{Type: plotbeam.Unwatch, Device: "psu"})
		left(plotbeam.ReasonClosed, time.Second)
	})
}

func TestDeadDevice(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		v, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
		v.hear(plotbeam.Present)
		h.Cut()
		begun := time.Now()
		m := v.hear(plotbeam.Present)
		if took := time.Since(begun); m.State.Activity != plotbeam.Offline || took > 15*time.Second {
			t.Errorf("viewers hear %+v after %v", m, took)
		}
	})
}

func TestStates(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		v, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		v.say(plotbeam.Message{Type: plotbeam.List})
		if m := v.hear(plotbeam.Devices); len(m.Devices) != 0 || m.Devices == nil {
			t.Errorf("an empty list is %+v", m.Devices)
		}
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu", State: &plotbeam.State{Activity: plotbeam.Stopped}})
		if m := v.hear(plotbeam.Devices); len(m.Devices) != 1 || m.Devices[0].ID != "psu" || m.Devices[0].State.Activity != plotbeam.Stopped {
			t.Errorf("the list is %+v", m.Devices)
		}
		d.say(plotbeam.Message{Type: plotbeam.Update, State: &plotbeam.State{Activity: plotbeam.Streaming, Text: "Streaming a number every 200 ms"}})
		if m := v.hear(plotbeam.Devices); m.Devices[0].State.Text != "Streaming a number every 200 ms" {
			t.Errorf("the list is %+v", m.Devices)
		}
		d.conn.CloseNow()
		if m := v.hear(plotbeam.Devices); len(m.Devices) != 0 {
			t.Errorf("the list is %+v", m.Devices)
		}
	})
}

// offerSDP is enough of an offer for the hub, which does not read it.
const offerSDP = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"

func TestSignalsReachOnlyTheOtherEnd(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		other, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "other"})
		v, me := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		w, she := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		offer := plotbeam.Message{Type: plotbeam.Signal, Device: "psu", Session: "s", Description: &plotbeam.Description{Type: "offer", SDP: offerSDP}}
		stranger := func(p *peer, m plotbeam.Message) {
			t.Helper()
			p.say(m)
			if m := p.hear(plotbeam.Failure); m.Code != plotbeam.CodeStranger {
				t.Errorf("a signal to a stranger is answered by %+v", m)
			}
		}
		stranger(v, offer) // it does not watch yet
		v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
		v.hear(plotbeam.Present)
		d.hear(plotbeam.Joined)
		forged := offer
		forged.Viewer = plotbeam.ViewerID(she.ID)
		v.say(forged)
		if m := d.hear(plotbeam.Signal); string(m.Viewer) != me.ID || m.Description.SDP != offerSDP {
			t.Errorf("the device hears %+v, from viewer %s", m, me.ID)
		}
		candidate := plotbeam.Message{Type: plotbeam.Signal, Viewer: plotbeam.ViewerID(me.ID), Session: "s", Candidate: &plotbeam.Candidate{Candidate: "candidate:1 1 udp 1 10.0.0.9 9 typ host"}}
		d.say(candidate)
		if m := v.hear(plotbeam.Signal); m.Device != "psu" || m.Candidate == nil {
			t.Errorf("the viewer hears %+v", m)
		}
		candidate.Viewer = plotbeam.ViewerID(she.ID)
		stranger(d, candidate)
		candidate.Viewer = plotbeam.ViewerID(me.ID)
		stranger(other, candidate)
		for _, p := range []*peer{d, other, v, w} {
			p.silent()
		}
	})
}

// Viewers that leave before the answer comes cost the device nothing.
func TestVisitorsDoNoHarm(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		h := l.Host()
		for range 50 {
			v, me := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
			v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
			d.hear(plotbeam.Joined)
			v.say(plotbeam.Message{Type: plotbeam.Bye})
			d.hear(plotbeam.Left)
			d.say(plotbeam.Message{Type: plotbeam.Signal, Viewer: plotbeam.ViewerID(me.ID), Session: "s", Candidate: &plotbeam.Candidate{}})
			if m := d.hear(plotbeam.Failure); m.Code != plotbeam.CodeStranger {
				t.Fatalf("the device hears %+v", m)
			}
		}
		d.silent()
	})
}

// A device that changes its state all the time does not end those who follow the list.
func TestListKeepsUp(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		v, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		v.say(plotbeam.Message{Type: plotbeam.List})
		v.hear(plotbeam.Devices)
		for i := range 900 {
			d.say(plotbeam.Message{Type: plotbeam.Update, State: &plotbeam.State{Activity: plotbeam.Streaming, Text: strconv.Itoa(i)}})
		}
		lists := 0
		for last := ""; last != "899"; lists++ {
			last = v.hear(plotbeam.Devices).Devices[0].State.Text
		}
		if lists > 50 { // 900 updates take some 6 s
			t.Errorf("%d lists came for 900 changes", lists)
		}
	})
}

func TestLinger(t *testing.T) {
	lab.Run(t, hub.Config{Linger: time.Hour}, func(t *testing.T, l *lab.Lab) {
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		d.say(plotbeam.Message{Type: plotbeam.Bye})
		d.ended()
		time.Sleep(59 * time.Minute)
		p := dial(t, l.Host())
		p.say(plotbeam.Message{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: "psu"})
		p.hear(plotbeam.Failure)
		time.Sleep(2 * time.Minute)
		hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
	})
}

// Whatever a stranger sends, it is told what was wrong, and a stream goes on beside it.
func TestBadInput(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		good, _ := l.Host().Device(device.Config{ID: "good"})
		var got lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "good", Wait: true, OnFrame: got.Frame})
		ready(t, good, 1)
		go publish(t, good, 0, 10_000)

		h := l.Host()
		p, _ := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		for _, c := range []struct{ name, text, code string }{
			{"malformed JSON", `{"type":`, plotbeam.CodeMalformed},
			{"an array", `[1]`, plotbeam.CodeMalformed},
			{"no type", `{}`, plotbeam.CodeMalformed},
			{"an unknown type", `{"type":"__proto__"}`, plotbeam.CodeUnknown},
			{"a second hello", `{"type":"hello","role":"viewer"}`, plotbeam.CodeUnknown},
			{"what only devices say", `{"type":"update"}`, plotbeam.CodeForbidden},
			{"an id with a slash", `{"type":"watch","device":"a/b"}`, plotbeam.CodeID},
			{"an id with HTML", `{"type":"watch","device":"<script>"}`, plotbeam.CodeID},
			{"an id that is a subject", `{"type":"watch","device":"*"}`, plotbeam.CodeID},
			{"an emoji", `{"type":"watch","device":"🙂"}`, plotbeam.CodeID},
			{"an id of 10 kB", `{"type":"watch","device":"` + strings.Repeat("a", 10_000) + `"}`, plotbeam.CodeID},
			{"an SDP that is not one", `{"type":"signal","device":"good","session":"s","description":{"type":"offer","sdp":"hi"}}`, plotbeam.CodeSignal},
			{"a candidate for a stranger", `{"type":"signal","device":"good","session":"s","candidate":{"candidate":""}}`, plotbeam.CodeStranger},
		} {
			p.sayText(c.text)
			m := p.hear(plotbeam.Failure)
			if m.Code != c.code || m.Text == "" || m.Hint == "" || len(m.Text) > 400 {
				t.Errorf("%s is answered by %+v", c.name, m)
			}
		}
		if err := p.conn.Write(t.Context(), websocket.MessageBinary, []byte{1}); err != nil {
			t.Fatal(err)
		}
		if m := p.hear(plotbeam.Failure); m.Code != plotbeam.CodeBinary {
			t.Errorf("binary is answered by %+v", m)
		}
		for range 7 { // the 21st error
			p.sayText("x")
		}
		if code := p.ended(); code != websocket.StatusPolicyViolation {
			t.Errorf("after 20 errors the close code is %d", code)
		}

		p, _ = hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		p.conn.Write(t.Context(), websocket.MessageText, make([]byte, 10<<20))
		if code := p.ended(); code != websocket.StatusMessageTooBig {
			t.Errorf("after 10 MB the close code is %d", code)
		}
		for _, first := range []string{`x`, `{"type":"watch","device":"good"}`, `{"type":"hello"}`, `{"type":"hello","role":"device","id":"a b"}`, `{"type":"hello","role":"viewer","id":"v-1","secret":"s"}`} {
			p := dial(t, h)
			p.sayText(first)
			if m := p.hear(plotbeam.Failure); m.Hint == "" || !plotbeam.Fatal(m.Code) {
				t.Errorf("%s is answered by %+v", first, m)
			}
			p.ended()
		}
		mute := dial(t, h)
		if m := mute.hear(plotbeam.Failure); m.Code != plotbeam.CodeHello {
			t.Errorf("who says nothing hears %+v", m)
		}
		time.Sleep(10 * time.Second)
		good.Drain(t.Context())
		expect(t, got.Readings(), 0, 10_000)
	})
}

// An offer that passes the hub and is none is refused by the device, in words.
func TestRefusedOffer(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		l.Host().Device(device.Config{ID: "psu"})
		v, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleViewer})
		synctest.Wait()
		v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
		v.hear(plotbeam.Present)
		v.say(plotbeam.Message{Type: plotbeam.Signal, Device: "psu", Session: "s", Description: &plotbeam.Description{Type: "offer", SDP: offerSDP}})
		if m := v.hear(plotbeam.Signal); m.Session != "s" || m.Text == "" {
			t.Errorf("heard %+v, want a refusal", m)
		}
	})
}

func TestTakenID(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		first, _ := l.Host().Device(device.Config{ID: "psu"})
		var got lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, first, 1)
		publish(t, first, 0, 100)
		h := l.Host()
		second, err := device.New(device.Config{Hub: lab.URL, Client: h.Client, ID: "psu"})
		if err != nil {
			t.Fatal(err)
		}
		var refused *session.Refused
		if err := second.Run(t.Context()); !errors.As(err, &refused) || refused.Code != plotbeam.CodeTaken || refused.Hint == "" {
			t.Errorf("a second device with a taken id ends with %v", err)
		}
		publish(t, first, 100, 200)
		first.Drain(t.Context())
		expect(t, got.Readings(), 0, 200)
	})
}

func TestKicked(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		secrets := make(chan string, 1)
		first, err := device.New(device.Config{Hub: lab.URL, Client: h.Client, ID: "psu", OnIdentity: func(_ plotbeam.DeviceID, s string) { secrets <- s }})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- first.Run(t.Context()) }()
		h.Device(device.Config{ID: "psu", Secret: <-secrets})
		if err := <-ended; !errors.Is(err, session.ErrKicked) {
			t.Errorf("the older process ends with %v", err)
		}
	})
}

func TestShutdown(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		p, _ := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		get := func(path string) (int, string) {
			t.Helper()
			answer, err := h.Client.Get(lab.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, _ := io.ReadAll(answer.Body)
			return answer.StatusCode, string(body)
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			if code, _ := get(path); code != 200 {
				t.Errorf("%s answers %d", path, code)
			}
		}
		hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		var list []plotbeam.DeviceInfo
		if _, body := get("/api/devices"); json.Unmarshal([]byte(body), &list) != nil || len(list) != 1 || list[0].ID != "psu" {
			t.Errorf("/api/devices answers %s", body)
		}
		go l.StopHub()
		if m := p.hear(plotbeam.Bye); m.Reason != plotbeam.ReasonShutdown {
			t.Errorf("heard %+v", m)
		}
		if code := p.ended(); code != websocket.StatusGoingAway {
			t.Errorf("the close code is %d", code)
		}
	})
}

func TestFullHub(t *testing.T) {
	lab.Run(t, hub.Config{MaxPeers: 1}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		_, answer, err := websocket.Dial(t.Context(), lab.URL+"/socket", &websocket.DialOptions{HTTPClient: h.Client})
		if err == nil || answer == nil || answer.StatusCode != 503 {
			t.Errorf("a socket too many: %v, %+v", err, answer)
		}
	})
}

// A peer that lets its mailbox fill up is ended; nobody waits for it.
func TestMailboxOverflow(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		deaf, _, err := websocket.Dial(t.Context(), lab.URL+"/socket", &websocket.DialOptions{HTTPClient: h.Client, Subprotocols: []string{plotbeam.Subprotocol}})
		if err != nil {
			t.Fatal(err)
		}
		defer deaf.CloseNow()
		for _, m := range []plotbeam.Message{{Type: plotbeam.Hello, Role: plotbeam.RoleViewer}, {Type: plotbeam.Watch, Device: "psu"}} {
			if err := deaf.Write(t.Context(), websocket.MessageText, m.Encode()); err != nil {
				t.Fatal(err)
			}
			if _, _, err := deaf.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		d.hear(plotbeam.Joined)
		for range 600 { // it reads none of these
			d.say(plotbeam.Message{Type: plotbeam.Update, State: &plotbeam.State{Activity: plotbeam.Streaming}})
		}
		if m := d.hear(plotbeam.Left); m.Reason != plotbeam.ReasonSlow && m.Reason != plotbeam.ReasonLost {
			t.Errorf("the device hears %+v", m)
		}
	})
}
