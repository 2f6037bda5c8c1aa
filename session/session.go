// Package session is a peer's side of its socket to the hub: dial, hello,
// messages, and coming back by itself.
//
//	peer                                hub
//	  | == WebSocket /socket ==========> |
//	  | -- hello {role, id, secret} ---> |
//	  | <- welcome {id, secret, ice} --- |
//	  | <====== control messages ======> |   until one side dies:
//	  |   again at once, then after jittered waits that grow to 10 s
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
)

const (
	pingEvery   = 5 * time.Second // and a hub that has not answered within as long again is dead
	dialTimeout = 10 * time.Second
	firstWait   = 250 * time.Millisecond // after the second try; the first comes at once
	longestWait = 10 * time.Second
	livesFor    = 5 * time.Second // a socket that lived longer is followed by another at once
	outboxSize  = 256             // messages waiting to be written; over that the socket is dead
)

var (
	// ErrAway answers Send while there is no socket.
	ErrAway = errors.New("the hub is out of reach")
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
	Hub    string                  // URL of the hub's page, such as http://localhost:8080
	Client *http.Client            // nil means http.DefaultClient
	Hello  func() plotbeam.Message // made anew for every try
	// OnMessage is called for every message from the welcome on, in order, by
	// one goroutine. It does not block for long.
	OnMessage func(plotbeam.Message)
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
	outbox chan []byte // of the socket that is open; nil while there is none
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
	return &Session{config: c, url: u.JoinPath("socket").String()}, nil
}

// Send puts a message on its way, or answers [ErrAway].
func (s *Session) Send(m plotbeam.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case s.outbox <- m.Encode():
		return nil
	default: // no socket, or one that takes nothing any more
		return ErrAway
	}
}

// Run keeps a socket until ctx ends (and then says goodbye and returns nil), or
// until the hub refuses this peer (a *[Refused]) or another takes its id over ([ErrKicked]).
func (s *Session) Run(ctx context.Context) error {
	wait := time.Duration(0)
	for {
		begun := time.Now()
		welcomed, err := s.once(ctx)
		var refused *Refused
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused), errors.Is(err, ErrKicked):
			return err
		case welcomed && time.Since(begun) > livesFor:
			wait = 0
		}
		pause := wait/2 + rand.N(wait/2+1)
		s.config.Log.Debug("socket lost", "err", err, "wait", pause)
		if s.config.OnAway != nil {
			s.config.OnAway(err, pause)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
		wait = min(max(firstWait, wait*8/5), longestWait)
	}
}

// once keeps one socket from dialling to its end, and says whether the hub welcomed it.
func (s *Session) once(ctx context.Context) (welcomed bool, err error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.CloseNow()
	outbox := make(chan []byte, outboxSize)
	outbox <- s.config.Hello().Encode()

	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	s.mute(life, end)
	var parts sync.WaitGroup
	parts.Go(func() { end(s.write(life, conn, outbox)) })
	parts.Go(func() { end(ping(life, conn)) })
	parts.Go(func() { end(s.read(life, conn, outbox, &welcomed)) })

	select {
	case <-life.Done():
	case <-ctx.Done():
		s.goodbye(conn)
		end(ctx.Err())
	}
	s.setOutbox(nil)
	conn.CloseNow()
	parts.Wait()
	return welcomed, context.Cause(life)
}

// mute ends a socket that no welcome has come over in time.
func (s *Session) mute(life context.Context, end context.CancelCauseFunc) {
	late := time.AfterFunc(dialTimeout, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.outbox == nil {
			end(errors.New("the hub sent no welcome"))
		}
	})
	context.AfterFunc(life, func() { late.Stop() })
}

func (s *Session) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, answer, err := websocket.Dial(ctx, s.url, &websocket.DialOptions{
		HTTPClient:   s.config.Client,
		Subprotocols: []string{plotbeam.Subprotocol},
	})
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("%s answers %s: is it a Plotbeam hub?", s.config.Hub, answer.Status)
		}
		return nil, fmt.Errorf("dial hub: %w", err)
	}
	conn.SetReadLimit(plotbeam.MaxMessage * 8) // a list of devices is long
	return conn, nil
}

func (s *Session) setOutbox(outbox chan []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outbox = outbox
}

func (s *Session) write(ctx context.Context, conn *websocket.Conn, outbox <-chan []byte) error {
	for {
		select {
		case text := <-outbox:
			if err := conn.Write(ctx, websocket.MessageText, text); err != nil {
				return fmt.Errorf("write to hub: %w", err)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *Session) read(ctx context.Context, conn *websocket.Conn, outbox chan []byte, welcomed *bool) error {
	for {
		kind, text, err := conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("read from hub: %w", err)
		}
		if kind != websocket.MessageText {
			continue // nothing binary comes over the socket yet
		}
		m, err := plotbeam.ParseMessage(text)
		if err != nil {
			s.config.Log.Warn("hub sent no message", "err", err)
			continue
		}
		if err := ending(m); err != nil {
			return err
		}
		if m.Type == plotbeam.Welcome {
			*welcomed = true
			s.setOutbox(outbox)
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

// goodbye tells the hub that this end is meant, as far as the socket still works.
func (s *Session) goodbye(conn *websocket.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	bye := plotbeam.Message{Type: plotbeam.Bye, Reason: plotbeam.ReasonClosed}
	if err := conn.Write(ctx, websocket.MessageText, bye.Encode()); err != nil {
		s.config.Log.Debug("no goodbye", "err", err)
	}
}
