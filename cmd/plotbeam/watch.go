package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/lines"
	"github.com/plotbeam/plotbeam/link"
	"github.com/plotbeam/plotbeam/viewer"
)

const (
	askWithin  = 10 * time.Second // for the list of devices
	stopWithin = time.Second      // for a write that a full pipe holds up
)

// watching is what watch was asked for.
type watching struct {
	hub    string
	device plotbeam.DeviceID // empty means the only live one
	format string
	since  time.Duration
	window time.Duration // of the chart; zero means since
	axis   chart.Range   // of the chart; zero means what is visible
	length time.Duration // zero means no end
	count  uint64        // likewise
	list   bool
	paths  string
}

func watchCommand() command {
	w := watching{hub: defaultHub, format: formatAuto, since: time.Minute}
	return command{
		name:     "watch",
		synopsis: "[DEVICE] [--hub URL] [--format auto|ndjson|csv] [--since 60s] [--window 60s] [--range LOW:HIGH] [--for 10s] [--count N] [--paths any|direct|relay] [--list]",
		summary:  "see a device's readings: a chart in a terminal, lines in a pipe",
		about: `
Shows the readings of a device, beginning with those of the last --since. Without DEVICE it takes the only live
one. On a terminal it draws a chart; in a pipe, or with --format, it writes one reading a line:

  ndjson  {"t":"2026-01-02T15:04:05.123456Z","device":"lab-psu","series":"volts","v":4.98}
  csv     t,device,series,v
          2026-01-02T15:04:05.123456Z,lab-psu,volts,4.98

Keys of the chart:

  + -     a shorter, a longer window           l End   live again
  space   pause while the stream goes on       s       series stacked, or laid over each other
  ← →     back and forth through what has      ↑ ↓     other series, where not all fit
          come; PgUp, PgDn and Home by more    ? q     the keys; quit

Its last line says which path readings take, how long they are under way, how many frames were lost or are still to
come, and why the path is not direct. NO_COLOR turns colours off; where the locale is not UTF-8 it is plain ASCII.

It waits for a device that vanishes, and says so on standard error, as it does of frames that are lost. It ends with
Ctrl-C, with --for, with --count, or when the reader of the pipe has gone; in a pipe also when the device's input has
ended and all of it is written.`,
		examples: []string{
			"plotbeam watch                              the only live device",
			"plotbeam watch lab-psu --since 10m          with the last ten minutes",
			"plotbeam watch lab-psu --window 10s         with the last ten seconds, zoomed in",
			"plotbeam watch lab-psu --range -5:5         on axes that stay",
			"plotbeam watch lab-psu --format csv --for 1m > minute.csv",
			"plotbeam watch lab-psu --count 1 | jq .v",
			"plotbeam watch lab-psu --paths direct       nothing through the hub, or nothing at all",
			"plotbeam watch --list                       ids and states, tab-separated",
		},
		flags: func(fs *flag.FlagSet) {
			hubFlag(fs, &w.hub, "the hub's `URL`")
			choiceFlag(fs, &w.format, "format", "`FORMAT` of the output", formatAuto, string(lines.NDJSON), string(lines.CSV))
			rename(fs.Lookup("format"), "PLOTBEAM_OUTPUT_FORMAT")
			fs.DurationVar(&w.since, "since", w.since, "begin with the readings of the last `DURATION`; 0: from now")
			windowFlag(fs, &w.window)
			rangeFlag(fs, &w.axis)
			fs.DurationVar(&w.length, "for", 0, "end after this `DURATION`")
			fs.Uint64Var(&w.count, "count", 0, "end after `N` readings")
			pathsFlag(fs, &w.paths, "`PATHS` that readings may take: any, directly only, or through the hub only")
			fs.BoolVar(&w.list, "list", false, "print the live devices and end")
		},
		arguments: w.arguments,
		run: func(ctx context.Context, c call) error {
			if err := w.run(ctx, c); ctx.Err() == nil {
				return err
			}
			return nil
		},
	}
}

