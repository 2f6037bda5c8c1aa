package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/stream"
	"github.com/plotbeam/plotbeam/viewer"
)

// report is what the viewer process says of itself.
type report struct {
	used
	Readings, Frames, Wrong int
	P50, P99                float64 // ms from a reading's time to here
}

// watch takes readings until it has as many as wanted, and reports.
func watch(hub string, want int) error {
	var r report
	var lags []time.Duration
	var begun used
	ctx, stop := context.WithCancel(context.Background())
	v, err := viewer.New(viewer.Config{
		Hub: hub, Device: "bench", Wait: true, Link: link.Config{Loopback: true},
		OnFrame: func(f viewer.Frame) {
			now := time.Now()
			if r.Frames == 0 {
				begun = usage()
			}
			r.Frames++
			for i := range f.Columns {
				c := &f.Columns[i]
				for j := range c.Count {
					if c.Value(j) != float64(r.Readings) {
						r.Wrong++
					}
					r.Readings++
					if want < 1e6 {
						lags = append(lags, now.Sub(time.UnixMicro(f.Time+c.Offset(j))))
					}
				}
			}
			if r.Readings >= want {
				r.used = usage().minus(begun)
				stop()
			}
		},
	})
	if err != nil {
		return err
	}
	if err := v.Run(ctx); err != nil {
		return err
	}
	if slices.Sort(lags); len(lags) > 0 {
		r.P50 = lags[len(lags)/2].Seconds() * 1e3
		r.P99 = lags[len(lags)*99/100].Seconds() * 1e3
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// appending measures the log alone.
func appending(note func(name, unit string, value float64)) {
	result := testing.Benchmark(func(b *testing.B) {
		l := stream.NewLog(stream.Limits{})
		if err := l.Declare(plotbeam.Schema{Series: []plotbeam.Series{{Name: "n"}}}); err != nil {
			b.Fatal(err)
		}
		var batch plotbeam.Batch
		for i := range 1000 {
			batch.Add(0, plotbeam.Float64, int64(i*i), float64(i))
		}
		b.ReportAllocs()
		for b.Loop() {
			l.Append(&batch)
		}
	})
	note("append a frame of 1,000", "µs", float64(result.NsPerOp())/1e3)
	note("  allocations", "per frame appended", float64(result.AllocsPerOp()))
}
