package hub

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"github.com/plotbeam/plotbeam"
)

const (
	helloTimeout = 5 * time.Second
	pingEvery    = 5 * time.Second // and a socket that has not answered within as long again is dead
	writeTimeout = 5 * time.Second
	farewell     = time.Second            // for the closing handshake
	maxErrors    = 20                     // that one socket may cause at once …
	errorsForget = time.Minute            // … and one more after each of these
	listPause    = 200 * time.Millisecond // between two lists to one viewer
	icePings     = 24                     // between two messages with fresh credentials: 2 min

	offersPerSecond   = 1 // of one viewer: each is work for a device; more are read later
	offersAtOnce      = 20
	controlsPerSecond = 1 // of one viewer, likewise
	controlsAtOnce    = 10
	maxWatching       = 16 // devices that one viewer watches at once

	messagesPerSecond = 100 // of one socket; more are read later
	messagesAtOnce    = 300
)

// Why a socket ended, besides the context's and the network's errors.
var (
	errKicked   = errors.New("a newer socket has taken this id over")
	errSlow     = errors.New("the mailbox is full: read faster")
	errClosed   = errors.New("said goodbye")
	errTrouble  = fmt.Errorf("%d errors on one socket: see PROTOCOL.md", maxErrors)
	errNoAnswer = errors.New("answered no ping")
	errLost     = errors.New("the socket broke")

	errNotAdmitted = errors.New("not admitted")
)

// peer is one socket with a device or a viewer. One goroutine waits for what it
// says; what is to be done then, and what is written to it, are jobs of the crew.
type peer struct {
	hub    *Hub
	socket *socket
	log    *slog.Logger
	host   string // under which it reached the hub
	remote string
	role   plotbeam.Role
	id     string
	secret string
	own    *nats.Subscription // its mailbox; set by admit, as is
	asked  *nats.Subscription // who is this device?
	ended  chan struct{}      // closed by end
	gone   chan struct{}      // closed when everybody has been told that it left
	taken  chan struct{}      // one place: what it said is handled

	guest atomic.Pointer[Guest] // of a guest, once it can be found
	spoke atomic.Int64          // ms since 1970, when a guest last said something

	turn     int         // in which it is pinged; see tend
	welcomed atomic.Bool // and pinged from then on
	pings    int
	answered atomic.Bool // something was heard since the last

	pace   *rate.Limiter                // of its messages
	errors atomic.Pointer[rate.Limiter] // that it may cause; nil before the first
	offers *rate.Limiter                // of a viewer, likewise
	orders *rate.Limiter                // its controls, likewise

	mu       sync.Mutex
	cause    error // why it ended; nil before
	out      outbox
	watches  []watch                    // a viewer's
	departed bool                       // and watches nothing any more
	state    plotbeam.State             // a device's
	viewers  map[plotbeam.ViewerID]bool // a device's, as it was told
	lists    int                        // see wantList
	clock    *plotbeam.Clock            // a viewer's, from its first read; has a mutex of its own
	looking  *time.Timer                // wakes it when a path had no room
}

// watch is one device that a viewer watches.
type watch struct {
	device  plotbeam.DeviceID
	reading *reader // nil while it does not read
}

func (h *Hub) newPeer(r *http.Request) *peer {
	return &peer{
		hub:    h,
		remote: r.RemoteAddr,
		host:   r.Host,
		ended:  make(chan struct{}),
		gone:   make(chan struct{}),
		state:  plotbeam.State{Activity: plotbeam.Stopped},
	}
}

// serveSocket is one peer's beginning.
func (h *Hub) serveSocket(w http.ResponseWriter, r *http.Request) {
	p := h.newPeer(r)
	if err := h.enter(p); err != nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	socket, err := accept(w, r, h.config.Origins)
	if err != nil {
		h.log.Debug("no socket", "remote", r.RemoteAddr, "err", err)
		h.leave(p)
		return // accept has answered
	}
	if name, _, err := net.SplitHostPort(r.Host); err == nil {
		p.host = name
	}
	p.log = h.log.With("remote", r.RemoteAddr)
	p.mu.Lock()
	p.socket = socket
	p.mu.Unlock()
	h.crew.do(p.begin) // net/http's part of this, and its memory, end here
}

// begin takes the hello and lets the peer in, or says why not.
func (p *peer) begin() {
	err := p.hello()
	if err == nil && p.admit() {
		go p.listen() // ends with the socket; leave is what the hub waits for
		return
	}
	defer p.hub.leave(p)
	if cause := p.why(); cause != nil {
		p.bid(cause)
		return
	}
	if err != nil {
		p.fail(plotbeam.CodeHello, err.Error(), sayHello)
	}
	p.end(errNotAdmitted)
	p.close(ws.StatusPolicyViolation, "not admitted")
}

