package source

import (
	"bytes"
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/plotbeam/plotbeam"
)

// nameWords is how many words before a colon may be one name: "Heat index: 22.5".
const nameWords = 3

// pairsParser reads names and values in free text: the Arduino serial
// plotter's temp:21.5,hum:40 and time=0.045 ms as ping prints it. A pair that
// is named like one and can be one is the line's time. What is no pair is
// passed over, and so are the lines ping begins and ends with.
type pairsParser struct {
	found []pair
}

// pair is a name and its value as they stand in a line.
type pair struct {
	name      []byte
	value     quantity
	ambiguous []byte // 23,5 may be a number or two
	micros    int64  // since 1970, if it may be the time; 0 otherwise
}

func (p *pairsParser) parse(line []byte, r *row) (unfit string) {
	if isPing(line) {
		return ""
	}
	p.found, _ = findPairs(p.found[:0], line)
	if len(p.found) == 0 {
		return "there is no name:value or name=value in it"
	}
	timed := slices.IndexFunc(p.found, func(one pair) bool { return one.micros != 0 })
	if timed >= 0 {
		r.setTime(p.found[timed].micros)
	}
	for i, one := range p.found {
		if i == timed || one.value.kind == notNumber {
			continue // a second time
		}
		if one.ambiguous != nil {
			r.skip(fmt.Sprintf("%s may be one number or two: write it with a decimal point", plotbeam.Quote(string(one.ambiguous))))
			continue
		}
		r.put(one.name, one.value, nil)
	}
	return ""
}

// isPing knows the lines around ping's own.
func isPing(line []byte) bool {
	for _, start := range [...]string{"PING ", "--- ", "rtt min/", "round-trip min/"} {
		if bytes.HasPrefix(line, []byte(start)) {
			return true
		}
	}
	return bytes.Contains(line, []byte(" packets transmitted"))
}

// token is a piece of a line between blanks, commas and semicolons.
type token struct {
	text       []byte
	start, end int
}

func nextToken(line []byte, at int) (t token, ok bool) {
	for at < len(line) && isPairSeparator(line[at]) {
		at++
	}
	end := at
	for end < len(line) && !isPairSeparator(line[end]) {
		end++
	}
	return token{text: line[at:end], start: at, end: end}, end > at
}

func isPairSeparator(c byte) bool { return c == ' ' || c == '\t' || c == ',' || c == ';' }

// findPairs appends the pairs of a line to found, and reports whether the line
// consists of pairs alone.
func findPairs(found []pair, line []byte) (_ []pair, whole bool) {
	whole = true
	words, wordsStart := 0, 0 // a run of words that may be the beginning of a name
	fresh := true             // whether such a run may begin here
	for at := 0; ; {
		t, ok := nextToken(line, at)
		if !ok {
			return found, whole && words == 0
		}
		at = t.end
		name, value, divider := cutPair(t.text)
		if divider == 0 {
			if isWord(t.text) && (fresh || words > 0) && words < nameWords {
				if words == 0 {
					wordsStart = t.start
				}
				words, fresh = words+1, false
			} else {
				words, whole = 0, false
				fresh = len(parseCell(t.text, false).unit) > 0 // 22.5°C 72.5°F
			}
			continue
		}
		if words > 0 && len(name) == 0 {
			// "temp = 21.5": the word before is the name.
			name = line[wordsStart:t.start]
			if words > 1 && divider == '=' {
				name = name[bytes.LastIndexByte(bytes.TrimSpace(name), ' ')+1:]
				whole = false
			}
		} else if words > 0 && divider == ':' && isWord(name) {
			name = line[wordsStart : t.start+len(name)]
		} else if words > 0 {
			whole = false
		}
		words, fresh = 0, true
		one, end, ok := readPair(line, at, name, value)
		if !ok {
			fresh, whole = false, false
			continue
		}
		at = end
		found = append(found, one)
	}
}

// cutPair takes a token apart at its one = or, without one, at its one colon.
func cutPair(text []byte) (name, value []byte, divider byte) {
	text = bytes.TrimLeft(text, "([{<\"'")
	text = bytes.TrimRight(text, ")]}>\"'")
	divider = '='
	i := bytes.IndexByte(text, '=')
	if i < 0 {
		divider, i = ':', bytes.IndexByte(text, ':')
	}
	if i < 0 {
		return nil, nil, 0
	}
	return text[:i], text[i+1:], divider
}

// readPair reads the value behind a name: within the token, or as the next
// one, and then the unit, which may be a token too. It gives the place behind them.
func readPair(line []byte, at int, name, value []byte) (one pair, end int, ok bool) {
	name = bytes.TrimSpace(name)
	if first, _ := utf8.DecodeRune(name); !unicode.IsLetter(first) && first != '_' {
		return pair{}, at, false
	}
	if len(value) == 0 {
		t, ok := nextToken(line, at)
		if !ok || bytes.ContainsAny(line[at:t.start], ",;") {
			return pair{}, at, false
		}
		value, at = t.text, t.end
	}
	q := parseCell(value, false)
	one = pair{name: name, value: q}
	if isTimeName(name) {
		one.micros, _ = parseTime(value)
	}
	if q.kind == notNumber {
		return one, at, one.micros != 0
	}
	next, more := nextToken(line, at)
	switch {
	case !more:
	case next.start == at+1 && line[at] == ',' && isDigit(next.text[0]) && len(q.unit) == 0:
		if _, kind := parseNumber(next.text, '.'); kind == finite || parseCell(next.text, false).kind == finite {
			one.ambiguous, at = line[at-len(value):next.end], next.end
		}
	case len(q.unit) == 0 && isUnit(next.text) && !bytes.ContainsAny(line[at:next.start], ",;"):
		one.value.unit, at = next.text, next.end
	}
	return one, at, true
}

// isWord reports whether a token may be part of a name of several words.
func isWord(b []byte) bool {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if !unicode.IsLetter(r) {
			return false
		}
		b = b[size:]
	}
	return true
}
