package link

import (
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"time"
)

// dialTimeout bounds a connection to a TURN server, handshake included: pion
// waits for it when a link closes.
const dialTimeout = 3 * time.Second

// maxSecure bounds what is kept of URLs, which come from the hub.
const maxSecure = 64

// dialer connects to TURN servers over TCP. pion leaves TLS to it too where it
// is given one, but does not tell which servers want it.
type dialer struct {
	mu     sync.Mutex
	secure map[string]bool // hosts and ports of turns: URLs, at most maxSecure
}

// note keeps which of a link's servers want TLS.
func (d *dialer) note(urls []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, one := range urls {
		at, secure := strings.CutPrefix(one, "turns:")
		if !secure || len(d.secure) >= maxSecure {
			continue
		}
		at, _, _ = strings.Cut(at, "?")
		if _, _, err := net.SplitHostPort(at); err != nil {
			at = net.JoinHostPort(strings.Trim(at, "[]"), "5349") // RFC 7065
		}
		d.secure[at] = true
	}
}

// Dial is pion's.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	d.mu.Lock()
	secure := d.secure[address]
	d.mu.Unlock()
	plain := &net.Dialer{Timeout: dialTimeout}
	if secure {
		return tls.DialWithDialer(plain, network, address, nil)
	}
	return plain.Dial(network, address)
}
