package main

import (
	"fmt"
	"path/filepath"
	"time"
)

const (
	defaultLasting = 4 * time.Second
	warm           = time.Second // of each rate, before it is measured
	settle         = 2 * time.Second
)

type relayConfig struct {
	runs, viewers int
	lasting       time.Duration
	only          string // a server's name; empty means all
	profiles      string // a folder; empty means none
}

// relay compares what a relayed frame costs the server.
func relay(c relayConfig) error {
	var t table
	for range c.runs {
		for _, name := range []string{"plotbeam", "gorilla", "gobwas"} {
			if c.only != "" && name != c.only {
				continue
			}
			if err := relayOnce(c, name, t.note); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return t.print()
}

// relayOnce starts a server and a crowd, and measures both rates.
func relayOnce(c relayConfig, name string, note func(name, unit string, value float64)) error {
	server, err := start("serve", name)
	if err != nil {
		return err
	}
	defer server.stop()
	var address string
	if err := server.read(&address); err != nil {
		return err
	}
	empty, err := server.usage(true)
	if err != nil {
		return err
	}
	viewers, err := start("crowd", name, address, fmt.Sprint(c.viewers))
	if err != nil {
		return err
	}
	defer viewers.stop()
	var here bool
	if err := viewers.read(&here); err != nil {
		return err
	}
	time.Sleep(settle)
	idle, err := server.usage(true)
	if err != nil {
		return err
	}
	each := func(bytes float64) float64 { return bytes / float64(c.viewers) / 1e3 }
	note(name+", idle", "kB a viewer, heap and stacks", each(idle.minus(empty).Live))
	note(name+", idle", "kB a viewer, of that stacks", each(idle.minus(empty).Stacks))
	note(name+", idle", "kB a viewer, resident", each(idle.minus(empty).RSS))
	if c.profiles != "" {
		var written bool
		if err := server.ask(&written, "heap %s", filepath.Join(c.profiles, name)); err != nil {
			return err
		}
	}
	for _, rate := range []int{10, 100} {
		if err := relayAt(c, server, viewers, rate, fmt.Sprintf("%s, %d frames/s", name, rate), note); err != nil {
			return err
		}
		loaded, err := server.usage(false)
		if err != nil {
			return err
		}
		note(fmt.Sprintf("%s, %d frames/s", name, rate), "kB a viewer, resident", each(loaded.minus(empty).RSS))
	}
	return nil
}

func relayAt(c relayConfig, server, viewers *child, rate int, name string, note func(name, unit string, value float64)) error {
	var o outcome
	if err := viewers.ask(&o, "run %d %v", rate, warm); err != nil {
		return err
	}
	if c.profiles != "" {
		var begun bool
		if err := server.ask(&begun, "profile %s", filepath.Join(c.profiles, fmt.Sprintf("%s-%d.pprof", server.command.Args[2], rate))); err != nil {
			return err
		}
	}
	before, err := server.usage(false)
	if err != nil {
		return err
	}
	if err := viewers.ask(&o, "run %d %v", rate, c.lasting); err != nil {
		return err
	}
	after, err := server.usage(false)
	if err != nil {
		return err
	}
	if c.profiles != "" {
		var over bool
		if err := server.ask(&over, "profiled"); err != nil {
			return err
		}
	}
	spent := after.minus(before)
	note(name, "µs of server CPU a frame delivered", spent.CPU.Seconds()*1e6/float64(o.Delivered))
	note(name, "allocations a frame delivered", float64(spent.Mallocs)/float64(o.Delivered))
	note(name, "% delivered", 100*float64(o.Delivered)/float64(o.Sent*c.viewers))
	note(name, "ms to delivery, p50", o.P50)
	note(name, "ms to delivery, p99", o.P99)
	return nil
}
