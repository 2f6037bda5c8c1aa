package source

import (
	"fmt"
	"time"

	"github.com/plotbeam/plotbeam"
)

// row is where a parser puts the readings of a line. The intake owns it and
// uses it for line after line.
type row struct {
	in     *intake
	number int
	line   []byte
	micros int64
	at     time.Time
	out    []plotbeam.Reading
	known  map[string]*series // at most MaxSeries
	told   map[string]bool    // names of which it was told that they hold text; at most MaxSeries
}

// series is a name and a unit that were found good.
type series struct {
	name, unit string
}

func (r *row) begin(number int, micros int64, line []byte) {
	r.number, r.line = number, line
	r.setTime(micros)
}

// setTime is for a line that says what time it is of; call it before add.
func (r *row) setTime(micros int64) {
	r.micros, r.at = micros, time.UnixMicro(micros)
}

// skip tells of one value of the line that gives no reading.
func (r *row) skip(reason string) { r.in.skip(r.number, reason, r.line) }

// find gives the series of that name, a new one where there is none. It gives
// nil where that is against the rules, and has then told so.
func (r *row) find(name, unit []byte) *series {
	if len(name) == 0 {
		name = []byte(plotbeam.DefaultSeries)
	}
	s := r.known[string(name)]
	if s == nil {
		return r.discover(string(name), string(unit))
	}
	if len(unit) > 0 && string(unit) != s.unit {
		if s.unit != "" {
			r.skip(fmt.Sprintf("%q was in %s before and is in %s now: keep to one unit", s.name, s.unit, plotbeam.Quote(string(unit))))
			return nil
		}
		if (plotbeam.Series{Name: s.name, Unit: string(unit)}).Validate() == nil {
			s.unit = string(unit)
		}
	}
	return s
}

func (r *row) discover(name, unit string) *series {
	if len(r.known) >= plotbeam.MaxSeries {
		r.skip(fmt.Sprintf("%s would be series number %d, and a device has at most %d: send fewer",
			plotbeam.Quote(name), plotbeam.MaxSeries+1, plotbeam.MaxSeries))
		return nil
	}
	if err := (plotbeam.Series{Name: name}).Validate(); err != nil {
		r.skip(err.Error())
		return nil
	}
	if err := (plotbeam.Series{Name: name, Unit: unit}).Validate(); err != nil {
		r.skip("the unit is left out: " + err.Error())
		unit = ""
	}
	s := &series{name: name, unit: unit}
	r.known[name] = s
	return s
}

// add puts a reading of a series that find gave.
func (r *row) add(s *series, v float64) {
	r.out = append(r.out, plotbeam.Reading{Time: r.at, Series: s.name, Unit: s.unit, Value: v})
}

// put adds what is a number and tells of what is none.
func (r *row) put(name []byte, q quantity, unit []byte) {
	if q.kind != finite {
		r.refuse(name, q.kind)
		return
	}
	if len(q.unit) > 0 {
		unit = q.unit
	}
	if s := r.find(name, unit); s != nil {
		r.add(s, q.value)
	}
}

// refuse tells why a value is not a reading's.
func (r *row) refuse(name []byte, kind numberKind) {
	if len(name) == 0 {
		name = []byte(plotbeam.DefaultSeries)
	}
	shown := plotbeam.Quote(string(name))
	switch kind {
	case notFinite:
		r.skip(shown + " is NaN or infinite: leave the value out instead")
	case tooLarge:
		r.skip(shown + " is larger than a float64 holds (1.8e308)")
	default:
		r.skip(shown + " holds text where a number was expected")
	}
}

// text tells once of a name that it holds text: while it does it gives no readings.
func (r *row) text(name []byte) {
	if r.told[string(name)] || len(r.told) >= plotbeam.MaxSeries {
		return
	}
	r.told[string(name)] = true
	r.skip(plotbeam.Quote(string(name)) + " holds text: left out until it holds a number")
}
