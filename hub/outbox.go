package hub

import (
	"bytes"
	"time"

	"github.com/gobwas/ws"

	"github.com/plotbeam/plotbeam"
)

const (
	mailbox       = 256      // messages from others that wait for one peer …
	deviceMailbox = 16 << 8  // … and for a device, whose viewers may all come at once
	batchSize     = 64 << 10 // bytes of frames, before other mail has its turn
	buffers       = batchSize + plotbeam.MaxFrame + 4096
)

// outgoing is one message that waits to be written.
type outgoing struct {
	kind ws.OpCode
	data []byte
}

// outbox is what is written to a peer, by whoever has a reason to: a job of the
// crew, or the relay with a frame for all its readers. One does so at a time; if
// another comes meanwhile, the first goes round again.
//
//	send, mail ──> waiting ─┐
//	relay's cursor ─────────┴─> serve ──> socket, as much as it takes at once
//	                                      rest ──> a job that waits for the socket
//
// The peer's mutex guards it.
type outbox struct {
	open    bool // the peer is welcome: what waits may go
	waiting []outgoing
	mails   int           // of those, from others; bounded
	signals int           // likewise
	busy    bool          // somebody serves
	again   bool          // … and shall go round again
	broken  bool          // the socket takes no more
	flushed chan struct{} // closed when nothing is left; nil until somebody asks
}

// put lets the peer's own answers wait, whose number the pace of its
// questions bounds, and bounds what others have for it.
func (p *peer) put(kind ws.OpCode, data []byte) {
	p.add(outgoing{kind, data})
	p.wake()
}

func (p *peer) add(m outgoing) {
	p.mu.Lock()
	p.out.waiting = append(p.out.waiting, m)
	p.mu.Unlock()
}

// mail lets a message from others wait. A full mailbox ends the peer.
func (p *peer) mail(text []byte) {
	most := mailbox
	if p.role == plotbeam.RoleDevice {
		most = deviceMailbox
	}
	if !p.admitMail(&p.out.mails, most, text) {
		p.end(errSlow)
		return
	}
	p.wake()
}

// admitMail lets a text wait, unless so many of its kind do.
func (p *peer) admitMail(kind *int, most int, text []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *kind >= most {
		return false
	}
	*kind++
	p.out.waiting = append(p.out.waiting, outgoing{ws.OpText, text})
	return true
}

// mailSignal likewise, but one too many is dropped: who sent it tries again.
func (p *peer) mailSignal(text []byte) {
	if p.addSignal(text) {
		p.wake()
	}
}

func (p *peer) addSignal(text []byte) bool {
	fits := p.admitMail(&p.out.signals, mailbox, text)
	if !fits {
		p.log.Warn("signal dropped: too many at once")
	}
	return fits
}

// enter reports whether the caller is to serve the peer; if not, somebody does,
// or nobody may yet.
func (p *peer) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out.busy || !p.out.open || p.out.broken {
		p.out.again = true
		return false
	}
	p.out.busy = true
	return true
}

// wake has the crew look at what there is for the peer.
func (p *peer) wake() {
	if p.enter() {
		p.hub.crew.do(p.work)
	}
}

func (p *peer) work() {
	buffer := p.hub.buffers.Get().(*[]byte)
	p.serve(*buffer)
	p.hub.buffers.Put(buffer)
}

// visit serves the peer from a loop over many, which it holds up for no longer
// than a system call.
func (p *peer) visit(buffer []byte) {
	switch {
	case !p.enter():
	case p.socket.raw == nil:
		p.hub.crew.do(p.work)
	default:
		p.serve(buffer)
	}
}

// serve writes what there is for the peer: whatever waits, then frames. The
// caller has entered.
func (p *peer) serve(buffer []byte) {
	for {
		var places [maxWatching]*reader
		readers := places[:0]
		p.mu.Lock()
		texts := p.out.waiting
		p.out.waiting, p.out.mails, p.out.signals, p.out.again = nil, 0, 0, false
		for i := range p.watches {
			if one := p.watches[i].reading; one != nil {
				readers = append(readers, one)
			}
		}
		p.mu.Unlock()
		b := buffer[:0]
		for _, m := range texts {
			b = appendMessage(b, m.kind, m.data)
		}
		more := false
		for _, one := range readers {
			var left bool
			b, left = p.gather(one, b)
			more = more || left
		}
		if len(b) > 0 {
			n, err := p.socket.write(b)
			if err != nil {
				p.giveUp(err)
				return
			}
			if n < len(b) {
				rest := bytes.Clone(b[n:])
				p.hub.crew.do(func() { p.finish(rest) })
				return
			}
		}
		if !more && p.rest() {
			return
		}
	}
}

// finish waits until the socket has taken what it did not take at once, and
// goes on.
func (p *peer) finish(rest []byte) {
	if err := p.socket.finish(rest); err != nil {
		p.giveUp(err)
		return
	}
	p.work()
}

// rest leaves the peer, unless there is more.
func (p *peer) rest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out.again || len(p.out.waiting) > 0 {
		return false
	}
	p.out.busy = false
	p.out.flush()
	return true
}

// giveUp gives the socket up.
func (p *peer) giveUp(err error) {
	p.mu.Lock()
	p.out.broken, p.out.busy, p.out.waiting = true, false, nil
	p.out.flush()
	p.mu.Unlock()
	p.end(err)
}

func (o *outbox) flush() {
	if o.flushed != nil {
		close(o.flushed)
		o.flushed = nil
	}
}

// flush waits until all that waited is written, for no longer than so long.
func (p *peer) flush(most time.Duration) {
	p.mu.Lock()
	p.out.open = true
	if p.out.broken || len(p.out.waiting) == 0 && !p.out.busy {
		p.mu.Unlock()
		return
	}
	flushed := make(chan struct{})
	p.out.flushed = flushed
	p.mu.Unlock()
	p.wake()
	select {
	case <-flushed:
	case <-time.After(most):
	}
}
