package browser_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/peerjs"
)

// probe is a dialogue with a server, and what it came to.
type probe struct {
	name string
	run  func(s *server)
	// What the two say differently, if they do, and why that is better.
	npm, ours, reason string
}

// probes are every route and message of the protocol.
var probes = []probe{
	{name: "info", run: func(s *server) { s.get("GET", "/peerjs") }},
	{name: "info with a slash", run: func(s *server) { s.get("GET", "/peerjs/") }},
	{name: "id", run: func(s *server) { s.get("GET", "/peerjs/peerjs/id?ts=1&version=1.5.5") }},
	{name: "peers", run: func(s *server) { s.get("GET", "/peerjs/peerjs/peers") }},
	{name: "preflight", run: func(s *server) { s.get("OPTIONS", "/peerjs/peerjs/id") }},
	{
		name: "id with a wrong key", run: func(s *server) { s.get("GET", "/peerjs/wrong/id") },
		npm: "200 text/html uuid", ours: "401 text/plain", reason: "a key that is wrong on the socket is wrong here, and the app hears of it a step earlier",
	},
	{name: "no id", run: func(s *server) { s.visit("x", "key=peerjs&token=t").next().closed() }},
	{name: "no token", run: func(s *server) { s.visit("x", "key=peerjs&id=a").next().closed() }},
	{name: "no key", run: func(s *server) { s.visit("x", "id=a&token=t").next().closed() }},
	{name: "wrong key", run: func(s *server) { s.visit("x", "key=wrong&id=a&token=t").next().closed() }},
	{name: "taken id", run: func(s *server) {
		s.enter("alice")
		s.visit("other", "key=peerjs&id=alice&token=wrong").next().closed()
	}},
	{
		name: "an id that the client would not take", run: func(s *server) { s.visit("x", "key=peerjs&id=__proto__&token=t").next() },
		npm: `x {"type":"OPEN"}`, ours: `x {"type":"ERROR","payload":{"msg":"that is no id: words of letters and digits with one space, - or _ between two, at most 128 bytes"}}`,
		reason: "ids are checked as the client checks them",
	},
	{
		name: "take-over", run: func(s *server) {
			old := s.enter("alice")
			s.visit("again", "key=peerjs&id=alice&token=alice").soon()
			s.enter("bob").say(`{"type":"OFFER","dst":"alice"}`)
			s.named("again").soon()
			old.soon()
		},
		npm:    "alice {\"type\":\"OPEN\"}\nagain nothing\nbob {\"type\":\"OPEN\"}\nagain {\"type\":\"OFFER\",\"src\":\"bob\",\"dst\":\"alice\"}\nalice nothing",
		ours:   "alice {\"type\":\"OPEN\"}\nagain {\"type\":\"OPEN\"}\nbob {\"type\":\"OPEN\"}\nagain {\"type\":\"OFFER\",\"src\":\"bob\",\"dst\":\"alice\"}\nalice is closed",
		reason: "without OPEN the client that has come back waits for ever; the older socket is of no use to anybody",
	},
	{name: "messages from peer to peer", run: func(s *server) {
		s.enter("alice")
		s.enter("bob")
		for _, kind := range []string{"OFFER", "ANSWER", "CANDIDATE", "LEAVE", "EXPIRE"} {
			s.named("alice").say(`{"type":"` + kind + `","src":"mallory","dst":"bob","payload":{"a":[1,"é"]},"more":1}`)
			s.named("bob").next()
		}
		s.named("alice").say(`{"dst":"bob","type":"OFFER"}`)
		s.named("bob").next()
		s.named("alice").sayBinary(`{"dst":"bob","type":"OFFER","payload":1}`)
		s.named("bob").next()
		s.named("alice").say(`{"dst":"alice","type":"OFFER","payload":null}`).next()
	}},
	{name: "messages that nobody answers", run: func(s *server) {
		s.enter("alice")
		s.enter("bob")
		for _, text := range []string{`{"type":"HEARTBEAT"}`, `{"type":"OPEN","dst":"bob"}`, `{"type":"ID-TAKEN","dst":"bob"}`, `{"type":"ERROR","dst":"bob"}`, `{"type":"toString","dst":"bob"}`, `{}`, `{"type":"OFFER"}`, `{"type":"EXPIRE"}`, `{"type":"LEAVE","dst":"nobody"}`} {
			s.named("alice").say(text)
		}
		s.named("alice").soon()
		s.named("bob").soon()
	}},
	{name: "messages to an absent peer wait", run: func(s *server) {
		s.enter("alice").say(`{"type":"OFFER","dst":"late","payload":1}`).say(`{"type":"LEAVE","dst":"late"}`).say(`{"type":"CANDIDATE","dst":"late","payload":2}`)
		s.named("alice").soon()
		s.enter("late").next().next().soon()
		s.named("alice").soon()
	}},
	{name: "messages to nobody expire", run: func(s *server) {
		s.enter("alice").say(`{"type":"OFFER","dst":"nobody","payload":1}`).say(`{"type":"CANDIDATE","dst":"nobody","payload":2}`).next().soon()
	}},
	{name: "a peer that leaves is free at once", run: func(s *server) {
		s.enter("alice").leave()
		time.Sleep(soon)
		s.visit("next", "key=peerjs&id=alice&token=other").next()
	}},
	{
		name: "LEAVE to nobody", run: func(s *server) {
			s.enter("alice").say(`{"type":"LEAVE"}`).soon()
			s.visit("next", "key=peerjs&id=alice&token=other").next()
		},
		npm: "alice {\"type\":\"OPEN\"}\nalice nothing\nnext {\"type\":\"OPEN\"}", ours: "alice {\"type\":\"OPEN\"}\nalice is closed\nnext {\"type\":\"OPEN\"}",
		reason: "a socket whose id is somebody else's by now could speak in their name",
	},
	{
		name: "17 messages for an absent peer", run: func(s *server) {
			alice := s.enter("alice")
			for range 17 {
				alice.say(`{"type":"CANDIDATE","dst":"nobody","payload":2}`)
			}
			alice.soon()
		},
		npm: "alice {\"type\":\"OPEN\"}\nalice nothing", ours: "alice {\"type\":\"OPEN\"}\nalice {\"type\":\"EXPIRE\",\"src\":\"nobody\",\"dst\":\"alice\"}",
		reason: "what waits for nobody is bounded",
	},
	{
		name: "a message of 100,000 bytes", run: func(s *server) {
			s.enter("bob")
			s.enter("alice").say(`{"type":"OFFER","dst":"bob","payload":"` + strings.Repeat("x", 100_000) + `"}`).soon()
			s.named("bob").soon()
		},
		npm: "bob {\"type\":\"OPEN\"}\nalice {\"type\":\"OPEN\"}\nalice nothing\nbob 100055 bytes", ours: "bob {\"type\":\"OPEN\"}\nalice {\"type\":\"OPEN\"}\nalice is closed\nbob nothing",
		reason: "an offer has some 10,000 bytes; npm's server takes 100 MiB",
	},
	{ // the last, for npm's server does not survive it
		name: "malformed", run: func(s *server) {
			s.enter("bob")
			s.enter("alice").say(`{`).soon()
			s.named("bob").soon()
		},
		npm:    "bob {\"type\":\"OPEN\"}\nalice {\"type\":\"OPEN\"}\nalice is closed\nbob is closed",
		ours:   "bob {\"type\":\"OPEN\"}\nalice {\"type\":\"OPEN\"}\nalice {\"type\":\"ERROR\",\"payload\":{\"msg\":\"a message is a JSON object: unexpected end of JSON input\"}}\nbob nothing",
		reason: "npm's process ends with all its sockets, unless the program around it listens for errors",
	},
}

