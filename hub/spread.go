package hub

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
)

// shareOut is how many readers are worth a goroutine of their own in a round: to
// wake one and to share the caches costs as much as it gains with a few.
const shareOut = 2048

// What stirred says.
const (
	still    = iota // nobody goes round
	stirring        // somebody does …
	again           // … and shall once more
)

// stir has all readers visited, since the mirror has changed. Who goes round is
// one job however often that happens meanwhile: where readers are so many that a
// round takes longer than the next frame, each gets several frames at once.
//
//	frame ── mirror ── stir ── spread ──> reader 1 … n/2      a system call each,
//	                                 ──> reader n/2+1 … n     that does not wait
func (r *relay) stir() {
	for {
		switch r.stirred.Load() {
		case still:
			if r.stirred.CompareAndSwap(still, stirring) {
				r.crew.do(r.spread)
				return
			}
		case stirring:
			if r.stirred.CompareAndSwap(stirring, again) {
				return
			}
		default:
			return
		}
	}
}

// spread goes round until nothing has changed meanwhile.
func (r *relay) spread() {
	for {
		r.stirred.Store(stirring)
		r.round()
		if r.stirred.CompareAndSwap(stirring, still) {
			return
		}
	}
}

// round visits every reader once. The last share is this goroutine's own.
func (r *relay) round() {
	readers := r.inOrder()
	shares := min(runtime.GOMAXPROCS(0), 1+len(readers)/shareOut)
	var others sync.WaitGroup
	for ; shares > 1; shares-- {
		some := readers[:len(readers)/shares]
		readers = readers[len(some):]
		others.Add(1)
		r.crew.do(func() {
			defer others.Done()
			visit(some)
		})
	}
	visit(readers)
	others.Wait()
}

func visit(readers []*reader) {
	if len(readers) == 0 {
		return
	}
	buffer := readers[0].peer.hub.buffers.Get().(*[]byte)
	for _, one := range readers {
		one.peer.visit(*buffer)
	}
	readers[0].peer.hub.buffers.Put(buffer)
}

// inOrder are the readers that are there now.
func (r *relay) inOrder() []*reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.order == nil {
		r.order = slices.AppendSeq(make([]*reader, 0, len(r.readers)), maps.Keys(r.readers))
	}
	return r.order
}

// acked notes what a reader has, for the device, which is told at once where
// little waits and in turn where much does: it shows how far its viewers are.
func (r *relay) acked(one *reader, a *ack) {
	r.mu.Lock()
	defer r.mu.Unlock()
	one.place, one.lacks = a.position, a.missing
	if one.waits {
		return
	}
	one.waits = true
	r.acks = append(r.acks, one)
	switch wait := max(0, passEvery-time.Since(r.passed)); {
	case len(r.acks) > 1: // it is passed on with those before
	case r.passing == nil:
		r.passing = time.AfterFunc(wait, r.pass)
	default:
		r.passing.Reset(wait)
	}
}

func (r *relay) pass() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passSome()
	if len(r.acks) > 0 {
		r.passing.Reset(passEvery)
	}
}

// passSome passes on the acks of those that have waited longest, unless they
// have left. It needs r.mu.
func (r *relay) passSome() {
	r.passed = time.Now()
	for left := passAtOnce; left > 0 && len(r.acks) > 0; r.acks = r.acks[1:] {
		one := r.acks[0]
		one.waits = false
		if _, here := r.readers[one]; !here {
			continue
		}
		left--
		m := plotbeam.Message{Type: plotbeam.Ack, Viewer: plotbeam.ViewerID(one.peer.id), Missing: one.lacks}
		if one.place.Epoch != 0 {
			at := one.place
			m.Position = &at
		}
		r.bus.post(plotbeam.RoleDevice, string(r.id), m)
	}
}
