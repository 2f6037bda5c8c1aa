package chart

import "fmt"

const (
	smallestPanel   = 3 // lines: one of words, two of dots
	smallestOverlay = 2 // lines of dots
	markEvery       = 9 // cells between two marks of a line
)

// panels draws as many series as there is room for, one below the other, and the time axis.
func (p *painter) panels() {
	room := p.Height - len(p.done) - 2
	all := len(p.chart.tracks)
	shown := max(min(all, room/smallestPanel), 1)
	top := max(min(p.look.top, all-shown), 0)
	views := make([]view, shown)
	margin := 0
	for i := range views {
		views[i] = p.see(top + i)
		margin = max(margin, views[i].labelWidth())
	}
	for i := range views {
		rows := room / shown
		if i < room%shown {
			rows++
		}
		v := &views[i]
		name, value := p.fit(v.name, v.now(), p.Width)
		extremes := v.extremes()
		if p.width(name+value+extremes) > p.Width {
			extremes = ""
		}
		p.line(plain(name+value, bold), plain(extremes, dim))
		c := newCanvas(max(p.Width-margin-2, 1), rows-1)
		v.plot(c)
		p.rows(v, margin, []layer{{canvas: c, ink: ink{style: v.style}}})
	}
	more := ""
	switch {
	case top > 0 && all > shown:
		more = fmt.Sprintf("%d more: ↑ ↓", all-shown)
	case all > shown:
		more = fmt.Sprintf("%d more: ↓", all-shown)
	}
	p.timeAxis(margin, more)
}

// overlay draws all series in one panel. Those of one unit share an axis, and all do
// where it is fixed; else each spans its own values, and the axis is of none.
func (p *painter) overlay() {
	room := p.Height - len(p.done) - 2
	views := make([]view, len(p.chart.tracks))
	for i := range views {
		views[i] = p.see(i)
	}
	hidden := p.legend(views, max((room-smallestOverlay)/2, 1))
	rows := max(p.Height-len(p.done)-2, 1)
	shared := p.chart.ranged || share(views)
	margin := 3 // "max"
	if shared {
		margin = views[0].labelWidth()
	}
	layers := make([]layer, len(views))
	for i := range views {
		layers[i] = layer{canvas: newCanvas(max(p.Width-margin-2, 1), rows), ink: views[i].ink}
		views[i].plot(layers[i].canvas)
	}
	var axis *view
	if shared {
		axis = &views[0]
	}
	p.rows(axis, margin, layers)
	more := ""
	if hidden > 0 {
		more = fmt.Sprintf("%d more", hidden)
	}
	p.timeAxis(margin, more)
}

// share gives views of one unit one axis, and reports whether they are.
func share(views []view) bool {
	low, high, whole := views[0].least, views[0].most, true
	for i := range views {
		if views[i].unit != views[0].unit {
			return false
		}
		low, high, whole = min(low, views[i].least), max(high, views[i].most), whole && views[i].whole
	}
	for i := range views {
		views[i].scale(low, high)
	}
	views[0].notation = notationOf(low, high, whole)
	return true
}

// legend says which mark is which series, in as many columns as fit, and gives how
// many did not. Where lines or cells are few it leaves the extremes away.
func (p *painter) legend(views []view, most int) (hidden int) {
	const mark, between = 2, 2 // cells
	entry := func(v *view) string { return v.name + " " + v.now() + v.extremes() }
	widest := func() (width int) {
		for i := range views {
			width = max(width, p.width(entry(&views[i])))
		}
		return width
	}
	width := widest()
	columns := (p.Width + between) / (mark + width + between)
	if columns*most < len(views) {
		entry = func(v *view) string {
			name, value := p.fit(v.name, v.now(), p.Width-mark)
			return name + value
		}
		width = widest()
		columns = max((p.Width+between)/(mark+width+between), 1)
	}
	for first := 0; first < len(views); first += columns {
		if first == columns*most {
			return len(views) - first
		}
		var pieces []piece
		for i := first; i < min(first+columns, len(views)); i++ {
			v := &views[i]
			pieces = append(pieces, plain(string(v.mark)+" ", v.style), plain(pad(p.shown(entry(v)), width+between), plainStyle))
		}
		p.line(pieces...)
	}
	return 0
}

// layer is one series' dots, with a mark here and there where it has one.
type layer struct {
	canvas *canvas
	ink
}

// rows writes rows of dots beside an axis, which is a view's or none's.
func (p *painter) rows(axis *view, margin int, layers []layer) {
	low, high := "min", "max"
	if axis != nil {
		low, high = axis.lowLabel(), axis.highLabel()
	}
	rows := layers[0].canvas.rows
	marked := markPlaces(layers)
	for row := range rows {
		label, tick := "", "│"
		switch row {
		case 0:
			label, tick = high, "┤"
		case rows - 1:
			label, tick = low, "┤"
		}
		before := piece{fmt.Sprintf("%*s %s", margin, cut(label, margin), tick), plainStyle}
		p.line(append([]piece{before}, p.compose(layers, marked, row)...)...)
	}
}

// markPlaces are the cells where marks stand: in the middle of a layer's dots, in
// columns that the layers take in turn.
func markPlaces(layers []layer) map[int]int {
	places := map[int]int{}
	for n, l := range layers {
		if l.mark == 0 {
			continue
		}
		every := max(markEvery, 3*len(layers))
		for x := every * (2*n + 1) / (2 * len(layers)); x < l.canvas.columns; x += every {
			if row, ok := l.canvas.middle(x); ok {
				places[row*l.canvas.columns+x] = n
			}
		}
	}
	return places
}

// compose is one row of all layers, those that come later above.
func (p *painter) compose(layers []layer, marked map[int]int, row int) (pieces []piece) {
	columns := layers[0].canvas.columns
	var run []rune
	var s style
	for x := range columns {
		r, of := ' ', s // a space has no colour
		var bits byte
		for _, l := range layers {
			if b := l.canvas.cells[row*columns+x]; b != 0 {
				bits |= b
				of = l.style
				switch {
				case !p.ASCII:
					r = 0x2800 + rune(bits)
				case l.mark != 0:
					r = l.mark
				default:
					r = asciiOf(bits)
				}
			}
		}
		if n, ok := marked[row*columns+x]; ok {
			r, of = layers[n].mark, layers[n].style
		}
		if of != s {
			pieces = append(pieces, piece{string(run), s})
			run, s = run[:0], of
		}
		run = append(run, r)
	}
	return append(pieces, piece{string(run), s})
}
