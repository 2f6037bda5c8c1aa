package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/session"
	"github.com/plotbeam/plotbeam/viewer"
)

// hub asks for the list of devices over HTTP.
func (d *Doctor) hub(ctx context.Context) Check {
	ctx, stop := context.WithTimeout(ctx, hubWithin)
	defer stop()
	begun := time.Now()
	live, err := viewer.List(ctx, d.config.Client, d.config.Hub)
	c := Check{Name: "hub", Outcome: OK, Took: time.Since(begun)}
	if err != nil {
		c.Outcome, c.Text, c.Hint = Failed, plain(err), hintFor(err)
		return c
	}
	c.Text = fmt.Sprintf("%s answers; live devices: %d", d.config.Hub, len(live))
	return c
}

// plain is the innermost words of a network error, without the URL around them.
func plain(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Error()
	}
	return err.Error()
}

func hintFor(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name does not lead anywhere: check the URL, and this machine's DNS"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the hub's certificate is not one that this machine trusts: see --tls-cert of `plotbeam serve`"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "a firewall may drop the packets, here or at the hub: open the hub's port over TCP"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "start a hub with `plotbeam serve`, or name another with --hub"
	}
	return "something answers there that is no Plotbeam hub, or a proxy is in between: check the URL"
}

// peer is this doctor at the hub.
type peer struct {
	ice     []plotbeam.ICEServer
	version string
	ahead   time.Duration // of the hub's clock before this one's,
	within  time.Duration // give or take so much
	leave   func()        // says goodbye, and waits for that
}

// join opens a socket to the hub and waits for the welcome, in which the hub
// tells its time. If that does not come, peer is nil.
func (d *Doctor) join(ctx context.Context) (joined *peer, check Check) {
	life, end := context.WithCancel(ctx)
	var running sync.WaitGroup
	leave := func() { end(); running.Wait() }
	var said time.Time // the hello; set before the welcome is heard
	welcome, lost := make(chan *peer, 1), make(chan error, 1)
	s, err := session.New(session.Config{
		Hub: d.config.Hub, Client: d.config.Client, Log: d.log,
		Hello: func() []plotbeam.Message {
			said = time.Now()
			return []plotbeam.Message{{Type: plotbeam.Hello, Role: plotbeam.RoleViewer}}
		},
		OnMessage: func(m plotbeam.Message) {
			if m.Type == plotbeam.Welcome {
				now := time.Now()
				half := now.Sub(said) / 2
				p := &peer{ice: m.ICE, version: plotbeam.Cut(m.Version, 60), ahead: time.UnixMicro(m.Time).Sub(now.Add(-half)), within: half, leave: leave}
				select {
				case welcome <- p:
				default: // of a socket that came after
				}
			}
		},
		OnAway: func(err error, _ time.Duration) { first(lost, err) },
	})
	begun := time.Now()
	if err == nil {
		running.Go(func() {
			if err := s.Run(life); err != nil {
				first(lost, err)
			}
		})
		select {
		case joined = <-welcome:
			text := "the hub says welcome"
			if joined.version != "" {
				text += "; its version: " + joined.version
			}
			return joined, Check{Name: "socket", Outcome: OK, Text: text, Took: time.Since(begun)}
		case err = <-lost:
		case <-time.After(hubWithin):
			err = errors.New("no welcome")
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	check = Check{Name: "socket", Outcome: Failed, Text: plain(err), Took: time.Since(begun)}
	check.Hint = "pages come through and WebSockets do not: a proxy in between has to pass on the header Upgrade, and leave connections open"
	leave()
	return nil, check
}

// first keeps the first error.
func first(into chan error, err error) {
	select {
	case into <- err:
	default:
	}
}

// clocksApart is how far two clocks may be from each other before a person
// should know.
const clocksApart = 2 * time.Second

// clockCheck compares this machine's clock to the hub's. Streams do not depend
// on it: ages are measured. What is written down does.
func clockCheck(p *peer) Check {
	c := Check{Name: "clock", Outcome: OK, Took: 2 * p.within}
	off := p.ahead.Abs()
	side := "behind"
	if p.ahead < 0 {
		side = "ahead of"
	}
	c.Text = fmt.Sprintf("this machine's clock is %s %s the hub's, give or take %s", Span(off), side, Span(p.within))
	if off <= p.within {
		c.Text = fmt.Sprintf("this machine's clock is the hub's, give or take %s", Span(p.within))
	}
	if off-p.within > clocksApart {
		c.Outcome = Failed
		c.Hint = "set this machine's clock, or the hub's (NTP): readings carry the time of the device that makes them"
	}
	return c
}
