package lab_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// What a PeerJS peer asks for it gets: the past, some series, and what follows.
func TestPeerJSWatch(t *testing.T) {
	lab.Run(t, hub.Config{ICE: lab.TURN}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		for i := range 10 {
			d.Publish(plotbeam.Reading{Series: "n", Value: float64(i)}, plotbeam.Reading{Series: "other", Value: -1})
			time.Sleep(time.Second)
		}
		some := watchAs(t, l.Host(), "some", "psu", map[string]any{"series": []string{"n"}, "since": 4500})
		all := watchAs(t, l.Host(), "all", "psu", map[string]any{"since": -1})
		live := watchAs(t, l.Host(), "live", "psu", "whatever the app says")
		time.Sleep(time.Second)
		d.Publish(plotbeam.Reading{Series: "n", Value: 10})
		time.Sleep(time.Second)
		for name, one := range map[string]struct {
			*watcher
			want int
		}{"some": {some, 6}, "all": {all, 21}, "live": {live, 1}} {
			got := one.received()
			if len(got) != one.want {
				t.Errorf("%s received %d readings, want %d: %+v", name, len(got), one.want, got)
			} else if last := got[len(got)-1]; last.N != 10 || last.Series != "n" || last.Device != "psu" {
				t.Errorf("%s received last %+v", name, last)
			}
		}
		if list := d.Viewers(); len(list) != 3 || list[0].ID != "p-all" || list[0].Path != "direct" {
			t.Errorf("the device's viewers: %+v", list)
		}
		if err := d.Drain(t.Context()); err != nil {
			t.Errorf("everybody has everything, and still: %v", err)
		}
	})
}

// A slow line is sent now first, and what it cannot take is counted.
func TestPeerJSSlowLine(t *testing.T) {
	lab.Run(t, hub.Config{ICE: lab.TURN}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		time.Sleep(time.Second) // until it is there
		slow := l.Host()
		w := watchAs(t, slow, "slow", "psu", nil)
		time.Sleep(time.Second)
		slow.Rate(2_000_000, 20_000) // bytes a second, up and down
		var got lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "psu", Since: -1, OnFrame: got.Frame})
		const many = 60_000
		for i := range many { // a minute, of 60 kB a second and more
			d.Publish(plotbeam.Reading{Series: "n", Value: float64(i)})
			time.Sleep(time.Millisecond)
		}
		behind := many - w.received()[len(w.received())-1].N
		if behind > 3_000 {
			t.Errorf("the slow one is behind by %.0f readings", behind)
		}
		if n := len(got.Readings()); n < many-100 {
			t.Errorf("a viewer beside it has %d readings", n)
		}
		var short *device.Shortfall
		if err := d.Drain(t.Context()); !errors.As(err, &short) || short.Lost == 0 {
			t.Errorf("what was skipped is not told of: %v", err)
		}
		received := w.received()
		for i := 1; i < len(received); i++ {
			if received[i].N <= received[i-1].N {
				t.Fatalf("reading %.0f comes after %.0f", received[i].N, received[i-1].N)
			}
		}
		if len(received) == many {
			t.Error("everything came: the line was not slow")
		}
	})
}

// A peer whose machine vanishes is not watching any more; one that has only
// lost its socket is.
func TestPeerJSGone(t *testing.T) {
	lab.Run(t, hub.Config{ICE: lab.TURN}, func(t *testing.T, l *lab.Lab) {
		events := make(chan string, 100)
		d, _ := l.Host().Device(device.Config{ID: "psu", OnViewer: func(e device.ViewerEvent) { events <- fmt.Sprint(e.ID, " ", e.What, " ", e.Reason) }})
		time.Sleep(time.Second) // until it is there
		home := l.Host()
		stays := watchAs(t, l.Host(), "stays", "psu", nil)
		watchAs(t, home, "vanishes", "psu", nil)
		time.Sleep(time.Second)
		stays.conn.CloseNow()
		time.Sleep(time.Minute)
		if n := len(d.Viewers()); n != 2 {
			t.Errorf("%d are watching, want 2", n)
		}
		home.Cut()
		time.Sleep(30 * time.Second)
		d.Publish(plotbeam.Reading{Series: "n", Value: 1})
		time.Sleep(time.Second)
		if list := d.Viewers(); len(list) != 1 || list[0].ID != "p-stays" {
			t.Errorf("are watching %+v, want one", list)
		}
		if got := stays.received(); len(got) != 1 {
			t.Errorf("who has lost its socket received %+v", got)
		}
		stays.pc.Close()
		time.Sleep(30 * time.Second)
		if list := d.Viewers(); len(list) != 0 {
			t.Errorf("are watching %+v, want nobody", list)
		}
	})
}
