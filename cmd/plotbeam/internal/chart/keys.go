package chart

import (
	"bytes"
	"unicode/utf8"
)

// Key is a key that was pressed: a character, or one of those below.
type Key rune

const (
	Left Key = -1 - iota
	Right
	Up
	Down
	Home
	End
	PageUp
	PageDown
	Interrupt // Ctrl-C
	Stop      // Ctrl-Z
)

const (
	escape    = 0x1b
	interrupt = 0x03
	stop      = 0x1a
)

// sequences are what terminals send behind an escape (xterm's ctlseqs, and those of
// the Linux console and of rxvt).
var sequences = map[string]Key{
	"[A": Up, "[B": Down, "[C": Right, "[D": Left, "[H": Home, "[F": End,
	"OA": Up, "OB": Down, "OC": Right, "OD": Left, "OH": Home, "OF": End,
	"[1~": Home, "[4~": End, "[7~": Home, "[8~": End, "[5~": PageUp, "[6~": PageDown,
}

// longestSequence bounds what is kept of a sequence that does not end.
const longestSequence = 16

// Keyboard makes keys of what a terminal sends.
type Keyboard struct{ rest []byte }

// Keys gives the keys in what was read. A sequence that is not whole waits for more.
func (k *Keyboard) Keys(read []byte) (keys []Key) {
	k.rest = append(k.rest, read...)
	for len(k.rest) > 0 {
		key, n := next(k.rest)
		if n == 0 {
			break
		}
		if key != 0 {
			keys = append(keys, key)
		}
		k.rest = k.rest[n:]
	}
	return keys
}

// next is the first key and its length in bytes; no key if it has no meaning, and
// no length if it is not whole.
func next(b []byte) (Key, int) {
	switch {
	case b[0] == interrupt:
		return Interrupt, 1
	case b[0] == stop:
		return Stop, 1
	case b[0] == escape:
		n := sequence(b)
		if n == 0 {
			return 0, 0
		}
		return sequences[string(b[1:n])], n
	case !utf8.FullRune(b):
		return 0, 0
	}
	r, n := utf8.DecodeRune(b)
	return Key(r), n
}

// sequence is the length of an escape sequence, 0 if it is not whole.
func sequence(b []byte) int {
	switch {
	case len(b) == 1:
		return 0
	case b[1] == 'O':
		if len(b) < 3 {
			return 0
		}
		return 3
	case b[1] != '[':
		return 1 // the escape key alone
	}
	end := bytes.IndexFunc(b[2:], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
	switch {
	case end >= 0:
		return 2 + end + 1
	case len(b) > longestSequence:
		return len(b)
	}
	return 0
}
