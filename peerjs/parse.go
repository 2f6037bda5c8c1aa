package peerjs

import (
	"bytes"
	"encoding/json"
)

// parse reads a message. What clients send has few members, texts without
// escapes and a payload that is none of our business, so it is only cut apart;
// anything else is left to JSON's own parser.
func parse(text []byte) (m message, err error) {
	if !json.Valid(text) || !m.cut(text) {
		m = message{}
		err = json.Unmarshal(text, &m)
	}
	return m, err
}

// cut takes apart an object that is known to be JSON. It says false of one that
// is not as plain as clients write it.
func (m *message) cut(text []byte) bool {
	s := bytes.TrimSpace(text)
	if s[0] != '{' {
		return false
	}
	for s = s[1:]; ; s = s[1:] {
		s = bytes.TrimLeft(s, space)
		name, rest, plain := cutText(s)
		if !plain {
			return false // or it has no member
		}
		s = bytes.TrimLeft(rest, space)[1:] // the colon
		s = bytes.TrimLeft(s, space)
		value, rest := cutValue(s)
		if !m.member(name, value) {
			return false
		}
		if s = bytes.TrimLeft(rest, space); s[0] == '}' {
			return true
		}
	}
}

const space = " \t\r\n" // of RFC 8259

// member takes one.
func (m *message) member(name, value []byte) bool {
	var to *string
	switch string(name) {
	case "type":
		to = &m.Type
	case "dst":
		to = &m.Dst
	case "payload":
		m.Payload = value
		return true
	default:
		// src is ours to say, and others mean nothing, unless JSON's parser
		// takes one for another spelling of those above.
		return !bytes.EqualFold(name, []byte("type")) && !bytes.EqualFold(name, []byte("dst")) && !bytes.EqualFold(name, []byte("payload"))
	}
	word, rest, plain := cutText(value)
	*to = string(word)
	return plain && len(rest) == 0
}

// cutText cuts a string without escapes off the beginning.
func cutText(s []byte) (text, rest []byte, plain bool) {
	if len(s) == 0 || s[0] != '"' {
		return nil, s, false
	}
	end := 1 + bytes.IndexByte(s[1:], '"')
	text = s[1:end]
	for _, c := range text {
		if c == '\\' || c > '~' {
			return nil, s, false
		}
	}
	return text, s[end+1:], true
}

// cutValue cuts any value off the beginning.
func cutValue(s []byte) (value, rest []byte) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return s[:i], s[i:] // of the object that the value is in
			}
			depth--
		case ',':
			if depth == 0 {
				return s[:i], s[i:]
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return s[:i+1], s[i+1:]
		}
	}
	return s, nil
}
