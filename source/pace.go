package source

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/plotbeam/plotbeam"
)

const (
	// MaxRate is the most rows a second: their times are whole microseconds.
	MaxRate = 1e6

	tick         = 10 * time.Millisecond      // between two looks at the clock, where more than one row is due
	maxBehind    = 10 * time.Second           // a schedule further behind begins anew
	maxOffset    = 100 * 365 * 24 * time.Hour // a time.Duration holds 292 years
	secondMicros = 1e6
)

// pace is a schedule: row n is due at the start plus n/rate, so that the rate
// holds on average however late a timer fires.
type pace struct {
	rate  float64
	count int    // of rows; 0 means for ever
	reins *Reins // nil where nobody holds them
}

func checkRate(rate float64) error {
	if !(rate > 0 && rate <= MaxRate) { // NaN is neither
		return fmt.Errorf("rate %v: give more than 0 and at most %d readings a second", rate, int(MaxRate))
	}
	return nil
}

// offset is when row n is due after the start, in whole microseconds.
func (p pace) offset(n int) time.Duration {
	micros := math.Round(float64(n) * secondMicros / p.rate)
	if micros >= float64(maxOffset/time.Microsecond) {
		return maxOffset
	}
	return time.Duration(micros) * time.Microsecond
}

// run calls row for each row that is due, in order, with the time it was due at
// and the rate that held then, and publishes what row appends. After a halt of over 10 s (a stopped
// process, a suspended machine) it goes on from now: nobody wants the past made up.
func (p pace) run(ctx context.Context, publish Publish, row func(out []plotbeam.Reading, n int, at time.Time, rate float64) []plotbeam.Reading) error {
	var out []plotbeam.Reading
	wake := time.NewTimer(0)
	defer wake.Stop()
	first := 0         // the row that was due at start
	var last time.Time // at which a row was due
	start := time.Now().Truncate(time.Microsecond)
	for n := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-p.reins.pulled():
		case <-wake.C:
		}
		now := time.Now()
		switch rate, changed := p.reins.take(p.rate); {
		case rate == 0:
			wake.Stop() // until they are pulled again
			continue
		case changed:
			p.rate, first = rate, n
			if start = last.Add(p.offset(1)); start.Before(now) {
				start = now.Truncate(time.Microsecond)
			}
		}
		if now.Sub(start)-p.offset(n-first) > maxBehind {
			start, first = now.Truncate(time.Microsecond), n
		}
		for due := now.Sub(start); p.offset(n-first) <= due; n++ {
			if p.count > 0 && n == p.count {
				break
			}
			last = start.Add(p.offset(n - first))
			out = row(out, n, last, p.rate)
			if len(out) < batchReadings {
				continue
			}
			if err := publish(out...); err != nil {
				return fmt.Errorf("publish row %d: %w", n, err)
			}
			if out = out[:0]; ctx.Err() != nil {
				return nil
			}
		}
		if len(out) > 0 {
			if err := publish(out...); err != nil {
				return fmt.Errorf("publish row %d: %w", n-1, err)
			}
			out = out[:0]
		}
		if p.count > 0 && n >= p.count {
			return nil
		}
		wake.Reset(max(time.Until(start.Add(p.offset(n-first))), time.Until(now.Add(tick))))
	}
}
