package stream

import (
	"math"
	"slices"
	"time"
)

const (
	// MaxInFlight bounds the bytes that are sent to a reader and not yet taken
	// by it, whatever its path.
	MaxInFlight = 1 << 20

	firstBudget = 2400                  // bytes unsent at the beginning: two packets
	leastBudget = 512                   // on a path that is slow to get rid of them
	mostBudget  = MaxInFlight           // and on one that is quick
	brisk       = 50 * time.Millisecond // over the round trip: bytes that wait no longer do not queue
	markEvery   = 10 * time.Millisecond // of sending, to tell the age of what is unsent
	mostMarks   = 64                    // that are remembered

	// The other end may keep it to itself for so long that so little has come:
	// TCP's delayed acknowledgement (RFC 1122, section 4.2.3.2).
	delayed = 200 * time.Millisecond
	little  = 536 // bytes
)

// Flow bounds what is in flight to one reader, so that what it sees is not
// older than the path makes it. One goroutine uses it at a time, but for Take.
//
// The bytes that a path has not got rid of are no older than the last ones that
// were sent: where they would be too old, no more are sent until the path has
// room, and the cursor skips meanwhile to what is newest then.
type Flow struct {
	// Least is how many bytes may be unsent even where the path is slow to get
	// rid of them. Zero means 512.
	Least int

	sent    int64
	counted int64 // of sent
	taken   int64
	budget  int           // bytes that may be unsent
	limit   time.Duration // that they may wait
	blocked pause         // while too many are
	tight   pause         // likewise for what does not hurry
	marks   []mark        // of what was sent since nothing was unsent, or of the last of it
	begun   bool          // whether a frame was sent
}

// pause is a time in which nothing is sent; zero if there is none.
type pause struct {
	since  time.Time
	unsent int // bytes, when it began
}

type mark struct {
	at   time.Time
	sent int64 // bytes before
}

// Sent notes that a frame of n bytes was handed to the path. One that may be
// lost is not counted as in flight, for nobody tells what has become of it.
func (f *Flow) Sent(n int, counts bool) {
	f.Said(n)
	f.begun = true
	if counts {
		f.counted += int64(n)
	}
}

// Said notes that words of n bytes were.
func (f *Flow) Said(n int) {
	now := time.Now()
	if n := len(f.marks); n == 0 || now.Sub(f.marks[n-1].at) >= markEvery {
		if n == mostMarks {
			f.marks = slices.Delete(f.marks, 0, 1)
		}
		f.marks = append(f.marks, mark{now, f.sent})
	}
	f.sent += int64(n)
}

// Take notes how many bytes the reader has taken in all.
func (f *Flow) Take(n uint64) {
	if n <= uint64(f.counted) {
		f.taken = max(f.taken, int64(n))
	}
}

// InFlight is how many bytes are sent and not taken.
func (f *Flow) InFlight() int { return int(f.counted - f.taken) }

// Full reports whether a reader has so much to take that nothing should be sent.
func (f *Flow) Full() bool { return f.counted-f.taken > MaxInFlight }

// Brisk reports whether something sent now would arrive soon, given how many
// bytes the path has not got rid of and its round trip. How many may wait is
// found out: twice as many each time that they went quickly, four times as many
// where that would still be in time, half when not.
func (f *Flow) Brisk(unsent int, trip time.Duration) bool {
	if f.budget == 0 {
		f.budget = max(firstBudget, f.least())
	}
	f.limit = trip + brisk
	if !f.begun {
		return true // what is unsent are words
	}
	brisk := unsent <= f.budget && f.age(unsent) <= f.patience(unsent)
	f.learn(&f.blocked, brisk, unsent)
	return brisk
}

// patience is how long so many bytes may be unsent.
func (f *Flow) patience(unsent int) time.Duration {
	if unsent <= little {
		return f.limit + delayed
	}
	return f.limit
}

// Sure reports whether Brisk and Spare would say yes whatever has become of
// what was sent: it is little, and young.
func (f *Flow) Sure() bool {
	if !f.blocked.since.IsZero() || !f.tight.since.IsZero() || f.budget == 0 {
		return false
	}
	if len(f.marks) == 0 {
		return true
	}
	first := f.marks[0]
	n := int(f.sent - first.sent)
	return n <= min(f.budget/2, firstBudget) && time.Since(first.at) <= f.patience(n)
}

// Spare reports, after Brisk, whether there is also room for what does not hurry.
func (f *Flow) Spare(unsent int) bool {
	if !f.blocked.since.IsZero() {
		f.tight = pause{}
		return false
	}
	spare := unsent <= f.budget/2
	if now := time.Now(); !spare && !f.tight.since.IsZero() && now.Sub(f.tight.since) > f.limit {
		f.budget = min(2*f.budget, mostBudget) // all that was unsent then has gone in time
		f.tight = pause{now, unsent}
	}
	f.learn(&f.tight, spare, unsent)
	return spare
}

// learn makes the budget follow how long it was too small: more if the path got
// rid of it quickly, else what it gets rid of in time.
func (f *Flow) learn(p *pause, fits bool, unsent int) {
	switch {
	case !fits && p.since.IsZero():
		*p = pause{time.Now(), unsent}
	case fits && !p.since.IsZero():
		switch took := time.Since(p.since); {
		case took <= f.limit/4:
			f.budget = min(4*f.budget, mostBudget)
		case took <= f.limit:
			f.budget = min(2*f.budget, mostBudget)
		default:
			gone := float64(max(0, p.unsent-unsent)) * f.limit.Seconds() / took.Seconds()
			f.budget = max(min(f.budget/2, int(gone)), f.least())
		}
		*p = pause{}
	}
}

func (f *Flow) least() int {
	if f.Least == 0 {
		return leastBudget
	}
	return f.Least
}

// age is how long ago the oldest of the bytes that are unsent was sent, or
// longer than limits are if that is not remembered.
func (f *Flow) age(unsent int) time.Duration {
	if unsent <= 0 {
		f.marks = f.marks[:0]
		return 0
	}
	from := f.sent - int64(unsent)
	age := time.Duration(0) // of the oldest mark so far
	for _, m := range slices.Backward(f.marks) {
		if age = time.Since(m.at); m.sent <= from {
			return age
		}
	}
	if len(f.marks) < mostMarks {
		return age // the rest that is unsent are others' bytes
	}
	return math.MaxInt64
}
