package hub

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/time/rate"

	"github.com/plotbeam/plotbeam"
)

// roleGuest is that of peers which speak another protocol on their socket.
const roleGuest plotbeam.Role = "guest"

// guestSilence is how long a guest may answer pings without a word of its own.
const guestSilence = 90 * time.Second

const guestBuffer = 512 // bytes, of reading: what most messages have

// Guest is a peer that speaks another protocol than plotbeam.v1 on its socket,
// as the package that knows the protocol translates it.
//
//	socket <──> peer, its outbox ── Hear ──────> Guest, in another package
//	                             <── Seat.Say ──
//	device <── joined, signal ───── Seat.Signal
//	device ─── signal ─────────────> Translate
type Guest interface {
	// Welcome is called once the guest can be found under its id. What it says
	// is the first that the guest is told.
	Welcome()
	// Hear takes one message of the guest's; calls do not overlap. An error
	// ends its socket.
	Hear(text []byte) error
	// Translate puts what a device has for the guest into the guest's words.
	// Nil is nothing.
	Translate(m plotbeam.Message) []byte
	// Leave is called when the guest can be found no more.
	Leave()
}

// What Hear answers, so that a socket is closed in the right way.
var (
	ErrGoodbye   = errClosed
	ErrMalformed = errors.New("that is no message of this protocol")
)

// Visit is a guest at the door.
type Visit struct {
	ID     string // checked by the guest's own protocol
	Secret string // that proves whose the id is
	Most   int    // bytes of a message
	Enter  func(Seat) Guest
	Refuse func(error) []byte // in words of the guest's protocol
	// Wrong, if not nil, is why the guest is not let in whatever its id.
	Wrong error
}

// Seat is a guest's place at the hub.
type Seat struct{ peer *peer }

// ErrTaken says that an id belongs to somebody else.
var ErrTaken = errTaken

var (
	errSilent         = errors.New("said nothing for long")
	errTooManyWatched = fmt.Errorf("a guest watches at most %d devices at once", maxWatching)
)

// Receive lets a guest in under its id, or tells it why not. A page of any site
// may be one: it shows nothing that its browser would add by itself.
func (h *Hub) Receive(w http.ResponseWriter, r *http.Request, v Visit) {
	p := h.newPeer(r)
	p.role, p.id, p.secret = roleGuest, v.ID, v.Secret
	wrong := v.Wrong
	if wrong == nil {
		wrong = h.enter(p)
	}
	counted := wrong == nil
	socket, err := accept(w, r, []string{"*"})
	if err != nil {
		h.log.Debug("no socket", "remote", r.RemoteAddr, "err", err)
		if counted {
			h.leave(p)
		}
		return // accept has answered
	}
	socket.limit = v.Most
	socket.in = bufio.NewReaderSize(socket, guestBuffer)
	if !counted {
		socket.dismiss(v.Refuse(wrong))
		return
	}
	p.log = h.log.With("remote", r.RemoteAddr, "role", p.role, "id", p.id)
	p.mu.Lock()
	p.socket = socket
	p.mu.Unlock()
	h.crew.do(func() {
		if err := p.admitGuest(v); err != nil {
			defer h.leave(p)
			p.end(err)
			socket.dismiss(v.Refuse(err))
			return
		}
		go p.listen() // ends with the socket; leave is what the hub waits for
	})
}

// dismiss says a last word, and waits for the other end to close.
func (s *socket) dismiss(word []byte) {
	defer s.Close()
	b := appendMessage(nil, ws.OpText, word)
	b = appendMessage(b, ws.OpClose, ws.NewCloseFrameBody(ws.StatusNormalClosure, ""))
	if s.finish(b) != nil {
		return
	}
	s.SetReadDeadline(time.Now().Add(farewell))
	io.Copy(io.Discard, s)
}

