package lab_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// A viewer has its first reading with the welcome, backfill included, and goes
// over to the direct path without a stall.
func TestJoining(t *testing.T) {
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprintf("first %v", first), func(t *testing.T) {
			lab.Run(t, labHub, func(t *testing.T, l *lab.Lab) {
				l.Delay(20 * time.Millisecond)
				d, _ := l.HostBehind(lab.PortRestricted).Device(device.Config{ID: "psu"})
				if !first { // then the hub has the stream already
					l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, Paths: plotbeam.RelayOnly, Since: time.Minute})
				}
				stream(t, d, 0, 1000)
				var got lab.Recorder
				var welcome, direct time.Time
				v := l.HostBehind(lab.AddressRestricted).NewViewer(viewer.Config{
					Device: "psu", Since: time.Minute, Bound: 2 * time.Second, OnFrame: got.Frame,
					OnStatus: func(s viewer.Status) {
						if s.Path == "direct" && direct.IsZero() {
							direct = time.Now()
						}
					},
				})
				l.Go(v.Run)
				for v.ID() == "" {
					time.Sleep(time.Millisecond)
				}
				welcome = time.Now()
				stream(t, d, 1000, 6000)
				time.Sleep(time.Second)
				if missing, repeated := got.Missing(0, 6000), got.Repeated(); missing+repeated > 0 {
					t.Errorf("%d are missing, %d came twice", missing, repeated)
				}
				after, _ := got.First(welcome.Add(-time.Millisecond)) // at which the welcome may have come
				// Viewer to hub and back is 40 ms, and so is hub to device.
				if most := 41 * time.Millisecond; after > most {
					t.Errorf("the first reading came %v after the welcome, at most %v is allowed", after, most)
				}
				if direct.IsZero() {
					t.Fatal("the path never was direct")
				}
				stall := got.Stall(welcome.Add(100*time.Millisecond), direct.Add(time.Second))
				t.Logf("first reading %v after the welcome, direct after %v, stall %v", after, direct.Sub(welcome), stall)
				if testing.Verbose() {
					got.Report(t.Logf, welcome, 30*time.Millisecond)
				}
				if stall > 100*time.Millisecond {
					t.Errorf("going direct stalled the plot for %v", stall)
				}
			})
		})
	}
}

// On a link of a tenth of the rate, what is shown stays young, and what was
// skipped comes later or is counted.
func TestSlowLink(t *testing.T) {
	const series = 16
	for _, paths := range []plotbeam.Paths{plotbeam.AnyPath, plotbeam.RelayOnly} {
		t.Run("paths "+string(paths), func(t *testing.T) {
			lab.Run(t, labHub, func(t *testing.T, l *lab.Lab) {
				l.Delay(20 * time.Millisecond)
				d, _ := l.HostBehind(lab.PortRestricted).Device(device.Config{ID: "psu"})
				host := l.HostBehind(lab.AddressRestricted)
				var got lab.Recorder
				v, _ := host.Viewer(viewer.Config{Device: "psu", Wait: true, Paths: paths, Bound: 2 * time.Second, OnFrame: func(f viewer.Frame) {
					if f.Columns[0].Series == 0 {
						f.Columns = f.Columns[:1]
						got.Frame(f)
					}
				}})
				ready(t, d, 1)
				publish := func(from, to int) {
					for i := from; i < to; i++ {
						readings := make([]plotbeam.Reading, series)
						for s := range readings {
							readings[s] = plotbeam.Reading{Series: fmt.Sprint("s", s), Value: float64(i)}
						}
						if err := d.Publish(readings...); err != nil {
							t.Fatal(err)
						}
						time.Sleep(10 * time.Millisecond)
					}
				}
				publish(0, 1000)
				mark := time.Now()
				host.Rate(2800, 2800) // the stream has 28 kB/s and more
				publish(1000, 7000)
				end := time.Now()
				oldest := got.Stale(mark, end)
				if testing.Verbose() {
					got.Report(t.Logf, mark, 1500*time.Millisecond)
				}
				t.Logf("what was shown was %v old at the most; status %+v", oldest, v.Status())
				most := 2 * time.Second
				if paths == plotbeam.AnyPath {
					most = 4 * time.Second // once, while the path changes; mostly it is 2 s
				}
				if oldest > most {
					t.Errorf("what was shown was %v old, at most %v is allowed", oldest, most)
				}
				host.Rate(0, 0)
				time.Sleep(20 * time.Second)
				if missing := got.Missing(0, 7000); missing > 0 || got.Repeated() > 0 {
					t.Errorf("%d are missing in the end; status %+v", missing, v.Status())
				}
			})
		})
	}
}

