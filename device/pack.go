package device

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
)

// member is one name of an object and what it is called: a float64, a string,
// or members.
type member struct {
	name  string
	value any
}

// appendJSON appends an object as JSON.
func appendJSON(b []byte, members []member) []byte {
	for i, m := range members {
		b = append(b, "{,"[min(i, 1)])
		b = append(appendQuoted(b, m.name), ':')
		switch v := m.value.(type) {
		case float64:
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		case string:
			b = appendQuoted(b, v)
		case []member:
			b = appendJSON(b, v)
		}
	}
	return append(b, '}')
}

func appendQuoted(b []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic("device: a string that JSON cannot hold: " + err.Error()) // it takes any
	}
	return append(b, quoted...)
}

// appendPacked appends an object as BinaryPack, which PeerJS speaks by default
// (peerjs-js-binarypack 2.1, lib/binarypack.ts). It is MessagePack as it was
// before texts and bytes were told apart, with codes of its own for texts. Its
// reader takes the tiniest numbers (below 2⁻¹⁰²²) for about 10⁻³⁰⁸, and a double
// that is zero too, so integers go as such.
func appendPacked(b []byte, members []member) []byte {
	b = append(b, 0x80|byte(len(members))) // a map of at most 15
	for _, m := range members {
		b = appendPackedText(b, m.name)
		switch v := m.value.(type) {
		case float64:
			b = appendPackedNumber(b, v)
		case string:
			b = appendPackedText(b, v)
		case []member:
			b = appendPacked(b, v)
		}
	}
	return b
}

func appendPackedText(b []byte, s string) []byte {
	if len(s) <= 15 {
		return append(append(b, 0xb0|byte(len(s))), s...)
	}
	return append(binary.BigEndian.AppendUint16(append(b, 0xd8), uint16(len(s))), s...) // names are short
}

func appendPackedNumber(b []byte, v float64) []byte {
	switch {
	case v != math.Trunc(v) || v < math.MinInt32 || v > math.MaxInt32:
		return binary.BigEndian.AppendUint64(append(b, 0xcb), math.Float64bits(v))
	case v >= -32 && v <= 127:
		return append(b, byte(int8(v)))
	}
	return binary.BigEndian.AppendUint32(append(b, 0xd2), uint32(int32(v)))
}