// admitGuest gives the guest its id and makes it known.
func (p *peer) admitGuest(v Visit) error {
	if err := p.claim(p.hub.names); err != nil {
		return err
	}
	p.pace = rate.NewLimiter(messagesPerSecond, messagesAtOnce)
	p.taken = make(chan struct{}, 1)
	p.spoke.Store(time.Now().UnixMilli())
	guest := v.Enter(Seat{p})
	p.guest.Store(&guest)
	guest.Welcome()
	p.mu.Lock()
	p.out.open = true
	p.mu.Unlock()
	p.wake()
	p.welcomed.Store(true)
	return nil
}

// departGuest is what is special about a guest's departure.
func (p *peer) departGuest() {
	p.hub.names.release(p.id, p)
	if guest := p.guest.Load(); guest != nil {
		(*guest).Leave()
	}
}

// Find is who is connected under an id: a guest, a device or nobody.
func (h *Hub) Find(id string) (guest Guest, device bool) {
	p := h.names.holder(id)
	switch {
	case p == nil:
		return nil, false
	case p.role == plotbeam.RoleDevice:
		return nil, true
	}
	if found := p.guest.Load(); found != nil {
		return *found, false
	}
	return nil, false // it is about to be welcomed
}

func (h *Hub) hasDevice(id string) bool {
	_, device := h.Find(id)
	return device
}

// Free reports whether nobody has an id.
func (h *Hub) Free(id string) bool { return h.names.free(id) }

// Names are the ids of the guests and devices that are connected, in their order.
func (h *Hub) Names() []string {
	names := []string{}
	for _, p := range h.names.live() {
		names = append(names, p.id)
	}
	slices.Sort(names)
	return names
}

// Say lets a message to the guest wait for its turn. It says false if the guest
// has left, or does not read what waits for it already.
func (s Seat) Say(text []byte) bool {
	p := s.peer
	if !p.alive() || !p.addSignal(text) {
		return false
	}
	buffer := p.hub.buffers.Get().(*[]byte)
	p.visit(*buffer)
	p.hub.buffers.Put(buffer)
	return true
}

// Signal takes a signal of the guest's to a device, of which it is a viewer from
// the first on. The error is what is wrong with the signal, or why the guest ends.
func (s Seat) Signal(device plotbeam.DeviceID, m plotbeam.Message) error {
	p := s.peer
	if err := m.ValidateSignal(); err != nil {
		return err
	}
	if m.Description != nil {
		if err := p.pacedOffer(); err != nil {
			return err
		}
		if err := p.join(device); err != nil {
			return err
		}
	}
	if !p.isWatching(device) {
		return errors.New("offer first")
	}
	m.Type, m.Viewer, m.Device = plotbeam.Signal, p.viewerID(), ""
	p.hub.bus.postSignal(plotbeam.RoleDevice, string(device), m)
	return nil
}

// join makes a guest a viewer of a device, which is told so again with every
// offer: it may be a new one.
func (p *peer) join(device plotbeam.DeviceID) error {
	if p.own == nil {
		own, err := p.hub.bus.subscribe(mailboxOf(plotbeam.RoleViewer, string(p.viewerID())), p)
		if err != nil {
			return err
		}
		p.own = own
	}
	if p.nowWatches(device) == watchesTooMany {
		return errTooManyWatched
	}
	p.tellJoined(device)
	return nil
}

// translated passes on what a device has for a guest.
func (p *peer) translated(data []byte) {
	var m plotbeam.Message
	guest := p.guest.Load()
	if err := json.Unmarshal(data, &m); err != nil || guest == nil {
		p.log.Error("mail that is no message", "err", err)
		return
	}
	if text := (*guest).Translate(m); text != nil {
		p.mailSignal(text)
	}
}

// viewerID is what devices know the peer by. A guest's tells that it is one, and
// fits into a subject.
func (p *peer) viewerID() plotbeam.ViewerID {
	if p.role == roleGuest {
		return plotbeam.GuestPrefix + plotbeam.ViewerID(strings.ReplaceAll(p.id, " ", "~"))
	}
	return plotbeam.ViewerID(p.id)
}

// muse ends a guest that has said nothing for long.
func (p *peer) muse() {
	if time.Since(time.UnixMilli(p.spoke.Load())) > guestSilence {
		p.end(errSilent)
	}
}
