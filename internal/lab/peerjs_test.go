package lab_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
)

// guest speaks the PeerJS server's protocol by hand.
type guest struct {
	t    *testing.T
	conn *websocket.Conn
	in   chan string // what the hub says; closed at the end
	err  error       // why in was closed
}

// visit opens a socket; more goes into its query.
func visit(t *testing.T, h *lab.Host, id, token, more string) *guest {
	t.Helper()
	at := lab.URL + "/peerjs/peerjs?key=peerjs&id=" + url.QueryEscape(id) + "&token=" + token + "&version=1.5.5" + more
	conn, _, err := websocket.Dial(t.Context(), at, &websocket.DialOptions{HTTPClient: h.Client})
	if err != nil {
		t.Fatal(err)
	}
	g := &guest{t: t, conn: conn, in: make(chan string, 1000)}
	go func() {
		defer close(g.in)
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				g.err = err
				return
			}
			g.in <- string(text)
		}
	}()
	t.Cleanup(func() { conn.CloseNow() })
	return g
}

// enter opens a socket that is let in.
func enter(t *testing.T, h *lab.Host, id string) *guest {
	t.Helper()
	g := visit(t, h, id, "token-"+strings.ReplaceAll(id, " ", ""), "")
	g.hear(`{"type":"OPEN"}`)
	return g
}

func (g *guest) say(format string, args ...any) {
	g.t.Helper()
	if err := g.conn.Write(g.t.Context(), websocket.MessageText, fmt.Appendf(nil, format, args...)); err != nil {
		g.t.Fatal(err)
	}
}

// next waits for the next message, "" at the socket's end.
func (g *guest) next() string {
	g.t.Helper()
	select {
	case text := <-g.in:
		return text
	case <-time.After(2 * time.Minute):
		g.t.Fatal("nothing came within two minutes")
	}
	panic("unreachable")
}

func (g *guest) hear(want string) {
	g.t.Helper()
	if got := g.next(); got != want {
		g.t.Fatalf("heard %s (%v)\nwant %s", got, g.err, want)
	}
}

// silent checks that nothing comes for a while.
func (g *guest) silent(while time.Duration) {
	g.t.Helper()
	time.Sleep(while)
	synctest.Wait()
	select {
	case text := <-g.in:
		g.t.Errorf("heard %s (%v), want silence", text, g.err)
	default:
	}
}

func (g *guest) ended() websocket.StatusCode {
	g.t.Helper()
	for g.next() != "" {
	}
	return websocket.CloseStatus(g.err)
}

func request(t *testing.T, h *lab.Host, method, path, origin string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, lab.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", origin)
	answer, err := h.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestPeerJSRoutes(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		enter(t, h, "alice")
		hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
		for _, one := range []struct {
			method, path, body string
			status             int
		}{
			{"GET", "/peerjs", `"website"`, 200},
			{"GET", "/peerjs/", `"description"`, 200},
			{"GET", "/peerjs/peerjs/peers", `["alice","psu"]`, 200},
			{"GET", "/peerjs/other/id", "Invalid key", 401},
			{"GET", "/peerjs/other/peers", "Invalid key", 401},
			{"OPTIONS", "/peerjs/peerjs/id", "", 204},
			{"POST", "/peerjs/peerjs/id", "only GET", 405},
		} {
			answer, body := request(t, h, one.method, one.path, "https://app.example")
			if answer.StatusCode != one.status || !strings.Contains(body, one.body) {
				t.Errorf("%s %s answers %d %q, want %d and %q", one.method, one.path, answer.StatusCode, body, one.status, one.body)
			}
			if answer.Header.Get("Access-Control-Allow-Origin") != "https://app.example" || !slices.Contains(answer.Header.Values("Vary"), "Origin") {
				t.Errorf("%s %s: a page of another site cannot read %v", one.method, one.path, answer.Header)
			}
		}
		uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		for _, path := range []string{"/peerjs/peerjs/id?ts=1&version=1.5.5", "/peerjs/peerjs&presence=1/id"} {
			_, first := request(t, h, "GET", path, "")
			_, second := request(t, h, "GET", path, "")
			if !uuid.MatchString(first) || first == second {
				t.Errorf("%s gives the ids %q and %q", path, first, second)
			}
		}
	})
}

