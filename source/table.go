package source

import (
	"bytes"
	"fmt"
	"slices"
)

const maxHeaders = 8 // that a table's rows may stand under

// tableParser reads columns of text under a header, as vmstat, iostat, sar,
// mpstat and free print them. Headers repeat and differ: a row belongs to the
// newest one with as many columns. A row that begins with a name (sda, all,
// Mem:) gives series named after both, such as sda.tps.
type tableParser struct {
	headers []*header // newest first
	cells   [][]byte
	name    []byte
}

// header is one header line and the columns under it.
type header struct {
	cells   [][]byte
	columns []column
	labeled bool // the first column holds names
	outside bool // names stand before the first column
	number  int  // of its line
	line    []byte
	rows    bool // one has come
}

func (p *tableParser) parse(line []byte, r *row) (unfit string) {
	if isDecoration(line) {
		return ""
	}
	p.cells = splitTable(p.cells[:0], line)
	if len(p.cells) == 0 {
		return "" // a date or a time of day alone
	}
	numbers, _ := numbersIn(p.cells, false)
	if numbers == 0 && len(p.cells) >= 2 {
		p.head(line, r)
		return ""
	}
	if len(p.headers) == 0 {
		return "no header has come before it: columns are named by a header line"
	}
	for _, h := range p.headers {
		if columns, label, ok := h.fit(p.cells); ok && numbers > 0 {
			p.row(h, columns, label, r)
			return ""
		}
	}
	if numbers == 0 {
		return "there is no number in it"
	}
	return fmt.Sprintf("it has %d columns where the header has %d", len(p.cells), len(p.headers[0].columns))
}

// head takes a header, known or new. A new one that got no row before the next
// came was none, and is told of now.
func (p *tableParser) head(line []byte, r *row) {
	for i, h := range p.headers {
		if slices.EqualFunc(h.cells, p.cells, bytes.Equal) {
			p.headers = slices.Insert(slices.Delete(p.headers, i, i+1), 0, h)
			return
		}
	}
	if len(p.headers) > 0 && !p.headers[0].rows {
		r.in.skip(p.headers[0].number, "it is neither a row nor a header that rows fit", p.headers[0].line)
		p.headers = p.headers[1:]
	}
	h := &header{number: r.number, line: bytes.Clone(line)}
	for _, cell := range p.cells {
		h.cells = append(h.cells, bytes.Clone(cell))
	}
	named := h.cells
	if first := named[0]; len(first) > 1 && first[len(first)-1] == ':' {
		named = named[1:] // "avg-cpu:" names the table
	}
	h.columns = newColumns(named)
	p.headers = slices.Insert(p.headers, 0, h)
	p.headers = p.headers[:min(len(p.headers), maxHeaders)]
}

// fit says which columns a row's cells belong to, and the name it begins with, if it does.
func (h *header) fit(cells [][]byte) (columns []column, label []byte, ok bool) {
	text := parseCell(cells[0], false).kind == notNumber
	n := len(h.columns)
	switch {
	case text && h.outside && len(cells) > 1 && len(cells) <= n:
		return h.columns[:len(cells)-1], cells[0], true // free: "Swap: 0 0 0"
	case len(cells) == n && n > 1 && (text || h.labeled):
		h.labeled = true
		return h.columns[1:], cells[0], true
	case len(cells) == n:
		return h.columns, nil, true
	case text && len(cells) == n+1:
		h.outside = true
		return h.columns, cells[0], true
	}
	return nil, nil, false
}

func (p *tableParser) row(h *header, columns []column, label []byte, r *row) {
	h.rows = true
	cells := p.cells
	if label != nil {
		cells = cells[1:]
		label = bytes.TrimSuffix(label, []byte{':'})
	}
	for i, cell := range cells {
		c := &columns[i]
		q := parseCell(cell, false)
		if label == nil {
			c.put(q, r)
			continue
		}
		p.name = append(append(append(p.name[:0], label...), '.'), c.name...)
		switch {
		case q.kind != notNumber:
			c.kind = numberColumn
			r.put(p.name, q, c.unit)
		case c.kind == numberColumn:
			r.refuse(p.name, q.kind)
		default:
			c.kind = textColumn
			r.text(c.name)
		}
	}
}

// isDecoration knows lines around tables that hold nothing: vmstat's groups of
// columns, sysstat's first line and its averages at the end.
func isDecoration(line []byte) bool {
	if bytes.Contains(line, []byte("---")) || bytes.HasPrefix(line, []byte("Average:")) {
		return true
	}
	return bytes.HasPrefix(line, []byte("Linux ")) && bytes.HasSuffix(line, []byte("CPU)"))
}

// splitTable appends the cells of a line. A time of day that follows a date
// (vmstat -t) belongs to its cell, and a time that begins the line (sar,
// iostat -t) is no cell.
func splitTable(cells [][]byte, line []byte) [][]byte {
	for field := range bytes.FieldsSeq(line) {
		n := len(cells)
		switch {
		case n == 0 && isClock(field):
			cells = append(cells, nil)
		case n == 1 && isClock(field) && isDate(cells[0]):
			cells[0] = nil
		case n > 1 && isClock(field) && isDate(cells[n-1]):
		case n == 1 && cells[0] == nil && (string(field) == "AM" || string(field) == "PM"):
		default:
			cells = append(cells, field)
		}
	}
	if len(cells) > 0 && cells[0] == nil {
		cells = cells[1:]
	}
	return cells
}
