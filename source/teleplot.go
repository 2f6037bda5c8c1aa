package source

import (
	"bytes"
	"math"
	"time"

	"github.com/plotbeam/plotbeam"
)

const sectionSign = "§"

// teleplotParser reads Teleplot's lines:
//
//	>name:value§unit|flags
//	>name:ms:value§unit|flags
//	>name:ms:value;ms:value§unit
//
// Times that are no unix ms but count from the device's start keep their
// distances within a line, whose last value is of the moment it arrived. Texts
// (|t), |xy plots, 3D shapes and log lines are skipped.
type teleplotParser struct {
	points []point
}

// point is a value and the device's time, if it gave one.
type point struct {
	ms    float64
	timed bool
	value quantity
}

func (p *teleplotParser) parse(line []byte, r *row) (unfit string) {
	if line[0] != '>' {
		return "it is a log line: Teleplot's values begin with >"
	}
	name, rest, ok := bytes.Cut(line[1:], []byte{':'})
	name = bytes.TrimSpace(name)
	switch {
	case !ok:
		return "there is no colon behind the name, as in >name:value"
	case len(name) == 0 || isDigits(name):
		r.skip("it is a log line of Teleplot, not a value")
		return ""
	case bytes.HasPrefix(name, []byte("3D|")):
		r.skip("it is a 3D shape of Teleplot, not a value")
		return ""
	}
	name, _, _ = bytes.Cut(name, []byte{','}) // the widget it is for
	rest, flags := cutLast(rest, []byte{'|'})
	if why := unplottable(flags); why != "" {
		r.skip(why)
		return ""
	}
	values, unit, _ := bytes.Cut(rest, []byte(sectionSign))
	if !p.read(values) {
		return plotbeam.Quote(string(values)) + " is neither value nor ms:value"
	}
	if len(p.points) == 0 {
		return "there is no value in it"
	}
	p.put(name, bytes.TrimSpace(unit), r)
	return ""
}

// read takes the value;value or ms:value;ms:value of a line.
func (p *teleplotParser) read(values []byte) bool {
	p.points = p.points[:0]
	for part := range bytes.SplitSeq(values, []byte{';'}) {
		part = bytes.TrimSpace(part)
		if len(part) == 0 {
			continue
		}
		var one point
		if ms, value, ok := bytes.Cut(part, []byte{':'}); ok {
			v, kind := parseNumber(bytes.TrimSpace(ms), '.')
			if kind != finite {
				return false
			}
			one.ms, one.timed, part = v, true, bytes.TrimSpace(value)
		}
		one.value.value, one.value.kind = parseNumber(part, '.')
		if one.value.kind == notNumber {
			return false
		}
		p.points = append(p.points, one)
	}
	return true
}

func (p *teleplotParser) put(name, unit []byte, r *row) {
	arrived, last := r.micros, p.points[len(p.points)-1]
	for i, one := range p.points {
		at := arrived
		if one.timed {
			if micros, ok := unixTime(one.ms); ok {
				at = micros
			} else if back := last.ms - one.ms; last.timed && back > 0 && back <= float64(time.Hour/time.Millisecond) {
				at = arrived - int64(math.Round(back*1000))
			}
		} else if i > 0 {
			at = r.in.stamp() // several values of one line are of several moments
		}
		r.setTime(at)
		r.put(name, one.value, unit)
	}
}

// unplottable says why the flags behind a line's | make it no series.
func unplottable(flags []byte) string {
	for flag := range bytes.SplitSeq(flags, []byte{','}) {
		switch string(bytes.TrimSpace(flag)) {
		case "t":
			return "it is a text of Teleplot (|t), not a value"
		case "xy":
			return "it is an xy plot of Teleplot: send x and y as series of their own"
		case "clr":
			return "it clears a plot of Teleplot (|clr), which has no meaning here"
		}
	}
	return ""
}

func cutLast(b, divider []byte) (before, after []byte) {
	if i := bytes.LastIndex(b, divider); i >= 0 {
		return b[:i], b[i+len(divider):]
	}
	return b, nil
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return true
}
