package lines_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/lines"
)

var noon = time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC)

// written is everything that a writer makes of readings.
func written(t *testing.T, format lines.Format, device plotbeam.DeviceID, readings ...plotbeam.Reading) string {
	t.Helper()
	var out bytes.Buffer
	w := lines.NewWriter(&out, format, device)
	for _, r := range readings {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestLines(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		name   string
		r      plotbeam.Reading
		ndjson string
		csv    string
	}{
		{"plain", plotbeam.Reading{Time: noon, Series: "volts", Value: 4.98},
			`{"t":"2026-01-02T15:04:05.123456Z","device":"lab-psu","series":"volts","v":4.98}`,
			`2026-01-02T15:04:05.123456Z,lab-psu,volts,4.98`},
		{"six digits", plotbeam.Reading{Time: noon.Truncate(time.Second), Series: "n", Value: 1},
			`{"t":"2026-01-02T15:04:05.000000Z","device":"lab-psu","series":"n","v":1}`,
			`2026-01-02T15:04:05.000000Z,lab-psu,n,1`},
		{"another zone", plotbeam.Reading{Time: noon.In(berlin), Series: "n", Value: -0.5},
			`{"t":"2026-01-02T15:04:05.123456Z","device":"lab-psu","series":"n","v":-0.5}`,
			`2026-01-02T15:04:05.123456Z,lab-psu,n,-0.5`},
		{"before 1970", plotbeam.Reading{Time: time.UnixMicro(-1), Series: "n", Value: 0},
			`{"t":"1969-12-31T23:59:59.999999Z","device":"lab-psu","series":"n","v":0}`,
			`1969-12-31T23:59:59.999999Z,lab-psu,n,0`},
		{"a name to quote", plotbeam.Reading{Time: noon, Series: `a "b", \c µ`, Value: 1e-9},
			`{"t":"2026-01-02T15:04:05.123456Z","device":"lab-psu","series":"a \"b\", \\c µ","v":1e-09}`,
			`2026-01-02T15:04:05.123456Z,lab-psu,"a ""b"", \c µ",1e-09`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := written(t, lines.NDJSON, "lab-psu", c.r); got != c.ndjson+"\n" {
				t.Errorf("NDJSON:\n got %s\nwant %s", got, c.ndjson)
			}
			want := "t,device,series,v\n" + c.csv + "\n"
			if got := written(t, lines.CSV, "lab-psu", c.r); got != want {
				t.Errorf("CSV:\n got %s\nwant %s", got, want)
			}
		})
	}
}

// Whatever is written reads back as the same names and numbers.
func TestReadsBack(t *testing.T) {
	values := []float64{0, math.Copysign(0, -1), 1, 0.1, 1e21, 1e20, 5e-324, math.MaxFloat64, -123456.789, 1e-6, 9.9e-7}
	names := []string{"value", ` padded `, `"`, `\`, "comma,", "日本", "a\u2028b"}
	for _, name := range names {
		for _, v := range values {
			r := plotbeam.Reading{Time: noon, Series: name, Value: v}
			var line struct {
				T              time.Time
				Device, Series string
				V              float64
			}
			if err := json.Unmarshal([]byte(written(t, lines.NDJSON, "d", r)), &line); err != nil {
				t.Fatalf("%q %v: %v", name, v, err)
			}
			if line.Series != name || line.V != v || math.Signbit(line.V) != math.Signbit(v) || !line.T.Equal(noon) || line.Device != "d" {
				t.Errorf("wrote %q %v, read %+v", name, v, line)
			}
			rows, err := csv.NewReader(strings.NewReader(written(t, lines.CSV, "d", r))).ReadAll()
			if err != nil || len(rows) != 2 || rows[1][2] != name {
				t.Errorf("CSV of %q reads as %q, %v", name, rows, err)
			}
		}
	}
}

func TestHeaderWithoutReadings(t *testing.T) {
	if got := written(t, lines.CSV, "d"); got != "t,device,series,v\n" {
		t.Errorf("CSV without readings is %q", got)
	}
	if got := written(t, lines.NDJSON, "d"); got != "" {
		t.Errorf("NDJSON without readings is %q", got)
	}
}

// tally counts calls of Write and the bytes in them.
type tally struct {
	mu    sync.Mutex
	calls int
	bytes.Buffer
}

func (c *tally) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	return c.Buffer.Write(b)
}

func (c *tally) state() (calls, lines int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls, bytes.Count(c.Bytes(), []byte("\n"))
}

// One reading goes out at once; those behind it together, after 20 ms.
func TestFlushing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out tally
		w := lines.NewWriter(&out, lines.NDJSON, "d")
		defer w.Close()
		w.Write(plotbeam.Reading{Time: noon, Series: "n", Value: 1})
		synctest.Wait()
		if calls, lines := out.state(); calls != 1 || lines != 1 {
			t.Fatalf("one reading alone: %d writes of %d lines, want 1 of 1", calls, lines)
		}
		for i := range 100 {
			w.Write(plotbeam.Reading{Time: noon, Series: "n", Value: float64(i)})
		}
		synctest.Wait()
		if _, lines := out.state(); lines != 1 {
			t.Fatalf("%d lines went out without waiting for others", lines-1)
		}
		time.Sleep(20 * time.Millisecond) // virtual
		synctest.Wait()
		if calls, lines := out.state(); calls != 2 || lines != 101 {
			t.Fatalf("after 20 ms: %d writes of %d lines, want 2 of 101", calls, lines)
		}
	})
}

func TestFullBufferGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out tally
		w := lines.NewWriter(&out, lines.NDJSON, "d")
		const many = 10_000
		for i := range many {
			w.Write(plotbeam.Reading{Time: noon, Series: "n", Value: float64(i)})
		}
		if _, lines := out.state(); lines < many*8/10 {
			t.Errorf("%d of %d lines were written before Close: the buffer grows", lines, many)
		}
		w.Close()
		if _, lines := out.state(); lines != many {
			t.Errorf("%d of %d lines were written", lines, many)
		}
	})
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrorIsToldOnce(t *testing.T) {
	w := lines.NewWriter(closed{}, lines.NDJSON, "d")
	var err error
	for i := 0; err == nil && i < 100_000; i++ {
		err = w.Write(plotbeam.Reading{Time: noon, Series: "n"})
	}
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("writing into a closed pipe: %v", err)
	}
	if err := w.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("closing after that: %v", err)
	}
}

func TestNoAllocations(t *testing.T) {
	w := lines.NewWriter(io.Discard, lines.NDJSON, "lab-psu")
	defer w.Abandon()
	r := plotbeam.Reading{Time: noon, Series: "volts", Value: 4.98}
	w.Write(r)
	if n := testing.AllocsPerRun(1000, func() {
		r.Time = r.Time.Add(time.Millisecond)
		w.Write(r)
	}); n > 0.1 {
		t.Errorf("%.1f allocations a reading", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, format := range []lines.Format{lines.NDJSON, lines.CSV} {
		b.Run(fmt.Sprint(format), func(b *testing.B) {
			w := lines.NewWriter(io.Discard, format, "lab-psu")
			defer w.Abandon()
			r := plotbeam.Reading{Time: noon, Series: "volts", Value: 4.98}
			for b.Loop() {
				r.Time = r.Time.Add(100 * time.Microsecond)
				r.Value += 0.01
				w.Write(r)
			}
		})
	}
}
