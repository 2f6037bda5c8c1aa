//go:build !linux

package stream

import "net"

// Unsent is how many bytes a connection has been given that the other end has
// not acknowledged; ok says whether that can be known, which it cannot here.
func Unsent(conn net.Conn) (n int, ok bool) {
	if c, simulated := conn.(interface{ Unsent() int }); simulated {
		return c.Unsent(), true
	}
	return 0, false
}

// UnsentOf is Unsent of a descriptor.
func UnsentOf(uintptr) (n int, ok bool) { return 0, false }
