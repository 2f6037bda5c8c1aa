package lab

import (
	"container/heap"
	"sync"
	"time"
)

// agenda runs what is due at a time, in the order of the times and then of the
// entries, so that packets of one instant do not overtake each other.
type agenda struct {
	mu      *sync.Mutex // the network's; held while an entry runs
	entries entries
	count   uint64        // entries so far
	wake    chan struct{} // one place: there is a new first entry; never closed
	stopped chan struct{} // closed by stop
}

type entry struct {
	at    time.Time
	order uint64
	run   func()
}

func newAgenda(mu *sync.Mutex) *agenda {
	return &agenda{mu: mu, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// at needs the network's lock, under which run will run too.
func (a *agenda) at(when time.Time, run func()) {
	a.count++
	one := entry{at: when, order: a.count, run: run}
	heap.Push(&a.entries, one)
	if a.entries[0].order == one.order {
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
}

// after is at, a while from now.
func (a *agenda) after(d time.Duration, run func()) { a.at(time.Now().Add(d), run) }

// loop runs until stop.
func (a *agenda) loop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if next, some := a.runDue(); some {
			timer.Reset(next)
		} else {
			timer.Stop()
		}
		select {
		case <-timer.C:
		case <-a.wake:
		case <-a.stopped:
			return
		}
	}
}

// runDue runs what is due and says how long the next entry is away.
func (a *agenda) runDue() (next time.Duration, some bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.entries) > 0 {
		if wait := time.Until(a.entries[0].at); wait > 0 {
			return wait, true
		}
		heap.Pop(&a.entries).(entry).run()
	}
	return 0, false
}

func (a *agenda) stop() { close(a.stopped) }

// entries is a heap, the earliest first.
type entries []entry

func (e entries) Len() int { return len(e) }
func (e entries) Less(i, j int) bool {
	if e[i].at.Equal(e[j].at) {
		return e[i].order < e[j].order
	}
	return e[i].at.Before(e[j].at)
}
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries) Push(x any)   { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	last := len(*e) - 1
	one := (*e)[last]
	(*e)[last] = entry{} // its closure holds a packet
	*e = (*e)[:last]
	return one
}
