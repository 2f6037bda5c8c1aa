package lab_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// publish publishes the numbers from..to-1 as readings of one series, one a millisecond.
func publish(t *testing.T, d *device.Device, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := d.Publish(plotbeam.Reading{Series: "n", Value: float64(i)}); err != nil {
			t.Error(err) // may be called beside the test
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// expect checks that the readings are the numbers from..to-1 in order, each a
// millisecond after the one before.
func expect(t *testing.T, got []plotbeam.Reading, from, to int) {
	t.Helper()
	if len(got) != to-from {
		t.Fatalf("%d readings arrived, want %d", len(got), to-from)
	}
	for i, r := range got {
		if r.Value != float64(from+i) || r.Series != "n" {
			t.Fatalf("reading %d is %+v, want the number %d", i, r, from+i)
		}
		if i > 0 && r.Time.Sub(got[i-1].Time) != time.Millisecond {
			t.Fatalf("reading %d was taken at %v, the one before at %v", i, r.Time, got[i-1].Time)
		}
	}
}

// ready waits until n viewers read from the device.
func ready(t *testing.T, d *device.Device, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := d.WaitViewers(ctx, n); err != nil {
		t.Fatalf("%d viewers: %v", n, err)
	}
}

func TestEveryReadingArrivesOnce(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var got lab.Recorder
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, d, 1)
		publish(t, d, 0, 100_000)
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Publish(plotbeam.Reading{Series: "n"}); !errors.Is(err, device.ErrEnded) {
			t.Errorf("Publish after Drain: %v", err)
		}
		expect(t, got.Readings(), 0, 100_000)
		if s := v.Status(); s.Lost+s.Missing+s.Breaks != 0 || s.Path != "direct" {
			t.Errorf("status %+v", s)
		}
	})
}

// What is published between a viewer's arrival at the hub and the opening of
// its link is not lost either.
func TestFromArrivalOn(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		joined := make(chan struct{})
		d, _ := l.Host().Device(device.Config{ID: "psu", OnViewer: func(e device.ViewerEvent) {
			if e.What == device.ViewerJoined {
				close(joined)
			}
		}})
		publish(t, d, 0, 100)
		var got lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		<-joined
		d.Flush()
		publish(t, d, 100, 1000)
		ready(t, d, 1)
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, got.Readings(), 100, 1000)
	})
}

func TestSince(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		publish(t, d, 0, 5000)
		d.Flush()
		var all, some lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "psu", Since: -1, OnFrame: all.Frame})
		l.Host().Viewer(viewer.Config{Device: "psu", Since: 2 * time.Second, OnFrame: some.Frame})
		ready(t, d, 2)
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, all.Readings(), 0, 5000)
		late := some.Readings()
		if n := len(late); n < 1980 || n > 2040 { // a frame holds 20
			t.Fatalf("the last 2 s of 1,000 readings a second are %d readings", n)
		}
		expect(t, late, 5000-len(late), 5000)
	})
}

// A viewer that takes nothing for a minute holds up nobody, and has everything afterwards.
func TestSlowViewer(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var fast, slow lab.Recorder
		awake := make(chan struct{})
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: fast.Frame})
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: func(f viewer.Frame) {
			<-awake
			slow.Frame(f)
		}})
		ready(t, d, 2)
		publish(t, d, 0, 60_000)
		time.Sleep(100 * time.Millisecond)
		expect(t, fast.Readings(), 0, 60_000)
		close(awake)
		time.Sleep(time.Minute)
		expect(t, slow.Readings(), 0, 60_000)
		if s := v.Status(); s.Lost+s.Missing != 0 {
			t.Errorf("status %+v", s)
		}
	})
}

// A viewer that is cut off for 20 s goes on after its last position.
func TestOutage(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var got lab.Recorder
		host := l.Host()
		host.Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, d, 1)
		publish(t, d, 0, 5_000)
		host.Cut()
		publish(t, d, 5_000, 25_000)
		host.Mend()
		publish(t, d, 25_000, 60_000)
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, got.Readings(), 0, 60_000)
	})
}

// The direct path does not need the hub.
func TestHubRestart(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var got, late lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, d, 1)
		publish(t, d, 0, 1000)
		l.StopHub()
		publish(t, d, 1000, 10_000)
		l.StartHub(hub.Config{})
		publish(t, d, 10_000, 30_000)
		l.Host().Viewer(viewer.Config{Device: "psu", Since: -1, OnFrame: late.Frame})
		ready(t, d, 2)
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, got.Readings(), 0, 30_000)
		expect(t, late.Readings(), 0, 30_000)
		if n := len(d.Viewers()); n != 2 {
			t.Errorf("%d viewers are listed after the restart, want 2", n)
		}
	})
}

