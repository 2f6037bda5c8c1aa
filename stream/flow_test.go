package stream_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam/stream"
)

// pipe drains at a rate, after a delay.
type pipe struct {
	rate   int // bytes a second
	unsent float64
	last   time.Time
}

func (p *pipe) drain() int {
	now := time.Now()
	if !p.last.IsZero() {
		p.unsent = max(0, p.unsent-now.Sub(p.last).Seconds()*float64(p.rate))
	}
	p.last = now
	return int(p.unsent)
}

// A live stream into a pipe of a tenth of its rate is never queued for 2 s.
func TestFlowKeepsWhatIsSentYoung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const frame, trip = 100, 80 * time.Millisecond
		var f stream.Flow
		p := pipe{rate: frame * 50 / 10}
		worst, sent := 0.0, 0
		for range 50 * 60 {
			if f.Brisk(p.drain(), trip) {
				f.Sent(frame, true)
				p.unsent += frame
				sent++
				worst = max(worst, p.unsent/float64(p.rate))
			}
			time.Sleep(20 * time.Millisecond)
		}
		if worst > 1.9 {
			t.Errorf("a frame waited for %.2f s", worst)
		}
		if most := p.rate * 60 / frame; sent < most*8/10 {
			t.Errorf("%d frames were sent, the pipe takes %d", sent, most)
		}
	})
}

// What is kept goes fast into a pipe that takes it, and slowly into one that does not.
func TestFlowFindsTheRate(t *testing.T) {
	for _, c := range []struct {
		rate   int
		within time.Duration // for 1 MB
		queue  float64       // s, at the most
	}{{100 << 20, time.Second, 1}, {2000, 0, 3}} {
		synctest.Test(t, func(t *testing.T) {
			const frame, trip = 200, 80 * time.Millisecond
			var f stream.Flow
			p := pipe{rate: c.rate}
			begun := time.Now()
			for sent := 0; sent < 1_000_000 && time.Since(begun) < 30*time.Second; {
				for f.Brisk(p.drain(), trip) && sent < 1_000_000 {
					f.Sent(frame, true)
					p.unsent += frame
					sent += frame
					if queue := p.unsent / float64(p.rate); queue > c.queue {
						t.Fatalf("%v B/s: a frame waits for %.2f s", c.rate, queue)
					}
				}
				time.Sleep(5 * time.Millisecond)
			}
			if took := time.Since(begun); c.within > 0 && took > c.within {
				t.Errorf("%v B/s: took %v", c.rate, took)
			}
		})
	}
}

func TestFlowWindow(t *testing.T) {
	var f stream.Flow
	f.Sent(stream.MaxInFlight, true)
	if f.Full() {
		t.Error("full at the limit")
	}
	f.Sent(1, true)
	if !f.Full() {
		t.Error("not full over the limit")
	}
	f.Take(1 << 40) // more than was sent: a liar changes nothing
	if !f.Full() {
		t.Error("a reader that has taken more than was sent is believed")
	}
	f.Take(1000)
	if f.Full() || f.InFlight() != stream.MaxInFlight-999 {
		t.Errorf("in flight are %d bytes", f.InFlight())
	}
}
