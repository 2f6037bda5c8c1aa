package hub

import (
	"encoding/binary"

	"github.com/gobwas/ws"
)

const (
	bundleSize = 8 << 10 // bytes of several frames in one message
	bundleHead = 4       // bytes before them: RFC 6455, section 5.2, for 126 to 65,535 bytes
)

// bundle is a message at the end of what is gathered for a peer, to which frames
// are still added: messages cost a page more than the frames that they hold.
type bundle struct {
	open bool
	at   int // where it begins
}

// add appends a frame, to the message that is open if it has room for it.
func (m *bundle) add(b, wire []byte) []byte {
	if m.open && len(b)-m.at+len(wire) > bundleSize {
		b = m.close(b)
	}
	if !m.open {
		m.open, m.at = true, len(b)
		b = append(b, make([]byte, bundleHead)...)
	}
	return append(b, wire...)
}

// close ends the message, if one is open.
func (m *bundle) close(b []byte) []byte {
	if !m.open {
		return b
	}
	m.open = false
	head, frames := b[m.at:], b[m.at+bundleHead:]
	head[0] = 0x80 | byte(ws.OpBinary)
	if n := len(frames); n >= 126 {
		head[1] = 126
		binary.BigEndian.PutUint16(head[2:], uint16(n))
		return b
	}
	head[1] = byte(len(frames))
	return append(b[:m.at+2], frames...)
}
