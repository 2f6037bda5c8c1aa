package viewer

import (
	"context"
	"sync"

	"github.com/plotbeam/plotbeam"
)

// What has come and was not handled yet is bounded.
const (
	inboxBytes = 4 << 20   // senders stop at 1 MiB a path, so a path waits only for one that does not
	inboxLoose = 1 << 20   // bytes, with which frames are let go that may be lost: they are fetched later
	inboxAhead = 512 << 10 // bytes, with which it is no path's fault if nothing new comes
)

// arrival is a frame that has come, or the news of a loss.
type arrival struct {
	frame   plotbeam.Frame
	reading *reading // that it came by
	lost    uint64   // frames right before it that will not come
	late    bool
	loose   bool // whether it came where frames may be lost
	ended   bool // no frame: the source has ended, and so says reading
}

// inbox holds what has come until it is handled, so that whoever handles
// readings may take its time while the paths are kept alive.
type inbox struct {
	mu    *sync.Mutex
	queue []arrival
	bytes int
	more  chan struct{} // one place: there is something in the queue
	room  chan struct{} // one place: there is room in it
}

func newInbox() inbox {
	return inbox{mu: new(sync.Mutex), more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// wait waits for room until ctx ends, and says whether there is some. Whoever
// was told so may put one arrival.
func (b *inbox) wait(ctx context.Context) bool {
	for b.holds(inboxBytes) {
		select {
		case <-b.room:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// holds reports whether more than so many bytes have come and were not handled.
func (b *inbox) holds(bytes int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes > bytes
}

func (b *inbox) put(a arrival) {
	b.mu.Lock()
	b.queue = append(b.queue, a)
	b.bytes += len(a.frame.Wire)
	b.mu.Unlock()
	notify(b.more)
}

// take is all that has come; it waits for something.
func (b *inbox) take(ctx context.Context) ([]arrival, error) {
	for {
		b.mu.Lock()
		all := b.queue
		b.queue, b.bytes = nil, 0
		b.mu.Unlock()
		if len(all) > 0 {
			notify(b.room)
			return all, nil
		}
		select {
		case <-b.more:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// notify tells a channel of one place, once.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
