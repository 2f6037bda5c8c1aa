package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/link"
)

// nat is what seems to stand between this machine and the outside.
type nat int

const (
	natUnknown nat = iota
	natNone        // the outside sees this machine's own address
	natSingle      // one server asked: more cannot be known
	natEasy        // one port for all whom a socket writes to
	natStrict      // another port for each: "symmetric"
)

// outside is how servers see this machine, over UDP.
type outside struct {
	seen    []link.Seen
	nat     nat
	problem error // why nothing could be asked
}

// outside asks all servers that answer over UDP: STUN's and TURN's.
func (d *Doctor) outside(ctx context.Context, ice []plotbeam.ICEServer) outside {
	e, err := link.New(d.config.Link)
	if err != nil {
		return outside{problem: err}
	}
	var urls []string
	for _, one := range slices.Concat(servers(ice, stun), servers(ice, turnUDP)) {
		urls = append(urls, one.URLs...)
	}
	o := outside{seen: e.Outside(ctx, urls)}
	o.nat = natOf(o.seen, e.Own)
	return o
}

// natOf judges by what servers saw. One of IPv6 tells nothing of a NAT for
// IPv4, so the first family counts.
func natOf(seen []link.Seen, own func(netip.Addr) bool) nat {
	var heard []link.Seen
	for _, one := range seen {
		if one.Err == nil && (len(heard) == 0 || one.Address.Addr().Is4() == heard[0].Address.Addr().Is4()) {
			heard = append(heard, one)
		}
	}
	if len(heard) == 0 {
		return natUnknown
	}
	first := heard[0]
	if own(first.Address.Addr()) && first.Address.Port() == first.Local {
		return natNone
	}
	kind := natSingle
	for _, one := range heard[1:] {
		switch {
		case one.Address != first.Address:
			return natStrict
		case one.Server != first.Server:
			kind = natEasy
		}
	}
	return kind
}

// blocked reports whether servers were asked over UDP and none answered.
func (o outside) blocked() bool {
	return len(o.seen) > 0 && !slices.ContainsFunc(o.seen, func(s link.Seen) bool { return s.Err == nil })
}

// checks are those of STUN and of the NAT.
func (o outside) checks() []Check {
	c := Check{Name: stun, Outcome: None, Text: "the hub names no STUN server", Hint: "without STUN, streams are direct within one network only: see --stun of `plotbeam serve`"}
	var failed []string
	for _, one := range o.seen {
		switch {
		case kindOf(one.URL) != stun:
		case one.Err != nil:
			failed = append(failed, fmt.Sprintf("%s: %s", one.URL, reason(one.Err)))
		case c.Outcome != OK:
			c = Check{Name: stun, Outcome: OK, Text: fmt.Sprintf("%s sees this machine as %v", one.URL, one.Address), Took: one.Took}
		}
	}
	switch {
	case o.problem != nil:
		c = Check{Name: stun, Outcome: Failed, Text: o.problem.Error()}
	case len(failed) == 0:
	case c.Outcome == OK:
		c.Text += "; but " + strings.Join(failed, "; ")
	default:
		c = Check{Name: stun, Outcome: Failed, Text: strings.Join(failed, "; "), Hint: o.udpHint()}
	}
	return []Check{c, o.natCheck()}
}

// reason is an error in a line that names the server already.
func reason(err error) string {
	if errors.Is(err, link.ErrNoAnswer) {
		return err.Error()
	}
	return plain(err)
}

// udpHint says what to do where a STUN server is silent.
func (o outside) udpHint() string {
	if !o.blocked() {
		return "UDP works, but that STUN server does not: is it up? see --stun of `plotbeam serve`"
	}
	var ports []string
	for _, one := range o.seen {
		if port := fmt.Sprint(one.Server.Port()); one.Server.IsValid() && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	if len(ports) == 0 {
		return "the server's name leads nowhere: check this machine's DNS, and the hub's --stun"
	}
	return fmt.Sprintf("UDP to port %s is blocked, here or at the hub: viewers will use the relay; open it for direct streams", strings.Join(ports, " and "))
}

func (o outside) natCheck() Check {
	c := Check{Name: "nat", Outcome: OK}
	switch o.nat {
	case natUnknown:
		c.Outcome, c.Text = None, "cannot be known: no server has answered over UDP"
	case natNone:
		c.Text = "none: the outside sees this machine's own address"
	case natSingle:
		c.Text = "there is one; with a single server to ask, its kind cannot be known"
	case natEasy:
		c.Text = "there is one, with one port for all: direct paths are possible"
	case natStrict:
		c.Text = "there is one, with another port for each destination (symmetric)"
		c.Hint = "this NAT allows direct paths only to networks that are less strict; elsewhere TURN or the relay carries the stream"
	}
	if len(o.seen) == 0 {
		c.Text = "cannot be known: there is no server to ask"
	}
	return c
}

// judge is the check of the direct path, which was opened within this machine,
// in the light of what gets out of it.
func (o outside) judge(direct Check) Check {
	if direct.Outcome != OK || !o.blocked() {
		return direct
	}
	direct.Outcome = Failed
	direct.Text = "opens within this machine only, for UDP does not get out"
	return direct
}
