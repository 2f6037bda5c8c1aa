package plotbeam

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"
)

// Reading is one time and one value of one series.
type Reading struct {
	// Time is when the device took the reading; the wire keeps microseconds.
	// Zero means now, when it is published.
	Time time.Time
	// Series names the quantity. Empty means "value".
	Series string
	// Unit is a SenML unit (RFC 8428, section 12.1) or any short text. It
	// matters on the first reading of a series; empty means none is known.
	Unit string
	// Value is finite: NaN and the infinities are not readings.
	Value float64
}

// DefaultSeries is the name of a series that was given none.
const DefaultSeries = "value"

// ErrNotFinite answers a NaN or an infinity.
var ErrNotFinite = errors.New("NaN and infinities are not readings: leave the reading out instead")

// ErrSeries is wrapped by every error about a name, a unit or the number of series.
var ErrSeries = errors.New("series")

const (
	MaxSeries     = 256 // series of one device
	MaxSeriesName = 128 // bytes of a name
	MaxUnit       = 32  // bytes of a unit
)

// ValueType is how a series' values travel.
type ValueType string

const (
	Float64 ValueType = "float64" // 8 bytes a value; the default
	Float32 ValueType = "float32" // 4 bytes a value, about 7 digits
)

// Series is one named quantity of a device.
type Series struct {
	Name string    `json:"name"`
	Unit string    `json:"unit,omitempty"`
	Type ValueType `json:"type,omitempty"` // empty means float64
}

// Schema lists a device's series. A frame names a series by its index here;
// within an epoch a schema only ever grows at its end, so an index keeps its meaning.
type Schema struct {
	Series []Series `json:"series"`
}

// Validate checks names, units, types and their number; its error wraps [ErrSeries].
func (s Schema) Validate() error {
	if len(s.Series) > MaxSeries {
		return fmt.Errorf("%w: %d of them, at most %d fit", ErrSeries, len(s.Series), MaxSeries)
	}
	seen := make(map[string]bool, len(s.Series))
	for _, one := range s.Series {
		if err := one.Validate(); err != nil {
			return err
		}
		if seen[one.Name] {
			return fmt.Errorf("%w %q is listed twice", ErrSeries, one.Name)
		}
		seen[one.Name] = true
	}
	return nil
}

// Validate checks name, unit and type; its error wraps [ErrSeries].
func (s Series) Validate() error {
	switch {
	case s.Name == "":
		return fmt.Errorf("%w: a name is empty", ErrSeries)
	case len(s.Name) > MaxSeriesName:
		return fmt.Errorf("%w %s: a name has at most %d bytes", ErrSeries, Quote(s.Name), MaxSeriesName)
	case len(s.Unit) > MaxUnit:
		return fmt.Errorf("%w %q: unit %s has over %d bytes", ErrSeries, s.Name, Quote(s.Unit), MaxUnit)
	case !plain(s.Name) || !plain(s.Unit):
		return fmt.Errorf("%w %s: names and units are UTF-8 without control characters", ErrSeries, Quote(s.Name))
	case s.Type != "" && s.Type != Float64 && s.Type != Float32:
		return fmt.Errorf("%w %q: type %s is neither float64 nor float32", ErrSeries, s.Name, Quote(string(s.Type)))
	}
	return nil
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// Finite reports whether v can be a reading's value.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
