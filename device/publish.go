package device

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/stream"
)

const gatherFor = 20 * time.Millisecond // readings become one frame for so long, or until it is full

// Publish appends readings to the log. A reading goes out at once when nothing
// did within the last 20 ms; otherwise it is gathered with others for so long.
// Readings that are wrong are left out, the rest is taken, and the error is of
// the first wrong one; it wraps [plotbeam.ErrNotFinite] or [plotbeam.ErrSeries].
func (d *Device) Publish(readings ...plotbeam.Reading) error {
	return d.gather.publish(readings)
}

// ErrEnded answers Publish after Drain.
var ErrEnded = errors.New("the stream has ended: Drain was called")

// Flush sends what was gathered without waiting for the rest of the 20 ms.
func (d *Device) Flush() { d.gather.flushNow() }

// gatherer turns readings into frames.
type gatherer struct {
	log *stream.Log

	mu      sync.Mutex
	schema  plotbeam.Schema
	index   map[string]int // of a series in the schema
	batch   plotbeam.Batch
	recent  recent
	flushed time.Time // when the last frame was made
	armed   bool      // a timer will flush
	ended   bool      // nothing more is taken
}

func (g *gatherer) publish(readings []plotbeam.Reading) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return ErrEnded
	}
	var err error
	now := time.Now()
	discovered := false
	next := 0 // readings mostly come in the order of their series
	for i := range readings {
		r := &readings[i]
		series, known := g.find(r, next)
		if !known && !discovered {
			discovered = true
			err = first(err, g.discover(readings[i:]))
			series, known = g.find(r, next)
		}
		if !known {
			continue // discover has said why
		}
		next = series + 1
		if !plotbeam.Finite(r.Value) {
			err = first(err, fmt.Errorf("series %q: %w", nameOf(r), plotbeam.ErrNotFinite))
			continue
		}
		if g.schema.Series[series].Type == plotbeam.Float32 && !plotbeam.Finite(float64(float32(r.Value))) {
			err = first(err, fmt.Errorf("series %q: %v is too large for a float32: %w", r.Series, r.Value, plotbeam.ErrNotFinite))
			continue
		}
		at := r.Time
		if at.IsZero() {
			at = now
		}
		g.add(series, at.UnixMicro(), r.Value)
	}
	g.send(now)
	return err
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func nameOf(r *plotbeam.Reading) string {
	if r.Series == "" {
		return plotbeam.DefaultSeries
	}
	return r.Series
}

// find gives the series of a reading, and looks first where it may be.
func (g *gatherer) find(r *plotbeam.Reading, maybe int) (series int, known bool) {
	all := g.schema.Series
	if maybe >= len(all) {
		maybe = 0
	}
	name := nameOf(r)
	if len(all) > 0 && all[maybe].Name == name {
		return maybe, true
	}
	series, known = g.index[name]
	return series, known
}

// discover declares the series that readings name for the first time.
func (g *gatherer) discover(readings []plotbeam.Reading) error {
	var found []plotbeam.Series
	var wrong error
	for i := range readings {
		name := nameOf(&readings[i])
		if _, known := g.index[name]; known || contains(found, name) {
			continue
		}
		one := plotbeam.Series{Name: name, Unit: readings[i].Unit}
		err := one.Validate()
		if err == nil && len(g.schema.Series)+len(found) >= plotbeam.MaxSeries {
			err = fmt.Errorf("%w %q: a device has at most %d", plotbeam.ErrSeries, name, plotbeam.MaxSeries)
		}
		if err != nil {
			wrong = first(wrong, err)
			continue
		}
		found = append(found, one)
	}
	if len(found) == 0 {
		return wrong
	}
	return first(g.grow(found), wrong)
}

func contains(list []plotbeam.Series, name string) bool {
	for _, one := range list {
		if one.Name == name {
			return true
		}
	}
	return false
}

// declare is grow for a device that is being made.
func (g *gatherer) declare(series []plotbeam.Series) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(series) == 0 {
		return nil
	}
	return g.grow(series)
}

// grow adds series to the schema. What was gathered goes out before it.
func (g *gatherer) grow(series []plotbeam.Series) error {
	g.flush()
	grown := plotbeam.Schema{Series: append(g.schema.Series[:len(g.schema.Series):len(g.schema.Series)], series...)}
	if err := g.log.Declare(grown); err != nil {
		return err
	}
	g.schema = grown
	g.index = make(map[string]int, len(grown.Series))
	for i, s := range grown.Series {
		g.index[s.Name] = i
	}
	return nil
}

func (g *gatherer) add(series int, micros int64, value float64) {
	kind := g.schema.Series[series].Type
	if !g.batch.Add(series, kind, micros, value) {
		g.flush()
		g.batch.Add(series, kind, micros, value)
	}
}

// send flushes now or sees to it that it is done in time.
func (g *gatherer) send(now time.Time) {
	if g.batch.Len() == 0 || g.armed {
		return
	}
	if rest := gatherFor - now.Sub(g.flushed); rest > 0 {
		g.armed = true
		time.AfterFunc(rest, g.flushLate)
		return
	}
	g.flush()
}

func (g *gatherer) flushLate() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed = false
	g.flush()
}

func (g *gatherer) flushNow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flush()
}

// end flushes, and takes nothing more.
func (g *gatherer) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	g.flush()
	g.log.Close()
}

func (g *gatherer) flush() {
	if g.batch.Len() == 0 {
		return
	}
	f := g.log.Append(&g.batch)
	g.batch.Reset()
	g.flushed = time.Now()
	g.recent.add(f, g.flushed)
}

// edge is the newest frame that everybody should have by now.
func (g *gatherer) edge(now time.Time) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.recent.settle(now)
	return g.recent.edge
}