func TestPeerJSRefusals(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		enter(t, h, "alice")
		hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu", Secret: "known"})
		for _, one := range []struct{ id, token, more, msg string }{
			{"", "t", "", "No id, token, or key supplied to websocket server"},
			{"bob", "", "", "No id, token, or key supplied to websocket server"},
			{"__proto__", "t", "", "that is no id"},
			{"a.b", "t", "", "that is no id"},
			{"a>", "t", "", "that is no id"},
			{strings.Repeat("x", 129), "t", "", "at most 128 bytes"},
			{"bob", strings.Repeat("t", 257), "", "at most 256 bytes"},
			{"alice", "another", "", "ID is taken"},
			{"psu", "known", "", "ID is taken"}, // a device's, even for who knows its secret
		} {
			g := visit(t, h, one.id, one.token, one.more)
			var m struct {
				Type    string
				Payload struct{ Msg string }
			}
			text := g.next()
			kind := "ERROR"
			if one.msg == "ID is taken" {
				kind = "ID-TAKEN"
			}
			if err := json.Unmarshal([]byte(text), &m); err != nil || m.Type != kind || !strings.Contains(m.Payload.Msg, one.msg) {
				t.Errorf("%q with token %q is told %s, want %s %q", one.id, one.token, text, kind, one.msg)
			}
			if code := g.ended(); code != websocket.StatusNormalClosure {
				t.Errorf("%q is closed with %v", one.id, g.err)
			}
		}
		p := dial(t, h)
		p.say(plotbeam.Message{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: "alice"})
		if m := p.hear(plotbeam.Failure); m.Code != plotbeam.CodeTaken {
			t.Errorf("a device with a guest's id is told %+v", m)
		}
	})
}

func TestPeerJSFull(t *testing.T) {
	lab.Run(t, hub.Config{MaxPeers: 1}, func(t *testing.T, l *lab.Lab) {
		enter(t, l.Host(), "alice")
		g := visit(t, l.Host(), "bob", "t", "")
		g.hear(`{"type":"ERROR","payload":{"msg":"Server has reached its concurrent user limit"}}`)
		g.ended()
	})
}

// Every message between two peers, as it comes and as it arrives.
func TestPeerJSMessages(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		alice, bob := enter(t, l.Host(), "alice"), enter(t, l.Host(), "bob the 2nd")
		for _, kind := range []string{"OFFER", "ANSWER", "CANDIDATE"} {
			alice.say(`{"payload":{"x":[1, "é\u2028"],"y":null},"dst":"bob the 2nd","src":"mallory","type":%q,"more":1}`, kind)
			bob.hear(`{"type":"` + kind + `","src":"alice","dst":"bob the 2nd","payload":{"x":[1, "é\u2028"],"y":null}}`)
		}
		bob.say(`{"type":"LEAVE","dst":"alice"}`)
		alice.hear(`{"type":"LEAVE","src":"bob the 2nd","dst":"alice"}`)
		bob.say(`{"type":"EXPIRE","dst":"alice"}`)
		alice.hear(`{"type":"EXPIRE","src":"bob the 2nd","dst":"alice"}`)
		for _, idle := range []string{`{"type":"HEARTBEAT"}`, `{"type":"OPEN"}`, `{"type":"constructor"}`, `{}`, `{"type":"OFFER"}`, `{"type":"ANSWER","dst":""}`, `{"type":"EXPIRE"}`} {
			alice.say("%s", idle)
		}
		bob.silent(time.Second)
		alice.say(`{"type":"LEAVE"}`)
		if code := alice.ended(); code != websocket.StatusNormalClosure {
			t.Errorf("who leaves is closed with %v", alice.err)
		}
		enter(t, l.Host(), "alice")
	})
}

func TestPeerJSMalformed(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		bob := enter(t, l.Host(), "bob")
		for i, bad := range []string{"{", "", "[]", `"x"`, `{"type":1}`, strings.Repeat("[", 60000)} {
			alice := enter(t, l.Host(), fmt.Sprintf("alice%d", i))
			alice.say("%s", bad)
			if text := alice.next(); !strings.HasPrefix(text, `{"type":"ERROR","payload":{"msg":"a message is a JSON object`) {
				t.Errorf("%.20q is answered by %s", bad, text)
			}
			if code := alice.ended(); code != websocket.StatusPolicyViolation {
				t.Errorf("%.20q is closed with %v", bad, alice.err)
			}
		}
		large := enter(t, l.Host(), "large")
		large.conn.Write(t.Context(), websocket.MessageText, make([]byte, 10<<20)) // fails when the hub has closed
		if code := large.ended(); code != websocket.StatusMessageTooBig {
			t.Errorf("10 MB are closed with %v", large.err)
		}
		bob.say(`{"type":"OFFER","dst":"bob","payload":{}}`)
		bob.hear(`{"type":"OFFER","src":"bob","dst":"bob","payload":{}}`)
	})
}

