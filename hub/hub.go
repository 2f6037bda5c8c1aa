// Package hub introduces devices and viewers to each other: it gives out
// identities, says who is here, carries offers, answers and candidates, and
// relays frames to those who have no direct path (yet); see relay.
//
//	device socket                                        viewer socket
//	   peer ── mailbox ── embedded NATS, in process ── mailbox ── peer
//	             <role>.<id>           joined, left; offers, answers, candidates
//	             events.<id>           came, state, gone      (of a device that is watched)
//	             presence.<id>         request: who are you?  (answered to the hub that asks)
//	             devices, devices.changed                     (lists)
//
// Every peer has one goroutine, which waits for what it says. What is to be done
// then, and what is written to it, are jobs of the crew's; see outbox. A peer
// that lets its mailbox fill up is ended.
package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/plotbeam/plotbeam"
)

// Config describes a hub. Its zero value works, without pages, STUN and TURN.
type Config struct {
	// Pages answers every path that is not the hub's own. Nil means none.
	Pages http.Handler
	// ICE names the STUN and TURN servers for a peer with this id that reached
	// the hub under the given host name (no port). Credentials among them are
	// to hold for over twice iceEvery. Nil means none: only host candidates.
	ICE func(host, id string) []plotbeam.ICEServer
	// Origins are host patterns of other sites' pages that may open sockets
	// here. Nil means this hub's own pages only.
	Origins []string
	// MaxPeers bounds the sockets held at once. Zero means 20,000.
	MaxPeers int
	// Linger keeps a device's id for its owner after it has gone. Zero means 24 h.
	Linger time.Duration
	// NoRelay carries no streams: viewers need a direct path.
	NoRelay bool
	// Version is told to every peer.
	Version string
	Log     *slog.Logger // nil means none
}

const (
	defaultMaxPeers = 20_000
	defaultLinger   = 24 * time.Hour
	viewerLinger    = 10 * time.Minute // for a viewer that comes back under its id
)

// Hub is the server. It is an http.Handler.
type Hub struct {
	config  Config
	log     *slog.Logger
	mux     *http.ServeMux
	bus     *bus
	ready   chan struct{} // closed by Run once peers are welcome
	closing atomic.Bool
	names   *claims // of devices and guests
	viewers *claims
	relays  relays
	events  events
	// unwanted counts frames that a device sent and nobody had asked for.
	unwanted atomic.Uint64

	peers   sync.WaitGroup // every socket; Run waits for them
	crew    *crew          // Run waits for it, too
	buffers sync.Pool      // *[]byte, that messages are put together in
	mu      sync.Mutex
	open    bool               // while Run runs
	sockets map[*peer]struct{} // every one
	turn    int                // of the peer that came last
	listers map[*peer]bool     // viewers that follow the list
}

// New makes a hub that serves once Run runs.
func New(c Config) *Hub {
	if c.MaxPeers == 0 {
		c.MaxPeers = defaultMaxPeers
	}
	if c.Linger == 0 {
		c.Linger = defaultLinger
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.ICE == nil {
		c.ICE = func(string, string) []plotbeam.ICEServer { return nil }
	}
	h := &Hub{
		config:  c,
		log:     c.Log,
		mux:     http.NewServeMux(),
		ready:   make(chan struct{}),
		listers: map[*peer]bool{},
		names:   newClaims(c.Linger),
		viewers: newClaims(viewerLinger),
		crew:    newCrew(),
		buffers: sync.Pool{New: func() any { b := make([]byte, 0, buffers); return &b }},
		sockets: map[*peer]struct{}{},
		relays:  relays{byID: map[plotbeam.DeviceID]*relay{}},
	}
	h.events = events{hub: h, byID: map[plotbeam.DeviceID]*watched{}}
	h.mux.HandleFunc("GET /socket", h.serveSocket)
	h.mux.HandleFunc("GET /api/devices", h.serveDevices)
	h.mux.HandleFunc("GET /healthz", h.serveHealth)
	h.mux.HandleFunc("GET /readyz", h.serveReady)
	if c.Pages != nil {
		h.mux.Handle("/", c.Pages)
	}
	return h
}

// Handle answers what matches a pattern of net/http's by a handler. It is called before Run.
func (h *Hub) Handle(pattern string, handler http.Handler) { h.mux.Handle(pattern, handler) }

// Ready is closed once peers are welcome.
func (h *Hub) Ready() <-chan struct{} { return h.ready }

// ServeHTTP answers pages, API and sockets.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Run starts the switchboard, serves until ctx ends, says goodbye to every
// peer and waits for their sockets.
func (h *Hub) Run(ctx context.Context) error {
	b, err := startBus(h.log)
	if err != nil {
		return err
	}
	defer b.stop()
	if _, err := b.answer(subjectDevices, h.answerDevices); err != nil {
		return err
	}
	if _, err := b.follow(subjectChanged, func(*nats.Msg) { h.relist() }); err != nil {
		return err
	}
	if _, err := b.subscribe(b.answers+".*.*", answers{h}); err != nil {
		return err
	}
	h.mu.Lock()
	h.bus, h.open = b, true
	h.mu.Unlock()
	close(h.ready)
	var parts sync.WaitGroup
	parts.Go(func() { h.tend(ctx) })
	<-ctx.Done()
	h.closing.Store(true)
	for _, p := range h.shut() {
		p.end(errShutdown)
	}
	h.peers.Wait()
	h.relays.stop()
	parts.Wait()
	h.crew.stop()
	return nil
}

// ErrFull is wrapped by what a peer is told that comes too late.
var ErrFull = errors.New("this hub takes no more peers")

var errShutdown = errors.New("the hub is shutting down")

// tendEvery is how often peers are looked after: together, for each time that
// the process has to wake up costs more than what it does then.
const tendEvery = 250 * time.Millisecond

// tend pings every peer in its turn, and beats for those who are sent nothing else.
func (h *Hub) tend(ctx context.Context) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	buffer := make([]byte, 0, buffers)
	const turns = int(pingEvery / tendEvery)
	for turn := 0; ; turn = (turn + 1) % turns {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, p := range h.inTurn(turn) {
			p.ping(buffer)
		}
		h.relays.beat(buffer)
	}
}

