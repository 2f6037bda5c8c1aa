package source

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// numberKind is what a piece of text is as a number.
type numberKind uint8

const (
	notNumber numberKind = iota
	finite               // a reading's value
	notFinite            // NaN or an infinity, as C, Python, Go or Arduino print them
	tooLarge             // a number that float64 does not hold: 1e400
)

// quantity is a number and the unit that stands behind it, if one does.
type quantity struct {
	value float64
	unit  []byte
	kind  numberKind
}

// pow10 holds the powers of ten that float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseNumber reads a decimal number that fills b, with a point where point
// says so. Nearly all numbers that sensors print have up to 15 digits; those
// are made here without allocating, exactly as strconv would make them.
func parseNumber(b []byte, point byte) (float64, numberKind) {
	i, negative := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, i = b[0] == '-', 1
	}
	var mantissa uint64
	digits, fraction, exact, dotted := 0, 0, true, false
	for ; i < len(b); i++ {
		c := b[i]
		if c == point && !dotted {
			dotted = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		digits++
		if mantissa >= 1<<53/10 {
			exact = false // strconv will do it
			continue
		}
		mantissa = mantissa*10 + uint64(c-'0')
		if dotted {
			fraction++
		}
	}
	if digits == 0 {
		return 0, kindOfWord(b)
	}
	exponent := 0
	if i < len(b) {
		e, ok := parseExponent(b[i:])
		if !ok {
			return 0, kindOfWord(b)
		}
		exponent = e
	}
	exponent -= fraction
	if !exact || exponent < -22 || exponent > 22 {
		return parseSlowly(b, point)
	}
	v := float64(mantissa)
	if exponent < 0 {
		v /= pow10[-exponent]
	} else {
		v *= pow10[exponent]
	}
	if negative {
		v = -v
	}
	return v, finite
}

// parseExponent reads e+12; one of over 4 digits is cut to what overflows all the same.
func parseExponent(b []byte) (exponent int, ok bool) {
	if b[0] != 'e' && b[0] != 'E' {
		return 0, false
	}
	b = b[1:]
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, b = b[0] == '-', b[1:]
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		exponent = min(exponent*10+int(c-'0'), 99999)
	}
	if negative {
		exponent = -exponent
	}
	return exponent, len(b) > 0
}

// parseSlowly reads what was found to have the form of a number.
func parseSlowly(b []byte, point byte) (float64, numberKind) {
	if point != '.' {
		b = bytes.Replace(b, []byte{point}, []byte{'.'}, 1)
	}
	v, err := strconv.ParseFloat(string(b), 64)
	switch {
	case math.IsInf(v, 0):
		return 0, tooLarge
	case err != nil:
		return 0, notNumber
	}
	return v, finite
}

// kindOfWord knows the words for what is no finite number.
func kindOfWord(b []byte) numberKind {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if len(b) < 3 || len(b) > 9 {
		return notNumber
	}
	var lower [9]byte
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(b)]) {
	case "nan", "nan(ind)", "inf", "infinity", "ovf", "∞", "1.#inf", "1.#ind", "1.#qnan":
		return notFinite
	}
	return notNumber
}

// parseCell reads a number with a decimal point, or where comma says so with a
// decimal comma, and the known unit that may follow it: 23.5, 45%, 23.5 °C.
func parseCell(b []byte, comma bool) quantity {
	point := byte('.')
	if comma && bytes.IndexByte(b, ',') >= 0 {
		point = ','
	}
	v, kind := parseNumber(b, point)
	if kind != notNumber || len(b) == 0 || !startsNumber(b[0]) {
		return quantity{value: v, kind: kind}
	}
	end := len(b)
	for end > 0 && !isDigit(b[end-1]) {
		end--
	}
	unit := bytes.TrimSpace(b[end:])
	if end == 0 || !isUnit(unit) {
		// The unit may hold a digit: m/s2.
		if end = bytes.IndexFunc(b, startsUnit); end <= 0 {
			return quantity{}
		}
		if unit = bytes.TrimSpace(b[end:]); !isUnit(unit) {
			return quantity{}
		}
	}
	v, kind = parseNumber(bytes.TrimSpace(b[:end]), point)
	return quantity{value: v, unit: unit, kind: kind}
}

func startsNumber(c byte) bool { return isDigit(c) || c == '-' || c == '+' || c == '.' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func startsUnit(r rune) bool {
	return r == '%' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= utf8.RuneSelf
}

// isUnit knows the units that may follow a number in free text. In a header or
// behind Teleplot's § any text is a unit; here a list keeps words from being one.
func isUnit(b []byte) bool {
	switch string(b) {
	case "s", "ms", "us", "\u00b5s", "\u03bcs", "ns", "min", "h",
		"V", "mV", "uV", "µV", "kV", "A", "mA", "uA", "µA", "nA", "Ah", "mAh",
		"W", "mW", "kW", "MW", "VA", "kVA", "var", "Wh", "kWh", "J", "kJ",
		"Ohm", "ohm", "kOhm", "\u03a9", "\u2126", "k\u03a9", "k\u2126", "F", "uF", "µF", "nF", "pF", "H", "mH",
		"Hz", "kHz", "MHz", "GHz", "rpm", "RPM", "1/min",
		"C", "°C", "℃", "°F", "℉", "degC", "degF", "Cel", "K",
		"%", "%RH", "%rH", "ppm", "ppb", "dB", "dBm", "dBA",
		"Pa", "hPa", "kPa", "MPa", "bar", "mbar", "psi", "mmHg",
		"m", "mm", "cm", "km", "um", "µm", "ft",
		"m/s", "km/h", "mph", "m/s2", "m/s²", "m/s^2", "g", "mg", "kg",
		"deg", "°", "rad", "rad/s", "deg/s", "°/s", "dps",
		"N", "kN", "Nm", "T", "mT", "uT", "µT", "G", "lx", "lux", "lm", "cd",
		"l", "L", "ml", "mL", "l/min", "L/min", "m3", "m³", "m3/h", "m³/h",
		"B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB",
		"B/s", "kB/s", "KB/s", "MB/s", "GB/s", "KiB/s", "MiB/s", "GiB/s",
		"bit", "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "bps", "kbps", "Mbps", "Gbps",
		"ug/m3", "µg/m3", "µg/m³", "mg/m3", "pH", "uS/cm", "µS/cm", "Bq", "uSv/h", "µSv/h", "cpm", "bpm":
		return true
	}
	return false
}
