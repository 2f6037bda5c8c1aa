package stream_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

// frames are the first n frames of a new log, the schema's before all; frame i
// holds the value i.
func frames(t *testing.T, n int) []plotbeam.Frame {
	t.Helper()
	l := begin(t, stream.Limits{})
	fill(l, 2, n+1)
	c := l.Cursor(stream.Start{Since: -1})
	var all []plotbeam.Frame
	for range n {
		e, err := c.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Frame)
	}
	return all
}

// idle checks that a cursor has nothing to yield now.
func idle(t *testing.T, c *stream.Cursor) {
	t.Helper()
	if e, ok, err := c.Poll(make(chan struct{}, 1), true); ok || err != nil {
		t.Fatalf("got %+v, %v, want nothing", e, err)
	}
}

func TestMirror(t *testing.T) {
	all := frames(t, 20)
	epoch := all[0].Position.Epoch
	m := stream.NewMirror(stream.Limits{})
	early := m.Cursor(stream.Start{})
	m.Begin(plotbeam.Position{Epoch: epoch, Seq: 10})
	m.Insert(all[0], 0) // the schema, as a cursor on the device's log yields it
	m.Insert(all[10], 0)
	m.Insert(all[11], 0)
	m.Insert(all[11], 0)
	expectSchema(t, early)
	if _, v, lost := next(t, early); v != 11 || lost != stream.Unknown {
		t.Fatalf("a cursor from before yields %v after %d", v, lost)
	}
	expect(t, early, 12, 0)
	idle(t, early)

	// What was before is fetched, and is yielded in order.
	missing := m.Missing(plotbeam.Span{First: 6, Last: 99})
	if len(missing) != 1 || missing[0] != (plotbeam.Span{First: 6, Last: 10}) {
		t.Fatalf("missing are %v", missing)
	}
	m.Expect(missing...)
	late := m.Cursor(stream.Start{After: &plotbeam.Position{Epoch: epoch, Seq: 5}})
	idle(t, late)
	m.Insert(all[12], 0)
	idle(t, late)
	m.Insert(all[5], 0)
	expectSchema(t, late)
	expect(t, late, 6, 0)
	idle(t, late)
	for i := 6; i < 9; i++ {
		m.Insert(all[i], 0)
	}
	m.Forgo(plotbeam.Span{First: 10, Last: 10})
	for v := 7; v < 10; v++ {
		expect(t, late, float64(v), 0)
	}
	expect(t, late, 11, 1)
	if left := m.Expected(); len(left) != 0 || len(m.Missing(plotbeam.Span{First: 6, Last: 99})) != 1 {
		t.Errorf("expected are %v, missing %v", left, m.Missing(plotbeam.Span{First: 6, Last: 99}))
	}

	// A device that begins anew.
	other := frames(t, 2)
	m.Insert(other[0], 0)
	m.Insert(other[1], 0)
	if k, _, lost := next(t, late); k != plotbeam.KindSchema || lost != stream.Unknown {
		t.Fatalf("kind %v after %d", k, lost)
	}
	expect(t, late, 2, 0)
}

func TestNowFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, stream.Limits{Age: 30 * time.Second})
		c := l.Cursor(stream.Start{Since: -1, Bound: 2 * time.Second})
		for i := 2; i <= 60; i++ { // one a second; the cursor sleeps
			fill(l, i, i+1)
			time.Sleep(time.Second)
		}
		expectSchema(t, c)
		expect(t, c, 60, 0)
		fill(l, 61, 62)
		expect(t, c, 61, 0)
		var late []float64
		var lost uint64
		for {
			e, ok, err := c.Poll(make(chan struct{}, 1), true)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if e.Gap.First != 0 {
				lost += e.Gap.Count()
				continue
			}
			columns, err := e.Frame.DecodeColumns(nil)
			if err != nil || !e.Late {
				t.Fatal(e, err)
			}
			late = append(late, columns[0].Value(0))
		}
		// 61 came at 59 s: frames of the 30 s before are held.
		if len(late) != 29 || late[0] != 31 || late[28] != 59 || lost != 30 {
			t.Fatalf("late are %v, %d are lost", late, lost)
		}
	})
}

// However often a cursor skips, what it owes stays bounded and loses nothing.
func TestManySkips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := begin(t, stream.Limits{})
		c := l.Cursor(stream.Start{Since: -1, Bound: 50 * time.Millisecond})
		expectSchema(t, c)
		got := map[float64]bool{}
		for i := 2; i <= 4000; i++ {
			fill(l, i, i+1)
			time.Sleep(time.Millisecond)
			if i%10 == 0 && i%100 < 50 || i == 4000 {
				_, v, _ := next(t, c)
				got[v] = true
			}
		}
		for e, ok, _ := c.Poll(make(chan struct{}, 1), true); ok; e, ok, _ = c.Poll(make(chan struct{}, 1), true) {
			if e.Gap.First != 0 {
				t.Fatalf("lost %v", e.Gap)
			}
			if columns, err := e.Frame.DecodeColumns(nil); err == nil && e.Frame.Kind == plotbeam.KindReadings {
				got[columns[0].Value(0)] = true
			}
		}
		if len(got) != 3999 {
			t.Errorf("%d of 3999 values arrived", len(got))
		}
	})
}

// A reader may know of frames that its mirror has not seen yet: they are not lost.
func TestMirrorBehindItsReader(t *testing.T) {
	all := frames(t, 10)
	m := stream.NewMirror(stream.Limits{})
	m.Begin(plotbeam.Position{Epoch: all[0].Position.Epoch})
	m.Insert(all[0], 0)
	m.Insert(all[1], 0)
	c := m.Cursor(stream.Start{After: &all[8].Position, Schema: 1, Spans: []plotbeam.Span{{First: 5, Last: 6}}, Bound: time.Second})
	idle(t, c)
	for _, i := range []int{4, 5, 9} { // frame 6 and what is behind it is jumped over
		m.Insert(all[i], 0)
	}
	expect(t, c, 10, 0)
	expect(t, c, 5, 0)
	expect(t, c, 6, 0)
	idle(t, c)
}
