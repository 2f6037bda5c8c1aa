package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/stream"
)

// direct measures one direct stream between two processes.
func direct(runs int) error {
	var t table
	for range runs {
		if err := throughput(t.note); err != nil {
			return err
		}
		for _, rate := range []int{100, 1000} {
			if err := latency(rate, t.note); err != nil {
				return err
			}
		}
		appending(t.note)
	}
	return t.print()
}

// streamTo runs a hub, a device and a viewer process, lets publish publish, and
// gives what the viewer process says of itself in the end.
func streamTo(want int, publish func(*device.Device)) (report, error) {
	h := hub.New(hub.Config{})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go h.Run(ctx)
	<-h.Ready()
	server := httptest.NewServer(h)
	defer server.CloseClientConnections()
	d, err := device.New(device.Config{Hub: server.URL, ID: "bench", Link: link.Config{Loopback: true}, Limits: stream.Limits{Readings: -1, Bytes: -1}})
	if err != nil {
		return report{}, err
	}
	go d.Run(ctx)
	child, err := start("watch", server.URL, fmt.Sprint(want))
	if err != nil {
		return report{}, err
	}
	defer child.stop()
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := d.WaitViewers(waiting, 1); err != nil {
		return report{}, fmt.Errorf("wait for the viewer: %w", err)
	}
	publish(d)
	var r report
	err = child.read(&r)
	return r, err
}

// throughput streams as fast as the viewer takes it; the log holds what waits.
func throughput(note func(name, unit string, value float64)) error {
	const n = 10_000_000
	before := usage()
	begun := time.Now()
	r, err := streamTo(n, func(d *device.Device) {
		before, begun = usage(), time.Now()
		batch := make([]plotbeam.Reading, 1000)
		for i := 0; i < n; i += len(batch) {
			now := time.Now()
			for j := range batch {
				batch[j] = plotbeam.Reading{Time: now.Add(time.Duration(j) * time.Microsecond), Series: "n", Value: float64(i + j)}
			}
			d.Publish(batch...)
		}
	})
	if err != nil {
		return err
	}
	took, spent := time.Since(begun), usage().minus(before)
	if r.Wrong != 0 || r.Readings != n {
		return fmt.Errorf("the viewer took %d readings, %d of them wrong", r.Readings, r.Wrong)
	}
	note("one stream, frames of 1,000", "readings/s", n/took.Seconds())
	note("  device and hub", "CPU s per million readings", spent.CPU.Seconds()/n*1e6)
	note("  viewer", "CPU s per million readings", r.CPU.Seconds()/n*1e6)
	note("  allocations, device and hub", "per frame sent", float64(spent.Mallocs)/float64(r.Frames))
	note("  allocations, viewer", "per frame taken", float64(r.Mallocs)/float64(r.Frames))
	return nil
}

// latency publishes single readings at an even pace.
func latency(rate int, note func(name, unit string, value float64)) error {
	n := 5 * rate
	before := usage()
	r, err := streamTo(n, func(d *device.Device) {
		before = usage()
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for i := range n {
			<-tick.C
			d.Publish(plotbeam.Reading{Time: time.Now(), Series: "n", Value: float64(i)})
		}
	})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%d readings/s", rate)
	note(name+", latency p50", "ms", r.P50)
	note(name+", latency p99", "ms", r.P99)
	note(name+", device and hub", "CPU s per million readings", usage().minus(before).CPU.Seconds()/float64(n)*1e6)
	return nil
}
