package lab

import (
	"math/rand/v2"
	"time"
)

// queueLimit is how long a packet may wait for its turn on a lane of limited
// rate; one that would wait longer is dropped.
const queueLimit = 200 * time.Millisecond

// lane is one direction of a host's line to the backbone.
//
//	packet -- queue, at most 200 ms -- rate -- loss -- delay --> far end
type lane struct {
	delay time.Duration
	loss  float64 // the share of packets that vanish
	rate  int     // bytes a second; zero means no limit
	busy  time.Time
	dice  *rand.Rand
}

func newLane(delay time.Duration, host, direction uint64) *lane {
	return &lane{delay: delay, dice: rand.New(rand.NewPCG(host, direction))}
}

// pass says when a packet that enters now comes out, unless it is lost. The
// queue has always room for what is reliable: its sender holds itself back.
func (l *lane) pass(size int, reliable bool) (out time.Time, ok bool) {
	out = time.Now()
	if l.rate > 0 {
		if l.busy.After(out) {
			if !reliable && l.busy.Sub(out) > queueLimit {
				return out, false
			}
			out = l.busy
		}
		out = out.Add(time.Duration(size) * time.Second / time.Duration(l.rate))
		l.busy = out
	}
	if l.loss > 0 && l.dice.Float64() < l.loss {
		return out, false
	}
	return out.Add(l.delay), true
}
