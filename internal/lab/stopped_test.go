package lab_test

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// stopped is a viewer whose OnFrame does not return for a while.
type stopped struct {
	viewer *viewer.Viewer
	newest atomic.Int64 // value taken
	taken  atomic.Int64 // readings
}

// hour streams for an hour of virtual time to a viewer that takes everything
// and to others that stop after the first frame, and gives the heap at its end.
// Those then go on.
func hour(t *testing.T, others ...plotbeam.Paths) (heap int64, stops []*stopped) {
	t.Helper()
	const perFrame, minutes = 100, 60
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		awake := make(chan struct{})
		for _, paths := range others {
			s := &stopped{}
			s.viewer, _ = l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, Paths: paths, OnFrame: func(f viewer.Frame) {
				<-awake
				s.taken.Add(int64(f.Count))
				for one := range f.Readings() {
					s.newest.Store(int64(one.Value))
				}
			}})
			stops = append(stops, s)
		}
		var taken atomic.Int64
		l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: func(f viewer.Frame) { taken.Add(int64(f.Count)) }})
		ready(t, d, len(others)+1)
		n := 0
		publish := func(lasting time.Duration) {
			for range lasting / (100 * time.Millisecond) {
				batch := make([]plotbeam.Reading, perFrame)
				for i := range batch {
					batch[i] = plotbeam.Reading{Series: "n", Value: float64(n)}
					n++
				}
				if err := d.Publish(batch...); err != nil {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Millisecond)
			}
		}
		publish(minutes * time.Minute)
		if all := taken.Load(); all < int64(n)*99/100 {
			t.Errorf("the viewer that takes everything has %d of %d readings", all, n)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap = int64(m.HeapAlloc)

		close(awake)
		publish(time.Minute)
		time.Sleep(30 * time.Second)
		for i, s := range stops {
			if newest := s.newest.Load(); newest != int64(n-1) {
				t.Errorf("viewer %d (%s) has come to reading %d of %d; status %+v", i, others[i], newest, n-1, s.viewer.Status())
			}
			status := s.viewer.Status()
			if all := s.taken.Load()/perFrame + int64(status.Lost); status.Lost == 0 || all < int64(n/perFrame)-1 {
				t.Errorf("viewer %d (%s) took %d frames of %d after an hour in a log of 5 minutes, and counts %d as lost; status %+v", i, others[i], s.taken.Load()/perFrame, n/perFrame, status.Lost, status)
			}
		}
	})
	return heap, stops
}

// A viewer that stops reading for an hour costs hub and device its cursor, and
// what is in flight to it; then it goes on, and knows what it has lost.
func TestAViewerThatStopsCostsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("two hours of memory, which the race detector's own would hide")
	}
	without, _ := hour(t)
	with, _ := hour(t, plotbeam.RelayOnly, plotbeam.DirectOnly)
	const inFlight = 2 * (2 << 20) // each: what it has not taken, at both ends of the simulated wire
	t.Logf("heap after an hour: %d KiB without them, %d with", without>>10, with>>10)
	if more := with - without; more > inFlight {
		t.Errorf("two viewers that read nothing for an hour cost %d KiB, more than is in flight to them (%d KiB)", more>>10, inFlight>>10)
	}
}
