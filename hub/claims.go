package hub

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
)

// maxClaims bounds the ids that are remembered for peers that have gone; the
// one that went first is forgotten first.
const maxClaims = 100_000

var errTaken = errors.New("taken")

// claims knows whose an id is. Only a hash of each secret is kept.
type claims struct {
	linger time.Duration

	mu   sync.Mutex
	byID map[string]*claim
}

type claim struct {
	secret [sha256.Size]byte
	role   plotbeam.Role
	peer   *peer     // nil once it has gone
	gone   time.Time // when it did
}

func newClaims(linger time.Duration) *claims {
	return &claims{linger: linger, byID: map[string]*claim{}}
}

// take gives an id to whoever shows its secret, or to the first who shows any.
// A peer that held it until now is returned, to be ended.
func (c *claims) take(id, secret string, p *peer) (old *peer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
	hash := sha256.Sum256([]byte(secret))
	known := c.current(id)
	if known == nil {
		c.byID[id] = &claim{secret: hash, role: p.role, peer: p}
		return nil, nil
	}
	if known.role != p.role || subtle.ConstantTimeCompare(known.secret[:], hash[:]) != 1 {
		return nil, errTaken
	}
	old, known.peer = known.peer, p
	return old, nil
}

// release is called by a peer that goes; it says whether p still held the id.
func (c *claims) release(id string, p *peer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.byID[id]
	if known == nil || known.peer != p {
		return false
	}
	known.peer, known.gone = nil, time.Now()
	if p.role == roleGuest { // whose next page has another secret
		delete(c.byID, id)
	}
	return true
}

// free reports whether nobody has the id.
func (c *claims) free(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current(id) == nil
}

// current is the claim on an id, unless it has lingered. It needs c.mu.
func (c *claims) current(id string) *claim {
	one := c.byID[id]
	if one != nil && one.peer == nil && time.Since(one.gone) > c.linger {
		return nil
	}
	return one
}

// holder is who is connected under the id, nil if nobody is.
func (c *claims) holder(id string) *peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if one := c.byID[id]; one != nil {
		return one.peer
	}
	return nil
}

func (c *claims) live() []*peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var peers []*peer
	for _, one := range c.byID {
		if one.peer != nil {
			peers = append(peers, one.peer)
		}
	}
	return peers
}

// forget makes room once there are too many claims, or drops those that have lingered.
func (c *claims) forget() {
	if len(c.byID)%256 != 0 && len(c.byID) < maxClaims {
		return // a full sweep now and then is enough
	}
	var oldest string
	for id, one := range c.byID {
		switch {
		case one.peer != nil:
		case time.Since(one.gone) > c.linger:
			delete(c.byID, id)
		case oldest == "" || one.gone.Before(c.byID[oldest].gone):
			oldest = id
		}
	}
	if len(c.byID) >= maxClaims {
		delete(c.byID, oldest)
	}
}
