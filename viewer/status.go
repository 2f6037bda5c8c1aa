package viewer

import (
	"time"

	"github.com/plotbeam/plotbeam"
)

// Paths, as a status names them.
const (
	direct = "direct"
	turn   = "turn"
	relay  = "relay"
)

// Phase is how far a viewer is.
type Phase string

const (
	Connecting  Phase = "connecting"  // to the hub
	Waiting     Phase = "waiting"     // for the device to come
	Reaching    Phase = "reaching"    // the device, over any path
	Unreachable Phase = "unreachable" // likewise, for over 10 s
	Live        Phase = "live"        // frames come as they are made
)

// Status is what a viewer knows about its stream.
type Status struct {
	Phase    Phase
	State    plotbeam.State // of the device, as it says
	Text     string         // both in words
	Path     string         // "direct", "turn", "relay", or "" while there is none
	Why      string         // it is not direct, in words; empty where it is
	NoRelay  string         // why the hub relays nothing; empty where it does, as far as is known
	Lag      time.Duration  // one way: how far the viewer is behind the device
	Ahead    time.Duration  // of the device's clock before the viewer's
	Measured bool           // whether Ahead is known
	Frames   uint64         // taken
	Lost     uint64         // frames that the device's log no longer held
	Missing  uint64         // frames that were skipped, and may come yet
	Breaks   uint64         // losses whose size cannot be known: the device began a new log
	Bad      uint64         // frames that could not be read
	Repeat   uint64         // frames that came twice, over two paths or one, and were dropped once
}

// Status is what the viewer knows now.
func (v *Viewer) Status() Status {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.status
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
		return "Opening a path to " + name
	case Unreachable:
		why := s.Why
		if s.NoRelay != "" {
			why += ", and " + s.NoRelay
		}
		return name + " is there, but no path to it works: " + why + "; trying again"
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