// What is for a peer that is not there waits for it, in its order, for 5 s.
func TestPeerJSAbsent(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		alice := enter(t, l.Host(), "alice")
		for i := range 16 {
			alice.say(`{"type":"CANDIDATE","dst":"late","payload":%d}`, i)
		}
		alice.say(`{"type":"LEAVE","dst":"late"}`) // waits for nobody
		alice.silent(4 * time.Second)
		late := enter(t, l.Host(), "late")
		for i := range 16 {
			late.hear(fmt.Sprintf(`{"type":"CANDIDATE","src":"alice","dst":"late","payload":%d}`, i))
		}
		late.silent(10 * time.Second)
		begun := time.Now()
		for range 3 {
			alice.say(`{"type":"OFFER","dst":"nobody","payload":{}}`)
		}
		alice.hear(`{"type":"EXPIRE","src":"nobody","dst":"alice"}`)
		if waited := time.Since(begun); waited < 5*time.Second || waited > 6*time.Second {
			t.Errorf("the sender was told after %v", waited)
		}
		alice.silent(10 * time.Second)
	})
}

// Messages to nobody are bounded, and who sends too many is told at once.
func TestPeerJSAbsentBounds(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		alice := enter(t, l.Host(), "alice")
		for range 17 {
			alice.say(`{"type":"CANDIDATE","dst":"nobody","payload":{}}`)
		}
		begun := time.Now()
		alice.hear(`{"type":"EXPIRE","src":"nobody","dst":"alice"}`)
		if waited := time.Since(begun); waited > time.Second {
			t.Errorf("the 17th message for one peer is answered after %v", waited)
		}
		alice.hear(`{"type":"EXPIRE","src":"nobody","dst":"alice"}`) // for the sixteen
		for i := range 65 {
			alice.say(`{"type":"CANDIDATE","dst":"nobody%d","payload":{}}`, i)
		}
		begun = time.Now()
		alice.hear(`{"type":"EXPIRE","src":"nobody64","dst":"alice"}`)
		if waited := time.Since(begun); waited > time.Second {
			t.Errorf("the 65th message of one peer is answered after %v", waited)
		}
		long := strings.Repeat("x", 1000)
		alice.say(`{"type":"OFFER","dst":%q,"payload":{}}`, long)
		alice.hear(`{"type":"EXPIRE","src":"` + long + `","dst":"alice"}`)
	})
}

// A socket that shows the token of its id takes it over.
func TestPeerJSTakeOver(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		bob := enter(t, l.Host(), "bob")
		old := enter(t, l.Host(), "alice")
		again := enter(t, l.Host(), "alice")
		if code := old.ended(); code != websocket.StatusPolicyViolation {
			t.Errorf("the older socket is closed with %v", old.err)
		}
		bob.say(`{"type":"OFFER","dst":"alice","payload":{}}`)
		again.hear(`{"type":"OFFER","src":"bob","dst":"alice","payload":{}}`)
		again.conn.CloseNow()
		synctest.Wait()
		reloaded := visit(t, l.Host(), "alice", "another", "") // a page loaded anew has another token
		reloaded.hear(`{"type":"OPEN"}`)
	})
}

// A dead socket is found by pings, and its id is free then.
func TestPeerJSDeadSocket(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		enter(t, h, "alice")
		h.Cut()
		visit(t, l.Host(), "alice", "another", "").hear(`{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`)
		time.Sleep(15 * time.Second)
		visit(t, l.Host(), "alice", "another", "").hear(`{"type":"OPEN"}`)
	})
}

