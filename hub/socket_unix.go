//go:build unix

package hub

import "syscall"

// writeNow writes what a connection takes without waiting.
func (s *socket) writeNow(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), s.trying)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
		case err != nil:
			s.failed = err
		default:
			s.tried = n
		}
		return true
	}
}
