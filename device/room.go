package device

import (
	"context"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	roomShare    = 8                // of the log, one part: a viewer that lacks more is waited for
	roomPatience = 10 * time.Second // without any progress: a viewer is waited for no longer
	beginWithin  = time.Second      // a viewer that has joined says where it begins
	roomLook     = 500 * time.Millisecond
)

// Room waits until a flood may go on: an input that could be read later, such as
// a file, asks before each Publish, so that no viewer falls off the log's tail
// that takes what it is sent. It waits for those that lack more than an eighth
// of what the log may hold (which is also what a hub keeps for those that it
// relays), but not for one that has made no progress for 10 s. A live input
// does not ask: it would only be late for everybody.
func (d *Device) Room(ctx context.Context) error {
	for {
		d.mu.Lock()
		roomy := d.roomy()
		d.mu.Unlock()
		if roomy {
			return nil
		}
		look, stop := context.WithTimeout(ctx, roomLook) // patience ends without a word
		err := d.wait(look, d.roomy)
		stop()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// roomy reports whether nobody has to be waited for. It needs d.mu.
func (d *Device) roomy() bool {
	now := time.Now()
	edge := d.gather.edge(now)
	if edge == 0 {
		return true
	}
	roomy := true
	for _, a := range d.viewers {
		switch {
		case a.acked.Epoch == 0: // it may be about to begin with the oldest frame
			roomy = roomy && now.Sub(a.since) >= beginWithin
		case a.acked.Seq < edge:
			roomy = roomy && !a.awaited.waits(a.acked, now)
		}
	}
	return roomy
}

// awaited is how long a viewer is waited for.
type awaited struct {
	at    plotbeam.Position
	since time.Time // it has been there
}

// waits reports whether a viewer that is at p is worth waiting for.
func (w *awaited) waits(p plotbeam.Position, now time.Time) bool {
	if p != w.at {
		*w = awaited{p, now}
	}
	return now.Sub(w.since) < roomPatience
}

// recent is the newest part of the log, beyond which nobody should be behind.
type recent struct {
	limits   stream.Limits // of that part; negative means no bound
	frames   []mark        // oldest first
	readings int           // in frames, as are bytes
	bytes    int
	edge     uint64 // of the newest frame that is older; 0 if none is
}

// mark is what a frame weighs.
type mark struct {
	seq             uint64
	readings, bytes int
	appended        time.Time
}

func newRecent(log stream.Limits) recent {
	return recent{limits: stream.Limits{
		Readings: part(log.Readings, stream.DefaultReadings),
		Bytes:    part(log.Bytes, stream.DefaultBytes),
		Age:      part(log.Age, stream.DefaultAge),
	}}
}

func part[T int | time.Duration](limit, usual T) T {
	switch {
	case limit < 0:
		return limit
	case limit == 0:
		limit = usual
	}
	return max(limit/roomShare, 1)
}

func (r *recent) add(f plotbeam.Frame, now time.Time) {
	if r.limits.Readings < 0 && r.limits.Bytes < 0 && r.limits.Age < 0 {
		return // nobody falls off a log without bounds
	}
	m := mark{f.Position.Seq, int(f.Count), len(f.Wire), now}
	r.frames = append(r.frames, m)
	r.readings += m.readings
	r.bytes += m.bytes
	r.settle(now)
}

// settle lets go of what is not recent any more.
func (r *recent) settle(now time.Time) {
	for len(r.frames) > 0 {
		m := r.frames[0]
		if !over(r.readings, r.limits.Readings) && !over(r.bytes, r.limits.Bytes) && !over(now.Sub(m.appended), r.limits.Age) {
			return
		}
		r.readings -= m.readings
		r.bytes -= m.bytes
		r.edge, r.frames = m.seq, r.frames[1:]
	}
}

func over[T int | time.Duration](n, limit T) bool { return limit >= 0 && n > limit }
