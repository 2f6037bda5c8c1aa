package plotbeam

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// Subprotocol names this wire on a WebSocket and on a data channel.
const Subprotocol = "plotbeam.v1"

// Kind says what a frame's payload is.
type Kind uint8

const (
	KindSchema   Kind = 1 // payload: JSON of Schema
	KindReadings Kind = 2 // payload: columns
)

const (
	HeaderSize       = 40       // bytes before the payload
	MaxFrame         = 60 << 10 // bytes of a whole frame: below the 64 KiB that every SCTP stack takes (RFC 8841, section 6.1)
	MaxFrameReadings = 4096     // readings in one frame
)

// ErrFrame is wrapped by every error about bytes that are not a frame.
var ErrFrame = errors.New("not a frame")

// Header is the part of a frame that the hub reads. Little-endian on the wire:
type Header struct {
	Kind     Kind     // byte 0
	Flags    uint8    // byte 1; none is defined, so it is 0
	Schema   uint16   // bytes 2-3: version of the schema that holds, from 1
	Count    uint32   // bytes 4-7: readings in the payload, 0 for a schema
	Position Position // bytes 8-15 epoch, 16-23 sequence
	Time     int64    // bytes 24-31: earliest reading, µs since 1970 UTC; a schema's is when it was made
	Length   uint32   // bytes 32-35: of the payload, in bytes
	//                   bytes 36-39: zero
}

// Frame is an encoded frame with its header already read. It never changes, so
// every cursor shares the same bytes.
type Frame struct {
	Header
	Wire []byte // the whole frame, header included
}

// Payload is what follows the header.
func (f Frame) Payload() []byte { return f.Wire[HeaderSize:] }

// appendHeader appends h, whose Length is already right.
func appendHeader(b []byte, h Header) []byte {
	b = append(b, byte(h.Kind), h.Flags)
	b = binary.LittleEndian.AppendUint16(b, h.Schema)
	b = binary.LittleEndian.AppendUint32(b, h.Count)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Position.Epoch))
	b = binary.LittleEndian.AppendUint64(b, h.Position.Seq)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.Time))
	b = binary.LittleEndian.AppendUint32(b, h.Length)
	return append(b, 0, 0, 0, 0)
}

// ParseFrame reads the header of b and checks the frame's size; the payload is
// left unread, as the hub does. The frame keeps b. Errors wrap [ErrFrame].
func ParseFrame(b []byte) (Frame, error) {
	if len(b) < HeaderSize {
		return Frame{}, fmt.Errorf("%w: %d bytes, a header has %d", ErrFrame, len(b), HeaderSize)
	}
	if len(b) > MaxFrame {
		return Frame{}, fmt.Errorf("%w: %d bytes, at most %d fit", ErrFrame, len(b), MaxFrame)
	}
	h := Header{
		Kind:   Kind(b[0]),
		Flags:  b[1],
		Schema: binary.LittleEndian.Uint16(b[2:]),
		Count:  binary.LittleEndian.Uint32(b[4:]),
		Position: Position{
			Epoch: Epoch(binary.LittleEndian.Uint64(b[8:])),
			Seq:   binary.LittleEndian.Uint64(b[16:]),
		},
		Time:   int64(binary.LittleEndian.Uint64(b[24:])),
		Length: binary.LittleEndian.Uint32(b[32:]),
	}
	switch {
	case h.Kind != KindSchema && h.Kind != KindReadings:
		return Frame{}, fmt.Errorf("%w: kind %d is unknown", ErrFrame, h.Kind)
	case h.Flags != 0 || binary.LittleEndian.Uint32(b[36:]) != 0:
		return Frame{}, fmt.Errorf("%w: reserved bits are set", ErrFrame)
	case h.Position.Epoch == 0 || h.Position.Seq == 0 || h.Position.Seq >= 1<<53:
		return Frame{}, fmt.Errorf("%w: position %s", ErrFrame, h.Position)
	case h.Schema == 0:
		return Frame{}, fmt.Errorf("%w: schema version 0", ErrFrame)
	case int(h.Length) != len(b)-HeaderSize:
		return Frame{}, fmt.Errorf("%w: length says %d bytes of payload, %d are there", ErrFrame, h.Length, len(b)-HeaderSize)
	case h.Count > MaxFrameReadings, (h.Kind == KindSchema) != (h.Count == 0):
		return Frame{}, fmt.Errorf("%w: %d readings", ErrFrame, h.Count)
	}
	return Frame{Header: h, Wire: b}, nil
}

// Frames splits a message into the frames that it holds, by their lengths, and
// leaves it to [ParseFrame] to find out what is wrong with one.
func Frames(message []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(message) > HeaderSize {
			n := HeaderSize + int(binary.LittleEndian.Uint32(message[32:]))
			if n >= len(message) {
				break
			}
			if !yield(message[:n:n]) {
				return
			}
			message = message[n:]
		}
		yield(message)
	}
}

// EncodeSchema makes the frame that announces s as the given version.
// Errors wrap [ErrSeries] (s is not valid) or [ErrFrame] (it does not fit).
func EncodeSchema(s Schema, version uint16, at Position, micros int64) (Frame, error) {
	if err := s.Validate(); err != nil {
		return Frame{}, err
	}
	payload, err := json.Marshal(s)
	if err != nil {
		return Frame{}, fmt.Errorf("encode schema: %w", err)
	}
	if len(payload) > MaxFrame-HeaderSize {
		return Frame{}, fmt.Errorf("%w: the schema takes %d bytes", ErrFrame, len(payload))
	}
	h := Header{Kind: KindSchema, Schema: version, Position: at, Time: micros, Length: uint32(len(payload))}
	return Frame{Header: h, Wire: append(appendHeader(make([]byte, 0, HeaderSize+len(payload)), h), payload...)}, nil
}

// DecodeSchema reads the payload of a schema frame. Errors wrap [ErrFrame] or [ErrSeries].
func (f Frame) DecodeSchema() (Schema, error) {
	if f.Kind != KindSchema {
		return Schema{}, fmt.Errorf("%w: kind %d holds no schema", ErrFrame, f.Kind)
	}
	var s Schema
	if err := json.Unmarshal(f.Payload(), &s); err != nil {
		return Schema{}, fmt.Errorf("%w: schema: %w", ErrFrame, err)
	}
	return s, s.Validate()
}
