package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/keyring"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/session"
)

// streaming is an input on its way to viewers: what device, share and demo do.
//
//	identity ── link printed ── viewers awaited ── input read ── drained ── (share stays)
type streaming struct {
	call  call
	hub   string // URL that the device dials
	own   bool   // whether that hub is this process's, so no id is contested
	name  plotbeam.DeviceID
	wait  int // viewers before the first reading is taken
	paths devicePaths
	input input
	// announce says where to watch, once the device has its id.
	announce func(plotbeam.DeviceID)
	stay     bool // serve the log when the input has ended

	mu   sync.Mutex
	away bool // it was said that the hub is; further failures are only logged
	met  bool // the hub was there, at some time
}

// run streams until ctx ends, or the input has if it need not stay.
func (s *streaming) run(ctx context.Context) error {
	secret, forget := s.secret()
	defer forget()
	var d *device.Device                          // made before Run, and so before OnControl
	identified := make(chan plotbeam.DeviceID, 1) // a place for the first
	config := device.Config{
		Hub: s.hub, ID: s.name, Secret: secret, Log: s.call.log,
		State: s.firstState(), Paths: pathsOf(s.paths.paths), MaxDirect: s.paths.direct,
		Link: link.Config{Loopback: s.own || onThisMachine(s.hub), Log: s.call.log},
		OnIdentity: func(id plotbeam.DeviceID, _ string) {
			s.hubBack()
			select {
			case identified <- id:
			default: // known already
			}
		},
		OnViewer: s.viewer,
		OnAway:   s.hubAway,
	}
	if s.input.control != nil {
		config.OnControl = func(asked device.Control) error { return s.controlled(d, asked) }
	}
	d, err := device.New(config)
	if err != nil {
		return err
	}
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	var running sync.WaitGroup
	running.Go(func() {
		if err := d.Run(life); err != nil {
			end(err)
		}
	})
	defer running.Wait()
	defer end(nil) // before the wait
	select {
	case id := <-identified:
		s.announce(id)
	case <-life.Done():
		return s.ending(ctx, life)
	}
	if err := s.feed(life, d); err != nil {
		if life.Err() != nil {
			return s.ending(ctx, life)
		}
		return err
	}
	if s.stay {
		<-life.Done()
		return s.ending(ctx, life)
	}
	return nil
}

// ending is nil where the person has ended it.
func (s *streaming) ending(ctx, life context.Context) error {
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errServer) {
		return nil
	}
	return context.Cause(life)
}

// feed takes the input from its first reading to the last viewer's last ack.
func (s *streaming) feed(ctx context.Context, d *device.Device) error {
	if s.wait > 0 {
		s.call.stderr.say("Waiting for %s before the first reading is taken.", viewers(s.wait))
		if err := d.WaitViewers(ctx, s.wait); err != nil {
			return err
		}
		d.SetState(s.streamingState())
	}
	publish := d.Publish
	if s.input.patient {
		publish = func(readings ...plotbeam.Reading) error {
			if err := d.Room(ctx); err != nil {
				return err
			}
			return d.Publish(readings...)
		}
	}
	trouble := s.input.run(ctx, publish)
	s.input.control.end()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if trouble != nil && !s.stay {
		return errors.Join(trouble, d.Drain(ctx))
	}
	if trouble != nil {
		s.call.stderr.say("The input broke off: %v", trouble)
	}
	all := "Everybody who is connected has all of it."
	switch err := d.Drain(ctx); {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		all = "But " + err.Error() + "."
	}
	if s.stay {
		all += " Whoever opens the link now gets what is kept; Ctrl-C ends it."
	}
	s.call.stderr.say("The input has ended. %s", all)
	return nil
}

func (s *streaming) firstState() plotbeam.State {
	if s.wait > 0 {
		return plotbeam.State{Activity: plotbeam.Stopped, Text: "Waiting for " + viewers(s.wait)}
	}
	return s.streamingState()
}

func (s *streaming) streamingState() plotbeam.State {
	if s.input.control != nil {
		return s.input.control.now()
	}
	return plotbeam.State{Activity: plotbeam.Streaming, Text: s.input.words}
}

func viewers(n int) string {
	if n == 1 {
		return "a viewer"
	}
	return fmt.Sprintf("%d viewers", n)
}

// secret finds the key to the name, where it has been used before.
func (s *streaming) secret() (secret string, forget func()) {
	forget = func() {}
	if s.own || s.name == "" {
		return "", forget
	}
	dir, err := os.UserConfigDir()
	if err == nil {
		var key *keyring.Key
		if key, err = keyring.Open(dir, s.hub, s.name); err == nil {
			return key.Secret, func() { key.Close() }
		}
	}
	if errors.Is(err, keyring.ErrHeld) {
		s.call.log.Debug("the name's secret is in use: asking without it", "name", s.name)
	} else {
		s.call.stderr.say("The name %q cannot be had again after a restart: %v", s.name, err)
	}
	return "", forget
}

// viewer says who comes and goes.
func (s *streaming) viewer(e device.ViewerEvent) {
	switch e.What {
	case device.ViewerJoined:
		s.call.stderr.say("viewer %s joined (%d watching)", short(e.ID), e.Count)
	case device.ViewerLeft:
		s.call.stderr.say("viewer %s left: %s (%d watching)", short(e.ID), e.Reason, e.Count)
	default:
		s.call.log.Debug("viewer", "id", e.ID, "what", e.What)
	}
}

// short is as much of an id as tells viewers apart.
func short(id plotbeam.ViewerID) string {
	const shown = len("v-") + 6
	if len(id) <= shown {
		return string(id)
	}
	return string(id[:shown]) + "…"
}

func (s *streaming) hubAway(err error, wait time.Duration) {
	s.call.log.Debug("hub away", "err", err, "wait", wait)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return
	}
	s.away = true
	hint := "start one with `plotbeam serve`, or check --hub"
	if errors.Is(err, session.ErrNotHub) {
		s.call.stderr.say("%v Trying again until it is.", err)
		hint = "check --hub"
	} else {
		s.call.stderr.say("The hub at %s cannot be reached: %v. Trying again until it can.", s.hub, plainly(err))
	}
	if !s.met && !s.own {
		s.call.stderr.say("hint: %s", hint)
	}
}

func (s *streaming) hubBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		s.call.stderr.say("The hub at %s is back.", s.hub)
	}
	s.away, s.met = false, true
}

// onThisMachine reports whether a URL leads to this machine itself.
func onThisMachine(hub string) bool {
	u, err := url.Parse(hub)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
