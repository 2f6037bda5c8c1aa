// Package viewer is the viewer side: it asks the hub for a device, opens a link
// to it, and yields its readings, each once and in order per series, over
// whatever outages there are.
//
//	Run ── session ── watch ──> hub ── device is there
//	 └──── link ───── read {after the last position} ──> device
//	                  <── frames ──  OnFrame, or Readings
//
// A program that wants readings needs New and Readings:
//
//	v, err := viewer.New(viewer.Config{Hub: "http://localhost:8080", Device: "lab-psu"})
//	for r, err := range v.Readings(ctx) { … }
package viewer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	// UntilEnd ends with ErrEnded when the device's input has ended.
	UntilEnd bool
	// OnFrame is called for every frame of readings, in order, by one
	// goroutine. While it blocks, the device waits too; after 10 s it hangs up,
	// and the viewer goes on where it was once OnFrame returns.
	OnFrame func(Frame)
	// OnStatus is called at each change of the status.
	OnStatus func(Status)
	Link     link.Config
	Client   *http.Client // for the hub; nil means http.DefaultClient
	Log      *slog.Logger // nil means none
}

// Phase is how far a viewer is.
type Phase string

const (
	Connecting  Phase = "connecting"  // to the hub
	Waiting     Phase = "waiting"     // for the device to come
	Reaching    Phase = "reaching"    // the device, over a direct link
	Unreachable Phase = "unreachable" // likewise, for over 10 s
	Live        Phase = "live"        // frames come as they are made
)

// Status is what a viewer knows about its stream.
type Status struct {
	Phase  Phase
	State  plotbeam.State // of the device, as it says
	Text   string         // both in words
	Path   string         // "direct", or "" while there is none
	Lag    time.Duration  // how far the viewer is behind, as the device measures it
	Frames uint64         // taken
	Lost   uint64         // frames that the device's log no longer held
	Breaks uint64         // losses whose size cannot be known: the device began a new log
	Bad    uint64         // frames that could not be read
	Repeat uint64         // frames that came again, and were dropped
}

// Frame is a frame of readings with what is needed to read it.
type Frame struct {
	plotbeam.Frame
	Schema  plotbeam.Schema
	Columns []plotbeam.Column // valid until OnFrame returns
	Lost    uint64            // frames lost right before this one
}

// Viewer watches one device.
type Viewer struct {
	config   Config
	log      *slog.Logger
	session  *session.Session
	endpoint *link.Endpoint
	track    tracker // used by the goroutine that follows

	mu      sync.Mutex
	id      string // as is secret, the hub's gift
	secret  string
	ice     []plotbeam.ICEServer
	present bool          // whether the hub has the device now
	seen    bool          // whether it ever had
	link    *link.Link    // that signals belong to; nil while there is none
	status  Status        // as last told
	kick    chan struct{} // one place: present may have become true
	silence *time.Timer   // ends a link that is silent; nil while none is read
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
	}
	v.session, err = session.New(session.Config{
		Hub: c.Hub, Client: c.Client, Log: c.Log,
		Hello: v.hello, OnMessage: v.handle, OnAway: v.away,
	})
	return v, err
}

