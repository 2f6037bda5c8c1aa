package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/datachannel"
	"github.com/pion/webrtc/v4"

	"github.com/plotbeam/plotbeam"
)

// ErrClosed is the error of a link that this side has closed.
var ErrClosed = errors.New("link closed")

// Link is one connection. Receive is used by one goroutine at a time; the rest
// may be called from any.
type Link struct {
	session string
	log     *slog.Logger
	pc      *webrtc.PeerConnection
	channel *webrtc.DataChannel
	raw     datachannel.ReadWriteCloser // of channel, set before opened is closed
	opened  chan struct{}               // closed when Send and Receive work
	done    chan struct{}               // closed when they work no more
	shut    chan struct{}               // closed when the sockets are
	low     chan struct{}               // one place: the buffer has drained; see Send

	mu        sync.Mutex
	send      func(plotbeam.Message)    // to the other end, through the hub
	described bool                      // whether the local description is sent
	held      []webrtc.ICECandidateInit // local candidates, until it is
	remote    bool                      // whether the remote description is set
	early     []webrtc.ICECandidateInit // remote candidates, until it is
	taken     int                       // remote candidates so far
	err       error                     // why done is closed
}

// Offer begins a link. send carries its signals to the other end, whose own
// come in through [Link.Signal]; session names it at both ends.
func (e *Endpoint) Offer(session string, servers []plotbeam.ICEServer, send func(plotbeam.Message)) (*Link, error) {
	l, err := e.open(session, servers, send)
	if err != nil {
		return nil, err
	}
	offer, err := l.pc.CreateOffer(nil)
	if err == nil {
		err = l.describe(offer)
	}
	if err != nil {
		l.fail(err)
		return nil, fmt.Errorf("make offer: %w", err)
	}
	return l, nil
}

// Answer takes part in a link that the other end has offered.
func (e *Endpoint) Answer(session string, servers []plotbeam.ICEServer, offer plotbeam.Description, send func(plotbeam.Message)) (*Link, error) {
	l, err := e.open(session, servers, send)
	if err != nil {
		return nil, err
	}
	err = l.describeRemote(offer)
	if err == nil {
		var answer webrtc.SessionDescription
		if answer, err = l.pc.CreateAnswer(nil); err == nil {
			err = l.describe(answer)
		}
	}
	if err != nil {
		l.fail(err)
		return nil, fmt.Errorf("answer offer: %w", err)
	}
	return l, nil
}

// Session is the name that the link's signals carry.
func (l *Link) Session() string { return l.session }

// Opened is closed when Send and Receive work.
func (l *Link) Opened() <-chan struct{} { return l.opened }

// Done is closed when the link is over; Err then says why.
func (l *Link) Done() <-chan struct{} { return l.done }

// Err is why the link is over, nil while it is not.
func (l *Link) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Close ends the link, and returns at once.
func (l *Link) Close() { l.fail(ErrClosed) }

// Shut closes the link and waits until the other end has been told, as far as
// it can be, and the sockets are closed.
func (l *Link) Shut() {
	l.Close()
	<-l.shut
}

func (l *Link) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	close(l.done)
	// An association that the other end has closed is left the time to notice:
	// pion closes its two halves badly at once.
	time.AfterFunc(settle, func() {
		defer close(l.shut)
		if err := l.pc.Close(); err != nil {
			l.log.Debug("peer connection not closed", "err", err)
		}
	})
}

// listen connects pion's callbacks.
func (l *Link) listen() {
	l.pc.OnICECandidate(l.localCandidate)
	l.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		l.log.Debug("link state", "state", s.String())
		if s == webrtc.PeerConnectionStateFailed || s == webrtc.PeerConnectionStateClosed {
			l.fail(fmt.Errorf("peer connection %s", s))
		}
	})
	l.channel.OnOpen(func() {
		raw, err := l.channel.Detach()
		if err != nil {
			l.fail(fmt.Errorf("open channel %q: %w", channelLabel, err))
			return
		}
		l.raw = raw
		close(l.opened)
	})
	l.channel.SetBufferedAmountLowThreshold(lowWater)
	l.channel.OnBufferedAmountLow(l.drained)
}

func (l *Link) drained() {
	select {
	case l.low <- struct{}{}:
	default:
	}
}

// describe sets and sends this end's description, and then the candidates that were held.
func (l *Link) describe(d webrtc.SessionDescription) error {
	if err := l.pc.SetLocalDescription(d); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.send(plotbeam.Message{Type: plotbeam.Signal, Session: l.session, Description: &plotbeam.Description{Type: d.Type.String(), SDP: d.SDP}})
	l.described = true
	for _, c := range l.held {
		l.sendCandidate(c)
	}
	l.held = nil
	return nil
}

