package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

const idleFor = 10 * time.Second // in which heartbeats and pings are all there is

type peerjsConfig struct {
	runs, peers, rate int
	lasting           time.Duration
	only              string // a server's name; empty means both
	profiles          string // a folder; empty means none
}

// besideNPM compares what a PeerJS peer and a message between two cost the hub and
// npm's server.
func besideNPM(c peerjsConfig) error {
	var t table
	for range c.runs {
		for _, one := range []struct {
			name  string
			start func() (*child, error)
		}{
			{"plotbeam", func() (*child, error) { return start("serve", "peerjs") }},
			{"npm peer", startPeerServer},
		} {
			if c.only != "" && c.only != one.name {
				continue
			}
			if err := peerjsOnce(c, one.name, one.start, t.note); err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
		}
	}
	return t.print()
}

func peerjsOnce(c peerjsConfig, name string, start func() (*child, error), note func(name, unit string, value float64)) error {
	server, err := start()
	if err != nil {
		return err
	}
	defer server.stop()
	var address string
	if err := server.read(&address); err != nil {
		return err
	}
	empty, err := server.spent(true)
	if err != nil {
		return err
	}
	r, err := newRing(address, c.peers)
	if err != nil {
		return err
	}
	defer r.close()
	time.Sleep(settle)
	before, err := server.spent(true)
	if err != nil {
		return err
	}
	note(name+", idle", "kB a peer, resident", before.minus(empty).RSS/float64(c.peers)/1e3)
	r.run(0, idleFor)
	after, err := server.spent(false)
	if err != nil {
		return err
	}
	note(name+", idle", "µs of server CPU a peer and second", after.minus(before).CPU.Seconds()*1e6/float64(c.peers)/idleFor.Seconds())
	r.run(c.rate, warm)
	if before, err = server.spent(false); err != nil {
		return err
	}
	profiled, err := server.profile(c.profiles, name)
	if err != nil {
		return err
	}
	o := r.run(c.rate, c.lasting)
	if err := profiled(); err != nil {
		return err
	}
	if after, err = server.spent(false); err != nil {
		return err
	}
	name = fmt.Sprintf("%s, %d messages/s", name, c.rate)
	spent := after.minus(before)
	note(name, "messages relayed a second", float64(o.Delivered)/c.lasting.Seconds())
	note(name, "messages a second of server CPU", float64(o.Delivered)/spent.CPU.Seconds())
	note(name, "ms to delivery, p50", o.P50)
	note(name, "ms to delivery, p99", o.P99)
	note(name, "kB a peer, resident", after.minus(empty).RSS/float64(c.peers)/1e3)
	return r.err
}

// profile begins a profile of the hub's, where one is wanted, until it is called off.
func (c *child) profile(folder, name string) (end func() error, err error) {
	if folder == "" || name != "plotbeam" {
		return func() error { return nil }, nil
	}
	var begun bool
	err = c.ask(&begun, "profile %s", filepath.Join(folder, "peerjs.pprof"))
	return func() error { return c.ask(&begun, "profiled") }, err
}

// startPeerServer starts npm's, fetched where it is not there yet.
func startPeerServer() (*child, error) {
	folder, err := fetched("peer")
	if err != nil {
		return nil, err
	}
	node := exec.Command("node", "--expose-gc", "server.js")
	node.Dir = folder
	return spawn(node)
}

// spent is what a server's process has used so far, by the system's account.
// settled collects its garbage before.
func (c *child) spent(settled bool) (u used, err error) {
	if settled {
		var answer any
		if err := c.ask(&answer, "usage true"); err != nil {
			return u, err
		}
	}
	p, err := inspect(c.command.Process.Pid)
	return used{CPU: p.cpu, RSS: p.rss}, err
}
