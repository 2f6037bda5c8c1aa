// Bench measures Plotbeam on this machine, several times each, and prints
// medians with the least and the greatest. Every contestant is a process of
// its own, and those that are compared take turns.
//
//	go run .          one direct stream between two processes
//	go run . relay    the hub's relay beside two plain WebSocket servers
//	go run . peerjs   PeerJS peers on the hub, beside npm's server (peer/, which
//	                  needs node and npm)
//	go run . first    from opening a page to the first reading, in Chromium,
//	                  beside the old demo (olddemo/, which needs node and npm)
//	go run . plot     the plot beside charts of npm's (plot/, which needs npm) on
//	                  the same stream: frames painted a second, and ms of the main
//	                  thread per frame shown
//	go run . pixel    from a reading's arrival at the Remote Client to its pixel,
//	                  and from opening the page late to the whole window
//	go run . carry    1,000,000 readings/s over one direct path into the Remote
//	                  Client, for a minute: what came, what was lost, memory and
//	                  CPU of every process; then the greatest rate that comes
//	                  whole. -profiles tells where the time goes
//	go run . memory   1,000 readings/s into the Remote Client for half an hour:
//	                  how much memory the page has, every minute
//
//	bench direct          (hub, device)  == data channel ==> bench watch
//	bench relay    bench serve NAME      <== sockets ======= bench crowd (one device, many viewers)
//	bench carry    bench push (device)   == data channel ==> Chromium (memory likewise)
//
// How plot counts: each chart is alone in a browser of its own. A worker makes
// messages of up to 4,096 readings, 50 a second or as many as are needed, and
// the page hands them to the chart as it would those of a socket. The window is
// filled first, as fast as the chart takes readings, for 45 s at most. Then come
// seconds of which Chromium's own trace tells: the tasks of the page's main
// thread, and the pictures that reached the screen. Between each two of those
// lies what a frame cost the main thread. Frames painted are counted by the
// chart: a picture that only shows other words beside it is none. Plotbeam has
// its axes, a legend, a mark and a cursor on; the others have their axes. A
// chart paints no more often than it wants to: SmoothieCharts 20 times a second
// in a window of one minute, for that is when the time has moved by a pixel.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// benches are what a person can ask for: each takes its flags, and gives what
// runs with them.
var benches = map[string]func(*flag.FlagSet) func() error{
	"direct": directFlags,
	"relay":  relayFlags,
	"peerjs": peerjsFlags,
	"first":  firstFlags,
	"plot":   plotFlags,
	"pixel":  pixelFlags,
	"carry":  carryFlags,
	"memory": memoryFlags,
}

// run does what a person asked for, or what a bench asked of its child.
func run(args []string) error {
	name := "direct"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, args = args[0], args[1:]
	}
	if bench, found := benches[name]; found {
		flags := flag.NewFlagSet("bench "+name, flag.ContinueOnError)
		begin := bench(flags)
		if err := flags.Parse(args); err != nil {
			return err
		}
		return begin()
	}
	switch name {
	case "watch":
		want, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return watch(args[0], want)
	case "serve":
		return serve(args[0])
	case "crowd":
		viewers, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return crowd(args[0], args[1], viewers)
	case "push":
		series, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		counts, err := strconv.ParseBool(args[2])
		if err != nil {
			return err
		}
		return push(args[0], series, counts)
	}
	return fmt.Errorf("no bench %q: direct (the default), relay, peerjs, first, plot, pixel, carry or memory", name)
}

func directFlags(flags *flag.FlagSet) func() error {
	runs := flags.Int("runs", 5, "how often each measurement is made")
	return func() error { return direct(*runs) }
}

