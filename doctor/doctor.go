// Package doctor finds out what works between this machine and a hub. For some
// seconds it is a device and a viewer there, and says of every hop how it is,
// and what to do where it fails.
//
//	this machine                                          hub
//	   |-- hub, socket, clock ------------- TCP ---------> |
//	   |-- stun, nat, turn-udp ------------ UDP ---------> |
//	   |-- turn-tcp, turn-tls ------------- TCP ---------> |
//	device ---- relay ---------------------------------->  | ---> viewer, here too
//	device ==== direct ==================================> viewer
//
// It cannot see the network of who is at the other end of a stream: a path is
// direct if both ends let it be.
package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

const (
	hubWithin    = 10 * time.Second // for the hub's answer over HTTP, and for its welcome
	linkWithin   = 5 * time.Second  // for a link through TURN
	streamWithin = 8 * time.Second  // for the first reading on one path
	flowWithin   = 4 * time.Second  // for those after it: a path that opens at the last moment is open
)

// Config says what to look at. Hub is needed.
type Config struct {
	Hub    string // URL of the hub's page, such as http://localhost:8080
	Link   link.Config
	Client *http.Client // for the hub; nil means http.DefaultClient
	// OnCheck is told each check as soon as it and those before it are done.
	OnCheck func(Check)
	Log     *slog.Logger // nil means none
}

// Outcome is how a check ended.
type Outcome string

const (
	OK     Outcome = "ok"
	Failed Outcome = "failed"
	None   Outcome = "none" // there is nothing to check: the hub does not offer it
)

// Check is one hop, looked at.
type Check struct {
	Name    string // hub, socket, clock, stun, nat, turn-udp, turn-tcp, turn-tls, relay, direct
	Outcome Outcome
	Text    string        // what was found
	Hint    string        // what to do about it; empty where nothing is to be done
	Took    time.Duration // zero where nothing was waited for
}

// Report is the whole.
type Report struct {
	Version string // of the hub; empty if it did not say
	Checks  []Check
	Path    string // the best: "direct", "turn", "relay", or "" where no stream can flow
	Summary string // a sentence
}

// Doctor looks once.
type Doctor struct {
	config Config
	log    *slog.Logger
	checks []Check
}

// New makes a doctor; it does nothing before Run.
func New(c Config) *Doctor {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.OnCheck == nil {
		c.OnCheck = func(Check) {}
	}
	return &Doctor{config: c, log: c.Log}
}

// Run makes every check, and waits for all that it has begun. It takes a second
// where all is well, and up to half a minute where much is not.
func (d *Doctor) Run(ctx context.Context) Report {
	if first := d.tell(d.hub(ctx)); first.Outcome == Failed {
		return Report{Checks: d.checks, Summary: "No stream can flow: the hub cannot be reached."}
	}
	peer, check := d.join(ctx)
	d.tell(check)
	if peer == nil {
		return Report{Checks: d.checks, Summary: "No stream can flow: the hub's socket does not open."}
	}
	defer peer.leave()
	d.tell(clockCheck(peer))

	// The rest at once: where nothing answers, each waits for some seconds.
	outside := begin(func() outside { return d.outside(ctx, peer.ice) })
	turn := begin(func() []Check { return d.turn(ctx, peer.ice) })
	streams := begin(func() [2]Check { return d.streams(ctx) })
	out, legs := <-outside, <-turn
	for _, one := range slices.Concat(out.checks(), legs) {
		if one.Name == turnUDP && out.blocked() {
			one.Hint = "" // it was given
		}
		d.tell(one)
	}
	both := <-streams
	d.tell(both[0])
	d.tell(out.judge(both[1]))
	r := Report{Version: plotbeam.Printable(peer.version), Checks: d.checks}
	r.Path, r.Summary = conclude(d.checks, out)
	return r
}

func (d *Doctor) tell(c Check) Check {
	c.Text, c.Hint = plotbeam.Printable(c.Text), plotbeam.Printable(c.Hint) // others' words are among them
	d.checks = append(d.checks, c)
	d.config.OnCheck(c)
	return c
}

// begin runs f beside the caller, who waits for the result.
func begin[T any](f func() T) <-chan T {
	done := make(chan T, 1) // one place, never closed
	go func() { done <- f() }()
	return done
}

// conclude is the best path, and a sentence about it.
func conclude(checks []Check, out outside) (path, summary string) {
	works := func(name string) bool {
		return slices.ContainsFunc(checks, func(c Check) bool { return c.Name == name && c.Outcome == OK })
	}
	turn := works(turnUDP) || works(turnTCP) || works(turnTLS)
	relay := works("relay")
	switch {
	case works("direct") && out.nat == natStrict && turn:
		return "direct", "Streams flow: directly to where the other side's network allows it, through TURN elsewhere."
	case works("direct") && relay:
		return "direct", "Streams flow: through the hub at once, and directly as soon as a direct path opens."
	case works("direct") && turn:
		return "direct", "Streams flow: directly, or through TURN; not through the hub."
	case works("direct"):
		return "direct", "Streams flow directly, and in no other way: viewers whose network does not allow that see nothing."
	case turn && relay:
		return "turn", "Streams flow, but not directly: through the hub and through TURN."
	case turn:
		return "turn", "Streams flow, but only through TURN."
	case relay && out.blocked():
		return "relay", "Streams flow, but only through the hub: UDP does not get out."
	case relay:
		return "relay", "Streams flow, but only through the hub."
	}
	return "", "No stream can flow: neither through the hub nor directly."
}

// Span writes a duration for people: 0.3 ms, 14 ms, 1.6 s, 2h0m0s.
func Span(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// servers are the URLs of one kind, each as a server with its credential.
func servers(ice []plotbeam.ICEServer, kind string) (found []plotbeam.ICEServer) {
	for _, one := range ice {
		for _, url := range one.URLs {
			if kindOf(url) == kind {
				found = append(found, plotbeam.ICEServer{URLs: []string{url}, Username: one.Username, Credential: one.Credential})
			}
		}
	}
	return found
}