// The hub answers as npm's server does in the same run, but where it says why not.
func TestPeerJSBesideNPM(t *testing.T) {
	t.Parallel()
	needPeerJS(t)
	for _, discovery := range []bool{true, false} {
		npm, ours := startNPM(t, discovery), startOurs(t, discovery)
		for _, p := range probes {
			if !discovery && p.name != "peers" {
				continue
			}
			t.Run(p.name, func(t *testing.T) {
				theirs, ours := npm.ask(t, p), ours.ask(t, p)
				if p.reason == "" {
					p.npm, p.ours = theirs, theirs
				}
				if theirs != p.npm {
					t.Errorf("npm's server says\n%s\nwant\n%s", theirs, p.npm)
				}
				if ours != p.ours {
					t.Errorf("the hub says\n%s\nwant\n%s", ours, p.ours)
				}
				if p.reason != "" && theirs == ours {
					t.Errorf("there is no difference any more: %s", p.reason)
				}
			})
		}
	}
}

const soon = 300 * time.Millisecond // in which what comes at once has come

// server is one of the two, and what it has said during a probe.
type server struct {
	t     *testing.T
	base  string // URL
	said  []string
	conns map[string]*conn
}

func startOurs(t *testing.T, discovery bool) *server {
	h := hub.New(hub.Config{})
	if err := peerjs.Mount(h, peerjs.Config{Discovery: discovery}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	<-h.Ready()
	web := httptest.NewServer(h)
	t.Cleanup(func() {
		web.Close()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &server{base: web.URL}
}

func startNPM(t *testing.T, discovery bool) *server {
	node := exec.Command("node", "server.mjs", map[bool]string{true: "discovery", false: ""}[discovery])
	node.Dir = peerjsFolder
	if testing.Verbose() {
		node.Stderr = os.Stderr
	}
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); node.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &server{base: "http://127.0.0.1:" + strings.TrimSpace(line)}
}

// ask gives what a probe came to.
func (s *server) ask(t *testing.T, p probe) string {
	s.t, s.said, s.conns = t, nil, map[string]*conn{}
	p.run(s)
	for _, c := range s.conns {
		c.leave()
	}
	time.Sleep(soon / 3) // ids are free again
	return strings.Join(s.said, "\n")
}

func (s *server) note(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// get notes what a client can tell of an answer.
func (s *server) get(method, path string) {
	r, err := http.NewRequest(method, s.base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Origin", "https://app.example")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.Header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Origin") {
		s.note("a page of another site cannot read this")
	}
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	text := string(body)
	var object map[string]string
	switch {
	case answer.StatusCode >= 400:
		text = ""
	case json.Unmarshal(body, &object) == nil:
		names := []string{}
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		text = strings.Join(names, ",")
	case uuid.MatchString(text):
		text = "uuid"
	}
	s.note("%s", strings.TrimSpace(fmt.Sprintf("%d %s %s", answer.StatusCode, kind, strings.TrimSpace(text))))
}

// conn is one socket.
type conn struct {
	*websocket.Conn
	server *server
	name   string
	in     chan string // closed at the end
}

func (s *server) visit(name, query string) *conn {
	s.t.Helper()
	made, _, err := websocket.Dial(s.t.Context(), s.base+"/peerjs/peerjs?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	made.SetReadLimit(1 << 20)
	c := &conn{Conn: made, server: s, name: name, in: make(chan string, 100)}
	s.conns[name] = c
	go func() {
		defer close(c.in)
		for {
			_, text, err := made.Read(context.Background())
			if err != nil {
				return
			}
			c.in <- string(text)
		}
	}()
	return c
}

func (s *server) enter(id string) *conn {
	s.t.Helper()
	return s.visit(id, "key=peerjs&id="+url.QueryEscape(id)+"&token="+id).next()
}

func (s *server) named(name string) *conn { return s.conns[name] }

func (c *conn) say(text string) *conn { return c.write(websocket.MessageText, text) }

func (c *conn) sayBinary(text string) *conn { return c.write(websocket.MessageBinary, text) }

func (c *conn) write(kind websocket.MessageType, text string) *conn {
	c.Write(c.server.t.Context(), kind, []byte(text)) // fails where the server has closed, which is noted
	return c
}

// next notes the next message.
func (c *conn) next() *conn { return c.within(10 * time.Second) }

// soon notes a message that has come already, or none.
func (c *conn) soon() *conn { return c.within(soon) }

func (c *conn) within(while time.Duration) *conn {
	select {
	case text, open := <-c.in:
		switch {
		case !open:
			c.server.note("%s is closed", c.name)
		case len(text) > 1000:
			c.server.note("%s %d bytes", c.name, len(text))
		default:
			c.server.note("%s %s", c.name, text)
		}
	case <-time.After(while):
		c.server.note("%s nothing", c.name)
	}
	return c
}

// closed notes whether the socket ends.
func (c *conn) closed() { c.within(5 * time.Second) }

func (c *conn) leave() {
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil && !errors.Is(err, io.EOF) {
		c.CloseNow()
	}
}