func relayFlags(flags *flag.FlagSet) func() error {
	var c relayConfig
	flags.IntVar(&c.runs, "runs", 5, "how often each measurement is made")
	flags.IntVar(&c.viewers, "viewers", 1000, "how many read")
	flags.DurationVar(&c.lasting, "for", defaultLasting, "how long each rate lasts")
	flags.StringVar(&c.only, "only", "", "only this `server`")
	flags.StringVar(&c.profiles, "profiles", "", "write the servers' CPU profiles into this `folder`")
	return func() error { return relay(c) }
}

func peerjsFlags(flags *flag.FlagSet) func() error {
	var c peerjsConfig
	flags.IntVar(&c.runs, "runs", 3, "how often each measurement is made")
	flags.IntVar(&c.peers, "peers", 2000, "how many are connected")
	flags.IntVar(&c.rate, "rate", 5000, "messages a second, of all")
	flags.DurationVar(&c.lasting, "for", defaultLasting, "how long they are sent")
	flags.StringVar(&c.only, "only", "", "only this `server`")
	flags.StringVar(&c.profiles, "profiles", "", "write the hub's CPU profile into this `folder`")
	return func() error { return besideNPM(c) }
}

func firstFlags(flags *flag.FlagSet) func() error {
	runs := flags.Int("runs", 15, "how often each page is opened")
	return func() error { return first(*runs) }
}

func plotFlags(flags *flag.FlagSet) func() error {
	c := plotConfig{rates: []int{1_000, 10_000, 100_000, 1_000_000}, series: []int{4, 16}, windows: []time.Duration{10 * time.Second, time.Minute}}
	flags.Func("rates", "readings a second, of all series together (1000,10000,100000,1000000)", listed(&c.rates, strconv.Atoi))
	flags.Func("series", "how many series (4,16)", listed(&c.series, strconv.Atoi))
	flags.Func("windows", "how much time is visible (10s,1m)", listed(&c.windows, time.ParseDuration))
	flags.IntVar(&c.ratio, "ratio", 0, "device pixels per CSS pixel; 0 is 1, and at 100,000/s also 2")
	flags.DurationVar(&c.lasting, "for", 5*time.Second, "how long each is measured")
	flags.StringVar(&c.only, "only", "", "only this `chart`: "+strings.Join(charts, ", "))
	flags.StringVar(&c.shots, "shots", "", "put a picture of each plot into this `folder`")
	return func() error { return plots(c) }
}

// listed reads a flag that is a list with commas.
func listed[T any](to *[]T, parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		*to = nil
		for one := range strings.SplitSeq(text, ",") {
			v, err := parse(one)
			if err != nil {
				return err
			}
			*to = append(*to, v)
		}
		return nil
	}
}

func pixelFlags(flags *flag.FlagSet) func() error {
	lasting := flags.Duration("for", 90*time.Second, "how long readings are followed to their pixels")
	runs := flags.Int("runs", 11, "how often the page is opened late")
	return func() error { return pixel(*lasting, *runs) }
}

func carryFlags(flags *flag.FlagSet) func() error {
	var c carryConfig
	flags.IntVar(&c.rate, "rate", 1_000_000, "readings a second, of all series together")
	flags.IntVar(&c.series, "series", 4, "how many series")
	flags.DurationVar(&c.lasting, "for", time.Minute, "how long they are sent")
	flags.BoolVar(&c.search, "search", true, "look for the greatest rate that comes whole, too")
	flags.BoolVar(&c.counts, "counts", false, "readings are the counts of a 16-bit converter instead of fractions that need all their digits")
	flags.StringVar(&c.query, "query", "", "of the page's `address`, such as ?path=relay")
	flags.StringVar(&c.profiles, "profiles", "", "write profiles of the device and the page into this `folder`")
	return func() error { return carry(c) }
}

func memoryFlags(flags *flag.FlagSet) func() error {
	var c memoryConfig
	flags.IntVar(&c.rate, "rate", 1000, "readings a second, of all series together")
	flags.IntVar(&c.series, "series", 4, "how many series")
	flags.DurationVar(&c.lasting, "for", 30*time.Minute, "how long they are sent")
	return func() error { return memory(c) }
}
