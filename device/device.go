// Package device is the device side: readings go into a log, and every viewer
// that the hub announces reads it through a cursor over a link of its own.
//
//	Publish -> batch -> Log -> Cursor -> Link -> viewer 1
//	                        -> Cursor -> Link -> viewer 2
//	                        -> Cursor -> socket -> hub -> all who have no link (yet)
//
// A program that has readings needs New, Run and Publish:
//
//	d, err := device.New(device.Config{Hub: "http://localhost:8080", ID: "lab-psu"})
//	go d.Run(ctx)
//	d.Publish(plotbeam.Reading{Series: "volts", Unit: "V", Value: 4.98})
package device

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/session"
	"github.com/plotbeam/plotbeam/stream"
)

// Config describes a device. Hub is needed; the rest may be zero.
type Config struct {
	Hub    string            // URL of the hub's page, such as http://localhost:8080
	ID     plotbeam.DeviceID // empty asks the hub for a readable one
	Secret string            // that the hub gave with the ID, to have it again
	// Series are declared before the first reading. Others are added as
	// readings name them.
	Series []plotbeam.Series
	State  plotbeam.State // at the start; zero means streaming. Its Controls say what viewers may do
	Paths  plotbeam.Paths // that viewers may take; empty means any
	// MaxDirect bounds the viewers on a direct path; the rest is relayed. Zero means 8.
	MaxDirect int
	Limits    stream.Limits // of the log
	Link      link.Config
	Client    *http.Client // for the hub; nil means http.DefaultClient
	// OnIdentity is told the id and the secret that the hub gave. Keep the
	// secret to have the id again after a restart.
	OnIdentity func(id plotbeam.DeviceID, secret string)
	// OnViewer is told who comes and goes.
	OnViewer func(ViewerEvent)
	// OnControl does what a viewer asks and State.Controls allow, and calls
	// SetState for what has changed. Its error is told to the viewer. Nil means
	// that viewers may do nothing.
	OnControl func(Control) error
	// OnAway is told when the hub cannot be reached, and when it is tried again.
	OnAway func(err error, wait time.Duration)
	Log    *slog.Logger // nil means none
}

// Device streams to viewers. Its methods may be called from any goroutine.
type Device struct {
	config   Config
	log      *slog.Logger
	stream   *stream.Log
	session  *session.Session
	endpoint *link.Endpoint
	parts    sync.WaitGroup // goroutines that serve viewers; Run waits for them

	gather   gatherer              // has a mutex of its own
	controls chan plotbeam.Message // from the hub to obey, controlsWaiting long; never closed

	mu       sync.Mutex
	id       plotbeam.DeviceID
	secret   string
	state    plotbeam.State
	ice      []plotbeam.ICEServer
	viewers  map[plotbeam.ViewerID]*audience
	upload   *upload // nil while the hub does not read
	hubHeard time.Time
	hubClock plotbeam.Clock  // has a mutex of its own
	life     context.Context // Run's; nil before
	changed  chan struct{}   // closed at the next change of viewers, if somebody waits
}

