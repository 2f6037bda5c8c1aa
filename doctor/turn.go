package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

// Kinds of servers, which are names of checks too.
const (
	stun    = "stun"
	turnUDP = "turn-udp"
	turnTCP = "turn-tcp"
	turnTLS = "turn-tls"
)

// kindOf says what a URL (RFC 7064, RFC 7065) leads to; empty for what links do not use.
func kindOf(url string) string {
	scheme, rest, _ := strings.Cut(url, ":")
	_, query, _ := strings.Cut(rest, "?")
	tcp := strings.Contains(query, "transport=tcp")
	switch {
	case scheme == "stun":
		return stun
	case scheme == "turn" && tcp:
		return turnTCP
	case scheme == "turn":
		return turnUDP
	case scheme == "turns" && (tcp || query == ""):
		return turnTLS
	}
	return ""
}

// turn opens a link from this machine to itself through each TURN server.
func (d *Doctor) turn(ctx context.Context, ice []plotbeam.ICEServer) []Check {
	kinds := []string{turnUDP, turnTCP, turnTLS}
	checks := make([]Check, len(kinds))
	var parts sync.WaitGroup
	for i, kind := range kinds {
		all := servers(ice, kind)
		if len(all) == 0 {
			checks[i] = Check{Name: kind, Outcome: None, Text: "the hub offers none"}
			continue
		}
		parts.Go(func() { checks[i] = d.turnOver(ctx, kind, all) })
	}
	parts.Wait()
	return checks
}

// turnOver takes the first server of a kind that works.
func (d *Doctor) turnOver(ctx context.Context, kind string, all []plotbeam.ICEServer) (c Check) {
	var wrong []string
	for _, one := range all {
		url := one.URLs[0]
		begun := time.Now()
		err := d.through(ctx, one)
		c = Check{Name: kind, Outcome: OK, Text: url + " carries there and back", Took: time.Since(begun)}
		if err == nil {
			return c
		}
		wrong = append(wrong, fmt.Sprintf("%s: %v", url, err))
		c.Hint = turnHint(kind, url, err)
	}
	c.Outcome, c.Text = Failed, strings.Join(wrong, "; ")
	return c
}

var (
	errNoLeg   = errors.New("no answer, or a refusal")
	errNoCarry = errors.New("it gives a leg, but nothing comes through")
)

func turnHint(kind, url string, err error) string {
	_, at, _ := strings.Cut(url, ":")
	at, _, _ = strings.Cut(at, "?")
	switch {
	case errors.Is(err, errNoCarry):
		return "the TURN server does not carry between its own legs: allow it its own address as a peer"
	case kind == turnUDP:
		return fmt.Sprintf("open UDP to %s for TURN; if that is open, the credentials may be wrong (--turn-secret, clocks)", at)
	case kind == turnTLS:
		return fmt.Sprintf("open TCP to %s for TURN; its certificate has to be one that this machine trusts", at)
	}
	return fmt.Sprintf("open TCP to %s for TURN; a proxy in front of the hub does not pass it on", at)
}

// through links this machine to itself with no way but one TURN server.
func (d *Doctor) through(ctx context.Context, server plotbeam.ICEServer) error {
	config := d.config.Link
	config.TURNOnly = true
	e, err := link.New(config)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, linkWithin)
	defer stop()
	const most = 2 * plotbeam.MaxCandidates // signals; what is beyond is no loss
	offering, answering := make(chan plotbeam.Message, most), make(chan plotbeam.Message, most)
	put := func(into chan plotbeam.Message) func(plotbeam.Message) {
		return func(m plotbeam.Message) {
			select {
			case into <- m:
			default:
			}
		}
	}
	only := []plotbeam.ICEServer{server}
	offerer, err := e.Offer("doctor", only, put(offering))
	if err != nil {
		return err
	}
	defer offerer.Shut()
	answerer, err := e.Answer("doctor", only, *(<-offering).Description, put(answering)) // an offer begins with it
	if err != nil {
		return err
	}
	defer answerer.Shut()
	return d.pair(ctx, offerer, answerer, offering, answering)
}

// pair passes signals between two links until both are open.
func (d *Doctor) pair(ctx context.Context, offerer, answerer *link.Link, offering, answering <-chan plotbeam.Message) error {
	legs := 0
	pass := func(m plotbeam.Message, to *link.Link) {
		if m.Candidate != nil && m.Candidate.Candidate != "" {
			legs++
		}
		if err := to.Signal(m); err != nil {
			d.log.Debug("signal not taken", "err", err)
		}
	}
	opened := []<-chan struct{}{offerer.Opened(), answerer.Opened()}
	for len(opened) > 0 {
		select {
		case m := <-offering:
			pass(m, answerer)
		case m := <-answering:
			pass(m, offerer)
		case <-opened[0]:
			opened = opened[1:]
		case <-ctx.Done():
			if legs == 0 {
				return errNoLeg
			}
			return errNoCarry
		}
	}
	return nil
}
