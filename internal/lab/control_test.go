package lab_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// owned is a device that does what viewers ask, and notes it.
type owned struct {
	*device.Device
	mu   sync.Mutex
	done []device.Control
}

func newOwned(h *lab.Host, state plotbeam.State) *owned {
	o := new(owned)
	o.Device, _ = h.Device(device.Config{ID: "psu", State: state, OnControl: func(c device.Control) error {
		o.mu.Lock()
		o.done = append(o.done, c)
		o.mu.Unlock()
		switch c.Action {
		case plotbeam.Start:
			state.Activity = plotbeam.Streaming
		case plotbeam.Stop:
			state.Activity = plotbeam.Stopped
		case plotbeam.SetInterval:
			if c.Interval == 13*time.Millisecond {
				return errors.New("thirteen is unlucky")
			}
			state.Controls.Interval = c.Interval.Microseconds()
		}
		o.SetState(state)
		return nil
	}})
	return o
}

func (o *owned) actions() (list []plotbeam.Action) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.done {
		list = append(list, c.Action)
	}
	return list
}

var allControls = plotbeam.Controls{Run: true, Interval: 200_000, Least: 1000, Most: 3_600_000_000}

func TestViewersControlADevice(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d := newOwned(l.Host(), plotbeam.State{Activity: plotbeam.Streaming, Controls: allControls})
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true})
		other, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true})
		ready(t, d.Device, 2)
		if got := v.Status().State.Controls; got != allControls {
			t.Errorf("the viewer is told of the controls %+v, want %+v", got, allControls)
		}
		for _, step := range []struct {
			action   plotbeam.Action
			interval time.Duration
			activity plotbeam.Activity
			then     int64 // µs
		}{
			{plotbeam.Stop, 0, plotbeam.Stopped, 200_000},
			{plotbeam.SetInterval, 50 * time.Millisecond, plotbeam.Stopped, 50_000},
			{plotbeam.Start, 0, plotbeam.Streaming, 50_000},
			{plotbeam.SetInterval, time.Hour, plotbeam.Streaming, 3_600_000_000},
		} {
			if err := v.Control(t.Context(), step.action, step.interval); err != nil {
				t.Errorf("%s: %v", step.action, err)
			}
			time.Sleep(time.Second)
			for _, who := range []*viewer.Viewer{v, other} {
				if s := who.Status().State; s.Activity != step.activity || s.Controls.Interval != step.then {
					t.Errorf("after %s %v a viewer sees %+v", step.action, step.interval, s)
				}
			}
		}
		for _, c := range d.done {
			if string(c.Viewer) != v.ID() {
				t.Errorf("%s is said to come from %s, and came from %s", c.Action, c.Viewer, v.ID())
			}
		}
		refused := func(err error, words string) {
			t.Helper()
			if !errors.Is(err, viewer.ErrRefused) || !strings.Contains(err.Error(), words) {
				t.Errorf("answered by %v, want a refusal with %q", err, words)
			}
		}
		before := len(d.actions())
		refused(v.Control(t.Context(), plotbeam.SetInterval, 999*time.Microsecond), "from 1ms to 1h0m0s")
		refused(v.Control(t.Context(), plotbeam.SetInterval, time.Hour+time.Microsecond), "from 1ms to 1h0m0s")
		if after := len(d.actions()); after != before {
			t.Errorf("%d controls out of bounds reached the owner", after-before)
		}
		refused(v.Control(t.Context(), plotbeam.SetInterval, 13*time.Millisecond), "thirteen is unlucky")
	})
}

// A device allows nothing unless its owner says so, and can take it back.
func TestControlsAreOffUnlessAllowed(t *testing.T) {
	for name, state := range map[string]plotbeam.State{
		"nothing said":  {},
		"bad bounds":    {Controls: plotbeam.Controls{Least: 5, Most: 4}},
		"no lower one":  {Controls: plotbeam.Controls{Most: 4}},
		"far too large": {Controls: plotbeam.Controls{Least: 1, Most: 1 << 60}},
	} {
		t.Run(name, func(t *testing.T) {
			lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
				d := newOwned(l.Host(), state)
				nobody, _ := l.Host().Device(device.Config{ID: "mute", State: plotbeam.State{Controls: allControls}}) // has no OnControl
				v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true})
				w, _ := l.Host().Viewer(viewer.Config{Device: "mute", Wait: true})
				ready(t, d.Device, 1)
				ready(t, nobody, 1)
				for _, who := range []*viewer.Viewer{v, w} {
					if c := who.Status().State.Controls; c != (plotbeam.Controls{}) {
						t.Errorf("controls %+v are offered", c)
					}
					for _, action := range []plotbeam.Action{plotbeam.Start, plotbeam.Stop, plotbeam.SetInterval} {
						err := who.Control(t.Context(), action, time.Second)
						if !errors.Is(err, viewer.ErrRefused) || !strings.Contains(err.Error(), "does not let viewers") {
							t.Errorf("%s is answered by %v", action, err)
						}
					}
				}
				if got := d.actions(); got != nil {
					t.Errorf("the owner was told of %v", got)
				}
			})
		})
	}
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d := newOwned(l.Host(), plotbeam.State{Controls: allControls})
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true})
		ready(t, d.Device, 1)
		d.SetState(plotbeam.State{Activity: plotbeam.Streaming})
		time.Sleep(time.Second)
		if err := v.Control(t.Context(), plotbeam.Stop, 0); !errors.Is(err, viewer.ErrRefused) || v.Status().State.Controls.Run {
			t.Errorf("after the owner took it back: %v, controls %+v", err, v.Status().State.Controls)
		}
	})
}

