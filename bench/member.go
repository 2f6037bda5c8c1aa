package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opText   = 1
	opBinary = 2
	opPing   = 9
	opPong   = 10
)

// member is one viewer's socket, as bare as a socket can be.
type member struct {
	fd   int
	rest []byte // of a message that has not come as a whole

	epoch, seq uint64 // of the newest frame
	taken      uint64 // bytes of frames
	news       bool   // frames since the last ack
	echo       int64
	heard      time.Time
}

const upgrade = "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n"

// dial opens a socket and shakes hands.
func dial(at netip.AddrPort, path, subprotocol string) (*member, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		return nil, err
	}
	more := ""
	if subprotocol != "" {
		more = "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	if _, err := unix.Write(fd, fmt.Appendf(nil, upgrade, path, at, more)); err != nil {
		return nil, err
	}
	head := make([]byte, 0, 1024)
	for !strings.HasSuffix(string(head), "\r\n\r\n") {
		var one [1]byte
		if n, err := unix.Read(fd, one[:]); n != 1 {
			return nil, fmt.Errorf("handshake: %w", errors.Join(err, errors.New(string(head))))
		}
		head = append(head, one[0])
	}
	if !strings.HasPrefix(string(head), "HTTP/1.1 101") {
		return nil, fmt.Errorf("handshake: %s", head)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return &member{fd: fd}, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// cut takes the first message off; op is 0 when it has not come as a whole.
func cut(b []byte) (op byte, payload, rest []byte) {
	if len(b) < 2 {
		return 0, nil, b
	}
	at, n := 2, int(b[1]&127)
	switch {
	case n == 126 && len(b) >= 4:
		at, n = 4, int(binary.BigEndian.Uint16(b[2:]))
	case n == 127 && len(b) >= 10:
		at, n = 10, int(binary.BigEndian.Uint64(b[2:]))
	case n >= 126:
		return 0, nil, b
	}
	if len(b) < at+n {
		return 0, nil, b
	}
	return b[0] & 15, b[at : at+n], b[at+n:]
}

// frame notes a frame and gives the time at which its readings were made, 0 if
// it has none. Of the layout see PROTOCOL.md.
func (m *member) frame(wire []byte) (made int64) {
	m.taken += uint64(len(wire))
	m.news = true
	if wire[0] != 2 {
		return 0
	}
	m.epoch, m.seq = binary.LittleEndian.Uint64(wire[8:]), binary.LittleEndian.Uint64(wire[16:])
	return int64(binary.LittleEndian.Uint64(wire[24:]))
}

func (m *member) ackFrames() {
	if m.news {
		m.ack()
	}
}

func (m *member) ack() error {
	m.news = false
	now := time.Now()
	text := fmt.Appendf(nil, `{"type":"ack","device":%q,"time":%d,`, deviceID, now.UnixMicro())
	if m.echo != 0 {
		text = fmt.Appendf(text, `"echo":%d,"held":%d,`, m.echo, now.Sub(m.heard).Microseconds())
	}
	text = fmt.Appendf(text, `"position":{"epoch":"%016x","seq":%d},"taken":%d}`, m.epoch, m.seq, m.taken)
	return m.send(opText, text)
}

// send writes a message under a mask of zeros, which changes nothing.
func (m *member) send(op byte, payload []byte) error {
	b := []byte{0x80 | op}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	}
	b = append(append(b, 0, 0, 0, 0), payload...)
	if _, err := unix.Write(m.fd, b); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
