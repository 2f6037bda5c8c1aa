// Package lines writes readings as lines of text: NDJSON or CSV.
//
//	{"t":"2026-01-02T15:04:05.123456Z","device":"lab-psu","series":"volts","v":4.98}
//
//	t,device,series,v
//	2026-01-02T15:04:05.123456Z,lab-psu,volts,4.98
//
// Times are UTC with six digits of a second, always; values are the shortest
// number that reads back as the same float64.
package lines

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Format is a way to write a reading on one line.
type Format string

const (
	NDJSON Format = "ndjson"
	CSV    Format = "csv"
)

const (
	csvHeader   = "t,device,series,v\n"
	secondStyle = "2006-01-02T15:04:05."
	maxKnown    = 4 * plotbeam.MaxSeries // series whose text is kept
)

// encoder appends readings of one device. What repeats (the second, the names)
// is worked out once.
type encoder struct {
	format Format
	device plotbeam.DeviceID
	second int64  // of stamp
	stamp  []byte // the second as text, with the dot
	named  map[string]string
}

func newEncoder(format Format, device plotbeam.DeviceID) *encoder {
	return &encoder{format: format, device: device, second: math.MinInt64, named: map[string]string{}}
}

// append appends the line of r to dst.
func (e *encoder) append(dst []byte, r plotbeam.Reading) []byte {
	if e.format == NDJSON {
		dst = append(dst, `{"t":"`...)
	}
	dst = e.appendTime(dst, r.Time)
	dst = append(dst, e.names(r.Series)...)
	dst = appendValue(dst, r.Value)
	if e.format == NDJSON {
		dst = append(dst, '}')
	}
	return append(dst, '\n')
}

func (e *encoder) appendTime(dst []byte, t time.Time) []byte {
	if second := t.Unix(); second != e.second {
		e.second = second
		e.stamp = t.UTC().AppendFormat(e.stamp[:0], secondStyle)
	}
	dst = append(dst, e.stamp...)
	micros := t.Nanosecond() / 1000
	for unit := 100_000; unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+micros/unit%10))
	}
	return append(dst, 'Z')
}

// names is what stands between the time and the value.
func (e *encoder) names(series string) string {
	if s, ok := e.named[series]; ok {
		return s
	}
	if len(e.named) >= maxKnown { // a device that came back with other series, many times
		clear(e.named)
	}
	s := "," + csvField(string(e.device)) + "," + csvField(series) + ","
	if e.format == NDJSON {
		s = fmt.Sprintf(`","device":%s,"series":%s,"v":`, jsonString(string(e.device)), jsonString(series))
	}
	e.named[series] = s
	return s
}

// appendValue writes v as ECMAScript and encoding/json do.
func appendValue(dst []byte, v float64) []byte {
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

// jsonString quotes a name; names hold no control characters (see [plotbeam.Schema]).
func jsonString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func csvField(s string) string {
	if !strings.ContainsAny(s, ",\"\r\n") && s == strings.TrimSpace(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
