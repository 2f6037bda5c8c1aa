// Package session is a peer's side of its socket to the hub: dial, hello,
// messages, and coming back by itself.
//
//	peer                                hub
//	  | == WebSocket /socket ==========> |
//	  | -- hello {role, id, secret} ---> |   and what need not wait for the welcome
//	  | <- welcome {id, secret, ice} --- |
//	  | <= control messages, frames ===> |   until one side dies:
//	  |   again at once, then after jittered waits that grow to 10 s
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	pingEvery    = 5 * time.Second // and a hub that has not answered within as long again is dead
	dialTimeout  = 10 * time.Second
	shortestWait = 250 * time.Millisecond // after the second try; the first comes at once
	longestWait  = 10 * time.Second
	livesFor     = 5 * time.Second // a socket that lived longer is followed by another at once
	outboxSize   = 256             // messages waiting to be written; over that the socket is dead
	frameQueue   = 16              // frames likewise; over that Write waits
	farewell     = time.Second     // for the hub to take a goodbye
	checkWithin  = time.Second     // a hub that is there answers Check
)

var (
	// ErrAway answers Send while there is no socket.
	ErrAway = errors.New("the hub is out of reach")
	// ErrNotHub is wrapped by the error about an answer that is no hub's.
	ErrNotHub = errors.New("is it a Plotbeam hub?")
	// ErrKicked ends Run when a newer socket has taken the id over.
	ErrKicked = errors.New("another process has taken over this id")
)

// Refused ends Run: the hub will not have this peer, and trying again would not help.
type Refused struct {
	Code, Text, Hint string
}

func (r *Refused) Error() string { return r.Text }

// Config says who speaks, to which hub. Hub and Hello are needed.
type Config struct {
	Hub    string       // URL of the hub's page, such as http://localhost:8080
	Client *http.Client // nil means http.DefaultClient
	// Hello is made anew for every try: the hello, and what is said right
	// behind it.
	Hello func() []plotbeam.Message
	// OnMessage is called for every message from the welcome on, in order, by
	// one goroutine. It does not block for long.
	OnMessage func(plotbeam.Message)
	// OnFrame is called likewise for every binary message, which it may keep.
	OnFrame func(wire []byte)
	// OnAway is called when a socket, or a try to have one, has failed; wait is
	// the time until the next try.
	OnAway func(err error, wait time.Duration)
	Log    *slog.Logger // nil means none
}

// Session keeps one socket to a hub.
type Session struct {
	config Config
	url    string

	mu     sync.Mutex
	socket *socket       // the one that is open and welcome; nil while there is none
	dialed *socket       // the one that may not be welcome yet
	retry  chan struct{} // one place: do not pause before the next try
}

// socket is one WebSocket's life.
type socket struct {
	conn   *websocket.Conn
	outbox chan []byte  // texts
	wire   net.Conn     // below conn
	frames chan message // unlike those, waited for
	queued atomic.Int64 // bytes in frames
	life   context.Context
	end    context.CancelCauseFunc
}

type message struct {
	data []byte
	kind websocket.MessageType
}

// New checks the configuration; nothing is dialled before Run.
func New(c Config) (*Session, error) {
	u, err := url.Parse(c.Hub)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("hub %s: want a URL such as http://localhost:8080", plotbeam.Quote(c.Hub))
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Session{config: c, url: u.JoinPath("socket").String(), retry: make(chan struct{}, 1)}, nil
}

// Send puts a message on its way, or answers [ErrAway].
func (s *Session) Send(m plotbeam.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket == nil {
		return ErrAway
	}
	select {
	case s.socket.outbox <- m.Encode():
		return nil
	default: // it takes nothing any more
		return ErrAway
	}
}

