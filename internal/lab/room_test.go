package lab_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

const floodSize = 100 * plotbeam.MaxFrameReadings // readings, in full frames: five times what the log of these tests holds

func small() (c device.Config) {
	c.ID, c.Limits.Readings = "psu", floodSize/5
	return c
}

// flood publishes the numbers up to floodSize as fast as it may.
func flood(t *testing.T, d *device.Device, room func(context.Context) error) {
	t.Helper()
	batch := make([]plotbeam.Reading, plotbeam.MaxFrameReadings)
	for first := 0; first < floodSize; first += len(batch) {
		for i := range batch {
			batch[i] = plotbeam.Reading{Series: "n", Value: float64(first + i)}
		}
		if err := room(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Publish(batch...); err != nil {
			t.Fatal(err)
		}
	}
}

func all(t *testing.T, got *lab.Recorder) {
	t.Helper()
	if n, missing := len(got.Readings()), got.Missing(0, floodSize); n != floodSize || missing > 0 {
		t.Errorf("%d of %d readings came, %d of the numbers are missing", n, floodSize, missing)
	}
}

// A flood that asks for room waits for who reads slowly, on whatever path.
func TestFloodWaits(t *testing.T) {
	for _, paths := range []plotbeam.Paths{plotbeam.DirectOnly, plotbeam.RelayOnly} {
		t.Run(string(paths), func(t *testing.T) {
			lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
				d, _ := l.Host().Device(small())
				var got lab.Recorder
				host := l.Host()
				host.Rate(0, 500_000)
				v, _ := host.Viewer(viewer.Config{Device: "psu", Wait: true, Paths: paths, OnFrame: got.Frame})
				ready(t, d, 1)
				flood(t, d, d.Room)
				if err := d.Drain(t.Context()); err != nil {
					t.Error(err)
				}
				all(t, &got)
				if s := v.Status(); s.Lost != 0 {
					t.Errorf("status %+v", s)
				}
			})
		})
	}
}

// It waits 10 s for one that has stopped, and then no more; nobody else lacks anything.
func TestFloodPassesAStoppedViewer(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(small())
		var got, late lab.Recorder
		awake := make(chan struct{})
		stopped := func(f viewer.Frame) {
			<-awake
			late.Frame(f)
		}
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		v, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, Paths: plotbeam.DirectOnly, OnFrame: stopped})
		ready(t, d, 2)
		begun := time.Now()
		flood(t, d, d.Room)
		if took := time.Since(begun); took < 10*time.Second || took > 20*time.Second {
			t.Errorf("the flood took %v, want a little over 10 s", took)
		}
		time.Sleep(time.Second)
		all(t, &got)
		close(awake)
		err := d.Drain(t.Context())
		short, ok := errors.AsType[*device.Shortfall](err)
		if lost := v.Status().Lost; !ok || lost == 0 || *short != (device.Shortfall{Losers: 1, Lost: lost}) {
			t.Fatalf("Drain says %v; the viewer lost %d frames: %+v", err, lost, v.Status())
		}
		if n := len(late.Readings()) + int(short.Lost)*plotbeam.MaxFrameReadings; n != floodSize {
			t.Errorf("%d readings are taken or lost, of %d", n, floodSize)
		}
	})
}

// Publish alone never waits; what that costs is said.
func TestPublishNeverWaits(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(small())
		host := l.Host()
		host.Rate(0, 500_000)
		v, _ := host.Viewer(viewer.Config{Device: "psu", Wait: true})
		ready(t, d, 1)
		begun := time.Now()
		flood(t, d, func(context.Context) error { return nil })
		if took := time.Since(begun); took != 0 {
			t.Errorf("it took %v", took)
		}
		err := d.Drain(t.Context())
		short, ok := errors.AsType[*device.Shortfall](err)
		if lost := v.Status().Lost; !ok || lost == 0 || *short != (device.Shortfall{Losers: 1, Lost: lost}) {
			t.Errorf("Drain says %v; the viewer lost %d frames", err, lost)
		}
	})
}

// A device that nobody watches, or that nobody has to be waited for at, does not wait.
func TestRoomForNobody(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(small())
		begun := time.Now()
		flood(t, d, d.Room)
		if took := time.Since(begun); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}
