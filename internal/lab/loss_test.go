package lab_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// lossy streams directly for a minute over a line that loses packets in both
// directions, and gives the ages of readings when they came.
func lossy(t *testing.T, loss float64, bound time.Duration) (ages lab.Ages) {
	t.Helper()
	lab.Run(t, labHub, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		d, _ := l.HostBehind(lab.PortRestricted).Device(device.Config{ID: "psu"})
		host := l.HostBehind(lab.AddressRestricted)
		var got lab.Recorder
		v, _ := host.Viewer(viewer.Config{Device: "psu", Wait: true, Paths: plotbeam.DirectOnly, Bound: bound, OnFrame: got.Frame})
		ready(t, d, 1)
		stream(t, d, 0, 500)
		mark := time.Now()
		host.Loss(loss, loss)
		stream(t, d, 500, 6500)
		end := time.Now()
		host.Loss(0, 0)
		time.Sleep(10 * time.Second)
		ages = got.Ages(mark, end)
		if missing, repeated := got.Missing(0, 6500), got.Repeated(); missing+repeated > 0 {
			t.Errorf("%d are missing, %d came twice; status %+v", missing, repeated, v.Status())
		}
		s := v.Status()
		t.Logf("loss %v, bound %v: p50 %v p90 %v p99 %v most %v; %d repeats", loss, bound, ages.Percentile(50), ages.Percentile(90), ages.Percentile(99), ages.Percentile(100), s.Repeat)
	})
	return ages
}

// A lost packet holds back no reading but its own, and that for little more
// than a round trip.
func TestLossyLine(t *testing.T) {
	const trip = 80 * time.Millisecond
	whole, ages := lossy(t, 0, 2*time.Second), lossy(t, 0.05, 2*time.Second)
	if p := ages.Percentile(99); p > 2*trip {
		t.Errorf("99 %% of readings came within %v, want two round trips", p)
	}
	if most := ages.Percentile(100); most >= time.Second {
		t.Errorf("a reading came after %v, as if the line had stood still", most)
	}
	if p, most := ages.Percentile(90), whole.Percentile(50)*14/10; p > most {
		t.Errorf("90 %% of readings came within %v, want %v: 40 %% behind the median without loss", p, most)
	}
}

// TestLossyTable makes the table in ARCHITECTURE.md, with -v.
func TestLossyTable(t *testing.T) {
	if testing.Short() {
		t.Skip("a table for people")
	}
	for _, bound := range []time.Duration{0, 2 * time.Second} {
		for _, loss := range []float64{0, 0.01, 0.05, 0.2} {
			t.Run(fmt.Sprint(bound, loss), func(t *testing.T) { lossy(t, loss, bound) })
		}
	}
}
