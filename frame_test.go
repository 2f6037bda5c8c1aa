package plotbeam_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plotbeam/plotbeam"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorsFile = "testdata/vectors.json"

// vectors is the shape of testdata/vectors.json, which web/test reads too.
type vectors struct {
	Frames   []frameVector     `json:"frames"`
	Bad      []badVector       `json:"bad"`
	Messages []json.RawMessage `json:"messages"`
}

type frameVector struct {
	Name    string           `json:"name"`
	Hex     string           `json:"hex"`
	Header  headerVector     `json:"header"`
	Columns []columnVector   `json:"columns,omitempty"`
	Schema  *plotbeam.Schema `json:"schema,omitempty"`
}

type headerVector struct {
	Kind   plotbeam.Kind `json:"kind"`
	Schema uint16        `json:"schema"`
	Count  uint32        `json:"count"`
	Epoch  string        `json:"epoch"`
	Seq    uint64        `json:"seq"`
	Time   string        `json:"time"`
	Length uint32        `json:"length"`
}

type columnVector struct {
	Series  uint16    `json:"series"`
	Times   string    `json:"times"`
	Values  string    `json:"values"`
	Micros  []string  `json:"micros"`
	Numbers []float64 `json:"numbers"`
}

type badVector struct {
	Name string `json:"name"`
	Hex  string `json:"hex"`
}

const t0 = 1767322445123456 // 2026-01-02T02:54:05.123456Z

var at = plotbeam.Position{Epoch: 0x9f3ac0ffee5e1f00, Seq: 42}

// point is one reading as Batch.Add takes it.
type point struct {
	series int
	narrow bool
	micros int64
	value  float64
}

func encode(t testing.TB, points ...point) plotbeam.Frame {
	t.Helper()
	var b plotbeam.Batch
	for _, p := range points {
		kind := plotbeam.Float64
		if p.narrow {
			kind = plotbeam.Float32
		}
		if !b.Add(p.series, kind, p.micros, p.value) {
			t.Fatalf("a batch of %d did not take %+v", b.Len(), p)
		}
	}
	return b.Encode(3, at)
}

