// Package viewer is the viewer side: it asks the hub for a device and yields
// its readings, each once, over the best path there is and whatever outages.
//
//	Run ── session ── watch, read ──> hub ──> device       the relay: at once
//	 |                 <── frames ─────┘
//	 └──── link ────── read {after the last position} ──> device     as soon as one opens
//	                   <── frames ──  OnFrame, or Readings
//
// A path is judged by what was heard on it. A link that brings news makes the
// relay needless; one that is silent for a second makes it take over at once,
// while other links are tried. Positions keep frames from being lost or repeated.
//
// A program that wants readings needs New and Readings:
//
//	v, err := viewer.New(viewer.Config{Hub: "http://localhost:8080", Device: "lab-psu"})
//	for r, err := range v.Readings(ctx) { … }
package viewer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/session"
)

var (
	// ErrNoDevice ends Run when the hub does not have the device at the start.
	ErrNoDevice = errors.New("no such device")
	// ErrEnded ends Run, with Config.UntilEnd, when the device's input has
	// ended and everything was read.
	ErrEnded = errors.New("the device's input has ended")
)

// Config says what to watch. Hub and Device are needed.
type Config struct {
	Hub    string // URL of the hub's page, such as http://localhost:8080
	Device plotbeam.DeviceID
	// Since begins with the readings of so long before the newest one. Zero
	// means from now; negative means all that the device keeps.
	Since time.Duration
	// Wait waits for a device that is not there, instead of ErrNoDevice.
	Wait bool
	// Paths that the viewer takes; empty means any.
	Paths plotbeam.Paths
	// Bound puts now first: on a link that is too slow, frames that would come
	// later than this are skipped, and handed on as Late when there is room.
	// Zero means every frame in order, however late.
	Bound time.Duration
	// UntilEnd ends with ErrEnded when the device's input has ended.
	UntilEnd bool
	// OnFrame is called for every frame of readings, one at a time, in order
	// but for late ones. While it blocks, the senders wait, too, or what may be
	// lost is let go; the viewer goes on where it was once OnFrame returns.
	OnFrame func(Frame)
	// OnStatus is called at each change of the status.
	OnStatus func(Status)
	Link     link.Config
	Client   *http.Client // for the hub; nil means http.DefaultClient
	Log      *slog.Logger // nil means none
}

// Frame is a frame of readings with what is needed to read it.
type Frame struct {
	plotbeam.Frame
	Schema  plotbeam.Schema
	Columns []plotbeam.Column // valid until OnFrame returns
	Lost    uint64            // frames lost right before this one
	Late    bool              // newer frames have come before
}

// Viewer watches one device.
type Viewer struct {
	config   Config
	log      *slog.Logger
	session  *session.Session
	endpoint *link.Endpoint
	parts    sync.WaitGroup // links; steer waits for them
	kick     chan struct{}  // one place: steer should decide anew
	inbox    inbox
	decoder  decoder // the taker's, as is lost
	lost     uint64  // frames, since the last one handed on

	mu      sync.Mutex
	place   place
	handled *plotbeam.Position // of the newest frame that OnFrame is done with
	schema  uint16             // version that the decoder has, of the place's epoch
	id      string             // as is secret, the hub's gift
	secret  string
	ice     []plotbeam.ICEServer
	told    bool // whether this hub has said who is there
	present bool // whether it has the device now
	seen    bool // whether it ever had
	relay   relayPath
	links   []*line       // opening and open, newest last
	pause   time.Duration // before the next try for a link
	nextTry time.Time
	trouble string                // why the last try for a link failed; empty when it did not, or another begins anew
	tried   time.Time             // since when there is no path though there should be
	status  Status                // as last told
	answers map[int64]chan string // that controls wait for, by their time; one place each, never closed
	asked   int64                 // time of the last control
	life    context.Context       // Run's; nil before
	end     context.CancelCauseFunc
}

// New checks the configuration. Nothing is dialled before Run.
func New(c Config) (*Viewer, error) {
	if _, err := plotbeam.ParseDeviceID(string(c.Device)); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	endpoint, err := link.New(c.Link)
	if err != nil {
		return nil, err
	}
	v := &Viewer{
		config:   c,
		log:      c.Log,
		endpoint: endpoint,
		status:   Status{Phase: Connecting},
		kick:     make(chan struct{}, 1),
		inbox:    newInbox(),
		answers:  map[int64]chan string{},
	}
	v.session, err = session.New(session.Config{
		Hub: c.Hub, Client: c.Client, Log: c.Log,
		Hello: v.hello, OnMessage: v.handle, OnFrame: v.relayed, OnAway: v.away,
	})
	return v, err
}

