package stream

import (
	"net"
	"syscall"
	"unsafe"
)

// Unsent is how many bytes a connection has been given that the other end has
// not acknowledged (tcp(7), SIOCOUTQ); ok says whether that can be known.
func Unsent(conn net.Conn) (n int, ok bool) {
	switch c := conn.(type) {
	case interface{ Unsent() int }: // a simulated one
		return c.Unsent(), true
	case interface{ NetConn() net.Conn }: // TLS
		return Unsent(c.NetConn())
	case syscall.Conn:
		raw, err := c.SyscallConn()
		if err != nil {
			return 0, false
		}
		err = raw.Control(func(fd uintptr) { n, ok = UnsentOf(fd) })
		return n, ok && err == nil
	}
	return 0, false
}

// UnsentOf is Unsent of a descriptor.
func UnsentOf(fd uintptr) (n int, ok bool) {
	var waiting int32
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&waiting)))
	return int(waiting), failed == 0
}
