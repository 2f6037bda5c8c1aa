package peerjs

import (
	"sync"
	"time"
)

const (
	waitFor    = 5 * time.Second // that a message waits for its peer
	maxWaiting = 16              // messages for one peer …
	maxFrom    = 64              // … from one …
	maxAbsent  = 4096            // … in all …
	maxBytes   = 16 << 20        // … and of so many bytes
)

// absent keeps messages for peers that are not there yet. One too many is told
// to its sender at once, as others are when they have waited long enough.
type absent struct {
	server *server

	mu    sync.Mutex
	byDst map[string]*queue
	from  map[*client]int // messages of each
	count int
	bytes int
}

// queue is what waits for one peer, from the moment of the first.
type queue struct {
	held  []held
	timer *time.Timer
}

type held struct {
	from *client
	text []byte
}

// release welcomes a peer, and gives it what has waited for it. Nobody can tell
// it anything before.
func (a *absent) release(c *client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c.seat.Say(message{Type: opened}.encode())
	for _, one := range a.drop(c.id) {
		c.seat.Say(one.text)
	}
	c.open.Store(true)
}

// hold keeps a message until its peer comes, or tells the sender that it is not there.
func (a *absent) hold(from *client, m message) {
	text := m.encode()
	a.mu.Lock()
	defer a.mu.Unlock()
	if guest, _ := a.server.hub.Find(m.Dst); guest != nil {
		if guest.(*client).tell(text) { // it has come meanwhile
			return
		}
	}
	q := a.byDst[m.Dst]
	if len(m.Dst) > maxID || a.count >= maxAbsent || a.bytes+len(text) > maxBytes || a.from[from] >= maxFrom || q != nil && len(q.held) >= maxWaiting {
		from.unavailable(m.Dst)
		return
	}
	if q == nil {
		if a.byDst == nil {
			a.byDst, a.from = map[string]*queue{}, map[*client]int{}
		}
		q = &queue{}
		q.timer = time.AfterFunc(waitFor, func() { a.expire(m.Dst, q) })
		a.byDst[m.Dst] = q
	}
	q.held = append(q.held, held{from, text})
	a.count++
	a.bytes += len(text)
	a.from[from]++
}

// drop takes out what waits for a peer. It needs a.mu.
func (a *absent) drop(id string) []held {
	q := a.byDst[id]
	if q == nil {
		return nil
	}
	q.timer.Stop()
	delete(a.byDst, id)
	for _, one := range q.held {
		a.count--
		a.bytes -= len(one.text)
		if a.from[one.from]--; a.from[one.from] == 0 {
			delete(a.from, one.from)
		}
	}
	return q.held
}

// expire tells each sender once that its peer has not come.
func (a *absent) expire(id string, q *queue) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byDst[id] != q {
		return // it has
	}
	told := map[*client]bool{}
	for _, one := range a.drop(id) {
		if !told[one.from] {
			told[one.from] = true
			one.from.unavailable(id)
		}
	}
}
