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

// Joined and left travel as mail, signals apart: those may be dropped, for who
// sent them tries again.
func mailOf(role plotbeam.Role, id string) string {
	return "plotbeam." + string(role) + "." + id + ".mail"
}
func signalsOf(role plotbeam.Role, id string) string {
	return "plotbeam." + string(role) + "." + id + ".signals"
}
func answersOf(viewer plotbeam.ViewerID, device string) string {
	return "plotbeam.viewer." + string(viewer) + ".answers." + device
}
func eventsOf(id plotbeam.DeviceID) string   { return "plotbeam.device." + string(id) + ".events" }
func presenceOf(id plotbeam.DeviceID) string { return "plotbeam.device." + string(id) + ".presence" }

// cameHeader marks the event of a device that should hear of the viewer: its
// socket is new, or the viewer has asked.
const cameHeader = "Plotbeam-Came"

const (
	busTimeout = 2 * time.Second // for an answer; in one process it takes microseconds
	mailbox    = 256             // messages waiting for one peer
)

// bus is the switchboard: an embedded NATS server that opens no port, and this
// hub's connection to it. With several hubs the connection goes to their
// cluster instead, and nothing else changes.
type bus struct {
	server *server.Server
	conn   *nats.Conn
	log    *slog.Logger

	mu    sync.Mutex
	owner map[*nats.Subscription]func() // told when its mailbox overflows
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
	b := &bus{server: s, log: log, owner: map[*nats.Subscription]func(){}}
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
	return b, nil
}

func (b *bus) stop() {
	b.conn.Close()
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func (b *bus) overflow(sub *nats.Subscription) {
	b.mu.Lock()
	told := b.owner[sub]
	b.mu.Unlock()
	if told != nil {
		told()
	}
}

// subscribe delivers a subject into a mailbox; overflow is called when that is full.
func (b *bus) subscribe(subject string, mail chan *nats.Msg, overflow func()) (*nats.Subscription, error) {
	sub, err := b.conn.ChanSubscribe(subject, mail)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	b.mu.Lock()
	b.owner[sub] = overflow
	b.mu.Unlock()
	return sub, nil
}

func (b *bus) unsubscribe(sub *nats.Subscription) {
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
	b.conn.Publish(mailOf(role, id), m.Encode())
}

func (b *bus) postSignal(role plotbeam.Role, id string, m plotbeam.Message) {
	b.conn.Publish(signalsOf(role, id), m.Encode())
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
// nobody has the device, comes into the viewer's mailbox in the order of the
// device's own events, so that neither is taken for newer than it is.
func (b *bus) ask(id plotbeam.DeviceID, viewer plotbeam.ViewerID) {
	b.conn.PublishRequest(presenceOf(id), answersOf(viewer, string(id)), nil)
}

// absent is the device that mail says nobody has, if it says so.
func absent(mail *nats.Msg) (id plotbeam.DeviceID, yes bool) {
	if len(mail.Data) > 0 || mail.Header.Get("Status") != "503" { // as NATS says that there are no responders
		return "", false
	}
	return plotbeam.DeviceID(mail.Subject[strings.LastIndexByte(mail.Subject, '.')+1:]), true
}

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