// Run watches until ctx ends (nil), or with [ErrNoDevice], [ErrEnded], a
// *[session.Refused] or [session.ErrKicked].
func (v *Viewer) Run(ctx context.Context) error {
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	v.mu.Lock()
	v.end = end
	v.mu.Unlock()
	var parts sync.WaitGroup
	parts.Go(func() { v.connect(life) })
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

func (v *Viewer) hello() plotbeam.Message {
	v.mu.Lock()
	defer v.mu.Unlock()
	return plotbeam.Message{Type: plotbeam.Hello, Role: plotbeam.RoleViewer, ID: v.id, Secret: v.secret}
}

// handle takes what the hub says.
func (v *Viewer) handle(m plotbeam.Message) {
	switch m.Type {
	case plotbeam.Welcome:
		v.mu.Lock()
		v.id, v.secret, v.ice = m.ID, m.Secret, m.ICE
		v.mu.Unlock()
		if err := v.session.Send(plotbeam.Message{Type: plotbeam.Watch, Device: v.config.Device}); err != nil {
			v.log.Debug("not watching", "err", err)
		}
	case plotbeam.Present:
		v.presence(m)
	case plotbeam.Signal:
		v.mu.Lock()
		l := v.link
		v.mu.Unlock()
		if l == nil || l.Session() != m.Session {
			return // of a connection that is over
		}
		if err := l.Signal(m); err != nil {
			v.log.Warn("signal not taken", "err", err)
		}
	case plotbeam.Failure:
		v.log.Warn("the hub objects", "code", m.Code, "text", m.Text, "hint", m.Hint)
	}
}

func (v *Viewer) presence(m plotbeam.Message) {
	if m.State == nil {
		return
	}
	there := m.State.Activity != plotbeam.Offline
	v.mu.Lock()
	switch {
	case there != v.present && v.silence != nil:
		v.silence.Reset(silentAfterNews)
	case there && !v.present && v.link != nil:
		v.link.Close() // an offer under way went to a socket that is no more
	}
	v.present = there
	v.seen = v.seen || there
	never := !v.seen
	end := v.end
	v.mu.Unlock()
	if never && !v.config.Wait {
		end(fmt.Errorf("%w: %q", ErrNoDevice, v.config.Device))
		return
	}
	v.change(func(s *Status) {
		s.State = *m.State
		switch {
		case s.Phase == Live:
		case there:
			s.Phase = Reaching
		default:
			s.Phase = Waiting
		}
	})
	select {
	case v.kick <- struct{}{}:
	default:
	}
}

func (v *Viewer) away(err error, wait time.Duration) {
	v.mu.Lock()
	v.present = false
	v.mu.Unlock()
	v.log.Info("the hub is away", "err", err, "wait", wait)
	v.change(func(s *Status) {
		if s.Phase != Live {
			s.Phase = Connecting
		}
	})
}

// change makes a change to the status and tells it, if it is one.
func (v *Viewer) change(f func(*Status)) {
	v.mu.Lock()
	before := v.status
	f(&v.status)
	v.status.Text = v.words(v.status)
	now := v.status
	v.mu.Unlock()
	if now != before && v.config.OnStatus != nil {
		v.config.OnStatus(now)
	}
}

// words says a status to a person.
func (v *Viewer) words(s Status) string {
	name := string(v.config.Device)
	switch s.Phase {
	case Connecting:
		return "Waiting for the hub at " + v.config.Hub
	case Waiting:
		return name + " is not connected to the hub: waiting for it to come"
	case Reaching:
		return "Opening a direct path to " + name
	case Unreachable:
		return name + " is there, but no direct path to it works: a firewall may block UDP; trying again"
	}
	switch s.State.Activity {
	case plotbeam.Stopped:
		return name + " is connected and not streaming now"
	case plotbeam.Ended:
		return "The input of " + name + " has ended"
	case plotbeam.Offline:
		return name + " has left the hub; its stream goes on directly"
	}
	return "Live from " + name
}

// List asks a hub for its live devices.
func List(ctx context.Context, client *http.Client, hub string) ([]plotbeam.DeviceInfo, error) {
	if client == nil {
		client = http.DefaultClient
	}
	u, err := url.Parse(hub)
	if err != nil {
		return nil, fmt.Errorf("hub %s: %w", plotbeam.Quote(hub), err)
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("api/devices").String(), nil)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	answer, err := client.Do(ask)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("list devices: %s answers %s: is it a Plotbeam hub?", hub, answer.Status)
	}
	var list []plotbeam.DeviceInfo
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return list, nil
}

// Status is what the viewer knows now.
func (v *Viewer) Status() Status {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.status
}