func TestDeviceRestart(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		host := l.Host()
		var secret string
		first, stop := host.Device(device.Config{ID: "psu", OnIdentity: func(_ plotbeam.DeviceID, s string) { secret = s }})
		var got lab.Recorder
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, first, 1)
		publish(t, first, 0, 1000)
		if err := first.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop()
		second, _ := host.Device(device.Config{ID: "psu", Secret: secret})
		ready(t, second, 1)
		publish(t, second, 1000, 2000)
		if err := second.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := got.Readings()
		expect(t, all[:1000], 0, 1000)
		expect(t, all[1000:], 1000, 2000)
		if s := v.Status(); s.Breaks != 1 || s.Lost != 0 {
			t.Errorf("status %+v, want one break where the new log began", s)
		}
	})
}

func TestTwoDevicesThreeViewers(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		a, _ := l.Host().Device(device.Config{ID: "a"})
		b, _ := l.Host().Device(device.Config{ID: "b"})
		var got [4]lab.Recorder
		for i, id := range []plotbeam.DeviceID{"a", "a", "a", "b"} {
			l.Host().Viewer(viewer.Config{Device: id, Wait: true, OnFrame: got[i].Frame})
		}
		ready(t, a, 3)
		ready(t, b, 1)
		publish(t, a, 0, 500)
		publish(t, b, 7000, 7500)
		for _, d := range []*device.Device{a, b} {
			if err := d.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			expect(t, got[i].Readings(), 0, 500)
		}
		expect(t, got[3].Readings(), 7000, 7500)
	})
}

func TestBadReadings(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu", Series: []plotbeam.Series{{Name: "narrow", Type: plotbeam.Float32}}})
		var got lab.Recorder
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, d, 1)
		zero := 0.0
		for name, bad := range map[string]plotbeam.Reading{
			"NaN":             {Series: "n", Value: zero / zero},
			"infinity":        {Series: "n", Value: 1 / zero},
			"1e39 in 4 bytes": {Series: "narrow", Value: 1e39},
			"control":         {Series: "a\x00b", Value: 1},
			"long name":       {Series: string(make([]byte, 200)), Value: 1},
		} {
			err := d.Publish(bad)
			if !errors.Is(err, plotbeam.ErrNotFinite) && !errors.Is(err, plotbeam.ErrSeries) {
				t.Errorf("%s: %v", name, err)
			}
		}
		publish(t, d, 0, 100)
		if err := d.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect(t, got.Readings(), 0, 100)
	})
}

// One reading alone goes out at once; readings that come fast share frames.
func TestGathering(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var at []time.Time
		var sizes []int
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: func(f viewer.Frame) {
			at = append(at, time.Now())
			sizes = append(sizes, int(f.Count))
		}})
		ready(t, d, 1)
		time.Sleep(time.Second)
		begun := time.Now()
		publish(t, d, 0, 100)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if len(sizes) == 0 || sizes[0] != 1 || at[0].Sub(begun) > 10*time.Millisecond {
			t.Fatalf("the first reading came %v after it was published, in a frame of %v", at[0].Sub(begun), sizes)
		}
		if n := len(sizes); n < 5 || n > 7 {
			t.Errorf("100 readings within 100 ms came in %d frames %v, want about 6", n, sizes)
		}
	})
}

func TestNoDevice(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		v := l.Host().NewViewer(viewer.Config{Device: "nobody"})
		if err := v.Run(t.Context()); !errors.Is(err, viewer.ErrNoDevice) {
			t.Errorf("got %v, want ErrNoDevice", err)
		}
	})
}

func TestReadingsIterator(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		publish(t, d, 0, 100)
		d.Flush()
		v := l.Host().NewViewer(viewer.Config{Device: "psu", Since: -1})
		var got []plotbeam.Reading
		for r, err := range v.Readings(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, r); len(got) == 100 {
				break
			}
		}
		expect(t, got, 0, 100)
		d.Drain(t.Context())
		v = l.Host().NewViewer(viewer.Config{Device: "psu", Since: -1, UntilEnd: true})
		var last error
		n := 0
		for _, last = range v.Readings(t.Context()) {
			n++
		}
		if n != 101 || !errors.Is(last, viewer.ErrEnded) {
			t.Errorf("%d yields, the last with %v; want 100 readings and ErrEnded", n, last)
		}
	})
}
