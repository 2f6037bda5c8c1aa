// Package link is one WebRTC peer connection that carries messages between a
// device and a viewer. Signals travel through the hub; what Send takes at one
// end, Receive yields at the other, reliably and in order; SendNow and ReceiveNow
// are for messages that matter only now.
//
//	viewer                      hub                      device
//	Offer  -- description ------ | -----------------------> Answer
//	       <-- description ----- | ------------------------
//	       <-- candidates ------ | ----------------------->     trickled
//	       <========= DTLS, SCTP, data channel "frames" ====>
package link

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/transport/v4"
	"github.com/pion/webrtc/v4"

	"github.com/plotbeam/plotbeam"
)

const (
	// Two channels: one in order, negotiated, which saves the opening handshake;
	// and one where a lost packet holds back no other message. The offerer opens
	// that in band (RFC 8832), for pion makes every negotiated one ordered.
	orderedLabel, orderedID = "frames", 0
	lossyLabel              = "now"

	highWater = 256 << 10 // Send waits while more bytes than this are buffered …
	lowWater  = 64 << 10  // … until no more than this are

	// What pion does of itself is too patient for people who watch: it gives a
	// path up after 5 + 25 s, and waits up to 60 s before it sends a packet again.
	iceDisconnected = 2 * time.Second
	iceFailed       = 0 // never: after an outage the same pair may work again; who uses a link judges it
	iceKeepalive    = 500 * time.Millisecond
	sctpRTOMax      = time.Second
	// A relayed pair is accepted only after a direct one had so long to succeed.
	relayWait = 200 * time.Millisecond

	settle = 10 * time.Millisecond // between the end of a link and the closing of its sockets
)

// Config describes how this process takes part. Its zero value works.
type Config struct {
	// Net is the network to use; nil is the machine's. Tests hand in a simulated one.
	Net transport.Net
	// Loopback also offers loopback addresses, for a hub on this machine.
	Loopback bool
	// TURNOnly keeps links off every way but those through TURN servers.
	TURNOnly bool
	Log      *slog.Logger // nil means none
}

// Endpoint makes links. They share a certificate.
type Endpoint struct {
	api         *webrtc.API
	dialer      *dialer
	certificate webrtc.Certificate
	net         transport.Net // nil is the machine's
	turnOnly    bool
	log         *slog.Logger
}

// New prepares an endpoint; it opens no socket.
func New(c Config) (*Endpoint, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make link key: %w", err)
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return nil, fmt.Errorf("make link certificate: %w", err)
	}
	d := &dialer{secure: map[string]bool{}}
	return &Endpoint{
		api: webrtc.NewAPI(
			webrtc.WithSettingEngine(settings(c, d)),
			webrtc.WithMediaEngine(&webrtc.MediaEngine{}),           // no audio or video,
			webrtc.WithInterceptorRegistry(&interceptor.Registry{}), // so no goroutines for them
		),
		dialer:      d,
		certificate: *certificate,
		net:         c.Net,
		turnOnly:    c.TURNOnly,
		log:         c.Log,
	}, nil
}

func settings(c Config, d *dialer) webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.LoggerFactory = quiet{}
	s.DetachDataChannels()
	s.SetICETimeouts(iceDisconnected, iceFailed, iceKeepalive)
	s.SetHostAcceptanceMinWait(0)
	s.SetSrflxAcceptanceMinWait(0)
	s.SetPrflxAcceptanceMinWait(0)
	s.SetRelayAcceptanceMinWait(relayWait)
	s.SetSCTPRTOMax(sctpRTOMax)
	s.SetDTLSInsecureSkipHelloVerify(true) // ICE has verified the address already; saves a round trip
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	s.DisableActiveTCP(true)
	s.SetICEProxyDialer(d)
	s.DisableCloseByDTLS(true) // the link closes the connection, once
	s.SetIncludeLoopbackCandidate(c.Loopback)
	s.SetRemoteIPFilter(func(ip net.IP) bool {
		return !ip.IsUnspecified() && !ip.IsMulticast() && !ip.Equal(net.IPv4bcast)
	})
	if c.Net != nil {
		s.SetNet(c.Net)
		s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	} else {
		s.SetICEMulticastDNSMode(ice.MulticastDNSModeQueryOnly)
	}
	return s
}

// open makes the connection; channels and the handshake follow.
func (e *Endpoint) open(session string, servers []plotbeam.ICEServer, send func(plotbeam.Message)) (*Link, error) {
	config := webrtc.Configuration{Certificates: []webrtc.Certificate{e.certificate}}
	if e.turnOnly {
		config.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	for _, one := range servers {
		e.dialer.note(one.URLs)
		config.ICEServers = append(config.ICEServers, webrtc.ICEServer{
			URLs: one.URLs, Username: one.Username, Credential: one.Credential,
		})
	}
	pc, err := e.api.NewPeerConnection(config)
	if err != nil {
		return nil, fmt.Errorf("open peer connection: %w", err)
	}
	l := &Link{
		session:   session,
		simulated: e.net != nil,
		log:       e.log.With("session", session),
		pc:        pc,
		send:      send,
		opened:    make(chan struct{}),
		done:      make(chan struct{}),
		shut:      make(chan struct{}),
		low:       make(chan struct{}, 1),
		closed:    2,
	}
	l.listen()
	return l, nil
}

// quiet drops pion's own log: what matters reaches us as errors and states.
type quiet struct{}

func (quiet) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, nil)
}
