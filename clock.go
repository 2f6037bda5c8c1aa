package plotbeam

import (
	"sync"
	"time"
)

// clockSamples is how many measurements the best is taken of: a queue makes a
// round trip longer and wrong, never shorter.
const clockSamples = 16

// Clock measures how another's clock stands to this one's, as NTP does
// (RFC 5905, section 8), by the times in beats and acks. Its zero value is
// ready, and its methods may be called from any goroutine.
type Clock struct {
	mu      sync.Mutex
	time    int64 // of the other's last message
	heard   time.Time
	samples [clockSamples]sample
	count   int // of samples ever

	// The least round trip of this minute and of the one before.
	trip, before time.Duration
	since        time.Time // when this minute began
}

type sample struct {
	ahead, trip time.Duration
}

// Stamp writes the time, and what the other end needs to measure, into a
// message that is about to be sent.
func (c *Clock) Stamp(m *Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	m.Time = now.UnixMicro()
	if c.time != 0 {
		m.Echo, m.Held = c.time, now.Sub(c.heard).Microseconds()
	}
}

// Hear takes the times of a message that has just come.
func (c *Clock) Hear(m Message) { c.HearTimes(m.Time, m.Echo, m.Held) }

// HearTimes takes them where they are not in a message.
func (c *Clock) HearTimes(sent, echo, held int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if sent == 0 {
		return
	}
	now := time.Now()
	c.time, c.heard = sent, now
	if echo == 0 {
		return
	}
	trip := now.Sub(time.UnixMicro(echo)) - Micros(held)
	if trip < 0 || trip > time.Minute {
		return // one of the clocks was set meanwhile
	}
	ahead := time.UnixMicro(sent).Add(trip / 2).Sub(now)
	c.samples[c.count%clockSamples] = sample{ahead, trip}
	c.count++
	if now.Sub(c.since) > time.Minute {
		c.before, c.trip, c.since = c.trip, trip, now
	}
	c.trip = min(c.trip, trip)
}

// Trip is the least round trip of the last minute or two: what it takes where
// nothing queues. It is zero while none is known.
func (c *Clock) Trip() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.before > 0 {
		return min(c.before, c.trip)
	}
	return c.trip
}

// Ahead is how far the other's clock is ahead of this one's, give or take half
// a round trip. It is not known before two messages have crossed.
func (c *Clock) Ahead() (ahead, trip time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == 0 {
		return 0, 0, false
	}
	best := c.samples[0]
	for _, s := range c.samples[:min(c.count, clockSamples)] {
		if s.trip < best.trip {
			best = s
		}
	}
	return best.ahead, best.trip, true
}

// Way is how long a message that was sent at the other's time has been under
// way until now.
func (c *Clock) Way(sent int64) (way time.Duration, known bool) {
	ahead, _, known := c.Ahead()
	return max(0, time.Since(time.UnixMicro(sent).Add(-ahead))), known
}

// Micros is so many µs, as messages give durations.
func Micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