// Run watches until ctx ends (nil), or with [ErrNoDevice], [ErrEnded], a
// *[session.Refused] or [session.ErrKicked].
func (v *Viewer) Run(ctx context.Context) error {
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	v.mu.Lock()
	v.life, v.end = life, end
	v.mu.Unlock()
	var parts sync.WaitGroup
	parts.Go(func() { v.steer(life) })
	parts.Go(func() { v.take(life) })
	parts.Go(func() { v.endpoint.WatchNetwork(life, v.moved) })
	err := v.session.Run(life)
	end(err)
	parts.Wait()
	if ctx.Err() != nil || err != nil {
		return err
	}
	if cause := context.Cause(life); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// ID is the id that the hub gave, empty before.
func (v *Viewer) ID() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.id
}

// stop ends Run.
func (v *Viewer) stop(cause error) {
	v.mu.Lock()
	end := v.end
	v.mu.Unlock()
	end(cause)
}

// hello says who the viewer is and what it wants, in one breath: the first
// frames come right behind the welcome.
func (v *Viewer) hello() []plotbeam.Message {
	v.mu.Lock()
	defer v.mu.Unlock()
	words := []plotbeam.Message{
		{Type: plotbeam.Hello, Role: plotbeam.RoleViewer, ID: v.id, Secret: v.secret},
		{Type: plotbeam.Watch, Device: v.config.Device},
	}
	now := time.Now()
	if best := v.liveLink(now); (best == nil || !best.caught) && v.mayRelay() {
		words = append(words, v.readRelay(now))
	}
	return words
}

// handle takes what the hub says.
func (v *Viewer) handle(m plotbeam.Message) {
	v.mu.Lock()
	v.relay.heard = time.Now()
	v.mu.Unlock()
	switch m.Type {
	case plotbeam.Welcome:
		v.mu.Lock()
		v.id, v.secret, v.ice = m.ID, m.Secret, m.ICE
		v.relay.up = true
		v.again()
		v.mu.Unlock()
	case plotbeam.ICE:
		v.mu.Lock()
		v.ice = m.ICE
		v.mu.Unlock()
	case plotbeam.Present:
		v.presence(m)
	case plotbeam.Signal:
		v.signal(m)
	case plotbeam.Control:
		v.answered(m)
	case plotbeam.Invite:
		v.mu.Lock()
		v.again()
		v.mu.Unlock()
	case plotbeam.Failure:
		v.refused(m)
	default:
		v.listenRelay(m)
		return
	}
	v.nudge()
}

func (v *Viewer) signal(m plotbeam.Message) {
	v.mu.Lock()
	i := slices.IndexFunc(v.links, func(l *line) bool { return l.Session() == m.Session })
	var l *line
	if i >= 0 {
		l = v.links[i]
	}
	v.mu.Unlock()
	if l == nil {
		return // of a connection that is over
	}
	if err := l.Signal(m); err != nil {
		v.log.Warn("signal not taken", "err", err)
	}
}

func (v *Viewer) refused(m plotbeam.Message) {
	v.log.Warn("the hub objects", "code", m.Code, "text", m.Text, "hint", m.Hint)
	if m.Code == plotbeam.CodeRelay {
		v.mu.Lock()
		v.relay.refused, v.relay.reading = m.Text, nil
		v.mu.Unlock()
	}
}

func (v *Viewer) presence(m plotbeam.Message) {
	if m.State == nil {
		return
	}
	there := m.State.Activity != plotbeam.Offline
	v.mu.Lock()
	if there && !v.present {
		for _, l := range v.links {
			if l.reading == nil {
				l.Close() // an offer under way went to a socket that is no more
			}
		}
		v.again()
	}
	v.present = there
	v.seen = v.seen || there
	hopeless := !v.seen && !v.config.Wait
	v.told = !hopeless // else it is the error that tells
	v.mu.Unlock()
	if hopeless {
		v.stop(fmt.Errorf("%w: %q", ErrNoDevice, v.config.Device))
		return
	}
	v.change(func(s *Status) { s.State = *m.State })
}

func (v *Viewer) away(err error, wait time.Duration) {
	v.mu.Lock()
	v.told, v.present = false, false
	v.relay = relayPath{}
	v.mu.Unlock()
	v.log.Info("the hub is away", "err", err, "wait", wait)
	v.nudge()
}
