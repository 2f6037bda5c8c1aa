// Package peerjs is the PeerJS server's protocol, spoken onto a hub: apps made
// with PeerJS find each other here, and the hub's devices.
//
//	peer A                    hub                       peer B, or a device
//	GET …/id            <──   an id
//	socket: id, token   <──   OPEN
//	OFFER dst=B         ──>   src=A             ──>     OFFER
//	                    <──   src=B             <──     ANSWER
//	CANDIDATEs          <──>                    <──>    CANDIDATEs
//	OFFER dst=nobody    <──   EXPIRE, after 5 s
//
// Peers are the hub's guests: it holds their ids, sockets and mailboxes, and
// ends those that answer no ping. What is here is words: routes, messages, what
// waits for a peer that is not there yet, and (where wanted) the news that one
// has left. An offer to a device becomes a signal as a viewer's, which says that
// readings are to come as PeerJS's objects.
package peerjs

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/plotbeam/plotbeam/hub"
)

// Config describes the PeerJS side of a hub. Its zero value works.
type Config struct {
	// Path is where it is mounted. Empty means /peerjs; "/" serves apps that
	// name no path, but then the hub's page stands in the place of the answer at "/".
	Path string
	// Key is what apps must name. Empty means peerjs, which clients name by default.
	Key string
	// Presence tells every peer of the departure of those that it has
	// exchanged an offer with. Without it, those that ask for it are told.
	Presence bool
	// Discovery lists the ids of all peers and devices to whoever asks.
	Discovery bool
}

const (
	defaultPath = "/peerjs"
	defaultKey  = "peerjs"

	maxMessage = 64 << 10 // bytes of one; an offer of audio and video has about 10 KiB
	maxID      = 128      // bytes of a peer's id
	maxToken   = 256      // bytes of its token
)

// server speaks with PeerJS clients.
type server struct {
	hub    *hub.Hub
	config Config
	absent absent

	mu       sync.Mutex
	departed map[string]*departure // those that may come back in a moment
}

// filled gives every field a value; a path has no slash at its end.
func (c Config) filled() Config {
	c.Path = strings.TrimSuffix(cmp.Or(c.Path, defaultPath), "/")
	c.Key = cmp.Or(c.Key, defaultKey)
	return c
}

// Check says what is wrong with the configuration.
func (c Config) Check() error {
	c = c.filled()
	if c.Path != "" && !plainPath.MatchString(c.Path) {
		return fmt.Errorf("the path %q is none like /peerjs", c.Path)
	}
	if !plainKey.MatchString(c.Key) {
		return fmt.Errorf("the key %q has other characters than letters, digits, - and _", c.Key)
	}
	return nil
}

// Mount makes a hub speak PeerJS, before it runs.
func Mount(h *hub.Hub, c Config) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("mount PeerJS: %w", err)
	}
	c = c.filled()
	s := &server{hub: h, config: c, departed: map[string]*departure{}}
	s.absent.server = s
	routes := map[string]http.HandlerFunc{"/peerjs": s.serveSocket, "/" + c.Key + "/id": s.serveID, "/" + c.Key + "/peers": s.servePeers}
	if c.Path != "" {
		routes[""], routes["/{$}"] = serveInfo, serveInfo
		routes["/{key}/id"], routes["/{key}/peers"] = s.serveKey, s.serveKey
	}
	for path, serve := range routes {
		h.Handle(c.Path+path, shared(serve))
	}
	return nil
}

var (
	plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_-]+)+$`)
	plainKey  = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	// As the client checks them: words of letters and digits, and one space, - or _ between two.
	plainID = regexp.MustCompile(`^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$`)
)

// shared lets pages of all sites read the answers.
func shared(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Origin")
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			serve(w, r)
		case http.MethodOptions:
			w.Header().Set("Access-Control-Allow-Methods", "GET,HEAD")
			if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
				w.Header().Set("Access-Control-Allow-Headers", wanted)
				w.Header().Add("Vary", "Access-Control-Request-Headers")
			}
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", "GET, HEAD, OPTIONS")
			http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
		}
	}
}

func answer(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(what)
}

func serveInfo(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]string{
		"name":        "PeerJS Server",
		"description": "Plotbeam, which speaks the PeerJS server's protocol and streams devices to PeerJS clients.",
		"website":     "https://peerjs.com/",
	})
}

// serveID draws an id that nobody has.
func (s *server) serveID(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, newID())
}

// newID is a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *server) servePeers(w http.ResponseWriter, _ *http.Request) {
	if !s.config.Discovery {
		http.Error(w, "this hub does not list its peers", http.StatusUnauthorized)
		return
	}
	answer(w, s.hub.Names())
}

// serveKey answers under a key that is not this server's as it is written. An
// app that names options behind its key asks for an id with them.
func (s *server) serveKey(w http.ResponseWriter, r *http.Request) {
	key, _, _ := strings.Cut(r.PathValue("key"), "&")
	switch {
	case key != s.config.Key:
		http.Error(w, saysKey, http.StatusUnauthorized)
	case strings.HasSuffix(r.URL.Path, "/id"):
		s.serveID(w, r)
	default:
		s.servePeers(w, r)
	}
}

// Why a socket is not let in, besides what the hub has against it …
var (
	errParameters = errors.New("no id, token or key")
	errKey        = errors.New("a wrong key")
	errID         = fmt.Errorf("that is no id: words of letters and digits with one space, - or _ between two, at most %d bytes", maxID)
	errToken      = fmt.Errorf("a token has at most %d bytes", maxToken)
)

// serveSocket is the beginning of a peer.
func (s *server) serveSocket(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id, token := strings.Clone(q.Get("id")), strings.Clone(q.Get("token")) // not the whole request
	c := &client{server: s, id: id, token: token, presence: s.config.Presence || q.Get("presence") == "1"}
	s.hub.Receive(w, r, hub.Visit{
		ID: id, Secret: token, Most: maxMessage, Refuse: refusal,
		Wrong: s.check(id, token, q.Get("key")),
		Enter: func(seat hub.Seat) hub.Guest {
			c.seat = seat
			return c
		},
	})
}

func (s *server) check(id, token, key string) error {
	switch {
	case id == "" || token == "" || key == "":
		return errParameters
	case key != s.config.Key:
		return errKey
	case len(id) > maxID || !plainID.MatchString(id):
		return errID
	case len(token) > maxToken:
		return errToken
	}
	return nil
}

// … and what it is told, in the words of npm's server where that has some.
const (
	saysParameters = "No id, token, or key supplied to websocket server"
	saysKey        = "Invalid key provided"
	saysTaken      = "ID is taken"
	saysFull       = "Server has reached its concurrent user limit"
)

// refusal says why a peer is not let in.
func refusal(err error) []byte {
	kind, text := failure, err.Error()
	switch {
	case errors.Is(err, hub.ErrTaken):
		kind, text = idTaken, saysTaken
	case errors.Is(err, hub.ErrFull):
		text = saysFull
	case errors.Is(err, errParameters):
		text = saysParameters
	case errors.Is(err, errKey):
		text = saysKey
	}
	return message{Type: kind, Payload: words(text)}.encode()
}
