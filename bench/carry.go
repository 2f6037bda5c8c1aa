package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	trialFor = 15 * time.Second // that a rate of the search is tried: longer than the log of the device
	finest   = 1.15             // two rates that the search does not tell apart
	highest  = 16_000_000       // readings/s that it tries
	fillFor  = 5 * time.Second  // before memory is looked at for the first time
	drainFor = 10 * time.Second // that a page has to take what is under way
)

type carryConfig struct {
	rate, series int
	lasting      time.Duration
	search       bool
	counts       bool   // of a converter, which a float32 holds
	query        string // of the page's address
	profiles     string // a folder; empty means none
}

// carried is what came of a run.
type carried struct {
	sent, came                    float64 // readings
	lost, skipped, late, repeated float64 // frames
	left                          float64 // how often another path took over
	took                          time.Duration
	behind                        float64       // ms from the end until everything was there
	lag                           float64       // ms, the greatest that the page told
	pace                          time.Duration // that the device was behind, the greatest
}

// whole reports whether everything came, and no later than a second after the last.
func (c carried) whole() bool {
	return c.came == c.sent && c.lost+c.skipped == 0 && c.pace < time.Second && c.behind < 1000
}

// carry measures what one direct path brings from a Go device into the Remote
// Client, which plots it.
func carry(c carryConfig) error {
	browser, stop, err := launch()
	if err != nil {
		return err
	}
	defer stop()
	var t table
	got, err := carryOnce(browser, c, t.note)
	if err != nil {
		return err
	}
	if c.search {
		most, err := searchRate(browser, c, got.whole())
		if err != nil {
			return err
		}
		t.note(fmt.Sprintf("the greatest rate that %v bring whole", trialFor), "readings/s", float64(most))
	}
	return t.print()
}

// searchRate finds the greatest rate that comes whole.
func searchRate(browser context.Context, c carryConfig, whole bool) (most int, err error) {
	c.lasting, c.profiles = trialFor, ""
	low, high := 0, 0 // that came, and that did not
	if whole {
		low = c.rate
	} else {
		high = c.rate
	}
	for low < highest && (high == 0 || float64(high) > float64(max(low, 1000))*finest) {
		c.rate = (low + high) / 2
		if high == 0 {
			c.rate = 2 * low
		}
		got, err := carryOnce(browser, c, func(string, string, float64) {})
		if err != nil {
			return 0, err
		}
		fmt.Fprintf(os.Stderr, "%d readings/s: %.0f of %.0f came, %.0f frames lost, %.0f late, %.0f ms behind at the end\n",
			c.rate, got.came, got.sent, got.lost, got.late, got.behind)
		if got.whole() {
			low = c.rate
		} else {
			high = c.rate
		}
	}
	return low, nil
}

// carryOnce opens a page of its own on a device of its own, and streams at one rate.
func carryOnce(browser context.Context, c carryConfig, note func(name, unit string, value float64)) (got carried, err error) {
	m, end, err := newMeter(browser, c.series, c.counts, c.query)
	if err != nil {
		return got, err
	}
	defer end()
	if err := m.run(c, &got, note); err != nil {
		return got, err
	}
	name := fmt.Sprintf("%d readings/s, %d series", c.rate, c.series)
	note(name, "readings/s sent", got.sent/got.took.Seconds())
	note(name, "readings/s in the page", got.came/got.took.Seconds())
	note(name, "readings that did not come", got.sent-got.came)
	note(name, "frames lost", got.lost)
	note(name, "frames skipped and not filled in", got.skipped)
	note(name, "frames late", got.late)
	note(name, "frames repeated", got.repeated)
	note(name, "times that the page left the direct path", got.left)
	note(name, "ms of lag, greatest", got.lag)
	note(name, "ms from the last reading until all were there", got.behind)
	note(name, "ms that the device was behind its pace, greatest", got.pace.Seconds()*1e3)
	return got, nil
}
