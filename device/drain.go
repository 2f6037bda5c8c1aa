package device

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
)

const drainPatience = 10 * time.Second // without any progress: Drain gives up

// Shortfall answers [Device.Drain]: what viewers that are connected do not have.
type Shortfall struct {
	Behind int    // viewers that have not taken everything
	Losers int    // viewers that lost frames
	Lost   uint64 // frames, of all of them together
}

func (s *Shortfall) Error() string {
	var parts []string
	if s.Behind > 0 {
		parts = append(parts, fmt.Sprintf("%s not taken everything", have(s.Behind, "viewer")))
	}
	if s.Losers > 0 {
		parts = append(parts, fmt.Sprintf("%s lost %s that the log no longer held", count(s.Losers, "viewer"), count(s.Lost, "frame")))
	}
	return strings.Join(parts, ", and ")
}

// Drain ends the stream: what was gathered goes out, the state becomes ended,
// and it waits until every viewer that is connected has everything. It gives
// up on those that make no progress for 10 s. If not all have everything it
// answers with a *[Shortfall], and with ctx's cause if that ends.
// The log stays readable until Run ends.
func (d *Device) Drain(ctx context.Context) error {
	d.gather.end()
	d.SetState(plotbeam.State{Activity: plotbeam.Ended, Text: "The input has ended"})
	head := d.stream.Head()
	var short Shortfall
	progress := ^uint64(0) // the sum of what is acknowledged, so far
	moved := func() bool { // or done
		short = Shortfall{}
		now := uint64(0)
		for _, a := range d.viewers {
			now += a.acked.Seq - min(a.missing, a.acked.Seq)
			if (a.acked != head || a.missing > 0) && (a.path != "" || a.present) {
				short.Behind++
			}
			if lost := a.lost.count(); lost > 0 {
				short.Losers++
				short.Lost += lost
			}
		}
		news := now != progress
		progress = now
		return short.Behind == 0 || news
	}
	for {
		patience, stop := context.WithTimeout(ctx, drainPatience)
		err := d.wait(patience, moved)
		stop()
		switch {
		case err == nil && short == Shortfall{}:
			return nil
		case err == nil && short.Behind == 0:
			return &short
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return &short
		}
	}
}

func count[N int | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func have(n int, what string) string {
	if n == 1 {
		return count(n, what) + " has"
	}
	return count(n, what) + " have"
}