// Write puts a frame, or a text that belongs between frames, on its way. It
// waits while the socket is behind, and answers [ErrAway] if that dies.
func (s *Session) Write(ctx context.Context, data []byte, text bool) error {
	s.mu.Lock()
	socket := s.socket
	s.mu.Unlock()
	if socket == nil {
		return ErrAway
	}
	m := message{data, websocket.MessageBinary}
	if text {
		m.kind = websocket.MessageText
	}
	select {
	case socket.frames <- m:
		socket.queued.Add(int64(len(data)))
		return nil
	case <-socket.life.Done():
		return ErrAway
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Unsent is how many bytes of what Write took have not reached the hub, as far
// as that can be known.
func (s *Session) Unsent() (bytes int, known bool) {
	s.mu.Lock()
	socket := s.socket
	s.mu.Unlock()
	if socket == nil {
		return 0, false
	}
	bytes, known = stream.Unsent(socket.wire)
	return bytes + int(socket.queued.Load()), known
}

// Away reports whether there is no socket.
func (s *Session) Away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket == nil
}

// Check makes sure within a second that the hub is still there. If it does not
// answer, the socket is given up and another is dialled at once.
func (s *Session) Check() {
	s.mu.Lock()
	socket := s.socket
	s.mu.Unlock()
	if socket == nil {
		return
	}
	go func() { // ends within checkWithin
		ctx, cancel := context.WithTimeout(socket.life, checkWithin)
		defer cancel()
		if err := socket.conn.Ping(ctx); err != nil {
			socket.end(fmt.Errorf("hub answers no ping: %w", err))
		}
	}()
}

// Moved is told the machine's addresses when they have changed: a socket from
// one that is gone is given up at once, any other is checked.
func (s *Session) Moved(addresses []netip.Addr) {
	s.mu.Lock()
	socket := s.dialed
	open := socket != nil && socket.conn != nil
	s.mu.Unlock()
	if open {
		local, err := netip.ParseAddrPort(socket.wire.LocalAddr().String())
		if err != nil || slices.Contains(addresses, local.Addr().Unmap().WithZone("")) {
			s.Check()
			return
		}
	}
	s.Renew()
}

// Renew gives the socket up, or the try to have one, and dials another at once:
// the network has changed.
func (s *Session) Renew() {
	select {
	case s.retry <- struct{}{}:
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dialed != nil {
		s.dialed.end(errRenewed)
	}
}

var errRenewed = errors.New("the network has changed")

// Run keeps a socket until ctx ends (and then says goodbye and returns nil), or
// until the hub refuses this peer (a *[Refused]) or another takes its id over ([ErrKicked]).
func (s *Session) Run(ctx context.Context) error {
	var lost time.Time // when the last socket that lived was
	for {
		begun := time.Now()
		welcomed, err := s.once(ctx)
		now := time.Now()
		var refused *Refused
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused), errors.Is(err, ErrKicked):
			return err
		}
		pause := time.Duration(0)
		switch {
		case lost.IsZero() || welcomed && now.Sub(begun) > livesFor:
			lost = now
		default:
			pause = pauseAfter(now.Sub(lost))
		}
		s.config.Log.Debug("socket lost", "err", err, "wait", pause)
		if s.config.OnAway != nil {
			s.config.OnAway(err, pause)
		}
		select {
		case <-time.After(pause):
		case <-s.retry:
		case <-ctx.Done():
			return nil
		}
	}
}

// pauseAfter is how long to wait before the next try, given for how long there
// was no socket: a quarter of that, and up to half of it less, so that those who
// lost theirs together do not come back together.
func pauseAfter(away time.Duration) time.Duration {
	wait := min(max(away/4, shortestWait), longestWait)
	return wait/2 + rand.N(wait/2+1)
}

// once keeps one socket from dialling to its end, and says whether the hub welcomed it.
func (s *Session) once(ctx context.Context) (welcomed bool, err error) {
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	socket := &socket{life: life, end: end, outbox: make(chan []byte, outboxSize), frames: make(chan message, frameQueue)}
	s.open(nil, socket)
	defer s.open(nil, nil)
	dialing, cancel := context.WithTimeout(life, dialTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	dialing = httptrace.WithClientTrace(dialing, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { socket.wire = i.Conn }})
	conn, err := s.dial(dialing)
	if err != nil {
		return false, err
	}
	defer conn.CloseNow()
	s.mu.Lock()
	socket.conn = conn // whoever has seen it sees wire, too
	s.mu.Unlock()
	for _, m := range s.config.Hello() {
		socket.outbox <- m.Encode()
	}
	s.mute(socket)
	var parts sync.WaitGroup
	parts.Go(func() { end(socket.write()) })
	parts.Go(func() { end(ping(life, socket.conn)) })
	parts.Go(func() { end(s.read(socket, &welcomed)) })

	select {
	case <-life.Done():
	case <-ctx.Done():
		s.goodbye(socket)
		select { // what is unread at the end would make the system drop the goodbye
		case <-life.Done(): // the hub has closed
		case <-time.After(farewell):
		}
		end(ctx.Err())
	}
	s.open(nil, socket)
	socket.conn.CloseNow()
	parts.Wait()
	return welcomed, context.Cause(life)
}

