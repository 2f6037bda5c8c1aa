package source

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

const (
	bom    = "\ufeff"
	escape = 0x1b
	bell   = 0x07
)

// clean strips what surrounds the text of a line: byte order mark, carriage
// returns, terminal colours, blanks. It gives a reason where it is no text.
func clean(b []byte, first bool) (line []byte, why string) {
	if first {
		b = bytes.TrimPrefix(b, []byte(bom))
	}
	if why := binary(b, false); why != "" {
		return b, why
	}
	b = bytes.TrimRight(b, "\r")
	if i := bytes.LastIndexByte(b, '\r'); i >= 0 {
		b = b[i+1:] // what a terminal shows of a line that is written over
	}
	if bytes.IndexByte(b, escape) >= 0 {
		b = stripEscapes(b)
	}
	return bytes.TrimSpace(b), ""
}

// binary says why b is no text, or nothing. Of a line that is cut off the last rune may be, too.
func binary(b []byte, cutOff bool) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return fmt.Sprintf("binary data: byte %d is NUL; send lines of UTF-8 text", i+1)
	}
	if utf8.Valid(b) {
		return ""
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if cutOff && !utf8.FullRune(b[i:]) {
				break
			}
			return fmt.Sprintf("binary data: byte %d (0x%02x) is not UTF-8; check the baud rate, or convert the text with iconv", i+1, b[i])
		}
		i += size
	}
	return ""
}

// stripEscapes removes terminal control sequences in place: colours and
// cursor movements (CSI), titles (OSC) and those of two bytes (ECMA-48).
func stripEscapes(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] != escape {
			out = append(out, b[i])
			i++
			continue
		}
		i++
		if i == len(b) {
			break
		}
		switch b[i] {
		case '[':
			for i++; i < len(b) && (b[i] < 0x40 || b[i] > 0x7e); i++ {
			}
			i++
		case ']':
			for i++; i < len(b) && b[i] != bell && b[i] != escape; i++ {
			}
			if i+1 < len(b) && b[i] == escape && b[i+1] == '\\' {
				i++
			}
			i++
		default:
			_, size := utf8.DecodeRune(b[i:])
			i += size
		}
	}
	return out
}
