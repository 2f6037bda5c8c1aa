package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/plotbeam/plotbeam"
)

// Subjects. Ids hold no character that means something in a subject.
const (
	subjectDevices = "plotbeam.devices"
	subjectChanged = "plotbeam.devices.changed"
)

// mailboxOf is a peer's, for mail (joined, left, what a relay asks) and signals.
func mailboxOf(role plotbeam.Role, id string) string { return "plotbeam." + string(role) + "." + id }

// signalHeader marks signals: those may be dropped, for who sent them tries again.
const signalHeader = "Plotbeam-Signal"

func isSignal(m *nats.Msg) bool { return m.Header.Get(signalHeader) != "" }

func eventsOf(id plotbeam.DeviceID) string   { return "plotbeam.events." + string(id) }
func presenceOf(id plotbeam.DeviceID) string { return "plotbeam.presence." + string(id) }

// cameHeader marks the event of a device that should hear of the viewer: its
// socket is new, or the viewer has asked.
const cameHeader = "Plotbeam-Came"

const (
	busTimeout = 2 * time.Second // for an answer; in one process it takes microseconds
	inbox      = 8192            // messages for all peers, on their way to their mailboxes
)

// bus is the switchboard: an embedded NATS server that opens no port, and this
// hub's connection to it. With several hubs the connection goes to their
// cluster instead, and nothing else changes.
type bus struct {
	server *server.Server
	conn   *nats.Conn
	log    *slog.Logger
	inbox  chan *nats.Msg // for all recipients; never closed
	over   chan struct{}  // closed by stop
	parts  sync.WaitGroup

	answers string // subject, above viewer and device, of the answers to ask

	mu    sync.Mutex
	owner map[*nats.Subscription]recipient
}

// recipient is told what a subscription brings, by one goroutine for all of
// them, which it does not hold up.
type recipient interface {
	receive(*nats.Msg)
	overflow() // something was lost
}

func startBus(log *slog.Logger) (*bus, error) {
	s, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true, ServerName: "plotbeam"})
	if err != nil {
		return nil, fmt.Errorf("start NATS: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("start NATS: not ready after 10 s")
	}
	b := &bus{server: s, log: log, owner: map[*nats.Subscription]recipient{}, inbox: make(chan *nats.Msg, inbox), over: make(chan struct{}), answers: nats.NewInbox()}
	b.conn, err = nats.Connect("", nats.InProcessServer(s), nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
		if !errors.Is(err, nats.ErrSlowConsumer) {
			log.Error("NATS", "err", err)
		}
		b.overflow(sub)
	}))
	if err != nil {
		s.Shutdown()
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	b.parts.Go(b.deliver)
	return b, nil
}

// deliver hands out what comes, in its order.
func (b *bus) deliver() {
	for {
		select {
		case m := <-b.inbox:
			b.mu.Lock()
			to := b.owner[m.Sub]
			b.mu.Unlock()
			if to != nil {
				to.receive(m)
			}
		case <-b.over:
			return
		}
	}
}

func (b *bus) stop() {
	b.conn.Close()
	close(b.over)
	b.parts.Wait()
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func (b *bus) overflow(sub *nats.Subscription) {
	b.mu.Lock()
	to := b.owner[sub]
	b.mu.Unlock()
	if to != nil {
		to.overflow()
	}
}

// subscribe hands a recipient what comes on a subject.
func (b *bus) subscribe(subject string, to recipient) (*nats.Subscription, error) {
	b.mu.Lock()
	defer b.mu.Unlock() // so that the first message finds its owner
	sub, err := b.conn.ChanSubscribe(subject, b.inbox)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	b.owner[sub] = to
	return sub, nil
}

func (b *bus) unsubscribe(sub *nats.Subscription) {
	if sub == nil {
		return
	}
	b.mu.Lock()
	delete(b.owner, sub)
	b.mu.Unlock()
	sub.Unsubscribe()
}

// answer replies to every request on a subject with what say returns, as JSON.
func (b *bus) answer(subject string, say func() any) (*nats.Subscription, error) {
	return b.follow(subject, func(m *nats.Msg) {
		text, err := json.Marshal(say())
		if err == nil {
			err = m.Respond(text)
		}
		if err != nil {
			b.log.Error("request not answered", "subject", subject, "err", err)
		}
	})
}

// follow calls back for every message on a subject, in a goroutine of its own.
func (b *bus) follow(subject string, call nats.MsgHandler) (*nats.Subscription, error) {
	sub, err := b.conn.Subscribe(subject, call)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	return sub, nil
}

func (b *bus) post(role plotbeam.Role, id string, m plotbeam.Message) {
	b.conn.Publish(mailboxOf(role, id), m.Encode())
}

func (b *bus) postSignal(role plotbeam.Role, id string, m plotbeam.Message) {
	mail := nats.NewMsg(mailboxOf(role, id))
	mail.Data = m.Encode()
	mail.Header.Set(signalHeader, "1")
	b.conn.PublishMsg(mail)
}

// announce tells those who watch a device, and those who follow the list.
func (b *bus) announce(id plotbeam.DeviceID, state plotbeam.State, came bool) {
	b.conn.PublishMsg(presence(eventsOf(id), id, state, came))
	b.conn.Publish(subjectChanged, nil)
}

// presence is the mail that tells a viewer how a device is.
func presence(subject string, id plotbeam.DeviceID, state plotbeam.State, came bool) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = plotbeam.Message{Type: plotbeam.Present, Device: id, State: &state}.Encode()
	if came {
		m.Header.Set(cameHeader, "1")
	}
	return m
}

// ask makes the hub that has a device tell a viewer of it. The answer, or that
// nobody has the device, comes in the order of the device's own events, so that
// neither is taken for newer than it is.
func (b *bus) ask(id plotbeam.DeviceID, viewer plotbeam.ViewerID) {
	b.conn.PublishRequest(presenceOf(id), b.answers+"."+string(viewer)+"."+string(id), nil)
}

// answered are the ids in the subject of an answer to ask.
func answered(m *nats.Msg) (viewer plotbeam.ViewerID, device plotbeam.DeviceID) {
	rest, id, _ := cutLast(m.Subject)
	_, who, _ := cutLast(rest)
	return plotbeam.ViewerID(who), plotbeam.DeviceID(id)
}

func cutLast(subject string) (before, after string, found bool) {
	i := strings.LastIndexByte(subject, '.')
	return subject[:max(0, i)], subject[i+1:], i >= 0
}

// absent reports whether mail says that nobody has a device, as NATS says that
// there are no responders.
func absent(mail *nats.Msg) bool { return len(mail.Data) == 0 && mail.Header.Get("Status") == "503" }

// devices asks every hub for its devices. There is one hub so far, so the
// first answer is the whole. It is in the order of the ids.
func (b *bus) devices(ctx context.Context) ([]plotbeam.DeviceInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	answer, err := b.conn.RequestWithContext(ctx, subjectDevices, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for devices: %w", err)
	}
	var list []plotbeam.DeviceInfo
	if err := json.Unmarshal(answer.Data, &list); err != nil {
		return nil, fmt.Errorf("ask for devices: %w", err)
	}
	return list, nil
}
