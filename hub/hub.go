// Package hub introduces devices and viewers to each other: it gives out
// identities, says who is here, and carries offers, answers and candidates.
//
//	device socket                                        viewer socket
//	   peer ── mailbox ── embedded NATS, in process ── mailbox ── peer
//	             device.<id>.mail      joined, left
//	             device.<id>.events    came, state, gone      (viewers that watch)
//	             device.<id>.presence  request: who are you?
//	             viewer.<id>.answers.* who that device is, or that nobody has it
//	             <role>.<id>.signals   offers, answers, candidates
//	             devices, devices.changed                     (lists)
//
// Every peer has one goroutine that reads its socket and one that writes it;
// whatever NATS has for a peer arrives in one bounded mailbox, and a peer that
// lets it fill up is ended.
package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/plotbeam/plotbeam"
)

// Config describes a hub. Its zero value works, without pages and STUN.
type Config struct {
	// Pages answers every path that is not the hub's own. Nil means none.
	Pages http.Handler
	// ICE names the STUN servers for a peer that reached the hub under the
	// given host name (no port). Nil means none: only host candidates.
	ICE func(host string) []plotbeam.ICEServer
	// Origins are host patterns of other sites' pages that may open sockets
	// here. Nil means this hub's own pages only.
	Origins []string
	// MaxPeers bounds the sockets held at once. Zero means 20,000.
	MaxPeers int
	// Linger keeps a device's id for its owner after it has gone. Zero means 24 h.
	Linger time.Duration
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
	devices *claims
	viewers *claims

	peers   sync.WaitGroup // every socket; Run waits for them
	mu      sync.Mutex
	life    context.Context // ends when the hub does; nil before Run
	sockets int
	listers map[*peer]bool // viewers that follow the list
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
		c.ICE = func(string) []plotbeam.ICEServer { return nil }
	}
	h := &Hub{
		config:  c,
		log:     c.Log,
		mux:     http.NewServeMux(),
		ready:   make(chan struct{}),
		listers: map[*peer]bool{},
		devices: newClaims(c.Linger),
		viewers: newClaims(viewerLinger),
	}
	h.mux.HandleFunc("GET /socket", h.serveSocket)
	h.mux.HandleFunc("GET /api/devices", h.serveDevices)
	h.mux.HandleFunc("GET /healthz", h.serveHealth)
	h.mux.HandleFunc("GET /readyz", h.serveReady)
	if c.Pages != nil {
		h.mux.Handle("/", c.Pages)
	}
	return h
}

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
	life, end := context.WithCancelCause(context.Background())
	h.mu.Lock()
	h.bus, h.life = b, life
	h.mu.Unlock()
	close(h.ready)
	<-ctx.Done()
	h.closing.Store(true)
	h.mu.Lock() // no socket passes enter from here on
	end(errShutdown)
	h.mu.Unlock()
	h.peers.Wait()
	return nil
}

var errShutdown = errors.New("the hub is shutting down")

// enter counts a socket in, unless the hub is not running or full.
func (h *Hub) enter() (context.Context, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.life == nil:
		return nil, errors.New("the hub is starting: try again in a second")
	case h.life.Err() != nil:
		return nil, errShutdown
	case h.sockets >= h.config.MaxPeers:
		return nil, fmt.Errorf("this hub holds %d peers and takes no more: try again later", h.sockets)
	}
	h.sockets++
	h.peers.Add(1)
	return h.life, nil
}

func (h *Hub) leave() {
	h.mu.Lock()
	h.sockets--
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
	for _, p := range h.devices.live() {
		list = append(list, p.info())
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
	if wants && p.life.Err() == nil { // else it is departing
		h.listers[p] = true
	} else {
		delete(h.listers, p)
	}
}
