package viewer

import (
	"context"
	"slices"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const (
	chaseAgain  = 60 * time.Millisecond // at the least, and a quarter over the round trip
	chaseAfter  = 20 * time.Millisecond // that a beat was faster than the frames it tells of
	chaseSlow   = time.Second           // after so many tries:
	chaseTries  = 4
	chaseFrames = 256 // at once; the newest first
)

// chase asks the device for frames that seem lost on their way, sooner than
// SCTP would send them again.
func (v *Viewer) chase(ctx context.Context, l *line) {
	if v.config.Bound == 0 {
		return // they come in order
	}
	var c chaser
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-l.hole:
		case <-again.C:
		case <-ctx.Done():
			return
		}
		if v.inbox.holds(inboxAhead) { // it would only wait there
			again.Reset(chaseSlow)
			continue
		}
		_, trip, _ := l.clock.Ahead()
		v.mu.Lock()
		missing, r, newest := slices.Clone(v.place.missing), l.reading, uint64(0)
		if at := v.place.at; at != nil && r.begun && at.Seq < r.head {
			newest = at.Seq
			missing = append(missing, plotbeam.Span{First: at.Seq + 1, Last: r.head})
		}
		v.mu.Unlock()
		if ask := c.due(missing, newest, max(chaseAgain, trip*5/4)); len(ask) > 0 {
			m := plotbeam.Message{Type: plotbeam.Read, Spans: ask}
			if err := l.SendNow(ctx, m.Encode(), true); err != nil { // if that is lost, too, the next will not wait for it
				return
			}
		}
		if len(c.tries) > 0 {
			again.Reset(chaseAgain / 6)
		}
	}
}

// chaser knows which frames were asked for.
type chaser struct {
	tries map[uint64]try // by sequence number
}

type try struct {
	next  time.Time // when it is asked for again
	count int
}

// due is what to ask for now, of what is missing; asking for the same again
// waits for pause. Frames behind the newest may just be slower than the word of them.
func (c *chaser) due(missing stream.Spans, newest uint64, pause time.Duration) (ask stream.Spans) {
	tries := map[uint64]try{}
	now := time.Now()
	for i := len(missing) - 1; i >= 0; i-- {
		for seq := missing[i].Last; seq >= missing[i].First && len(tries) < chaseFrames; seq-- {
			one, known := c.tries[seq]
			switch {
			case !known && newest > 0 && seq > newest:
				one.next = now.Add(chaseAfter)
			case !now.Before(one.next):
				if one.count++; one.count > chaseTries {
					pause = chaseSlow
				}
				one.next = now.Add(pause)
				ask = ask.With(plotbeam.Span{First: seq, Last: seq})
			}
			tries[seq] = one
		}
	}
	c.tries = tries
	return ask
}
