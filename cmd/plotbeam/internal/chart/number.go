package chart

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// symbols are how people write SenML's units (RFC 8428, section 12.1; RFC 8798), where it is otherwise.
var symbols = map[string]string{
	"Cel": "°C", "Ohm": "Ω", "deg": "°", "lat": "° N", "lon": "° E",
	"%RH": "% RH", "%EL": "%", "EL": "s", "/": "", "/100": "%", "/1000": "‰", "Bspl": "B SPL",
	"m2": "m²", "m3": "m³", "m/s2": "m/s²", "m3/s": "m³/s", "W/m2": "W/m²", "cd/m2": "cd/m²", "kg/m3": "kg/m³", "ug/m3": "µg/m³",
}

func symbol(unit string) string {
	if s, ok := symbols[unit]; ok {
		return s
	}
	return unit
}

// notation is how the numbers of one axis are written, so that they differ in what
// matters and keep their width.
type notation struct {
	format   byte // of strconv
	decimals int
}

const (
	smallest    = 1e-3 // beyond these there are exponents
	largest     = 1e7
	mantissa    = 3 // decimals before an exponent
	mostDigits  = 6 // decimals without one
	digitsOfAll = 2 // decimals of the first digit of an axis' length
)

func notationOf(low, high float64, whole bool) notation {
	size := max(math.Abs(low), math.Abs(high))
	if size >= largest || size != 0 && size < smallest {
		return notation{'e', mantissa}
	}
	if whole {
		return notation{'f', 0}
	}
	length := high - low
	if length == 0 {
		length = size
	}
	return notation{'f', min(max(digitsOfAll-int(math.Floor(math.Log10(length))), 0), mostDigits)}
}

func (n notation) of(v float64) string {
	s := strconv.FormatFloat(v, n.format, n.decimals, 64)
	if v < 0 && n.format == 'f' {
		if zero, _ := strconv.ParseFloat(s, 64); zero == 0 {
			return s[1:] // never -0
		}
	}
	return s
}

// span writes a duration for people: 60 s, 5 min, 1m30s.
func span(d time.Duration) string {
	switch {
	case d >= 2*time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d%time.Second == 0 && d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}
