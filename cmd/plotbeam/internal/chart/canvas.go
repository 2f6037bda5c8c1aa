package chart

// canvas is a grid of dots, eight to a braille character: two across, four down.
type canvas struct {
	columns, rows int // characters
	cells         []byte
}

// dots are the bits of a braille character, by column and row (Unicode 16, chapter 21.1).
var dots = [2][4]byte{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

func newCanvas(columns, rows int) *canvas {
	return &canvas{columns: columns, rows: rows, cells: make([]byte, columns*rows)}
}

func (c *canvas) set(x, y int) {
	if x < 0 || y < 0 || x >= 2*c.columns || y >= 4*c.rows {
		return
	}
	c.cells[y/4*c.columns+x/2] |= dots[x%2][y%4]
}

// line sets the dots from one to the other (Bresenham's way).
func (c *canvas) line(x0, y0, x1, y1 int) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	stepX, stepY := sign(x1-x0), sign(y1-y0)
	for slip := dx + dy; ; {
		c.set(x0, y0)
		if x0 == x1 && y0 == y1 {
			return
		}
		twice := 2 * slip
		if twice >= dy {
			slip += dy
			x0 += stepX
		}
		if twice <= dx {
			slip += dx
			y0 += stepY
		}
	}
}

// middle is the row between a column's highest and lowest dots, if it has any and
// the row too.
func (c *canvas) middle(x int) (row int, ok bool) {
	first, last := -1, -1
	for row := range c.rows {
		if c.cells[row*c.columns+x] != 0 {
			if first < 0 {
				first = row
			}
			last = row
		}
	}
	if first < 0 {
		return 0, false
	}
	row = (first + last) / 2
	return row, c.cells[row*c.columns+x] != 0
}

// asciiOf is the character that is most like a cell's dots.
func asciiOf(bits byte) rune {
	first, last := -1, -1
	for y := range 4 {
		if bits&(dots[0][y]|dots[1][y]) != 0 {
			if first < 0 {
				first = y
			}
			last = y
		}
	}
	switch {
	case last-first >= 2:
		return '|'
	case first == 0:
		return '\''
	case last == 3:
		return '.'
	}
	return '-'
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
