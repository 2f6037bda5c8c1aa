package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/plotbeam/plotbeam"
)

const maxDepth = 32 // of objects and arrays within each other

var errDepth = fmt.Errorf("not taken: it is nested over %d deep", maxDepth)

// memberKind is what a JSON member holds.
type memberKind uint8

const (
	numberMember memberKind = iota
	textMember
	nullMember
)

// member is one leaf of a JSON value: its path, joined with dots, and what it holds.
type member struct {
	record   int // objects of an array count from 0
	from, to int // of the path in jsonScanner.names
	kind     memberKind
	number   quantity
	text     []byte
}

// jsonScanner takes JSON apart into leaves, in their order. The standard
// library's decoder does not fit here: it ends at NaN, which Python prints, and
// makes maps or a token of garbage for each leaf.
type jsonScanner struct {
	b       []byte
	i       int
	members []member
	names   []byte // the paths of all members behind each other
	path    []byte // the one now
	record  int
	array   bool // the line is an array
}

// scan reads all of b. It keeps b, whose strings the members point into.
func (s *jsonScanner) scan(b []byte) error {
	*s = jsonScanner{b: b, members: s.members[:0], names: s.names[:0], path: s.path[:0]}
	s.blanks()
	s.array = s.peek() == '['
	if err := s.value(0); err != nil {
		return err
	}
	if s.blanks(); s.i < len(s.b) {
		return s.wrong()
	}
	return nil
}

func (s *jsonScanner) wrong() error {
	if s.i >= len(s.b) {
		return errors.New("not JSON: the line ends too early")
	}
	rest := s.b[s.i:]
	return fmt.Errorf("not JSON: at byte %d stands %s", s.i+1, plotbeam.Quote(string(rest[:min(len(rest), 10)])))
}

func (s *jsonScanner) blanks() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\r' || s.b[s.i] == '\n') {
		s.i++
	}
}

// peek is the byte to come, or 0 at the end: a line holds no 0.
func (s *jsonScanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *jsonScanner) value(depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	s.blanks()
	switch s.peek() {
	case '{':
		return s.object(depth)
	case '[':
		return s.elements(depth)
	case '"':
		text, err := s.str()
		if err == nil {
			s.leaf(member{kind: textMember, text: text})
		}
		return err
	}
	return s.scalar()
}

func (s *jsonScanner) object(depth int) error {
	s.i++
	if s.blanks(); s.peek() == '}' {
		s.i++
		return nil
	}
	parent := len(s.path)
	for {
		s.blanks()
		if s.peek() != '"' {
			return s.wrong()
		}
		name, err := s.str()
		if err != nil {
			return err
		}
		if s.blanks(); s.peek() != ':' {
			return s.wrong()
		}
		s.i++
		s.enter(parent, name)
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.path = s.path[:parent]
		if more, err := s.more('}'); !more {
			return err
		}
	}
}

// elements are named by their number, from 1; objects in the outermost array
// are records of their own, and it may be alone in it.
func (s *jsonScanner) elements(depth int) error {
	s.i++
	if s.blanks(); s.peek() == ']' {
		s.i++
		return nil
	}
	parent := len(s.path)
	for n := 0; ; n++ {
		s.blanks()
		if depth == 0 && s.peek() == '{' {
			s.record++
		} else {
			s.enter(parent, columnName(n))
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.path = s.path[:parent]
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

// enter appends a name to the path.
func (s *jsonScanner) enter(parent int, name []byte) {
	if parent > 0 {
		s.path = append(s.path, '.')
	}
	s.path = append(s.path, name...)
}

// more takes the comma before another member, or the bracket behind the last.
func (s *jsonScanner) more(closing byte) (bool, error) {
	s.blanks()
	switch s.peek() {
	case ',':
		s.i++
		return true, nil
	case closing:
		s.i++
		return false, nil
	}
	return false, s.wrong()
}

func (s *jsonScanner) leaf(m member) {
	m.record = s.record
	m.from = len(s.names)
	s.names = append(s.names, s.path[:min(len(s.path), plotbeam.MaxSeriesName+1)]...) // a longer one is refused all the same
	m.to = len(s.names)
	s.members = append(s.members, m)
}

// str reads a string.
func (s *jsonScanner) str() ([]byte, error) {
	start, escaped := s.i, false
	for s.i++; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; {
		case c == '\\':
			escaped = true
			s.i++
		case c < ' ':
			return nil, s.wrong()
		case c == '"':
			s.i++
			if !escaped {
				return s.b[start+1 : s.i-1], nil
			}
			var text string
			if err := json.Unmarshal(s.b[start:s.i], &text); err != nil {
				s.i = start
				return nil, s.wrong()
			}
			return []byte(text), nil
		}
	}
	s.i = len(s.b)
	return nil, s.wrong()
}

// scalar reads a number, true, false or null. True is 1 and false is 0.
func (s *jsonScanner) scalar() error {
	start := s.i
	for s.i < len(s.b) && bytes.IndexByte([]byte(" \t\r\n,:]}"), s.b[s.i]) < 0 {
		s.i++
	}
	m := member{}
	switch text := s.b[start:s.i]; string(text) {
	case "true":
		m.number = quantity{value: 1, kind: finite}
	case "false":
		m.number = quantity{kind: finite}
	case "null":
		m.kind = nullMember
	default:
		if m.number.value, m.number.kind = parseNumber(text, '.'); m.number.kind == notNumber {
			s.i = start
			return s.wrong()
		}
	}
	s.leaf(m)
	return nil
}