// An owner that hangs costs the device a bounded queue, and the viewer a word.
func TestControlsThatAreNotAnswered(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		hang := make(chan struct{})
		d, _ := l.Host().Device(device.Config{ID: "psu", State: plotbeam.State{Controls: allControls}, OnControl: func(device.Control) error {
			<-hang
			return nil
		}})
		defer close(hang)
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true})
		ready(t, d, 1)
		const asked = 20
		var answers []error
		var all sync.WaitGroup
		results := make(chan error, asked)
		for range asked {
			all.Go(func() { results <- v.Control(t.Context(), plotbeam.Stop, 0) })
			time.Sleep(1100 * time.Millisecond) // no faster than the hub reads them
		}
		all.Wait()
		for range asked {
			answers = append(answers, <-results)
		}
		silent, refused := 0, 0
		for _, err := range answers {
			switch {
			case errors.Is(err, viewer.ErrNoAnswer):
				silent++
			case errors.Is(err, viewer.ErrRefused) && strings.Contains(err.Error(), "more to do"):
				refused++
			default:
				t.Errorf("answered by %v", err)
			}
		}
		if want := 1 + 16; silent != want || refused != asked-want {
			t.Errorf("%d of %d were not answered and %d refused, want %d and %d", silent, asked, refused, want, asked-want)
		}
	})
}

func TestControlsOnTheWire(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		h := l.Host()
		d, _ := hello(t, h, plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu", State: &plotbeam.State{Controls: allControls}})
		v, welcome := hello(t, h, plotbeam.Message{Role: plotbeam.RoleViewer})
		stop := plotbeam.Message{Type: plotbeam.Control, Device: "psu", Action: plotbeam.Stop, Time: 7}
		v.say(stop)
		if m := v.hear(plotbeam.Failure); m.Code != plotbeam.CodeStranger {
			t.Errorf("to a device that is not watched: %+v", m)
		}
		v.say(plotbeam.Message{Type: plotbeam.Watch, Device: "psu"})
		if m := v.hear(plotbeam.Present); m.State.Controls != allControls {
			t.Errorf("the hub tells of controls %+v", m.State.Controls)
		}
		d.hear(plotbeam.Joined)
		for _, bad := range []plotbeam.Message{
			{Type: plotbeam.Control, Device: "psu", Action: "reboot"},
			{Type: plotbeam.Control, Device: "psu", Action: plotbeam.SetInterval},
			{Type: plotbeam.Control, Device: "psu", Action: plotbeam.SetInterval, Interval: 1 << 50},
		} {
			v.say(bad)
			if m := v.hear(plotbeam.Failure); m.Code != plotbeam.CodeControl {
				t.Errorf("%+v is answered by %+v", bad, m)
			}
		}
		stop.Secret, stop.Viewer = "not to be passed on", "v-aaaaaaaaaaaaaaaaaaaaaaaaaa"
		v.say(stop)
		if m := d.hear(plotbeam.Control); string(m.Viewer) != welcome.ID || m.Action != plotbeam.Stop || m.Time != 7 || m.Secret != "" || m.Device != "" {
			t.Errorf("the device hears %+v", m)
		}
		d.say(plotbeam.Message{Type: plotbeam.Control, Viewer: plotbeam.ViewerID(welcome.ID), Time: 7, Text: "no"})
		if m := v.hear(plotbeam.Control); m.Device != "psu" || m.Time != 7 || m.Text != "no" {
			t.Errorf("the viewer hears %+v", m)
		}
		d.say(plotbeam.Message{Type: plotbeam.Control, Viewer: plotbeam.ViewerID(welcome.ID), Text: strings.Repeat("no", 200)})
		if m := d.hear(plotbeam.Failure); m.Code != plotbeam.CodeControl {
			t.Errorf("a long refusal is answered by %+v", m)
		}
		d.say(plotbeam.Message{Type: plotbeam.Control, Viewer: plotbeam.NewViewerID()})
		if m := d.hear(plotbeam.Failure); m.Code != plotbeam.CodeStranger {
			t.Errorf("an answer to nobody is answered by %+v", m)
		}
		floodControls(t, v, d)
	})
}

// floodControls sends more than the hub passes on at once: the rest comes one a second.
func floodControls(t *testing.T, v, d *peer) {
	t.Helper()
	time.Sleep(time.Minute)
	begun := time.Now()
	for range 20 {
		v.say(plotbeam.Message{Type: plotbeam.Control, Device: "psu", Action: plotbeam.Start})
	}
	var came []time.Duration
	for range 20 {
		d.hear(plotbeam.Control)
		came = append(came, time.Since(begun).Round(time.Second))
	}
	if came[9] > time.Second || came[19] < 9*time.Second || !slices.IsSorted(came) {
		t.Errorf("20 controls came after %v", came)
	}
	synctest.Wait()
	d.silent()
}
