// Bench measures one direct stream between two Go processes on this machine:
//
//	bench (hub and device)  ── data channel ──>  bench -viewer (a process of its own)
//
// It runs every measurement several times and prints a table of medians with
// the least and the greatest. Run it with: cd bench && go run .
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/stream"
)

func main() {
	viewer := flag.String("viewer", "", "be the viewer of the hub at this `URL`")
	want := flag.Int("want", 0, "the readings that the viewer waits for")
	runs := flag.Int("runs", 5, "how often each measurement is made")
	flag.Parse()
	var err error
	if *viewer != "" {
		err = watch(*viewer, *want)
	} else {
		err = measure(*runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// row is one measurement of the table, with a value a run.
type row struct {
	name, unit string
	values     []float64
}

func measure(runs int) error {
	var rows []*row
	note := func(name, unit string, value float64) {
		for _, r := range rows {
			if r.name == name {
				r.values = append(r.values, value)
				return
			}
		}
		rows = append(rows, &row{name, unit, []float64{value}})
	}
	for range runs {
		if err := throughput(note); err != nil {
			return err
		}
		for _, rate := range []int{100, 1000} {
			if err := latency(rate, note); err != nil {
				return err
			}
		}
		appending(note)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "measurement\tmedian\tleast\tgreatest\tunit\n")
	for _, r := range rows {
		slices.Sort(r.values)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.name, short(r.values[len(r.values)/2]), short(r.values[0]), short(r.values[len(r.values)-1]), r.unit)
	}
	return w.Flush()
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// run runs a hub, a device and a viewer process, lets publish publish, and
// gives what the viewer process says of itself in the end.
func run(want int, publish func(*device.Device)) (report, error) {
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
	self, err := os.Executable()
	if err != nil {
		return report{}, err
	}
	child := exec.Command(self, "-viewer", server.URL, "-want", strconv.Itoa(want))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		return report{}, err
	}
	if err := child.Start(); err != nil {
		return report{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := d.WaitViewers(waiting, 1); err != nil {
		return report{}, fmt.Errorf("wait for the viewer: %w", err)
	}
	publish(d)
	var r report
	if err := json.NewDecoder(out).Decode(&r); err != nil {
		return r, fmt.Errorf("read the viewer's report: %w", err)
	}
	return r, child.Wait()
}

// throughput streams as fast as the viewer takes it; the log holds what waits.
func throughput(note func(name, unit string, value float64)) error {
	const n = 10_000_000
	before := usage()
	begun := time.Now()
	r, err := run(n, func(d *device.Device) {
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
	r, err := run(n, func(d *device.Device) {
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
