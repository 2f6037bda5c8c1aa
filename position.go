package plotbeam

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
)

// Epoch is drawn at random when a device's log begins, so that a [Position]
// never means two frames. As text it is 16 hexadecimal digits.
type Epoch uint64

// NewEpoch draws an epoch. It is never zero: zero stands for "no epoch".
func NewEpoch() Epoch {
	var b [8]byte
	for {
		rand.Read(b[:])
		if e := Epoch(binary.LittleEndian.Uint64(b[:])); e != 0 {
			return e
		}
	}
}

func (e Epoch) String() string { return fmt.Sprintf("%016x", uint64(e)) }

// MarshalText gives the 16 hexadecimal digits.
func (e Epoch) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads 16 hexadecimal digits.
func (e *Epoch) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 64)
	if err != nil || len(text) != 16 {
		return fmt.Errorf("epoch %s: want 16 hexadecimal digits", Quote(string(text)))
	}
	*e = Epoch(n)
	return nil
}

// Position is where a frame stands in a device's log. Sequence numbers count
// from 1 without a hole, schema frames included; sequence 0 is the position
// before the first frame.
type Position struct {
	Epoch Epoch  `json:"epoch"`
	Seq   uint64 `json:"seq"` // below 2^53, so that JavaScript holds it exactly
}

func (p Position) String() string { return fmt.Sprintf("%s/%d", p.Epoch, p.Seq) }

// Span is a run of frames of one log, by their sequence numbers, both ends included.
type Span struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// Count is how many frames a span holds.
func (s Span) Count() uint64 { return s.Last - s.First + 1 }

func (s Span) valid() bool { return s.First > 0 && s.First <= s.Last && s.Last < 1<<53 }