// mute ends a socket that no welcome has come over in time.
func (s *Session) mute(socket *socket) {
	late := time.AfterFunc(dialTimeout, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.socket != socket {
			socket.end(errors.New("the hub sent no welcome"))
		}
	})
	context.AfterFunc(socket.life, func() { late.Stop() })
}

// open notes which socket Send uses, and which Renew gives up.
func (s *Session) open(welcome, dialed *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.socket, s.dialed = welcome, dialed
}

func (s *Session) dial(ctx context.Context) (*websocket.Conn, error) {
	conn, answer, err := websocket.Dial(ctx, s.url, &websocket.DialOptions{
		HTTPClient:   s.config.Client,
		Subprotocols: []string{plotbeam.Subprotocol},
	})
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("%s answers %s: %w", s.config.Hub, answer.Status, ErrNotHub)
		}
		return nil, fmt.Errorf("dial hub: %w", err)
	}
	conn.SetReadLimit(plotbeam.MaxMessage * 8) // a list of devices is long
	return conn, nil
}

// write sends what waits, texts of Send before frames.
func (c *socket) write() error {
	send := func(kind websocket.MessageType, data []byte) error {
		if err := c.conn.Write(c.life, kind, data); err != nil {
			return fmt.Errorf("write to hub: %w", err)
		}
		return nil
	}
	for {
		var err error
		select {
		case text := <-c.outbox:
			err = send(websocket.MessageText, text)
		default:
			select {
			case text := <-c.outbox:
				err = send(websocket.MessageText, text)
			case m := <-c.frames:
				err = send(m.kind, m.data)
				c.queued.Add(-int64(len(m.data)))
			case <-c.life.Done():
				return context.Cause(c.life)
			}
		}
		if err != nil {
			return err
		}
	}
}

func (s *Session) read(socket *socket, welcomed *bool) error {
	for {
		kind, data, err := socket.conn.Read(socket.life)
		if err != nil {
			return fmt.Errorf("read from hub: %w", err)
		}
		if kind != websocket.MessageText {
			if s.config.OnFrame != nil {
				s.config.OnFrame(data)
			}
			continue
		}
		m, err := plotbeam.ParseMessage(data)
		if err != nil {
			s.config.Log.Warn("hub sent no message", "err", err)
			continue
		}
		if err := ending(m); err != nil {
			return err
		}
		if m.Type == plotbeam.Welcome {
			*welcomed = true
			s.open(socket, socket)
		}
		s.config.OnMessage(m)
	}
}

// ending is the error that a message ends the socket with, if it does.
func ending(m plotbeam.Message) error {
	switch {
	case m.Type == plotbeam.Bye && m.Reason == plotbeam.ReasonKicked:
		return ErrKicked
	case m.Type == plotbeam.Bye:
		return fmt.Errorf("the hub said goodbye: %s", m.Reason)
	case m.Type == plotbeam.Failure && plotbeam.Fatal(m.Code):
		return &Refused{Code: m.Code, Text: m.Text, Hint: m.Hint}
	}
	return nil
}

func ping(ctx context.Context, conn *websocket.Conn) error {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		answer, cancel := context.WithTimeout(ctx, pingEvery)
		err := conn.Ping(answer)
		cancel()
		if err != nil {
			return fmt.Errorf("hub answers no ping: %w", err)
		}
	}
}

// goodbye tells the hub that this end is meant, after what waits to be told,
// as far as the socket still works.
func (s *Session) goodbye(socket *socket) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	last := [][]byte{plotbeam.Message{Type: plotbeam.Bye, Reason: plotbeam.ReasonClosed}.Encode()}
	for {
		select {
		case text := <-socket.outbox:
			last = append(last, text)
			continue
		default:
		}
		break
	}
	last = append(last[1:], last[0])
	for _, text := range last {
		if err := socket.conn.Write(ctx, websocket.MessageText, text); err != nil {
			s.config.Log.Debug("no goodbye", "err", err)
			return
		}
	}
}