const sayHello = `say {"type":"hello","role":"device"} first, or "viewer"`

// hello takes the first message.
func (p *peer) hello() error {
	if p.socket.spoke != plotbeam.Subprotocol {
		return errors.New("ask for the subprotocol " + plotbeam.Subprotocol)
	}
	p.socket.SetReadDeadline(time.Now().Add(helloTimeout))
	if cause := p.why(); cause != nil {
		return cause
	}
	kind, text, err := p.socket.read()
	p.socket.SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("no hello within %v", helloTimeout)
	case err != nil:
		return fmt.Errorf("no hello: %w", err)
	case kind != ws.OpText:
		return errors.New("the first message is binary")
	}
	m, err := plotbeam.ParseMessage(text)
	switch {
	case err != nil:
		return err
	case m.Type != plotbeam.Hello:
		return fmt.Errorf("the first message is %s", plotbeam.Quote(string(m.Type)))
	case m.Role != plotbeam.RoleDevice && m.Role != plotbeam.RoleViewer:
		return fmt.Errorf("the role %s is neither device nor viewer", plotbeam.Quote(string(m.Role)))
	case len(m.Secret) > plotbeam.MaxID:
		return fmt.Errorf("a secret has at most %d bytes", plotbeam.MaxID)
	}
	p.role, p.id, p.secret = m.Role, m.ID, m.Secret
	if p.role == plotbeam.RoleDevice {
		p.viewers = map[plotbeam.ViewerID]bool{}
	}
	if m.State != nil {
		p.state = cleanState(*m.State)
	}
	return nil
}

// listen waits for what the peer says, and has it handled: by the crew, so that
// a viewer that is silent costs a small stack; a device's own is as large as it likes.
func (p *peer) listen() {
	for p.alive() && p.socket.next() == nil {
		if p.role == plotbeam.RoleDevice {
			p.take()
			continue
		}
		if p.role == plotbeam.RoleViewer && p.quickly() {
			continue
		}
		p.hub.crew.do(p.handOver)
		<-p.taken
	}
	p.end(errLost)
	p.hub.crew.do(p.leave)
}

func (p *peer) handOver() {
	p.take()
	p.taken <- struct{}{}
}

// take handles what the peer has said.
func (p *peer) take() {
	for first := true; first || p.socket.in.Buffered() > 0 && p.alive(); first = false {
		kind, data, err := p.socket.read()
		if err == nil {
			err = p.heard(kind, data)
		}
		if err != nil {
			p.end(err)
			return
		}
	}
}

// heard handles one message, no faster than the limit.
func (p *peer) heard(kind ws.OpCode, data []byte) error {
	p.answered.Store(true) // a pong may stand behind much that is read slowly
	switch {
	case kind == ws.OpPong:
		return nil
	case kind == ws.OpClose:
		code, _ := ws.ParseCloseFrameData(data)
		if code == ws.StatusNormalClosure || code == ws.StatusGoingAway {
			return errClosed
		}
		return fmt.Errorf("closed with code %d", code)
	case kind == ws.OpBinary && p.role == plotbeam.RoleDevice:
		p.relayedFrame(data) // as many as the socket carries
		return nil
	}
	if err := p.wait(p.pace); err != nil {
		return err
	}
	if kind == ws.OpPing {
		p.put(ws.OpPong, data)
		return nil
	}
	if p.role == roleGuest {
		p.spoke.Store(time.Now().UnixMilli())
		return (*p.guest.Load()).Hear(data)
	}
	if kind == ws.OpBinary {
		p.fail(plotbeam.CodeBinary, "a binary message", "control messages are JSON in text messages")
		return nil
	}
	m, err := plotbeam.ParseMessage(data)
	if err != nil {
		p.fail(plotbeam.CodeMalformed, err.Error(), "send one JSON object with a type, see PROTOCOL.md")
		return nil
	}
	return p.handle(m)
}

// wait takes one from a limiter. Its error is why the peer has ended meanwhile.
func (p *peer) wait(l *rate.Limiter) error {
	delay := l.Reserve().Delay()
	if delay == 0 {
		return nil
	}
	select {
	case <-time.After(delay):
		return nil
	case <-p.ended:
		return p.why()
	}
}

// end ends the peer, for the first cause that there is.
func (p *peer) end(cause error) {
	p.mu.Lock()
	first := p.cause == nil
	if first {
		p.cause = cause
		close(p.ended)
	}
	socket := p.socket
	p.mu.Unlock()
	if first && socket != nil {
		socket.SetReadDeadline(time.Now()) // whoever waits for it waits no more
	}
}