// A device that is killed and started anew is a break, and nothing comes twice.
func TestDeviceKilled(t *testing.T) {
	lab.Run(t, labHub, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		host := l.HostBehind(lab.PortRestricted)
		var secret string
		first, _ := host.Device(device.Config{ID: "psu", OnIdentity: func(_ plotbeam.DeviceID, s string) { secret = s }})
		var got lab.Recorder
		v, _ := l.HostBehind(lab.AddressRestricted).Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
		ready(t, first, 1)
		stream(t, first, 0, 1000)
		host.Cut() // the process is no more: nothing says goodbye
		time.Sleep(2 * time.Second)
		host = l.HostBehind(lab.PortRestricted)
		restarted := time.Now()
		second, _ := host.Device(device.Config{ID: "psu", Secret: secret})
		stream(t, second, 1000, 3000)
		time.Sleep(2 * time.Second)
		fresh, _ := got.Fresh(restarted)
		t.Logf("the plot went on %v after the restart", fresh)
		if fresh > time.Second {
			t.Errorf("the plot went on %v after the restart", fresh)
		}
		if s := v.Status(); s.Breaks != 1 || got.Repeated() > 0 || got.Missing(1000, 3000) > 0 {
			t.Errorf("%d are missing after the restart, %d came twice, status %+v", got.Missing(1000, 3000), got.Repeated(), s)
		}
	})
}

// 200 viewers whose hub restarts are back within 5 s, and not all at once.
func TestManyComeBack(t *testing.T) {
	const viewers = 200
	lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
		l.Delay(20 * time.Millisecond)
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		var got [viewers]lab.Recorder
		for i := range got {
			l.Host().Viewer(viewer.Config{Device: "psu", Wait: true, Paths: plotbeam.RelayOnly, OnFrame: got[i].Frame})
		}
		ready(t, d, viewers)
		stream(t, d, 0, 200)
		l.KillHub()
		time.Sleep(2 * time.Second)
		l.StartHub(hub.Config{})
		back := time.Now()
		stream(t, d, 200, 1000)
		time.Sleep(2 * time.Second)
		var last time.Duration
		for i := range got {
			fresh, _ := got[i].Fresh(back)
			last = max(last, fresh)
			if missing, repeated := got[i].Missing(0, 1000), got[i].Repeated(); missing+repeated > 0 {
				t.Fatalf("viewer %d: %d are missing, %d came twice", i, missing, repeated)
			}
		}
		busiest := l.MostDials(back, 100*time.Millisecond)
		t.Logf("the last of %d streamed %v after the hub was back; at most %d dialled within 100 ms", viewers, last, busiest)
		if last > 5*time.Second || busiest > viewers/2 {
			t.Errorf("the last streamed after %v, at most %d dialled within 100 ms", last, busiest)
		}
	})
}

// Viewers that come and go leave nothing behind.
func TestNothingIsLeft(t *testing.T) {
	viewers := 1000
	if testing.Short() {
		viewers = 200
	}
	lab.Run(t, labHub, func(t *testing.T, l *lab.Lab) {
		d, _ := l.Host().Device(device.Config{ID: "psu"})
		host := l.Host()
		visit := func(n int) {
			stops := make([]func(), n)
			for i := range stops {
				_, stops[i] = host.Viewer(viewer.Config{Device: "psu", Wait: true})
			}
			ready(t, d, n)
			stream(t, d, 0, 10)
			for _, stop := range stops {
				stop()
			}
			time.Sleep(2 * time.Minute)
			synctest.Wait()
		}
		visit(10)
		measure := func() (goroutines int, heap uint64) {
			for range 3 {
				runtime.GC()
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return runtime.NumGoroutine(), m.HeapAlloc
		}
		goroutines, heap := measure()
		for range viewers / 20 {
			visit(20)
		}
		after, heapAfter := measure()
		t.Logf("%d goroutines before, %d after; %d KiB before, %d after", goroutines, after, heap>>10, heapAfter>>10)
		if after > goroutines+5 {
			t.Errorf("%d goroutines are left of %d viewers", after-goroutines, viewers)
		}
		if grown := int64(heapAfter) - int64(heap); grown > int64(viewers)*2<<10 {
			t.Errorf("%d bytes are left of %d viewers", grown, viewers)
		}
	})
}

// Where no direct path is possible, TURN or the relay carries the stream.
func TestNoDirectPath(t *testing.T) {
	turn := hub.Config{ICE: lab.TURN}
	for _, c := range []struct {
		name   string
		config hub.Config
		path   string
		noUDP  bool
	}{
		{"STUN only", labHub, "relay", false},
		{"with TURN", turn, "turn", false},
		{"only TCP", turn, "relay", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			lab.Run(t, c.config, func(t *testing.T, l *lab.Lab) {
				l.Delay(20 * time.Millisecond)
				d, _ := l.HostBehind(lab.Symmetric).Device(device.Config{ID: "psu"})
				host := l.HostBehind(lab.Symmetric)
				if c.noUDP {
					host.BlockUDP()
				}
				var got lab.Recorder
				v, _ := host.Viewer(viewer.Config{Device: "psu", Wait: true, OnFrame: got.Frame})
				ready(t, d, 1)
				stream(t, d, 0, 3000)
				time.Sleep(time.Second)
				if missing, repeated := got.Missing(0, 3000), got.Repeated(); missing+repeated > 0 {
					t.Errorf("%d are missing, %d came twice", missing, repeated)
				}
				if s := v.Status(); s.Path != c.path || s.Phase != viewer.Live {
					t.Errorf("status %+v, want the path %s", s, c.path)
				}
			})
		})
	}
}