// One that answers pings and says nothing itself is ended, too.
func TestPeerJSHeartbeat(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		mute, alive := enter(t, l.Host(), "mute"), enter(t, l.Host(), "alive")
		for range 40 {
			time.Sleep(5 * time.Second)
			alive.say(`{"type":"HEARTBEAT"}`)
		}
		alive.silent(time.Second)
		select {
		case text, open := <-mute.in:
			if open {
				t.Errorf("it was told %s", text)
			}
		default:
			t.Error("a peer without heartbeats is there after 200 s")
		}
		visit(t, l.Host(), "mute", "another", "").hear(`{"type":"OPEN"}`)
	})
}

// Who asks for it is told that a peer has left which it had exchanged an offer with.
func TestPeerJSPresence(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		curious := visit(t, l.Host(), "curious", "t", "&presence=1")
		curious.hear(`{"type":"OPEN"}`)
		plain := enter(t, l.Host(), "plain")
		h := l.Host()
		alice, stranger := enter(t, h, "alice"), enter(t, h, "stranger")
		alice.say(`{"type":"OFFER","dst":"curious","payload":{}}`)
		alice.say(`{"type":"OFFER","dst":"plain","payload":{}}`)
		for _, other := range []*guest{curious, plain} {
			other.next()
		}
		stranger.conn.CloseNow()
		alice.conn.CloseNow()
		again := enter(t, h, "alice") // within a moment
		curious.silent(2 * time.Second)
		again.conn.CloseNow()
		begun := time.Now()
		curious.hear(`{"type":"LEAVE","src":"alice","dst":"curious"}`)
		if waited := time.Since(begun); waited > time.Second {
			t.Errorf("it was told after %v", waited)
		}
		plain.silent(2 * time.Second)
		reloads := enter(t, h, "reloads")
		curious.say(`{"type":"OFFER","dst":"reloads","payload":{}}`)
		reloads.next()
		reloads.conn.CloseNow()
		visit(t, h, "reloads", "another", "").hear(`{"type":"OPEN"}`)
		curious.hear(`{"type":"LEAVE","src":"reloads","dst":"curious"}`)
	})
}

// 100,000 messages to nobody cost one socket's pace, and what is kept is bounded.
func TestPeerJSFlood(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		alice, bob := enter(t, l.Host(), "alice"), enter(t, l.Host(), "bob")
		stranger := enter(t, l.Host(), "stranger")
		ctx, stop := context.WithCancel(t.Context())
		flood := make(chan int)
		go func() {
			defer close(flood)
			n := 0
			for ; n < 100_000; n++ {
				text := fmt.Appendf(nil, `{"type":"OFFER","src":"alice","dst":"nobody%d","payload":"%s"}`, n, strings.Repeat("x", 200))
				if stranger.conn.Write(ctx, websocket.MessageText, text) != nil {
					break
				}
			}
			flood <- n
		}()
		heard := 0
		go func() {
			for range stranger.in {
				heard++
			}
		}()
		time.Sleep(time.Minute)
		begun := time.Now()
		alice.say(`{"type":"OFFER","dst":"bob","payload":{}}`)
		bob.hear(`{"type":"OFFER","src":"alice","dst":"bob","payload":{}}`)
		if waited := time.Since(begun); waited > time.Second {
			t.Errorf("two others wait for %v meanwhile", waited)
		}
		stop()
		if sent := <-flood; sent > 10_000 {
			t.Errorf("%d messages of one socket were read within a minute", sent)
		}
		synctest.Wait()
		if heard == 0 {
			t.Error("the stranger is told nothing")
		}
		alice.silent(time.Second)
	})
}

// A peer that reads nothing holds up nobody: who writes to it is told, and it is ended.
func TestPeerJSDeaf(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		alice := enter(t, l.Host(), "alice")
		at := lab.URL + "/peerjs/peerjs?key=peerjs&id=deaf&token=t"
		deaf, _, err := websocket.Dial(t.Context(), at, &websocket.DialOptions{HTTPClient: l.Host().Client})
		if err != nil {
			t.Fatal(err)
		}
		defer deaf.CloseNow()
		for range 300 { // 20 MB
			alice.say(`{"type":"OFFER","dst":"deaf","payload":"%s"}`, strings.Repeat("x", 60_000))
		}
		alice.hear(`{"type":"EXPIRE","src":"deaf","dst":"alice"}`)
		time.Sleep(15 * time.Second)
		visit(t, l.Host(), "deaf", "another", "").hear(`{"type":"OPEN"}`)
	})
}
