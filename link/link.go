package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/datachannel"
	"github.com/pion/webrtc/v4"

	"github.com/plotbeam/plotbeam"
)

// ErrClosed is the error of a link that this side has closed.
var ErrClosed = errors.New("link closed")

// Refused ends a link that the other end will not have, in its words.
type Refused struct{ Text string }

func (r *Refused) Error() string { return "refused by the other end: " + plotbeam.Quote(r.Text) }

// channel is one data channel of a link.
type channel struct {
	*webrtc.DataChannel
	raw datachannel.ReadWriteCloser // set before the link's opened is closed
}

// Link is one connection. Receive is used by one goroutine at a time; the rest
// may be called from any.
type Link struct {
	session string
	log     *slog.Logger
	// simulated says that the network is, and time may be.
	simulated bool
	pc        *webrtc.PeerConnection
	opened    chan struct{} // closed when Send and Receive work
	done      chan struct{} // closed when they work no more
	shut      chan struct{} // closed when the sockets are
	low       chan struct{} // one place: the buffers have drained; see Send

	ordered, lossy *channel
	written        atomic.Uint64 // bytes of messages

	mu        sync.Mutex
	closed    int                       // channels that have not opened yet
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
	if err := l.openOurs(); err != nil {
		l.fail(err)
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
	if err := l.openOrdered(); err != nil {
		l.fail(err)
		return nil, err
	}
	l.awaitLossy()
	return l, l.answer(offer)
}

// answer does so, or ends the link.
func (l *Link) answer(offer plotbeam.Description) error {
	err := l.describeRemote(offer)
	if err == nil {
		var answer webrtc.SessionDescription
		if answer, err = l.pc.CreateAnswer(nil); err == nil {
			err = l.describe(answer)
		}
	}
	if err != nil {
		l.fail(err)
		return fmt.Errorf("answer offer: %w", err)
	}
	return nil
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
		if l.simulated {
			l.silence()
		}
		if err := l.pc.Close(); err != nil {
			l.log.Debug("peer connection not closed", "err", err)
		}
	})
}

// silence ends DTLS before the rest. Where SCTP cannot tell the other end, pion
// waits for 200 ms with a lock held, and virtual time stands still for whoever
// waits for the lock: after this nobody does.
func (l *Link) silence() {
	if err := l.pc.SCTP().Transport().Stop(); err != nil {
		l.log.Debug("DTLS not closed", "err", err)
	}
	time.Sleep(settle)
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
}

func (l *Link) openOrdered() error {
	id, negotiated, protocol := uint16(orderedID), true, plotbeam.Subprotocol
	made, err := l.pc.CreateDataChannel(orderedLabel, &webrtc.DataChannelInit{ID: &id, Negotiated: &negotiated, Protocol: &protocol})
	if err != nil {
		return fmt.Errorf("open channel %q: %w", orderedLabel, err)
	}
	l.ordered = &channel{DataChannel: made}
	l.adopt(l.ordered)
	return nil
}

// openOurs opens the offerer's ends of both channels.
func (l *Link) openOurs() error {
	if err := l.openOrdered(); err != nil {
		return err
	}
	return l.openLossy()
}

// openLossy opens the offerer's end of that channel; the answerer's comes by itself.
func (l *Link) openLossy() error {
	ordered, again, protocol := false, uint16(0), plotbeam.Subprotocol
	made, err := l.pc.CreateDataChannel(lossyLabel, &webrtc.DataChannelInit{Ordered: &ordered, MaxRetransmits: &again, Protocol: &protocol})
	if err != nil {
		return fmt.Errorf("open channel %q: %w", lossyLabel, err)
	}
	l.lossy = &channel{DataChannel: made}
	l.adopt(l.lossy)
	return nil
}

// awaitLossy takes the channel that the offerer opens. Any other is closed.
func (l *Link) awaitLossy() {
	l.lossy = &channel{}
	var once sync.Once
	l.pc.OnDataChannel(func(made *webrtc.DataChannel) {
		taken := false
		if made.Label() == lossyLabel {
			once.Do(func() {
				taken = true
				l.lossy.DataChannel = made
				l.adopt(l.lossy)
			})
		}
		if !taken {
			l.log.Debug("channel closed that nobody asked for", "label", plotbeam.Quote(made.Label()))
			made.Close()
		}
	})
}

// adopt connects a channel; the link is open once both are.
func (l *Link) adopt(c *channel) {
	c.OnOpen(func() {
		raw, err := c.Detach()
		if err != nil {
			l.fail(fmt.Errorf("open channel %q: %w", c.Label(), err))
			return
		}
		c.raw = raw
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.closed--; l.closed == 0 {
			close(l.opened)
		}
	})
	c.SetBufferedAmountLowThreshold(lowWater)
	c.OnBufferedAmountLow(l.drained)
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
		l.fail(&Refused{Text: m.Text})
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

// TURN reports whether the link goes through a TURN server, as far as this end
// can know.
func (l *Link) TURN() bool {
	pair, err := l.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return false // not connected yet
	}
	return pair.Local.Typ == webrtc.ICECandidateTypeRelay || pair.Remote.Typ == webrtc.ICECandidateTypeRelay
}

// Send sends one message, a text or a frame, in its order. It waits while the
// other end (or the network) is behind by more than 256 KiB.
func (l *Link) Send(ctx context.Context, message []byte, text bool) error {
	return l.sendOn(ctx, l.ordered, message, text)
}

// SendNow sends a message that may overtake others, and may be lost.
func (l *Link) SendNow(ctx context.Context, message []byte, text bool) error {
	return l.sendOn(ctx, l.lossy, message, text)
}

func (l *Link) sendOn(ctx context.Context, c *channel, message []byte, text bool) error {
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
	l.written.Add(uint64(len(message)))
	if _, err := c.raw.WriteDataChannel(message, text); err != nil {
		return fmt.Errorf("send on channel %q: %w", c.Label(), err)
	}
	return nil
}

// Ready reports whether Send would not wait.
func (l *Link) Ready() bool { return l.Buffered() <= highWater }

// Buffered is how many bytes wait to be sent or are not acknowledged yet.
func (l *Link) Buffered() uint64 {
	if l.lossy == nil {
		return l.ordered.BufferedAmount()
	}
	return l.ordered.BufferedAmount() + l.lossy.BufferedAmount()
}

// Gone is how many bytes of messages the other end has acknowledged.
func (l *Link) Gone() uint64 { return l.written.Load() - min(l.written.Load(), l.Buffered()) }

// Receive waits for one message of Send and puts it into buf, which is large
// enough for the largest that makes sense; a larger one is an error.
func (l *Link) Receive(buf []byte) (n int, text bool, err error) {
	return l.receiveFrom(l.ordered, buf)
}

// ReceiveNow is Receive for what SendNow sends.
func (l *Link) ReceiveNow(buf []byte) (n int, text bool, err error) {
	return l.receiveFrom(l.lossy, buf)
}

func (l *Link) receiveFrom(c *channel, buf []byte) (n int, text bool, err error) {
	n, text, err = c.raw.ReadDataChannel(buf)
	if err != nil {
		if cause := l.Err(); cause != nil {
			return 0, false, cause
		}
		return 0, false, fmt.Errorf("receive on channel %q: %w", c.Label(), err)
	}
	return n, text, nil
}
