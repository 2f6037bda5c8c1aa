package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
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
	url, end, err := startHub()
	if err != nil {
		return got, err
	}
	defer end()
	maker, err := start("push", url, fmt.Sprint(c.series))
	if err != nil {
		return got, err
	}
	defer maker.stop()
	before, err := processes(browser)
	if err != nil {
		return got, err
	}
	tab, shut, err := open(browser, url+"/remote/"+deviceID+c.query, noteLeft)
	defer shut()
	if err != nil {
		return got, err
	}
	if _, err := await(tab, `document.querySelector("main").dataset.path === "direct" ? 1 : 0`); err != nil {
		return got, err
	}
	m := &meter{browser: browser, tab: tab, maker: maker, others: before}
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

// meter watches the processes of a run.
type meter struct {
	browser, tab context.Context
	maker        *child
	others       map[int]process // of the browser, before the page was opened
}

// tell is what the page says of itself.
type tell struct {
	Readings, Lost, Skipped, Late, Repeated, Lag, Left float64
}

const telling = `(() => {
  const { readings, lost, skipped, late, repeated, lag } = document.querySelector("main").dataset;
  return { Readings: +readings, Lost: +lost, Skipped: +skipped, Late: +late, Repeated: +repeated, Lag: +lag, Left: window.left };
})()`

// noteLeft counts how often the page has left the direct path.
const noteLeft = `
window.left = 0;
new MutationObserver((list) => {
  for (const { oldValue } of list) if (oldValue === "direct" && document.querySelector("main").dataset.path !== "direct") window.left++;
}).observe(document, { subtree: true, attributes: true, attributeOldValue: true, attributeFilter: ["data-path"] });`

// run streams, and watches how it goes.
func (m *meter) run(c carryConfig, got *carried, note func(name, unit string, value float64)) error {
	begun := time.Now()
	var ok bool
	if err := m.maker.ask(&ok, "run %d %v", c.rate, c.lasting); err != nil {
		return err
	}
	first, err := m.used()
	if err != nil {
		return err
	}
	drops := dropped()
	profiled := func() error { return nil }
	looks := []time.Duration{min(fillFor, c.lasting/4), c.lasting / 2, c.lasting - time.Second}
	for i, at := range looks {
		time.Sleep(at - time.Since(begun))
		when := fmt.Sprintf("after %v", at.Round(100*time.Millisecond))
		if err := m.look(when, note); err != nil {
			return err
		}
		if i == 0 && c.profiles != "" {
			if profiled, err = m.profile(c.profiles); err != nil {
				return err
			}
		}
		if i == 1 {
			if err := profiled(); err != nil {
				return err
			}
		}
		var now tell
		if now, err = chromedp.Run(m.tab, chromedp.Evaluate[tell](telling)); err != nil {
			return err
		}
		got.lag = max(got.lag, now.Lag)
		note("frames late "+when, "", now.Late)
	}
	var sent pushed
	if err := m.maker.ask(&sent, "ran"); err != nil {
		return err
	}
	ended := time.Now()
	last, err := m.used()
	if err != nil {
		return err
	}
	m.notes(first, last, ended.Sub(begun), note)
	note("datagrams that the kernel dropped", "", dropped()-drops)
	got.sent, got.took, got.pace = float64(sent.Readings), sent.Took, sent.Late
	return m.drain(got, ended)
}

// drain waits until the page has everything, or gets nothing any more.
func (m *meter) drain(got *carried, ended time.Time) error {
	for {
		now, err := chromedp.Run(m.tab, chromedp.Evaluate[tell](telling))
		if err != nil {
			return err
		}
		got.came, got.lost, got.skipped, got.late, got.repeated, got.left = now.Readings, now.Lost, now.Skipped, now.Late, now.Repeated, now.Left
		got.behind = time.Since(ended).Seconds() * 1e3
		if got.came >= got.sent || time.Since(ended) > drainFor {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// used is what the processes have used so far, by name.
func (m *meter) used() (map[string]process, error) {
	all := map[string]process{}
	var err error
	add := func(name string, pid int) {
		p, e := inspect(pid)
		all[name] = p
		err = errors.Join(err, e)
	}
	add("device", m.maker.command.Process.Pid)
	add("hub and bench", os.Getpid())
	now, e := processes(m.browser)
	if e != nil {
		return nil, e
	}
	for pid, p := range now {
		if p.name == "renderer" {
			if _, other := m.others[pid]; other {
				continue
			}
			if before, found := all["renderer"]; found && before.cpu > p.cpu {
				continue // this one is a spare
			}
		}
		all[p.name] = p
	}
	return all, err
}

// notes tells who used how much of the machine.
func (m *meter) notes(first, last map[string]process, took time.Duration, note func(name, unit string, value float64)) {
	for _, name := range []string{"device", "renderer", "network service", "browser", "GPU", "hub and bench"} {
		p := last[name].minus(first[name])
		note("CPU of the "+name, "% of a core", p.cpu.Seconds()/took.Seconds()*100)
		for _, thread := range p.busiest() {
			note(fmt.Sprintf("  %s, threads %q", name, thread), "% of a core", p.threads[thread].Seconds()/took.Seconds()*100)
		}
	}
}

// look notes the page's memory.
func (m *meter) look(when string, note func(name, unit string, value float64)) error {
	all, err := m.used()
	if err != nil {
		return err
	}
	heap, err := chromedp.Call(m.tab, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		return err
	}
	note("memory of the renderer "+when, "MB resident", all["renderer"].rss/1e6)
	note("memory of the renderer "+when, "MB of the page's JavaScript and its buffers", (heap.UsedSize+heap.BackingStorageSize)/1e6)
	note("memory of the device "+when, "MB resident", all["device"].rss/1e6)
	return nil
}

// profile begins profiles of the device and of the page, until it is called off.
func (m *meter) profile(folder string) (end func() error, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	var ok bool
	if err := m.maker.ask(&ok, "profile %s", filepath.Join(folder, "device.pprof")); err != nil {
		return nil, err
	}
	page, err := profilePage(m.tab, filepath.Join(folder, "page.cpuprofile"))
	return func() error { return errors.Join(m.maker.ask(&ok, "profiled"), page()) }, err
}

// settledHeap is the page's JavaScript heap and buffers in use, in bytes, once its garbage is gone.
func settledHeap(tab context.Context) (float64, error) {
	if _, err := chromedp.Call(tab, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
		return 0, err
	}
	heap, err := chromedp.Call(tab, runtime.GetHeapUsage, cdp.Empty{})
	return heap.UsedSize + heap.BackingStorageSize, err
}