// New checks the configuration. Nothing is dialled before Run, but readings
// may be published at once: the log keeps them.
func New(c Config) (*Device, error) {
	if c.ID != "" {
		if _, err := plotbeam.ParseDeviceID(string(c.ID)); err != nil {
			return nil, err
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.State.Activity == "" {
		c.State.Activity = plotbeam.Streaming
	}
	if c.MaxDirect == 0 {
		c.MaxDirect = DefaultMaxDirect
	}
	endpoint, err := link.New(c.Link)
	if err != nil {
		return nil, err
	}
	d := &Device{
		config:   c,
		log:      c.Log,
		stream:   stream.NewLog(c.Limits),
		endpoint: endpoint,
		id:       c.ID,
		secret:   c.Secret,
		state:    c.stated(c.State),
		controls: make(chan plotbeam.Message, controlsWaiting),
		viewers:  map[plotbeam.ViewerID]*audience{},
	}
	d.gather.log, d.gather.recent = d.stream, newRecent(c.Limits)
	if err := d.gather.declare(c.Series); err != nil {
		return nil, err
	}
	d.session, err = session.New(session.Config{
		Hub: c.Hub, Client: c.Client, Log: c.Log,
		Hello: d.hello, OnMessage: d.handle, OnAway: d.away,
	})
	return d, err
}

// Run serves viewers until ctx ends (nil), or the hub refuses the device
// (a *[session.Refused]) or gives its id to a newer process ([session.ErrKicked]).
func (d *Device) Run(ctx context.Context) error {
	life, end := context.WithCancel(ctx)
	d.mu.Lock()
	d.life = life
	d.mu.Unlock()
	d.parts.Go(func() { d.endpoint.WatchNetwork(life, d.session.Moved) })
	d.parts.Go(func() { d.obey(life) })
	err := d.session.Run(ctx)
	end()
	d.mu.Lock()
	for _, a := range d.viewers {
		a.hangUp()
	}
	d.mu.Unlock()
	d.parts.Wait()
	return err
}

// ID is the id that the hub gave, empty before.
func (d *Device) ID() plotbeam.DeviceID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.id
}

// SetState says what the device is doing; viewers are told.
func (d *Device) SetState(s plotbeam.State) {
	s = d.config.stated(s)
	d.mu.Lock()
	d.state = s
	d.mu.Unlock()
	if err := d.session.Send(plotbeam.Message{Type: plotbeam.Update, State: &s}); err != nil {
		d.log.Debug("state kept for the next hello", "err", err)
	}
}

// stated is a state with what the configuration says of it.
func (c Config) stated(s plotbeam.State) plotbeam.State {
	s.Paths, s.Controls = c.Paths, s.Controls.Clean()
	if c.OnControl == nil {
		s.Controls = plotbeam.Controls{}
	}
	return s
}

func (d *Device) hello() []plotbeam.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	state := d.state
	return []plotbeam.Message{{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: string(d.id), Secret: d.secret, State: &state}}
}

func (d *Device) away(err error, wait time.Duration) {
	d.stopUpload()
	if d.config.OnAway != nil {
		d.config.OnAway(err, wait)
	}
}

// handle takes what the hub says.
func (d *Device) handle(m plotbeam.Message) {
	d.mu.Lock()
	d.hubHeard = time.Now()
	d.mu.Unlock()
	switch m.Type {
	case plotbeam.Read, plotbeam.Unread, plotbeam.Ack:
		d.relay(m)
	case plotbeam.Welcome:
		d.welcome(m)
	case plotbeam.ICE:
		d.mu.Lock()
		d.ice = m.ICE
		d.mu.Unlock()
	case plotbeam.Joined:
		d.join(m.Viewer)
	case plotbeam.Left:
		d.leave(m.Viewer, m.Reason)
	case plotbeam.Signal:
		d.signal(m)
	case plotbeam.Control:
		d.control(m)
	case plotbeam.Failure:
		d.log.Warn("the hub objects", "code", m.Code, "text", m.Text, "hint", m.Hint)
	}
}

func (d *Device) welcome(m plotbeam.Message) {
	d.stopUpload() // the hub asks anew
	d.mu.Lock()
	d.id, d.secret, d.ice = plotbeam.DeviceID(m.ID), m.Secret, m.ICE
	for _, a := range d.viewers {
		a.present = false // until the hub says so again
	}
	state := d.state
	d.mu.Unlock()
	// What was said between the hello and the welcome got lost.
	if err := d.session.Send(plotbeam.Message{Type: plotbeam.Update, State: &state}); err != nil {
		d.log.Debug("no update", "err", err)
	}
	if d.config.OnIdentity != nil {
		d.config.OnIdentity(plotbeam.DeviceID(m.ID), m.Secret)
	}
	d.after(rejoinWithin, d.forgetAbsent)
}

// after runs f once, unless Run ends before.
func (d *Device) after(wait time.Duration, f func()) {
	d.mu.Lock()
	life := d.life
	d.mu.Unlock()
	d.parts.Go(func() {
		select {
		case <-time.After(wait):
			f()
		case <-life.Done():
		}
	})
}