func (p *peer) alive() bool { return p.why() == nil }

// why is the cause of the peer's end, nil before.
func (p *peer) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// leave is the peer's end.
func (p *peer) leave() {
	defer p.hub.leave(p)
	cause := p.why()
	p.log.Debug("peer left", "err", cause)
	p.depart(cause)
	close(p.gone)
	p.bid(cause)
}

// ping asks whether the peer is there, and renews its credentials now and then,
// so that they are fresh whenever it begins a link.
func (p *peer) ping(buffer []byte) {
	if p.pings++; p.pings > 1 && !p.answered.Swap(false) {
		p.end(errNoAnswer)
		return
	}
	p.add(outgoing{ws.OpPing, nil})
	if p.role == roleGuest {
		p.muse()
	} else if p.pings%icePings == 0 {
		servers := p.hub.config.ICE(p.host, p.id)
		if slices.ContainsFunc(servers, func(s plotbeam.ICEServer) bool { return s.Username != "" }) {
			p.send(plotbeam.Message{Type: plotbeam.ICE, ICE: servers})
		}
	}
	p.visit(buffer)
}

// send lets one message to the peer wait for its turn.
func (p *peer) send(m plotbeam.Message) { p.put(ws.OpText, m.Encode()) }

// fail tells the peer what it did wrong, and counts it.
func (p *peer) fail(code, text, hint string) {
	p.object(code, text, hint)
	limit := p.errors.Load()
	if limit == nil {
		p.errors.CompareAndSwap(nil, rate.NewLimiter(rate.Every(errorsForget), maxErrors))
		limit = p.errors.Load()
	}
	if !limit.Allow() {
		p.end(errTrouble)
	}
}

// object tells the peer what does not work, and does not hold it against it.
func (p *peer) object(code, text, hint string) {
	p.log.Debug("peer's mistake", "code", code, "text", text)
	p.send(plotbeam.Message{Type: plotbeam.Failure, Code: code, Text: text, Hint: hint})
}

// bid says goodbye in words and with a close code.
func (p *peer) bid(cause error) {
	bye := func(reason string) {
		if p.role != roleGuest {
			p.send(plotbeam.Message{Type: plotbeam.Bye, Reason: reason})
		}
	}
	var protocol ws.ProtocolError
	switch {
	case errors.Is(cause, errKicked):
		bye(plotbeam.ReasonKicked)
		p.close(ws.StatusPolicyViolation, "kicked")
	case errors.Is(cause, errShutdown):
		bye(plotbeam.ReasonShutdown)
		p.close(ws.StatusGoingAway, "the hub is shutting down")
	case errors.Is(cause, errSlow):
		p.close(statusTryAgainLater, errSlow.Error())
	case errors.Is(cause, errTrouble), errors.Is(cause, ErrMalformed):
		p.close(ws.StatusPolicyViolation, plotbeam.Cut(cause.Error(), 120))
	case errors.Is(cause, errTooBig):
		p.close(ws.StatusMessageTooBig, errTooBig.Error())
	case errors.As(cause, &protocol):
		p.close(ws.StatusProtocolError, protocol.Error())
	case errors.Is(cause, errClosed):
		p.close(ws.StatusNormalClosure, "")
	default:
		p.socket.Close()
	}
}

const statusTryAgainLater ws.StatusCode = 1013 // the IANA registry's; ws has no name for it

// close does the closing handshake, for no longer than farewell.
func (p *peer) close(code ws.StatusCode, reason string) {
	p.put(ws.OpClose, ws.NewCloseFrameBody(code, reason))
	p.flush(farewell)
	defer p.socket.Close()
	p.socket.SetReadDeadline(time.Now().Add(farewell))
	for code != ws.StatusNormalClosure { // the other end closes in answer
		kind, _, err := p.socket.read()
		if errors.Is(err, errTooBig) {
			io.Copy(io.Discard, p.socket) // what is not read would keep the goodbye from arriving
		}
		if err != nil || kind == ws.OpClose {
			return
		}
	}
}

// reasonFor puts the end of a socket into one of the protocol's words. A guest
// may close its socket and keep its links.
func (p *peer) reasonFor(cause error) string {
	switch {
	case p.role == roleGuest:
	case errors.Is(cause, errClosed):
		return plotbeam.ReasonClosed
	case errors.Is(cause, errKicked):
		return plotbeam.ReasonKicked
	case errors.Is(cause, errSlow):
		return plotbeam.ReasonSlow
	}
	return plotbeam.ReasonLost
}
