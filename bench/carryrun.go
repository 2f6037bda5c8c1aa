package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"
)

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
	for _, step := range []struct {
		at time.Duration
		do func() error // after the look
	}{
		{min(fillFor, c.lasting/4), func() error { return m.profile(c, c.lasting/4) }},
		{c.lasting * 5 / 8, func() error { return m.watchScreen(c.lasting/8, note) }},
		{c.lasting - time.Second, func() error { return nil }},
	} {
		time.Sleep(step.at - time.Since(begun))
		if err := m.look(fmt.Sprintf("after %v", step.at.Round(100*time.Millisecond)), got, note); err != nil {
			return err
		}
		if err := step.do(); err != nil {
			return err
		}
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

// look notes the memory, and what is late.
func (m *meter) look(when string, got *carried, note func(name, unit string, value float64)) error {
	all, err := m.used()
	if err != nil {
		return err
	}
	heap, err := heapOf(m.tab, false)
	if err != nil {
		return err
	}
	note("memory of the renderer "+when, "MB resident", all["renderer"].rss/1e6)
	note("memory of the renderer "+when, "MB of JavaScript and its buffers, workers too", heap.used/1e6)
	note("memory of the device "+when, "MB resident", all["device"].rss/1e6)
	now, err := chromedp.Run(m.tab, chromedp.Evaluate[tell](telling))
	got.lag = max(got.lag, now.Lag)
	note("late "+when, "frames", now.Late)
	return err
}

// watchScreen notes how smooth the page is.
func (m *meter) watchScreen(lasting time.Duration, note func(name, unit string, value float64)) error {
	const mark = `performance.mark("` + traceMark + `")`
	events, err := traceWhile(m.tab, func() error {
		begun := chromedp.Do(m.tab, chromedp.Evaluate[chromedp.Void](mark))
		time.Sleep(lasting)
		return errors.Join(begun, chromedp.Do(m.tab, chromedp.Evaluate[chromedp.Void](mark)))
	})
	if err != nil {
		return err
	}
	s, err := judge(events)
	if err != nil {
		return err
	}
	note("on the screen", "pictures/s", s.shown)
	note("main thread per picture, p50", "ms", quantile(s.main, 0.5))
	note("main thread per picture, p99", "ms", quantile(s.main, 0.99))
	return nil
}

// profile profiles the device and the page for a while, where that is wanted.
func (m *meter) profile(c carryConfig, lasting time.Duration) error {
	if c.profiles == "" {
		return nil
	}
	if err := os.MkdirAll(c.profiles, 0o755); err != nil {
		return err
	}
	var ok bool
	if err := m.maker.ask(&ok, "profile %s", filepath.Join(c.profiles, "device.pprof")); err != nil {
		return err
	}
	page, err := profilePage(m.tab, filepath.Join(c.profiles, "page.cpuprofile"))
	if err != nil {
		return err
	}
	time.Sleep(lasting)
	return errors.Join(m.maker.ask(&ok, "profiled"), m.maker.ask(&ok, "heap %s", filepath.Join(c.profiles, "device")), page())
}
