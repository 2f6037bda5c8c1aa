package source

import (
	"bytes"
	"strings"
	"unicode"
)

// detect finds the format that the newest of the lines held tells, together
// with the line before it where that may be a header. It finds none where the
// newest may itself be a header, or is nothing that is known.
func detect(lines []held) (Format, bool) {
	line := lines[len(lines)-1].text
	if isDecoration(line) && !isPing(line) {
		return "", false
	}
	if line[0] == '>' && bytes.IndexByte(line, ':') > 0 {
		return Teleplot, true
	}
	if line[0] == '{' || line[0] == '[' {
		var s jsonScanner
		if s.scan(bytes.Clone(line)) == nil && len(s.members) > 0 {
			return JSON, true
		}
	}
	pairs, whole := findPairs(nil, line)
	if len(pairs) > 0 && whole {
		return Pairs, true
	}
	if header := headerBefore(lines); header != nil {
		switch {
		case fitsCSV(header, line), len(lines) == 2 && fitsWord(header, line):
			return CSV, true
		case fitsTable(header, line):
			return Table, true
		}
	}
	if cells, bad := splitNumbers(nil, line); bad == nil && hasFinite(cells) {
		return Numbers, true
	}
	if fitsCSV(nil, line) {
		return CSV, true
	}
	if len(pairs) > 0 || bytes.HasPrefix(line, []byte("PING ")) {
		return Pairs, true
	}
	return "", false
}

// headerBefore is the last line before the newest that is no decoration.
func headerBefore(lines []held) []byte {
	for i := len(lines) - 2; i >= 0; i-- {
		if !isDecoration(lines[i].text) {
			return lines[i].text
		}
	}
	return nil
}

func hasFinite(cells []quantity) bool {
	for _, q := range cells {
		if q.kind == finite {
			return true
		}
	}
	return false
}

// fitsWord reports whether a number stands under a header that is one word,
// given that nothing came before that.
func fitsWord(header, line []byte) bool {
	for i, c := range string(header) {
		if !unicode.IsLetter(c) && c != '_' && (i == 0 || !unicode.IsDigit(c) && !strings.ContainsRune("-/.", c)) {
			return false
		}
	}
	last := header[len(header)-1]
	return last != '.' && parseCell(header, false).kind == notNumber && parseCell(line, false).kind == finite
}

// fitsCSV reports whether a row of CSV stands under that header. One column
// alone needs its unit in the header, or to be one word: other text before
// numbers is mostly a greeting. Without a header a row begins with a time.
func fitsCSV(header, line []byte) bool {
	if header == nil {
		cells := splitCSV(nil, bytes.Clone(line), delimiterOf(line))
		numbers, _ := numbersIn(cells, delimiterOf(line) != ',')
		return len(cells) > 1 && isStamp(cells[0]) && numbers == len(cells)-1
	}
	delimiter := delimiterOf(header)
	names := splitCSV(nil, bytes.Clone(header), delimiter)
	cells := splitCSV(nil, bytes.Clone(line), delimiter)
	for len(cells) > len(names) && len(cells[len(cells)-1]) == 0 {
		cells = cells[:len(cells)-1]
	}
	if len(names) != len(cells) {
		return false
	}
	if len(names) == 1 {
		if _, unit := splitUnit(names[0]); len(unit) == 0 {
			return false
		}
	}
	inHeader, filled := numbersIn(names, delimiter != ',')
	inRow, _ := numbersIn(cells, delimiter != ',')
	return inHeader == 0 && filled > 0 && inRow > 0
}

// fitsTable reports whether a row of a table stands under that header: numbers
// in every column, but for a name at its beginning.
func fitsTable(head, line []byte) bool {
	names := splitTable(nil, head)
	cells := splitTable(nil, line)
	inHeader, filled := numbersIn(names, false)
	if inHeader > 0 || filled < 2 || len(cells) == 0 {
		return false
	}
	named := len(names)
	if names[0][len(names[0])-1] == ':' {
		named--
	}
	numbers, _ := numbersIn(cells, false)
	text := len(cells) - numbers
	switch len(cells) {
	case named:
		return numbers >= max(1, len(cells)/2)
	case named + 1:
		return text == 1 && parseCell(cells[0], false).kind == notNumber
	}
	return false
}
