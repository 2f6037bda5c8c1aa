package source

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/plotbeam/plotbeam"
)

// csvParser reads CSV: a header and then rows, divided by semicolons, else
// tabs, else commas, as the first line has them. Where the first line holds
// numbers there is no header, and columns are named by their number. Cells may
// be quoted; a quoted cell does not span lines. An empty cell is no reading.
type csvParser struct {
	delimiter byte
	header    []byte
	columns   []column
	time      int // the column that holds the time, or -1
	started   bool
	cells     [][]byte
	values    []quantity
}

func (p *csvParser) parse(line []byte, r *row) (unfit string) {
	if p.columns == nil {
		return p.first(line, r)
	}
	if bytes.Equal(line, p.header) {
		return ""
	}
	return p.row(line, r)
}

// first takes the header, or the first row where there is none.
func (p *csvParser) first(line []byte, r *row) (unfit string) {
	header := bytes.Clone(line)
	p.delimiter = delimiterOf(line)
	p.cells = splitCSV(p.cells[:0], line, p.delimiter)
	numbers, filled := numbersIn(p.cells, p.delimiter != ',')
	p.time = -1
	if filled == 0 {
		return "there is neither a header nor a number in it"
	}
	if numbers == 0 && !hasStamp(p.cells) {
		p.header, p.columns = header, newColumns(p.cells)
		return ""
	}
	names := make([][]byte, len(p.cells))
	if len(names) == 1 {
		names[0] = []byte(plotbeam.DefaultSeries)
	}
	for i, cell := range p.cells {
		if isStamp(cell) {
			names[i] = []byte("time")
		}
	}
	p.columns = newColumns(names)
	unfit = p.row(header, r)
	if unfit != "" {
		p.columns, p.started = nil, false
	}
	return unfit
}

func (p *csvParser) row(line []byte, r *row) (unfit string) {
	p.cells = splitCSV(p.cells[:0], line, p.delimiter)
	for len(p.cells) > len(p.columns) && len(p.cells[len(p.cells)-1]) == 0 {
		p.cells = p.cells[:len(p.cells)-1]
	}
	if len(p.cells) != len(p.columns) {
		return fmt.Sprintf("it has %d cells where the header has %d", len(p.cells), len(p.columns))
	}
	p.values = p.values[:0]
	numbers, filled := 0, 0
	for _, cell := range p.cells {
		q := parseCell(cell, p.delimiter != ',')
		if q.kind != notNumber {
			numbers++
		}
		if len(cell) > 0 {
			filled++
		}
		p.values = append(p.values, q)
	}
	if !p.started && (numbers > 0 || hasStamp(p.cells)) {
		p.started, p.time = true, timeColumn(p.columns, p.cells)
	}
	if p.time >= 0 && len(p.cells[p.time]) > 0 {
		micros, ok := parseTime(p.cells[p.time])
		if !ok {
			return fmt.Sprintf("the time %s is neither RFC 3339 nor unix seconds, ms or µs", plotbeam.Quote(string(p.cells[p.time])))
		}
		r.setTime(micros)
	} else if numbers == 0 && filled > 0 {
		return "there is no number in it"
	}
	for i := range p.columns {
		if i != p.time && len(p.cells[i]) > 0 {
			p.columns[i].put(p.values[i], r)
		}
	}
	return ""
}

// timeColumn finds the column whose name and first cell are a time's.
func timeColumn(columns []column, cells [][]byte) int {
	for i, c := range columns {
		if isTimeName(c.name) {
			if _, ok := parseTime(cells[i]); ok {
				return i
			}
		}
	}
	return -1
}

func hasStamp(cells [][]byte) bool {
	return slices.ContainsFunc(cells, isStamp)
}

// delimiterOf is the one of ; tab and comma that comes first in this order:
// where there are semicolons or tabs, a comma may be a decimal one.
func delimiterOf(line []byte) byte {
	for _, c := range [...]byte{';', '\t'} {
		if bytes.IndexByte(line, c) >= 0 {
			return c
		}
	}
	return ','
}

// splitCSV appends the cells of a line, without blanks around them and without
// quotes (RFC 4180), which it removes in place.
func splitCSV(cells [][]byte, line []byte, delimiter byte) [][]byte {
	for {
		line = trimBlanks(line, delimiter)
		if len(line) > 0 && line[0] == '"' {
			var cell []byte
			cell, line = unquote(line)
			cells = append(cells, bytes.TrimSpace(cell))
			if i := bytes.IndexByte(line, delimiter); i >= 0 {
				line = line[i+1:]
				continue
			}
			return cells
		}
		i := bytes.IndexByte(line, delimiter)
		if i < 0 {
			return append(cells, bytes.TrimSpace(line))
		}
		cells = append(cells, bytes.TrimSpace(line[:i]))
		line = line[i+1:]
	}
}

// trimBlanks removes leading blanks, and tabs unless they divide.
func trimBlanks(b []byte, delimiter byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' && delimiter != '\t') {
		b = b[1:]
	}
	return b
}

// unquote takes the quoted cell that line begins with, in place.
func unquote(line []byte) (cell, rest []byte) {
	out := line[1:1]
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			out = append(out, line[i])
			continue
		}
		if i+1 < len(line) && line[i+1] == '"' {
			out = append(out, '"')
			i++
			continue
		}
		return out, line[i+1:]
	}
	return out, nil
}
