package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
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

	offersPerSecond = 1 // of one viewer: each is work for a device; more are read later
	offersAtOnce    = 20
	maxWatching     = 16 // devices that one viewer watches at once

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
)

// peer is one socket with a device or a viewer. The goroutine that reads the
// socket calls handle; the one that writes it owns the mailbox's other end.
type peer struct {
	hub     *Hub
	conn    *websocket.Conn
	log     *slog.Logger
	host    string // under which it reached the hub
	role    plotbeam.Role
	id      string
	secret  string
	life    context.Context
	end     context.CancelCauseFunc
	own     []*nats.Subscription // besides those in watching; set by admit
	mail    chan *nats.Msg       // from the bus; never closed
	signals chan *nats.Msg       // likewise, for what may be dropped
	gone    chan struct{}        // closed when everybody has been told that it left

	errors *rate.Limiter // that the peer may cause
	offers *rate.Limiter // of a viewer
	relist chan struct{} // one place: the viewer is due a list

	mu       sync.Mutex
	watching map[plotbeam.DeviceID]*nats.Subscription // a viewer's
	state    plotbeam.State                           // a device's
	viewers  map[plotbeam.ViewerID]bool               // a device's, as it was told
}

// serveSocket is one peer's whole life.
func (h *Hub) serveSocket(w http.ResponseWriter, r *http.Request) {
	life, err := h.enter()
	if err != nil {
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer h.leave()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:   []string{plotbeam.Subprotocol},
		OriginPatterns: h.config.Origins,
	})
	if err != nil {
		h.log.Debug("no socket", "remote", r.RemoteAddr, "err", err)
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(plotbeam.MaxMessage)
	if conn.Subprotocol() != plotbeam.Subprotocol {
		conn.Close(websocket.StatusPolicyViolation, "ask for the subprotocol "+plotbeam.Subprotocol)
		return
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	p := &peer{
		hub:      h,
		conn:     conn,
		host:     host,
		mail:     make(chan *nats.Msg, mailbox),
		signals:  make(chan *nats.Msg, mailbox),
		gone:     make(chan struct{}),
		relist:   make(chan struct{}, 1),
		errors:   rate.NewLimiter(rate.Every(errorsForget), maxErrors),
		offers:   rate.NewLimiter(offersPerSecond, offersAtOnce),
		watching: map[plotbeam.DeviceID]*nats.Subscription{},
		state:    plotbeam.State{Activity: plotbeam.Stopped},
		viewers:  map[plotbeam.ViewerID]bool{},
	}
	p.life, p.end = context.WithCancelCause(life)
	defer p.end(nil)
	p.log = h.log.With("remote", r.RemoteAddr)
	p.run()
}

// run takes the hello, lets the peer in, and serves it until it goes.
func (p *peer) run() {
	hello, err := p.hello()
	if err != nil {
		p.fail(plotbeam.CodeHello, err.Error(), sayHello)
		p.close(websocket.StatusPolicyViolation, "no hello")
		return
	}
	if !p.admit(hello) {
		p.close(websocket.StatusPolicyViolation, "not admitted")
		return
	}
	var parts sync.WaitGroup
	parts.Go(func() { p.end(p.write()) })
	parts.Go(func() { p.end(p.ping()) })
	parts.Go(func() { p.end(p.read()) })
	<-p.life.Done()
	cause := context.Cause(p.life)
	p.log.Debug("peer left", "err", cause)
	p.depart(cause)
	close(p.gone)
	p.bid(cause)
	parts.Wait()
}

const sayHello = `say {"type":"hello","role":"device"} first, or "viewer"`

func (p *peer) hello() (plotbeam.Message, error) {
	late := time.AfterFunc(helloTimeout, func() { // a deadline on Read would close the socket without a word
		p.fail(plotbeam.CodeHello, fmt.Sprintf("no hello within %v", helloTimeout), sayHello)
		p.close(websocket.StatusPolicyViolation, "no hello")
	})
	defer late.Stop()
	kind, text, err := p.conn.Read(p.life)
	if err != nil {
		return plotbeam.Message{}, fmt.Errorf("no hello: %w", err)
	}
	if kind != websocket.MessageText {
		return plotbeam.Message{}, errors.New("the first message is binary")
	}
	m, err := plotbeam.ParseMessage(text)
	switch {
	case err != nil:
		return m, err
	case m.Type != plotbeam.Hello:
		return m, fmt.Errorf("the first message is %s", plotbeam.Quote(string(m.Type)))
	case m.Role != plotbeam.RoleDevice && m.Role != plotbeam.RoleViewer:
		return m, fmt.Errorf("the role %s is neither device nor viewer", plotbeam.Quote(string(m.Role)))
	case len(m.Secret) > plotbeam.MaxID:
		return m, fmt.Errorf("a secret has at most %d bytes", plotbeam.MaxID)
	}
	return m, nil
}

// read handles what the peer sends, no faster than the limit.
func (p *peer) read() error {
	pace := rate.NewLimiter(messagesPerSecond, messagesAtOnce)
	for {
		if err := pace.Wait(p.life); err != nil {
			return err
		}
		kind, text, err := p.conn.Read(context.Background()) // ends when the socket is closed
		if err != nil {
			if status := websocket.CloseStatus(err); status == websocket.StatusNormalClosure || status == websocket.StatusGoingAway {
				return errClosed
			}
			return fmt.Errorf("read: %w", err)
		}
		if kind != websocket.MessageText {
			p.fail(plotbeam.CodeBinary, "a binary message", "control messages are JSON in text messages")
			continue
		}
		m, err := plotbeam.ParseMessage(text)
		if err != nil {
			p.fail(plotbeam.CodeMalformed, err.Error(), "send one JSON object with a type, see PROTOCOL.md")
			continue
		}
		if err := p.handle(m); err != nil {
			return err
		}
	}
}

// write delivers the mailbox, and lists with a pause between them.
func (p *peer) write() error {
	relist, rested := p.relist, (<-chan time.Time)(nil)
	for {
		select {
		case m := <-p.mail:
			if err := p.deliver(m); err != nil {
				return err
			}
		case m := <-p.signals:
			if err := p.sendText(m.Data); err != nil {
				return err
			}
		case <-relist:
			if err := p.sendList(); err != nil {
				return err
			}
			relist, rested = nil, time.After(listPause)
		case <-rested:
			relist, rested = p.relist, nil
		case <-p.life.Done():
			return context.Cause(p.life)
		}
	}
}

func (p *peer) ping() error {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-p.life.Done():
			return context.Cause(p.life)
		}
		ctx, cancel := context.WithTimeout(p.life, pingEvery)
		err := p.conn.Ping(ctx)
		cancel()
		if err != nil {
			return errNoAnswer
		}
	}
}