func (l *Link) localCandidate(c *webrtc.ICECandidate) {
	if c == nil {
		return // the end of the candidates; nobody waits for it
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.described {
		l.held = append(l.held, c.ToJSON())
		return
	}
	l.sendCandidate(c.ToJSON())
}

// sendCandidate needs l.mu.
func (l *Link) sendCandidate(c webrtc.ICECandidateInit) {
	l.send(plotbeam.Message{Type: plotbeam.Signal, Session: l.session, Candidate: &plotbeam.Candidate{
		Candidate: c.Candidate, Mid: c.SDPMid, LineIndex: c.SDPMLineIndex, Ufrag: c.UsernameFragment,
	}})
}

// Signal takes what the other end has sent under this link's session. An error
// means that the other end should be told; the link goes on if it can.
func (l *Link) Signal(m plotbeam.Message) error {
	if err := m.ValidateSignal(); err != nil {
		return err
	}
	if m.Description != nil {
		return l.describeRemote(*m.Description)
	}
	if m.Text != "" {
		l.fail(fmt.Errorf("refused by the other end: %s", plotbeam.Quote(m.Text)))
		return nil
	}
	return l.remoteCandidate(*m.Candidate)
}

func (l *Link) describeRemote(d plotbeam.Description) error {
	if err := l.countCandidates(d.SDP); err != nil {
		return err
	}
	kind := webrtc.NewSDPType(d.Type)
	if err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: d.SDP}); err != nil {
		return fmt.Errorf("take %s: %w", d.Type, err)
	}
	l.mu.Lock()
	early := l.early
	l.remote, l.early = true, nil
	l.mu.Unlock()
	for _, c := range early {
		if err := l.pc.AddICECandidate(c); err != nil {
			return fmt.Errorf("take candidate: %w", err)
		}
	}
	return nil
}

// countCandidates checks those that a description holds itself.
func (l *Link) countCandidates(sdp string) error {
	for line := range strings.Lines(sdp) {
		candidate, found := strings.CutPrefix(strings.TrimSpace(line), "a=candidate:")
		if !found {
			continue
		}
		if err := checkAddress("candidate:" + candidate); err != nil {
			return err
		}
		l.mu.Lock()
		l.taken++
		surplus := l.taken > plotbeam.MaxCandidates
		l.mu.Unlock()
		if surplus {
			return fmt.Errorf("over %d candidates", plotbeam.MaxCandidates)
		}
	}
	return nil
}

func (l *Link) remoteCandidate(c plotbeam.Candidate) error {
	if c.Candidate == "" {
		return nil // the end of the candidates
	}
	if err := checkAddress(c.Candidate); err != nil {
		return err
	}
	init := webrtc.ICECandidateInit{Candidate: c.Candidate, SDPMid: c.Mid, SDPMLineIndex: c.LineIndex, UsernameFragment: c.Ufrag}
	l.mu.Lock()
	l.taken++
	surplus, wait := l.taken > plotbeam.MaxCandidates, !l.remote
	if wait && !surplus {
		l.early = append(l.early, init)
	}
	l.mu.Unlock()
	if surplus || wait {
		return nil
	}
	if err := l.pc.AddICECandidate(init); err != nil {
		return fmt.Errorf("take candidate: %w", err)
	}
	return nil
}

// checkAddress refuses candidates whose address would have to be looked up,
// besides Chromium's names for its own hosts (RFC 8828).
func checkAddress(candidate string) error {
	fields := strings.Fields(candidate)
	if len(fields) < 8 {
		return fmt.Errorf("candidate %s: RFC 8839 wants at least 8 fields", plotbeam.Quote(candidate))
	}
	host := fields[4]
	if _, err := netip.ParseAddr(host); err != nil && !strings.HasSuffix(host, ".local") {
		return fmt.Errorf("candidate %s: host names are not looked up", plotbeam.Quote(candidate))
	}
	return nil
}

// Send sends one message, a text or a frame. It waits while the other end (or
// the network) is behind by more than 256 KiB.
func (l *Link) Send(ctx context.Context, message []byte, text bool) error {
	waited := false
	for !l.Ready() {
		select {
		case <-l.low:
			waited = true
		case <-l.done:
			return l.Err()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if waited {
		l.drained() // another may wait too
	}
	if _, err := l.raw.WriteDataChannel(message, text); err != nil {
		return fmt.Errorf("send on channel %q: %w", channelLabel, err)
	}
	return nil
}

// Ready reports whether Send would not wait.
func (l *Link) Ready() bool { return l.channel.BufferedAmount() <= highWater }

// Buffered is how many bytes wait to be sent or are not acknowledged yet.
func (l *Link) Buffered() uint64 { return l.channel.BufferedAmount() }

// Receive waits for one message and puts it into buf, which is large enough for
// the largest that makes sense; a larger one is an error.
func (l *Link) Receive(buf []byte) (n int, text bool, err error) {
	n, text, err = l.raw.ReadDataChannel(buf)
	if err != nil {
		if cause := l.Err(); cause != nil {
			return 0, false, cause
		}
		return 0, false, fmt.Errorf("receive on channel %q: %w", channelLabel, err)
	}
	return n, text, nil
}
