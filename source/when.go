package source

import (
	"bytes"
	"math"
	"time"
)

// isTimeName reports whether a column or member of that name may hold the time.
func isTimeName(name []byte) bool {
	for _, n := range [...]string{"t", "ts", "time", "timestamp", "datetime"} {
		if len(name) == len(n) && bytes.EqualFold(name, []byte(n)) {
			return true
		}
	}
	return false
}

// unixTime reads seconds, ms, µs or ns since 1970. Which it is the size tells:
// from 2001 to 2286 the four do not overlap. Other numbers are no time.
func unixTime(v float64) (micros int64, ok bool) {
	for _, unit := range [...]float64{1e6, 1e3, 1, 1e-3} { // µs in a second, ms, µs, ns
		if s := v * unit; s >= 1e15 && s < 1e16 {
			return int64(math.Round(s)), true
		}
	}
	return 0, false
}

// parseTime reads RFC 3339 (the T may be a blank, the zone may be missing and is then
// the local one) or a [unixTime].
func parseTime(b []byte) (micros int64, ok bool) {
	if v, kind := parseNumber(b, '.'); kind == finite {
		return unixTime(v)
	}
	if !isStamp(b) {
		return 0, false
	}
	s := bytes.Clone(b)
	s[10] = 'T'
	t, err := time.Parse(time.RFC3339, string(s))
	if err != nil {
		t, err = time.ParseInLocation("2006-01-02T15:04:05", string(s), time.Local)
	}
	if err != nil || t.Year() < 1970 {
		return 0, false
	}
	return t.UnixMicro(), true
}

// isStamp reports whether b begins like 2026-11-24T11:58:26.
func isStamp(b []byte) bool {
	return len(b) >= 19 && isDate(b[:10]) && (b[10] == 'T' || b[10] == 't' || b[10] == ' ') && isClock(b[11:19])
}

// isDate reports whether b is 2026-11-24 or 11/24/2026 or 24.11.26, or so.
func isDate(b []byte) bool {
	parts := 0
	for i, c := range b {
		switch {
		case isDigit(c):
		case (c == '-' || c == '/' || c == '.') && i > 0 && isDigit(b[i-1]):
			parts++
		default:
			return false
		}
	}
	return parts == 2 && len(b) >= 6 && len(b) <= 10 && isDigit(b[len(b)-1])
}

// isClock reports whether b is 11:58:26.
func isClock(b []byte) bool {
	if len(b) != len("11:58:26") {
		return false
	}
	for i, c := range b {
		if i == 2 || i == 5 {
			if c != ':' {
				return false
			}
		} else if !isDigit(c) {
			return false
		}
	}
	return true
}