// send writes one message to the peer.
func (p *peer) send(m plotbeam.Message) error { return p.sendText(m.Encode()) }

func (p *peer) sendText(text []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.life), writeTimeout)
	defer cancel()
	if err := p.conn.Write(ctx, websocket.MessageText, text); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// fail tells the peer what it did wrong, and counts it.
func (p *peer) fail(code, text, hint string) {
	p.object(code, text, hint)
	if !p.errors.Allow() {
		p.end(errTrouble)
	}
}

// object tells the peer what does not work, and does not hold it against it.
func (p *peer) object(code, text, hint string) {
	p.log.Debug("peer's mistake", "code", code, "text", text)
	if err := p.send(plotbeam.Message{Type: plotbeam.Failure, Code: code, Text: text, Hint: hint}); err != nil {
		p.end(err)
	}
}

// bid says goodbye in words and with a close code.
func (p *peer) bid(cause error) {
	bye := func(reason string) { p.send(plotbeam.Message{Type: plotbeam.Bye, Reason: reason}) }
	switch {
	case errors.Is(cause, errKicked):
		bye(plotbeam.ReasonKicked)
		p.close(websocket.StatusPolicyViolation, "kicked")
	case errors.Is(cause, errShutdown):
		bye(plotbeam.ReasonShutdown)
		p.close(websocket.StatusGoingAway, "the hub is shutting down")
	case errors.Is(cause, errSlow):
		p.close(websocket.StatusTryAgainLater, errSlow.Error())
	case errors.Is(cause, errTrouble):
		p.close(websocket.StatusPolicyViolation, errTrouble.Error())
	case errors.Is(cause, errClosed):
		p.close(websocket.StatusNormalClosure, "")
	default:
		p.conn.CloseNow()
	}
}

// close does the closing handshake, for no longer than farewell.
func (p *peer) close(code websocket.StatusCode, reason string) {
	late := time.AfterFunc(farewell, func() { p.conn.CloseNow() })
	defer late.Stop()
	p.conn.Close(code, reason)
}

// reasonFor puts the end of a socket into one of the protocol's words.
func reasonFor(cause error) string {
	switch {
	case errors.Is(cause, errClosed):
		return plotbeam.ReasonClosed
	case errors.Is(cause, errKicked):
		return plotbeam.ReasonKicked
	case errors.Is(cause, errSlow):
		return plotbeam.ReasonSlow
	}
	return plotbeam.ReasonLost
}