// inTurn are the peers that are welcome and whose turn it is.
func (h *Hub) inTurn(turn int) []*peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	var some []*peer
	for p := range h.sockets {
		if p.turn == turn && p.welcomed.Load() {
			some = append(some, p)
		}
	}
	return some
}

// shut lets no socket in from now on, and gives those that are.
func (h *Hub) shut() []*peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = false
	return slices.Collect(maps.Keys(h.sockets))
}

// enter lets a socket in, unless the hub is not running or full.
func (h *Hub) enter(p *peer) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing.Load():
		return errShutdown
	case !h.open:
		return errors.New("the hub is starting: try again in a second")
	case len(h.sockets) >= h.config.MaxPeers:
		return fmt.Errorf("%w: it holds %d: try again later", ErrFull, len(h.sockets))
	}
	h.sockets[p] = struct{}{}
	h.turn = (h.turn + 1) % int(pingEvery/tendEvery)
	p.turn = h.turn
	h.peers.Add(1)
	return nil
}

func (h *Hub) leave(p *peer) {
	h.mu.Lock()
	delete(h.sockets, p)
	h.mu.Unlock()
	h.peers.Done()
}

func (h *Hub) serveHealth(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(w, "ok")
}

func (h *Hub) serveReady(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-h.ready:
		if !h.closing.Load() {
			fmt.Fprintln(w, "ready")
			return
		}
	default:
	}
	http.Error(w, "not ready", http.StatusServiceUnavailable)
}

// serveDevices lists the live devices as JSON.
func (h *Hub) serveDevices(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.ready:
	default:
		http.Error(w, "the hub is starting: try again in a second", http.StatusServiceUnavailable)
		return
	}
	list, err := h.bus.devices(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(list)
}

// answerDevices is this hub's part of a list.
func (h *Hub) answerDevices() any {
	list := []plotbeam.DeviceInfo{}
	for _, p := range h.names.live() {
		if p.role == plotbeam.RoleDevice {
			list = append(list, p.info())
		}
	}
	slices.SortFunc(list, func(a, b plotbeam.DeviceInfo) int { return cmp.Compare(a.ID, b.ID) })
	size := 0
	for i := range list {
		text, err := json.Marshal(list[i])
		if size += len(text) + 1; err != nil || size > maxList || i == maxListed {
			return list[:i]
		}
	}
	return list
}

// What a list holds at the most, so that it fits one message to a peer.
const (
	maxListed = 1000      // devices
	maxList   = 200 << 10 // bytes
)

// relist tells every viewer that follows the list.
func (h *Hub) relist() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range h.listers {
		p.wantList()
	}
}

// follow adds a viewer to those that follow the list, or takes it out.
func (h *Hub) follow(p *peer, wants bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if wants && p.alive() { // else it is departing
		h.listers[p] = true
	} else {
		delete(h.listers, p)
	}
}
