package stream_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

var one = plotbeam.Schema{Series: []plotbeam.Series{{Name: "a"}}}

func begin(t *testing.T, limits stream.Limits) *stream.Log {
	t.Helper()
	l := stream.NewLog(limits)
	if err := l.Declare(one); err != nil {
		t.Fatal(err)
	}
	return l
}

// fill appends frames of one reading each, with the values from..to-1.
func fill(l *stream.Log, from, to int) {
	var b plotbeam.Batch
	for i := from; i < to; i++ {
		b.Add(0, plotbeam.Float64, time.Now().UnixMicro(), float64(i))
		l.Append(&b)
		b.Reset()
	}
}

// next reads one entry, which must be there, as its kind, its value and what was lost.
func next(t *testing.T, c *stream.Cursor) (plotbeam.Kind, float64, uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	e, err := c.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if e.Frame.Kind == plotbeam.KindSchema {
		return e.Frame.Kind, 0, e.Lost
	}
	columns, err := e.Frame.DecodeColumns(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.Frame.Kind, columns[0].Value(0), e.Lost
}

func expect(t *testing.T, c *stream.Cursor, value float64, lost uint64) {
	t.Helper()
	if k, v, n := next(t, c); k != plotbeam.KindReadings || v != value || n != lost {
		t.Fatalf("got kind %d, value %v after %d lost; want readings, %v after %d", k, v, n, value, lost)
	}
}

func expectSchema(t *testing.T, c *stream.Cursor) {
	t.Helper()
	if k, _, n := next(t, c); k != plotbeam.KindSchema || n != 0 {
		t.Fatalf("got kind %d after %d lost, want the schema", k, n)
	}
}

func TestStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, stream.Limits{})
		for i := range 10 { // one a second
			time.Sleep(time.Second)
			fill(l, i, i+1)
		}
		now := l.Cursor(stream.Start{})
		since := l.Cursor(stream.Start{Since: 3 * time.Second})
		all := l.Cursor(stream.Start{Since: -1})
		head := l.Head()
		after := l.Cursor(stream.Start{After: &plotbeam.Position{Epoch: head.Epoch, Seq: head.Seq - 2}})
		foreign := l.Cursor(stream.Start{After: &plotbeam.Position{Epoch: head.Epoch + 1, Seq: 5}})
		fill(l, 10, 11)

		for _, c := range []*stream.Cursor{now, since, all, after} {
			expectSchema(t, c)
		}
		expect(t, now, 10, 0)
		expect(t, since, 6, 0) // appended at 7 s; the newest at 10 s
		expect(t, all, 0, 0)
		expect(t, after, 8, 0)
		if k, _, lost := next(t, foreign); k != plotbeam.KindSchema || lost != stream.Unknown {
			t.Errorf("a position of another epoch: kind %d after %d lost, want the schema after a loss of unknown size", k, lost)
		}
		expect(t, foreign, 0, 0)
	})
}

// Of many late frames the newest run comes first, in its order.
func TestLateRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, stream.Limits{})
		fill(l, 0, 200) // frames 2 to 201
		time.Sleep(10 * time.Second)
		c := l.Cursor(stream.Start{Since: -1, Bound: 10 * time.Second})
		expectSchema(t, c)
		expect(t, c, 199, 0)
		for _, run := range [][2]int{{192, 200}, {128, 191}, {64, 127}, {2, 63}} {
			if run[0] == 2 {
				expectSchema(t, c) // frame 1
			}
			for seq := run[0]; seq <= run[1]; seq++ {
				expect(t, c, float64(seq-2), 0)
			}
		}
	})
}

