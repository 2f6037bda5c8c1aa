package main

import (
	"fmt"
	"os"
	"time"
)

const (
	memoryEvery = time.Minute
	memoryAfter = 5 * time.Minute // so long a page may fill what it holds
)

type memoryConfig struct {
	rate, series int
	lasting      time.Duration
}

// memory watches how much memory a page has that plots for a long time.
func memory(c memoryConfig) error {
	browser, stop, err := launch()
	if err != nil {
		return err
	}
	defer stop()
	m, end, err := newMeter(browser, c.series, false, "")
	if err != nil {
		return err
	}
	defer end()
	var ok bool
	if err := m.maker.ask(&ok, "run %d %v", c.rate, c.lasting+memoryEvery); err != nil {
		return err
	}
	var t table
	since := min(memoryAfter, c.lasting/3)
	every := min(memoryEvery, c.lasting/6)
	begun := time.Now()
	for at := every; at <= c.lasting; at += every {
		time.Sleep(at - time.Since(begun))
		first, last := at >= since && at-every < since, at+every > c.lasting
		if err := m.note(at, at >= since, first || last, t.note); err != nil {
			return err
		}
	}
	return t.print()
}

// note looks at the memory; garbage is collected where that is wanted, after the look.
func (m *meter) note(at time.Duration, counts, settled bool, note func(name, unit string, value float64)) error {
	all, err := m.used()
	if err != nil {
		return err
	}
	heap, err := heapOf(m.tab, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "after %v: renderer %.1f MB of its own (%.1f MB resident), %.1f MB of JavaScript and its buffers and room for %.1f more; device %.1f MB resident\n", at, all["renderer"].own/1e6, all["renderer"].rss/1e6, heap.used/1e6, heap.room/1e6, all["device"].rss/1e6)
	if !counts {
		return nil
	}
	note("renderer", "MB of its own", all["renderer"].own/1e6)
	note("renderer", "MB resident", all["renderer"].rss/1e6)
	note("renderer", "MB of JavaScript and its buffers, workers too", heap.used/1e6)
	note("renderer", "MB that its engine keeps for more", heap.room/1e6)
	note("GPU", "MB resident", all["GPU"].rss/1e6)
	note("device", "MB resident", all["device"].rss/1e6)
	if !settled {
		return nil
	}
	if heap, err = heapOf(m.tab, true); err != nil {
		return err
	}
	note(fmt.Sprintf("renderer after %v", at), "MB of JavaScript and its buffers, workers too, without garbage", heap.used/1e6)
	return nil
}
