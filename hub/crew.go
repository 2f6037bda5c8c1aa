package hub

import (
	"sync"
	"sync/atomic"
	"time"
)

// So many goroutines wait for work for so long, so that they, and the stacks that
// they have grown, need not be made anew.
const (
	idleCrew = 64
	idleFor  = 10 * time.Second
)

// crew does what is to be done for peers, each job in a goroutine that has
// nothing else to do. So a peer has none of its own but the one, of little
// stack, that waits for what it says.
type crew struct {
	jobs  chan func()   // unbuffered, to those that wait; never closed
	over  chan struct{} // closed by stop
	idle  atomic.Int32
	parts sync.WaitGroup
}

func newCrew() *crew { return &crew{jobs: make(chan func()), over: make(chan struct{})} }

// do has a job done, at once. It may wait for whatever it likes.
func (c *crew) do(job func()) {
	select {
	case c.jobs <- job:
	default:
		c.parts.Go(func() { c.work(job) })
	}
}

func (c *crew) work(job func()) {
	idle := time.NewTimer(idleFor)
	defer idle.Stop()
	for {
		job()
		if c.idle.Add(1) > idleCrew {
			c.idle.Add(-1)
			return
		}
		idle.Reset(idleFor)
		select {
		case job = <-c.jobs:
			c.idle.Add(-1)
		case <-idle.C:
			c.idle.Add(-1)
			return
		case <-c.over:
			return
		}
	}
}

// stop waits until all jobs are done. Nobody asks for another any more.
func (c *crew) stop() {
	close(c.over)
	c.parts.Wait()
}