func TestSchemaThatHolds(t *testing.T) {
	l := begin(t, stream.Limits{})
	fill(l, 0, 2)
	early := l.Cursor(stream.Start{Since: -1})
	two := plotbeam.Schema{Series: []plotbeam.Series{{Name: "a"}, {Name: "b"}}}
	if err := l.Declare(two); err != nil {
		t.Fatal(err)
	}
	fill(l, 2, 3)
	late := l.Cursor(stream.Start{After: &plotbeam.Position{Epoch: l.Head().Epoch, Seq: l.Head().Seq - 1}})

	expectSchema(t, early)
	expect(t, early, 0, 0)
	expect(t, early, 1, 0)
	expectSchema(t, early)
	expect(t, early, 2, 0)

	e, err := late.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := e.Frame.DecodeSchema(); err != nil || len(s.Series) != 2 {
		t.Errorf("a late cursor is given %v (%v), want the schema with two series", s, err)
	}
	if err := l.Declare(one); !errors.Is(err, plotbeam.ErrSeries) {
		t.Errorf("a schema that shrinks: %v", err)
	}
}

func TestBounds(t *testing.T) {
	for name, limits := range map[string]stream.Limits{
		"readings": {Readings: 100},
		"bytes":    {Bytes: 100 * (plotbeam.HeaderSize + 24)},
		"age":      {Age: 99 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := begin(t, limits)
				stopped := l.Cursor(stream.Start{})
				for i := range 1000 {
					time.Sleep(time.Second)
					fill(l, i, i+1)
				}
				if frames, readings, bytes := l.Size(); frames != 100 || readings != 100 || bytes != 100*(plotbeam.HeaderSize+24) {
					t.Errorf("holds %d frames, %d readings, %d bytes; want the newest 100", frames, readings, bytes)
				}
				expectSchema(t, stopped)
				expect(t, stopped, 900, 900)
				expect(t, stopped, 901, 0)
			})
		})
	}
}

func TestWaitAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, stream.Limits{})
		c := l.Cursor(stream.Start{})
		got := make(chan error, 1)
		go func() {
			_, err := c.Next(t.Context()) // the schema
			if err == nil {
				_, err = c.Next(t.Context()) // the frame
			}
			if err == nil {
				_, err = c.Next(t.Context()) // the end
			}
			got <- err
		}()
		synctest.Wait()
		fill(l, 0, 1)
		synctest.Wait()
		select {
		case err := <-got:
			t.Fatalf("ended with %v before the log was closed", err)
		default:
		}
		l.Close()
		if err := <-got; err != io.EOF {
			t.Errorf("after the end: %v, want io.EOF", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := begin(t, stream.Limits{}).Cursor(stream.Start{}).Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled wait: %v", err)
		}
	})
}

func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, stream.Limits{})
		fill(l, 0, 1)
		seen := l.Head()
		time.Sleep(time.Minute)
		if lag := l.Lag(seen); lag != 0 {
			t.Errorf("lag at the head is %v", lag)
		}
		fill(l, 1, 2)
		time.Sleep(3 * time.Second)
		if lag := l.Lag(seen); lag != 3*time.Second {
			t.Errorf("lag behind a frame of 3 s ago is %v", lag)
		}
	})
}

func TestReadersCostNothing(t *testing.T) {
	l := begin(t, stream.Limits{Readings: 1000})
	fill(l, 0, 10_000)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	readers := make([]*stream.Cursor, 1000)
	for i := range readers {
		readers[i] = l.Cursor(stream.Start{})
	}
	fill(l, 10_000, 200_000)
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("1,000 readers that stopped hold %d bytes", grown)
	}
	expectSchema(t, readers[0])
	expect(t, readers[0], 199_000, 189_000)
}

func TestAppendAllocations(t *testing.T) {
	l := begin(t, stream.Limits{Readings: 1000})
	var b plotbeam.Batch
	b.Add(0, plotbeam.Float64, 1, 1)
	for range 10_000 {
		l.Append(&b)
	}
	if n := testing.AllocsPerRun(1000, func() { l.Append(&b) }); n > 1 {
		t.Errorf("appending a frame allocates %v times, want once (the frame)", n)
	}
}
