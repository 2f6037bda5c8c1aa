package lab

import (
	"slices"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/viewer"
)

// Recorder keeps the readings that a viewer takes, and when they came.
type Recorder struct {
	mu       sync.Mutex
	readings []plotbeam.Reading
	came     []time.Time // of each
}

// Frame is for viewer.Config.OnFrame.
func (r *Recorder) Frame(f viewer.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for one := range f.Readings() {
		r.readings = append(r.readings, one)
		r.came = append(r.came, now)
	}
}

// Readings are those taken so far.
func (r *Recorder) Readings() []plotbeam.Reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readings[:len(r.readings):len(r.readings)]
}

// Stall is the longest time within a span in which nothing newer came than
// what was there; the time to the first and from the last count too.
func (r *Recorder) Stall(from, to time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var longest time.Duration
	var newest time.Time
	last := from
	for i, one := range r.readings {
		if !one.Time.After(newest) {
			continue // filled in afterwards
		}
		newest = one.Time
		if came := r.came[i]; came.After(from) && came.Before(to) {
			longest = max(longest, came.Sub(last))
			last = came
		}
	}
	return max(longest, to.Sub(last))
}

// Stale is how old the newest reading that was there has been at the most
// within a span.
func (r *Recorder) Stale(from, to time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var oldest time.Duration
	var newest time.Time
	for i, one := range r.readings {
		came := r.came[i]
		if !one.Time.After(newest) {
			continue
		}
		if came.After(from) && came.Before(to) && !newest.IsZero() {
			oldest = max(oldest, came.Sub(newest))
		}
		if !came.After(to) {
			newest = one.Time
		}
	}
	return max(oldest, to.Sub(newest))
}

// Ages are how old readings were when they came, the youngest first.
type Ages []time.Duration

// Percentile is the age that so many of a hundred readings do not exceed.
func (a Ages) Percentile(p int) time.Duration {
	if len(a) == 0 {
		return 0
	}
	return a[max(0, (len(a)*p+99)/100-1)]
}

// Ages are those of the readings that came within a span.
func (r *Recorder) Ages(from, to time.Time) Ages {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ages Ages
	for i, one := range r.readings {
		if came := r.came[i]; !came.Before(from) && came.Before(to) {
			ages = append(ages, came.Sub(one.Time))
		}
	}
	slices.Sort(ages)
	return ages
}

// First is how long after a mark the first reading came, and Fresh how long
// the first came that was also taken after it; false means none did.
func (r *Recorder) First(mark time.Time) (after time.Duration, ok bool) {
	return r.first(mark, func(plotbeam.Reading) bool { return true })
}

// Fresh: see First.
func (r *Recorder) Fresh(mark time.Time) (after time.Duration, ok bool) {
	return r.first(mark, func(one plotbeam.Reading) bool { return !one.Time.Before(mark) })
}

func (r *Recorder) first(mark time.Time, fits func(plotbeam.Reading) bool) (after time.Duration, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, one := range r.readings {
		if !r.came[i].Before(mark) && fits(one) {
			return r.came[i].Sub(mark), true
		}
	}
	return 0, false
}

// Missing counts the numbers from..to-1 that are no reading's value.
func (r *Recorder) Missing(from, to int) int {
	times := r.times()
	missing := 0
	for i := from; i < to; i++ {
		if times[float64(i)] == 0 {
			missing++
		}
	}
	return missing
}

// Repeated counts readings whose value came before.
func (r *Recorder) Repeated() int {
	repeated := 0
	for _, n := range r.times() {
		repeated += n - 1
	}
	return repeated
}

// times is how often each value came.
func (r *Recorder) times() map[float64]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	times := map[float64]int{}
	for _, one := range r.readings {
		times[one.Value]++
	}
	return times
}

// Report tells of every time that what was there was older than so long, by
// its end behind the mark.
func (r *Recorder) Report(tell func(string, ...any), mark time.Time, over time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var newest time.Time
	for i, one := range r.readings {
		if !one.Time.After(newest) {
			continue
		}
		if age := r.came[i].Sub(newest); age > over && !newest.IsZero() {
			tell("after %v: %v old, until the number %v", r.came[i].Sub(mark), age, one.Value)
		}
		newest = one.Time
	}
}