func examples(t testing.TB) []struct {
	name  string
	frame plotbeam.Frame
} {
	schema, err := plotbeam.EncodeSchema(plotbeam.Schema{Series: []plotbeam.Series{
		{Name: "temperature", Unit: "Cel"}, {Name: "größe ✓", Type: plotbeam.Float32},
	}}, 3, plotbeam.Position{Epoch: at.Epoch, Seq: 1}, t0)
	if err != nil {
		t.Fatal(err)
	}
	var even []point
	for i := range 5 {
		even = append(even, point{0, false, t0 + int64(i)*200_000, float64(i) * 0.7}, point{1, true, t0 + int64(i)*200_000, 0.1})
	}
	return []struct {
		name  string
		frame plotbeam.Frame
	}{
		{"schema", schema},
		{"one reading", encode(t, point{0, false, t0, 4.2})},
		{"a row of three series", encode(t, point{0, false, t0, 1.1}, point{1, false, t0, 2.2}, point{2, false, t0, 3.3})},
		{"even steps, shared times, float32", encode(t, even...)},
		{"uneven offsets, out of order", encode(t, point{7, false, t0 + 500, 1.1}, point{7, false, t0, 2}, point{7, false, t0 + 7, -3})},
		{"counts, which are float32 exactly, beside one that is not", encode(t, point{0, false, t0, -4096}, point{1, false, t0, 1 << 24}, point{0, false, t0 + 5, 4095.5}, point{1, false, t0 + 5, 1<<24 + 1})},
		{"edges of float64", encode(t, point{0, false, t0, 5e-324}, point{0, false, t0 + 1, 1.7976931348623157e308}, point{0, false, t0 + 3, -0.5})},
	}
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	made := examples(t)
	if len(made) != len(v.Frames) {
		t.Fatalf("%s holds %d frames, the test makes %d: go test . -update", vectorsFile, len(v.Frames), len(made))
	}
	for i, want := range v.Frames {
		t.Run(want.Name, func(t *testing.T) {
			if got := hex.EncodeToString(made[i].frame.Wire); got != want.Hex {
				t.Errorf("encodes to\n%s, want\n%s", got, want.Hex)
			}
			wire, _ := hex.DecodeString(want.Hex)
			f, err := plotbeam.ParseFrame(wire)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := json.Marshal(describe(t, want.Name, f))
			expected, _ := json.Marshal(want)
			if !bytes.Equal(got, expected) {
				t.Errorf("decodes to\n%s, want\n%s", got, expected)
			}
		})
	}
	for _, bad := range v.Bad {
		t.Run("bad: "+bad.Name, func(t *testing.T) {
			wire, _ := hex.DecodeString(bad.Hex)
			f, err := plotbeam.ParseFrame(wire)
			if err == nil {
				_, err = f.DecodeColumns(nil)
			}
			if !errors.Is(err, plotbeam.ErrFrame) {
				t.Errorf("got %v, want an error that wraps ErrFrame", err)
			}
		})
	}
	for _, text := range v.Messages {
		m, err := plotbeam.ParseMessage(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Encode(); !bytes.Equal(got, compact(t, text)) {
			t.Errorf("message %s becomes %s", text, got)
		}
	}
}

func compact(t *testing.T, text []byte) []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func describe(t testing.TB, name string, f plotbeam.Frame) frameVector {
	v := frameVector{Name: name, Hex: hex.EncodeToString(f.Wire), Header: headerVector{
		f.Kind, f.Schema, f.Count, f.Position.Epoch.String(), f.Position.Seq, strconv.FormatInt(f.Time, 10), f.Length,
	}}
	if f.Kind == plotbeam.KindSchema {
		s, err := f.DecodeSchema()
		if err != nil {
			t.Fatal(err)
		}
		v.Schema = &s
		return v
	}
	columns, err := f.DecodeColumns(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		cv := columnVector{
			Series: c.Series,
			Times:  []string{"shared", "step", "offset"}[c.Times],
			Values: []string{"float64", "float32"}[c.Values],
		}
		for i := range c.Count {
			cv.Micros = append(cv.Micros, strconv.FormatInt(f.Time+c.Offset(i), 10))
			cv.Numbers = append(cv.Numbers, c.Value(i))
		}
		v.Columns = append(v.Columns, cv)
	}
	return v
}

func writeVectors(t *testing.T) {
	var v vectors
	for _, e := range examples(t) {
		v.Frames = append(v.Frames, describe(t, e.name, e.frame))
	}
	v.Bad = badVectors(t)
	for _, m := range []plotbeam.Message{
		{Type: plotbeam.Hello, Role: plotbeam.RoleDevice, ID: "lab-psu", Secret: "s", State: &plotbeam.State{Activity: plotbeam.Stopped, Text: "Not streaming now"}},
		{Type: plotbeam.Update, State: &plotbeam.State{Activity: plotbeam.Streaming, Controls: plotbeam.Controls{Run: true, Interval: 200_000, Least: 1000, Most: 3_600_000_000}}},
		{Type: plotbeam.Control, Device: "lab-psu", Action: plotbeam.SetInterval, Interval: 50_000, Time: t0},
		{Type: plotbeam.Control, Viewer: "v-aaaaaaaaaaaaaaaaaaaaaaaaaa", Time: t0, Text: "this device does not let viewers set its interval"},
		{Type: plotbeam.Welcome, ID: "lab-psu", Secret: "s", ICE: []plotbeam.ICEServer{{URLs: []string{"stun:127.0.0.1:8080"}}}, Time: t0, Version: "0.1"},
		{Type: plotbeam.Watch, Device: "lab-psu"},
		{Type: plotbeam.Read, After: &at},
		{Type: plotbeam.Read, Since: 60000},
		{Type: plotbeam.Beat, Time: t0, Position: &at},
		{Type: plotbeam.Devices, Devices: []plotbeam.DeviceInfo{}},
	} {
		v.Messages = append(v.Messages, m.Encode())
	}
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsFile, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// badVectors spoils a good frame in one place each.
func badVectors(t *testing.T) []badVector {
	good := encode(t, point{7, false, t0 + 500, 1}, point{7, false, t0, 2}, point{7, false, t0 + 7, -3}).Wire
	var out []badVector
	spoil := func(name string, change func(b []byte) []byte) {
		out = append(out, badVector{name, hex.EncodeToString(change(slices.Clone(good)))})
	}
	set := func(i int, v byte) func([]byte) []byte {
		return func(b []byte) []byte { b[i] = v; return b }
	}
	const column = plotbeam.HeaderSize
	spoil("empty", func([]byte) []byte { return nil })
	spoil("a short header", func(b []byte) []byte { return b[:39] })
	spoil("an unknown kind", set(0, 9))
	spoil("a flag", set(1, 1))
	spoil("schema version 0", set(2, 0))
	spoil("another count", set(4, 2))
	spoil("sequence over 2^53", set(23, 1))
	spoil("a reserved byte", set(39, 1))
	spoil("cut off", func(b []byte) []byte { return b[:len(b)-8] })
	spoil("one byte more", func(b []byte) []byte { return append(b, 0) })
	spoil("an unknown time encoding", set(column+2, 3))
	spoil("an unknown value encoding", set(column+3, 2))
	spoil("times shared with nobody", set(column+2, 0))
	spoil("a step that is not used", set(column+12, 1))
	spoil("padding that is not zero", set(column+16+12, 1))
	spoil("NaN", func(b []byte) []byte { copy(b[len(b)-2:], []byte{0xf8, 0x7f}); return b })
	spoil("infinity", func(b []byte) []byte { copy(b[len(b)-8:], []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x7f}); return b })
	two := encode(t, point{1, false, t0, 1}, point{2, false, t0, 2}).Wire
	two[column] = 2 // both columns are of series 2
	return append(out, badVector{"a series twice", hex.EncodeToString(two)})
}

func TestFramesOfAMessage(t *testing.T) {
	var message []byte
	var want [][]byte
	for _, e := range examples(t) {
		message, want = append(message, e.frame.Wire...), append(want, e.frame.Wire)
	}
	if got := slices.Collect(plotbeam.Frames(message)); !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("a message of %d frames is split into %d", len(want), len(got))
	}
	cut := slices.Collect(plotbeam.Frames(message[:len(message)-1]))
	if _, err := plotbeam.ParseFrame(cut[len(cut)-1]); len(cut) != len(want) || !errors.Is(err, plotbeam.ErrFrame) {
		t.Errorf("of a message that is cut off come %d frames, the last with %v", len(cut), err)
	}
	for range plotbeam.Frames(message) {
		break
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, e := range examples(f) {
		f.Add(e.frame.Wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		if got := bytes.Join(slices.Collect(plotbeam.Frames(wire)), nil); !bytes.Equal(got, wire) {
			t.Errorf("split and joined it is\n%x, was\n%x", got, wire)
		}
		frame, err := plotbeam.ParseFrame(wire)
		if err != nil {
			return
		}
		if frame.Kind == plotbeam.KindSchema {
			if s, err := frame.DecodeSchema(); err == nil {
				if _, err := plotbeam.EncodeSchema(s, frame.Schema, frame.Position, frame.Time); err != nil {
					t.Errorf("a schema that was decoded does not encode: %v", err)
				}
			}
			return
		}
		columns, err := frame.DecodeColumns(nil)
		if err != nil {
			return
		}
		if again := plotbeam.EncodeColumns(frame.Header, columns); !bytes.Equal(again.Wire, wire) {
			t.Errorf("encodes to\n%x, was\n%x", again.Wire, wire)
		}
	})
}

func TestBatchFillsUp(t *testing.T) {
	var b plotbeam.Batch
	n := 0
	for b.Add(n%200, plotbeam.Float64, t0+int64(n*n), float64(n)) {
		n++
	}
	f := b.Encode(1, at)
	if len(f.Wire) > plotbeam.MaxFrame || f.Count != uint32(n) || n < 3000 {
		t.Errorf("a full batch of %d readings is a frame of %d readings and %d bytes", n, f.Count, len(f.Wire))
	}
	b.Reset()
	b.Add(0, plotbeam.Float64, t0, 1)
	if b.Add(0, plotbeam.Float64, t0+1<<32, 2) {
		t.Error("a batch took two readings that lie 72 minutes apart")
	}
}

func TestEncodeAllocations(t *testing.T) {
	var b plotbeam.Batch
	fill := func() {
		b.Reset()
		for i := range 1000 {
			b.Add(i%4, plotbeam.Float64, t0+int64(i*i), float64(i))
		}
	}
	fill()
	b.Encode(1, at)
	if n := testing.AllocsPerRun(100, func() { fill(); b.Encode(1, at) }); n > 1 {
		t.Errorf("encoding a frame allocates %v times, want once (the frame)", n)
	}
}

func TestIDs(t *testing.T) {
	for _, good := range []string{"lab-psu", "A", "7_x", string(plotbeam.NewViewerID())} {
		if _, err := plotbeam.ParseDeviceID(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "-x", "a/b", "a b", "🙂", "a.b", "<b>", string(make([]byte, 10<<10)), "a\n"} {
		if _, err := plotbeam.ParseDeviceID(bad); !errors.Is(err, plotbeam.ErrID) || len(err.Error()) > 300 {
			t.Errorf("id %q: %v", bad[:min(len(bad), 20)], err)
		}
	}
}

func TestSchemaRefusals(t *testing.T) {
	for name, s := range map[string]plotbeam.Schema{
		"an empty name":   {Series: []plotbeam.Series{{}}},
		"twice":           {Series: []plotbeam.Series{{Name: "a"}, {Name: "a"}}},
		"control":         {Series: []plotbeam.Series{{Name: "a\x00"}}},
		"not UTF-8":       {Series: []plotbeam.Series{{Name: "\xff"}}},
		"a long unit":     {Series: []plotbeam.Series{{Name: "a", Unit: string(make([]byte, 99))}}},
		"an unknown type": {Series: []plotbeam.Series{{Name: "a", Type: "int"}}},
		"too many":        {Series: make([]plotbeam.Series, 257)},
	} {
		if _, err := plotbeam.EncodeSchema(s, 1, at, t0); !errors.Is(err, plotbeam.ErrSeries) {
			t.Errorf("%s: %v, want an error that wraps ErrSeries", name, err)
		}
	}
}

func TestSignalRefusals(t *testing.T) {
	offer := func(sdp string) plotbeam.Message {
		return plotbeam.Message{Session: "s", Description: &plotbeam.Description{Type: "offer", SDP: sdp}}
	}
	long := string(bytes.Repeat([]byte("\nm=x"), 1000))
	for name, m := range map[string]plotbeam.Message{
		"nothing":            {Session: "s"},
		"no session":         {Candidate: &plotbeam.Candidate{}},
		"not an SDP":         offer("hello"),
		"1,000 media":        offer("v=0" + long),
		"many candidates":    offer("v=0\nm=x" + strings.Repeat("\na=candidate:1 1 udp 1 10.0.0.1 1 typ host", 33)),
		"too long":           offer("v=0\nm=" + string(make([]byte, 20<<10))),
		"a strange type":     {Session: "s", Description: &plotbeam.Description{Type: "x", SDP: "v=0\nm=a"}},
		"not a candidate":    {Session: "s", Candidate: &plotbeam.Candidate{Candidate: "<script>"}},
		"two lines in one":   {Session: "s", Candidate: &plotbeam.Candidate{Candidate: "candidate:1\r\na=x"}},
		"a candidate of 1 k": {Session: "s", Candidate: &plotbeam.Candidate{Candidate: "candidate:" + long}},
	} {
		if m.ValidateSignal() == nil {
			t.Errorf("%s passed", name)
		}
	}
	if err := offer("v=0\r\nm=application 9").ValidateSignal(); err != nil {
		t.Error(err)
	}
}
