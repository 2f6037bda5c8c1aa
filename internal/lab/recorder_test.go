package lab_test

import (
	"testing"
	"time"

	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// What a recorder says of a stream of 1,000 readings a second that stops
// coming for 3 s, while they go on.
func TestRecorder(t *testing.T) {
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var got lab.Recorder
		host := l.Host()
		host.Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, d, 1)
		begun := time.Now()
		publish(t, d, 0, 5000)
		outage := time.Now()
		host.Outage(3 * time.Second)
		publish(t, d, 5000, 15_000)
		ended := time.Now()
		time.Sleep(time.Second)

		if stall := got.Stall(begun.Add(time.Second), outage); stall > 100*time.Millisecond {
			t.Errorf("before the outage, nothing newer came for %v", stall)
		}
		stall := got.Stall(begun, ended)
		if stall < 3*time.Second || stall > 8*time.Second {
			t.Errorf("nothing newer came for %v at the longest", stall)
		}
		if trailing := got.Stall(begun, ended.Add(time.Hour)); trailing < time.Hour-time.Second {
			t.Errorf("the silence at the end counts as %v", trailing)
		}
		fresh, ok := got.Fresh(outage)
		if !ok || fresh < 3*time.Second || fresh > stall+100*time.Millisecond {
			t.Errorf("the first reading of after the outage's begin came after %v, %v", fresh, ok)
		}
		// One that was there as the outage began, or what was on its way then.
		if first, ok := got.First(outage); !ok || first > 40*time.Millisecond && first < 3*time.Second || first > fresh {
			t.Errorf("the first reading came after %v, %v, the first fresh one after %v", first, ok, fresh)
		}
		if _, ok := got.First(time.Now()); ok {
			t.Error("a reading came after the end")
		}
		ages := got.Ages(begun.Add(time.Second), outage)
		if n := len(ages); n < 3900 || n > 4100 {
			t.Errorf("%d of 1,000 readings a second came within 4 s", n)
		}
		if half, all := ages.Percentile(50), ages.Percentile(100); half < 40*time.Millisecond || half > 60*time.Millisecond || all < half || all > 100*time.Millisecond {
			t.Errorf("over 40 ms, half of the readings are %v old at most, and all %v", half, all)
		}
		if n := got.Missing(0, 15_010); n != 10 {
			t.Errorf("%d numbers are missing, want the 10 that were not sent", n)
		}
		if n := got.Repeated(); n != 0 {
			t.Errorf("%d readings came twice", n)
		}
	})
}
