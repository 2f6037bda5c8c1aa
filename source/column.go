package source

import (
	"bytes"
	"fmt"

	"github.com/plotbeam/plotbeam"
)

// column is one column of CSV or of a table. What it holds shows in its first
// cell that is not empty; one of text becomes one of numbers with its first number.
type column struct {
	name   []byte
	unit   []byte
	kind   columnKind
	series *series // once one was found
}

type columnKind uint8

const (
	unseen columnKind = iota
	textColumn
	numberColumn
)

// newColumns makes columns of a header's cells, whose names differ from then on.
func newColumns(header [][]byte) []column {
	columns := make([]column, len(header))
	seen := make(map[string]int, len(header))
	for i, cell := range header {
		c := &columns[i]
		if c.name, c.unit = splitUnit(bytes.Clone(cell)); len(c.name) == 0 {
			c.name = columnName(i)
		}
		name := string(c.name)
		if seen[name]++; seen[name] > 1 {
			c.name = fmt.Appendf(c.name[:len(c.name):len(c.name)], " %d", seen[name])
		}
	}
	return columns
}

// splitUnit takes apart "temp (Cel)" and "temp [V]"; what begins or ends with % is in that unit.
func splitUnit(cell []byte) (name, unit []byte) {
	n := len(cell)
	if n < 3 {
		return cell, nil
	}
	open := byte(0)
	switch cell[n-1] {
	case ')':
		open = '('
	case ']':
		open = '['
	}
	if open != 0 {
		if i := bytes.LastIndexByte(cell, open); i > 0 {
			name, unit = bytes.TrimSpace(cell[:i]), bytes.TrimSpace(cell[i+1:n-1])
			if len(name) > 0 && len(unit) > 0 && len(unit) <= plotbeam.MaxUnit {
				return name, unit
			}
		}
	}
	if cell[0] == '%' || cell[n-1] == '%' {
		return cell, []byte{'%'}
	}
	return cell, nil
}

// put puts one cell of a row into r, or tells why not.
func (c *column) put(q quantity, r *row) {
	switch {
	case q.kind == notNumber && c.kind == numberColumn:
		r.refuse(c.name, q.kind)
		return
	case q.kind == notNumber:
		c.kind = textColumn
		r.text(c.name)
		return
	}
	c.kind = numberColumn
	if c.series != nil && q.kind == finite && len(q.unit) == 0 {
		r.add(c.series, q.value)
		return
	}
	r.put(c.name, q, c.unit)
	c.series = r.known[string(c.name)]
}

// numbersIn counts the cells that hold numbers, and those that hold anything.
func numbersIn(cells [][]byte, comma bool) (numbers, filled int) {
	for _, cell := range cells {
		if len(cell) == 0 {
			continue
		}
		filled++
		if parseCell(cell, comma).kind != notNumber {
			numbers++
		}
	}
	return numbers, filled
}
