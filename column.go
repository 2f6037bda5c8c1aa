package plotbeam

import (
	"encoding/binary"
	"fmt"
	"math"
)

// TimeEncoding says how a column's times travel.
type TimeEncoding uint8

const (
	TimesShared TimeEncoding = 0 // the same as the column before: no bytes
	TimesStep   TimeEncoding = 1 // first + i × step: no bytes
	TimesOffset TimeEncoding = 2 // one u32 a reading
)

// ValueEncoding says how a column's values travel.
type ValueEncoding uint8

const (
	ValuesFloat64 ValueEncoding = 0 // IEEE 754 binary64, little-endian
	ValuesFloat32 ValueEncoding = 1 // IEEE 754 binary32, little-endian
)

const columnHeader = 16 // bytes before a column's times

// Column holds the readings of one series in one frame. It reads the frame's
// bytes in place. On the wire, from an offset that is a multiple of 8:
type Column struct {
	Series uint16        // bytes 0-1: index in the schema
	Times  TimeEncoding  // byte 2
	Values ValueEncoding // byte 3
	Count  int           // bytes 4-7, u32, from 1
	first  uint32        // bytes 8-11: first reading, µs after the frame's time (TimesStep), else 0
	step   uint32        // bytes 12-15: µs from one reading to the next (TimesStep), else 0
	//                      then the times, padded with zeros to a multiple of 8
	//                      then the values, padded likewise
	times  []byte // of this column, or of the one that it shares
	values []byte
}

// Offset is the time of reading i, in µs after the frame's time.
func (c *Column) Offset(i int) int64 {
	if c.times != nil {
		return int64(binary.LittleEndian.Uint32(c.times[4*i:]))
	}
	return int64(c.first) + int64(i)*int64(c.step)
}

// Value is the value of reading i.
func (c *Column) Value(i int) float64 {
	if c.Values == ValuesFloat32 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(c.values[4*i:])))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(c.values[8*i:]))
}

// DecodeColumns appends the columns of a readings frame to dst, and checks
// everything that [Column] then relies on. Errors wrap [ErrFrame].
func (f Frame) DecodeColumns(dst []Column) ([]Column, error) {
	if f.Kind != KindReadings {
		return dst, fmt.Errorf("%w: kind %d holds no readings", ErrFrame, f.Kind)
	}
	rest, total := f.Payload(), 0
	var before *Column
	for len(rest) > 0 {
		c, size, err := decodeColumn(rest, before)
		if err != nil {
			return dst, err
		}
		dst = append(dst, c)
		before = &dst[len(dst)-1]
		rest = rest[size:]
		total += c.Count
	}
	if total != int(f.Count) {
		return dst, fmt.Errorf("%w: the header says %d readings, the columns hold %d", ErrFrame, f.Count, total)
	}
	return dst, nil
}

func decodeColumn(b []byte, before *Column) (Column, int, error) {
	if len(b) < columnHeader {
		return Column{}, 0, fmt.Errorf("%w: %d bytes after the last column", ErrFrame, len(b))
	}
	count := binary.LittleEndian.Uint32(b[4:])
	c := Column{
		Series: binary.LittleEndian.Uint16(b),
		Times:  TimeEncoding(b[2]),
		Values: ValueEncoding(b[3]),
		Count:  int(count),
		first:  binary.LittleEndian.Uint32(b[8:]),
		step:   binary.LittleEndian.Uint32(b[12:]),
	}
	if before != nil && c.Series <= before.Series {
		return Column{}, 0, fmt.Errorf("%w: series %d comes after series %d", ErrFrame, c.Series, before.Series)
	}
	if c.Series >= MaxSeries || count == 0 || count > MaxFrameReadings {
		return Column{}, 0, fmt.Errorf("%w: a column of series %d with %d readings", ErrFrame, c.Series, count)
	}
	if c.Times != TimesStep && (c.first != 0 || c.step != 0) {
		return Column{}, 0, fmt.Errorf("%w: reserved bits are set in a column", ErrFrame)
	}
	at := columnHeader
	switch c.Times {
	case TimesStep:
	case TimesShared:
		if before == nil || before.Count != c.Count {
			return Column{}, 0, fmt.Errorf("%w: a column shares times that are not there", ErrFrame)
		}
		c.times, c.first, c.step = before.times, before.first, before.step
	case TimesOffset:
		var ok bool
		if c.times, at, ok = take(b, at, 4*c.Count); !ok {
			return Column{}, 0, fmt.Errorf("%w: a column's times are cut off", ErrFrame)
		}
	default:
		return Column{}, 0, fmt.Errorf("%w: time encoding %d is unknown", ErrFrame, c.Times)
	}
	width := 8
	switch c.Values {
	case ValuesFloat64:
	case ValuesFloat32:
		width = 4
	default:
		return Column{}, 0, fmt.Errorf("%w: value encoding %d is unknown", ErrFrame, c.Values)
	}
	var ok bool
	if c.values, at, ok = take(b, at, width*c.Count); !ok {
		return Column{}, 0, fmt.Errorf("%w: a column's values are cut off", ErrFrame)
	}
	for i := range c.Count {
		if !Finite(c.Value(i)) {
			return Column{}, 0, fmt.Errorf("%w: %w", ErrFrame, ErrNotFinite)
		}
	}
	return c, at, nil
}

// take cuts n bytes from b at offset at, and the zeros that pad them to a multiple of 8.
func take(b []byte, at, n int) (cut []byte, next int, ok bool) {
	end := at + n
	next = pad8(end)
	if next > len(b) {
		return nil, at, false
	}
	for _, zero := range b[end:next] {
		if zero != 0 {
			return nil, at, false
		}
	}
	return b[at:end:end], next, true
}

func pad8(n int) int { return (n + 7) &^ 7 }

// EncodeColumns makes a readings frame of columns, byte for byte what they were
// decoded from. Position, schema version and time come from h; the rest of h
// is worked out.
func EncodeColumns(h Header, columns []Column) Frame {
	wire := make([]byte, HeaderSize, HeaderSize+columnsSize(columns))
	h.Kind, h.Count = KindReadings, 0
	for i := range columns {
		c := &columns[i]
		h.Count += uint32(c.Count)
		wire = binary.LittleEndian.AppendUint16(wire, c.Series)
		wire = append(wire, byte(c.Times), byte(c.Values))
		wire = binary.LittleEndian.AppendUint32(wire, uint32(c.Count))
		var first, step uint32
		if c.Times == TimesStep {
			first, step = c.first, c.step
		}
		wire = binary.LittleEndian.AppendUint32(wire, first)
		wire = binary.LittleEndian.AppendUint32(wire, step)
		if c.Times == TimesOffset {
			wire = appendPadded(wire, c.times)
		}
		wire = appendPadded(wire, c.values)
	}
	h.Length = uint32(len(wire) - HeaderSize)
	appendHeader(wire[:0], h)
	return Frame{Header: h, Wire: wire}
}

func columnsSize(columns []Column) int {
	size := 0
	for i := range columns {
		c := &columns[i]
		size += columnHeader + pad8(len(c.values))
		if c.Times == TimesOffset {
			size += pad8(len(c.times))
		}
	}
	return size
}

func appendPadded(b, data []byte) []byte {
	b = append(b, data...)
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}