func (w *watching) arguments(args []string) error {
	if len(args) > 1 {
		return noArguments(args[1:])
	}
	if w.since < 0 || w.length < 0 {
		return errors.New("a duration is not negative")
	}
	if len(args) == 0 {
		return nil
	}
	var err error
	w.device, err = plotbeam.ParseDeviceID(args[0])
	return err
}

func (w *watching) run(ctx context.Context, c call) error {
	asking, stop := context.WithTimeout(ctx, askWithin)
	live, err := viewer.List(asking, nil, w.hub)
	stop()
	if err != nil {
		return unreachable(w.hub, err)
	}
	if w.list {
		return printList(c, live)
	}
	if w.device == "" {
		if w.device, err = only(live, w.hub, c.at(w.hub)); err != nil {
			return err
		}
	}
	if w.length > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, w.length)
		defer stop()
	}
	done := make(chan error, 1) // a place, so that nobody has to wait for it
	go func() { done <- w.show(ctx, c) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		select {
		case err = <-done:
		case <-time.After(stopWithin): // a write blocks, and will until the process ends
		}
	}
	if errors.Is(err, viewer.ErrNoDevice) {
		return &complaint{
			text: fmt.Sprintf("no device %q", w.device),
			hint: "list the live ones with `plotbeam watch --list" + c.at(w.hub) + "`",
		}
	}
	return err
}

// show draws a chart or writes lines, until ctx ends or there are enough readings.
func (w *watching) show(ctx context.Context, c call) error {
	if w.format == formatAuto && isTerminal(c.stdout) && c.env("TERM") != "dumb" {
		return w.chart(ctx, c)
	}
	format := lines.NDJSON
	if w.format == string(lines.CSV) {
		format = lines.CSV
	}
	return w.write(ctx, c, format)
}

// write writes readings as lines. In a pipe they end with the device's input.
func (w *watching) write(ctx context.Context, c call, format lines.Format) error {
	said := narrator{console: c.stderr}
	v, err := w.viewer(c, 0, said.status)
	if err != nil {
		return err
	}
	defer func() { said.rest(v.Status()) }()
	out := lines.NewWriter(c.stdout, format, w.device)
	var taken uint64
	for r, err := range v.Readings(ctx) {
		if errors.Is(err, viewer.ErrEnded) {
			break
		}
		if err == nil {
			err = out.Write(r)
		}
		if err != nil {
			out.Abandon()
			return err
		}
		if taken++; taken == w.count {
			break
		}
	}
	return out.Close()
}

// viewer reads now first with a bound, and in order without.
func (w *watching) viewer(c call, bound time.Duration, status func(viewer.Status)) (*viewer.Viewer, error) {
	return viewer.New(viewer.Config{
		Hub: w.hub, Device: w.device, Since: w.since, Bound: bound, Paths: pathsOf(w.paths), Log: c.log, OnStatus: status,
		UntilEnd: bound == 0 && !isTerminal(c.stdout),
		Link:     link.Config{Loopback: onThisMachine(w.hub), Log: c.log},
	})
}

func printList(c call, live []plotbeam.DeviceInfo) error {
	var b strings.Builder
	for _, d := range live {
		fmt.Fprintf(&b, "%s\t%s\n", d.ID, d.State.Activity)
	}
	return c.print(b.String())
}

// only is the live device, if there is one and no other; at names the hub in a hint.
func only(live []plotbeam.DeviceInfo, hub, at string) (plotbeam.DeviceID, error) {
	switch len(live) {
	case 0:
		return "", &complaint{text: "no device is live at " + hub, hint: "start one with `plotbeam device random" + at + "`, or name another hub with --hub"}
	case 1:
		return live[0].ID, nil
	}
	ids := make([]string, len(live))
	for i, d := range live {
		ids[i] = string(d.ID)
	}
	return "", &complaint{
		text: fmt.Sprintf("%d devices are live: %s", len(live), strings.Join(ids, ", ")),
		hint: "name one: `plotbeam watch " + ids[0] + at + "`",
	}
}
