package hub

import (
	"strconv"

	"github.com/gobwas/ws"

	"github.com/plotbeam/plotbeam"
)

// ack is what a viewer's ack says. It is most of what viewers say: twice a
// second each.
type ack struct {
	device           plotbeam.DeviceID
	time, echo, held int64
	position         plotbeam.Position
	missing, taken   uint64
}

func ackOf(m plotbeam.Message) *ack {
	a := &ack{device: m.Device, time: m.Time, echo: m.Echo, held: m.Held, missing: m.Missing, taken: m.Taken}
	if m.Position != nil {
		a.position = *m.Position
	}
	return a
}

// quickly handles an ack where it is, in the reader's buffer and on the small
// stack of the goroutine that waits for it. It says false, and has taken
// nothing, if what has come is anything else.
func (p *peer) quickly() bool {
	const textFinal, masked = 0x81, 0x80
	in := p.socket.in
	b, err := in.Peek(in.Buffered())
	if err != nil || len(b) < 6 || b[0] != textFinal || b[1]&masked == 0 {
		return false
	}
	at, n := 2, int(b[1]&^masked)
	if n == 126 {
		at, n = 4, int(b[2])<<8|int(b[3])
	}
	end := at + 4 + n
	if n > 126 && at == 2 || len(b) < end {
		return false
	}
	mask, text := [4]byte(b[at:at+4]), b[at+4:end]
	ws.Cipher(text, mask, 0)
	var a ack
	if !a.parse(text) || !p.pace.Allow() {
		ws.Cipher(text, mask, 0) // as it was
		return false
	}
	p.answered.Store(true)
	p.acknowledge(&a)
	in.Discard(end)
	return true
}

// parse reads an ack as programs write them: without spaces, in any order. What
// it does not take, JSON's own parser has to judge.
func (a *ack) parse(text []byte) bool {
	s := scan{left: text}
	isAck := false
	s.object(func(key string) {
		switch key {
		case "type":
			isAck = string(s.text()) == string(plotbeam.Ack)
			s.bad = s.bad || !isAck
		case "device":
			a.device = plotbeam.DeviceID(s.text())
		case "time":
			a.time = int64(s.number())
		case "echo":
			a.echo = int64(s.number())
		case "held":
			a.held = int64(s.number())
		case "missing":
			a.missing = s.number()
		case "taken":
			a.taken = s.number()
		case "position":
			s.object(func(key string) {
				switch key {
				case "epoch":
					s.bad = a.position.Epoch.UnmarshalText(s.text()) != nil || s.bad
				case "seq":
					a.position.Seq = s.number()
				default:
					s.bad = true
				}
			})
		default:
			s.bad = true
		}
	})
	return isAck && !s.bad && len(s.left) == 0
}

// scan reads JSON of the plainest kind from the left.
type scan struct {
	left []byte
	bad  bool
}

// one takes a character, which must be that one.
func (s *scan) one(c byte) bool {
	if len(s.left) == 0 || s.left[0] != c {
		return false
	}
	s.left = s.left[1:]
	return true
}

func (s *scan) object(member func(key string)) {
	s.bad = s.bad || !s.one('{')
	for !s.bad {
		key := s.text()
		if !s.one(':') {
			s.bad = true
			return
		}
		member(string(key))
		if s.one('}') {
			return
		}
		s.bad = s.bad || !s.one(',')
	}
}

// text takes a string without escapes.
func (s *scan) text() []byte {
	if !s.one('"') {
		s.bad = true
		return nil
	}
	for i, c := range s.left {
		switch {
		case c == '"':
			text := s.left[:i]
			s.left = s.left[i+1:]
			return text
		case c == '\\' || c < ' ' || c > '~':
			s.bad = true
			return nil
		}
	}
	s.bad = true
	return nil
}

// number takes a natural number.
func (s *scan) number() uint64 {
	n := 0
	for n < len(s.left) && s.left[n] >= '0' && s.left[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(string(s.left[:n]), 10, 64)
	s.bad = s.bad || err != nil
	s.left = s.left[n:]
	return uint64(v)
}
