package main

import (
	"errors"
	"flag"
	"fmt"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/source"
)

// What viewers may set the interval to, unless the owner has set a shorter or a longer one.
const (
	leastInterval = time.Millisecond
	mostInterval  = time.Hour
)

func allowControlFlag(fs *flag.FlagSet, to *bool) {
	fs.BoolVar(to, "allow-control", false, "let viewers start and stop the simulated readings, and set their interval")
}

// control is what viewers may do with a simulated input. Nil allows nothing.
type control struct {
	reins *source.Reins
	words func(rate float64) string // for those who watch
	own   float64                   // the rate that the owner has set

	mu      sync.Mutex
	rate    float64
	stopped bool
	ended   bool
}

func newControl(rate float64, words func(rate float64) string) *control {
	return &control{reins: source.NewReins(), words: words, own: rate, rate: rate}
}

// state says how the input is, and what viewers may do. It needs c.mu.
func (c *control) state() plotbeam.State {
	own := intervalOf(c.own)
	s := plotbeam.State{Activity: plotbeam.Streaming, Text: c.words(c.rate), Controls: plotbeam.Controls{
		Run:      true,
		Interval: intervalOf(c.rate).Microseconds(),
		Least:    min(leastInterval, own).Microseconds(),
		Most:     min(max(mostInterval, own), plotbeam.LongestInterval).Microseconds(),
	}}
	if c.stopped {
		s.Activity, s.Text = plotbeam.Stopped, "Not streaming now"
	}
	return s
}

// now is the state, for the first time.
func (c *control) now() plotbeam.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state()
}

var errInputEnded = errors.New("this device's input has ended")

// obey does what a viewer asks, and hands the new state on.
func (c *control) obey(asked device.Control, tell func(plotbeam.State)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return errInputEnded
	}
	switch asked.Action {
	case plotbeam.Start:
		c.reins.Go()
		c.stopped = false
	case plotbeam.Stop:
		c.reins.Halt()
		c.stopped = true
	case plotbeam.SetInterval:
		rate := float64(time.Second) / float64(asked.Interval)
		if err := c.reins.SetRate(rate); err != nil {
			return err
		}
		c.rate = rate
	}
	tell(c.state())
	return nil
}

// end lets nobody do anything any more.
func (c *control) end() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
}

func (c *control) held() *source.Reins {
	if c == nil {
		return nil
	}
	return c.reins
}

func intervalOf(rate float64) time.Duration {
	return time.Duration(min(float64(time.Second)/rate, float64(plotbeam.LongestInterval)))
}

// paceText says a rate to a person.
func paceText(rate float64) string {
	if rate < 1 {
		return fmt.Sprintf("a reading every %v", intervalOf(rate).Round(time.Millisecond))
	}
	return fmt.Sprintf("%.6g readings a second", rate)
}

// controlled does what a viewer asks, and says so.
func (s *streaming) controlled(d *device.Device, asked device.Control) error {
	if err := s.input.control.obey(asked, d.SetState); err != nil {
		return err
	}
	what := map[plotbeam.Action]string{
		plotbeam.Start:       "pressed Start",
		plotbeam.Stop:        "pressed Stop",
		plotbeam.SetInterval: fmt.Sprintf("set the interval to %v", asked.Interval),
	}[asked.Action]
	s.call.stderr.say("viewer %s %s", short(asked.Viewer), what)
	return nil
}
