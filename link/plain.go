package link

import (
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/plotbeam/plotbeam"
)

// AnswerPlain takes part in a connection of somebody who speaks another
// protocol, on the one channel that the other end opens: as ordered and reliable
// as it likes. Send and Receive use that; there is no other.
func (e *Endpoint) AnswerPlain(session string, servers []plotbeam.ICEServer, offer plotbeam.Description, send func(plotbeam.Message)) (*Link, error) {
	l, err := e.open(session, servers, send)
	if err != nil {
		return nil, err
	}
	l.closed = 1
	l.ordered = &channel{}
	var once sync.Once
	l.pc.OnDataChannel(func(made *webrtc.DataChannel) {
		once.Do(func() {
			l.ordered.DataChannel = made
			l.adopt(l.ordered)
		})
	})
	return l, l.answer(offer)
}

// Trip is how long a packet takes there and back, 0 while nobody knows.
func (l *Link) Trip() time.Duration {
	pair, known := l.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePairStats()
	if !known {
		return 0
	}
	return time.Duration(pair.CurrentRoundTripTime * float64(time.Second))
}

// Reachable reports whether packets have gone both ways of late.
func (l *Link) Reachable() bool {
	switch l.pc.ICEConnectionState() {
	case webrtc.ICEConnectionStateConnected, webrtc.ICEConnectionStateCompleted:
		return true
	}
	return false
}
