package source

import (
	"bytes"
	"strconv"

	"github.com/plotbeam/plotbeam"
)

// numbersParser reads lines of one or several numbers between blanks, commas,
// semicolons or tabs. One alone is the series "value", several are "1", "2"
// and so on; between two commas there may be nothing. A unit may follow a
// number. A time of day before all of them is passed over: it names no day.
type numbersParser struct {
	scratch []quantity
	alone   *series
	columns []*series // found so far; nil where there is none
}

func (p *numbersParser) parse(line []byte, r *row) (unfit string) {
	if v, kind := parseNumber(line, '.'); kind == finite && p.alone != nil {
		r.add(p.alone, v) // nearly every line there is
		return ""
	}
	cells, bad := splitNumbers(p.scratch[:0], line)
	p.scratch = cells
	if bad != nil {
		return plotbeam.Quote(string(bad)) + " is not a number"
	}
	numbers := 0
	for _, q := range cells {
		if q.kind != notNumber {
			numbers++
		}
	}
	switch {
	case numbers == 0:
		return "there is no number in it"
	case len(cells) == 1:
		r.put(nil, cells[0], nil)
		if cells[0].kind == finite && p.alone == nil {
			p.alone = r.known[plotbeam.DefaultSeries]
		}
		return ""
	}
	for len(p.columns) < min(len(cells), plotbeam.MaxSeries) {
		p.columns = append(p.columns, nil)
	}
	for i, q := range cells {
		p.put(i, q, r)
	}
	return ""
}

func (p *numbersParser) put(i int, q quantity, r *row) {
	if q.kind == notNumber {
		return // nothing stands between two commas
	}
	if i < len(p.columns) && p.columns[i] != nil && q.kind == finite && len(q.unit) == 0 {
		r.add(p.columns[i], q.value)
		return
	}
	name := columnName(i)
	r.put(name, q, nil)
	if i < len(p.columns) {
		p.columns[i] = r.known[string(name)]
	}
}

// columnName is the name of a column that was given none: they count from 1.
func columnName(i int) []byte { return strconv.AppendInt(nil, int64(i+1), 10) }

// splitNumbers appends the numbers of a line to cells. A place without a number is a notNumber;
// bad is the first piece of text that is no number.
func splitNumbers(cells []quantity, line []byte) (_ []quantity, bad []byte) {
	line = afterClock(line)
	comma := decimalCommas(line)
	open := true // a number may come: none has since the last separator
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			i++
			continue
		case divides(line, i, comma):
			if open {
				cells = append(cells, quantity{})
			}
			open = true
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' && !divides(line, i, comma) {
			i++
		}
		token := line[start:i]
		if len(cells) > 0 && !open && isUnit(token) && len(cells[len(cells)-1].unit) == 0 {
			cells[len(cells)-1].unit = token
			continue
		}
		q := parseCell(token, comma)
		if q.kind == notNumber {
			return cells, token
		}
		cells, open = append(cells, q), false
	}
	return cells, nil
}

// afterClock is what follows the time of day that a line may begin with.
func afterClock(line []byte) []byte {
	const n = len("11:58:26")
	if len(line) < n || !isClock(line[:n]) {
		return line
	}
	rest := line[n:]
	if len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
		for rest = rest[1:]; len(rest) > 0 && isDigit(rest[0]); {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 && !isPairSeparator(rest[0]) {
		return line
	}
	rest = bytes.TrimLeft(rest, " \t")
	if len(rest) > 0 && (rest[0] == ',' || rest[0] == ';') {
		rest = rest[1:]
	}
	return rest
}

// decimalCommas reports whether commas can only be decimal ones: semicolons or
// tabs divide the line, and no two commas stand between two of them.
func decimalCommas(line []byte) bool {
	if bytes.IndexByte(line, ',') < 0 || !bytes.ContainsAny(line, ";\t") {
		return false
	}
	commas := 0
	for _, c := range line {
		switch c {
		case ',':
			if commas++; commas > 1 {
				return false
			}
		case ';', '\t':
			commas = 0
		}
	}
	return true
}

// divides reports whether the byte at i stands between two numbers; decimal
// commas, where there may be any, are those between two digits.
func divides(line []byte, i int, decimal bool) bool {
	switch line[i] {
	case ';':
		return true
	case ',':
		return !(decimal && i > 0 && i+1 < len(line) && isDigit(line[i-1]) && isDigit(line[i+1]))
	}
	return false
}
