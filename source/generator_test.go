package source_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/source"
)

// gather keeps what is published, checked as every reading has to be.
type gather struct {
	t        testing.TB
	readings []plotbeam.Reading
	calls    []int // readings in each
	at       []time.Time
}

func (g *gather) publish(readings ...plotbeam.Reading) error {
	names := make(map[string]bool)
	for _, r := range readings {
		if !plotbeam.Finite(r.Value) {
			g.t.Errorf("published %v", r)
		}
		if !names[r.Series] {
			if err := (plotbeam.Series{Name: r.Series, Unit: r.Unit}).Validate(); err != nil {
				g.t.Errorf("published: %v", err)
			}
			names[r.Series] = true
		}
		if r.Time.IsZero() || r.Time.Nanosecond()%1000 != 0 {
			g.t.Errorf("published at %v: not whole microseconds", r.Time)
		}
	}
	g.readings = append(g.readings, readings...)
	g.calls = append(g.calls, len(readings))
	g.at = append(g.at, time.Now())
	return nil
}

func newGenerator(t *testing.T, cfg source.GeneratorConfig) *source.Generator {
	t.Helper()
	g, err := source.NewGenerator(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGeneratorRate(t *testing.T) {
	for _, rate := range []float64{1, 5, 60, 1000, 100_000} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			got := &gather{t: t}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second-time.Microsecond)
			defer cancel()
			g := newGenerator(t, source.GeneratorConfig{Rate: rate})
			if err := g.Run(ctx, got.publish); err != nil {
				t.Fatal(err)
			}
			// The last tick is up to 10 ms before the end.
			most := int(10 * rate)
			if n := len(got.readings); n > most || n < most-int(rate/100) {
				t.Errorf("at %v/s for 10 s: %d readings, want %d", rate, n, most)
			}
			for n, r := range got.readings {
				want := start.Add(time.Duration(math.Round(float64(n)*1e6/rate)) * time.Microsecond)
				if !r.Time.Equal(want) {
					t.Fatalf("at %v/s: reading %d is of %v, want %v", rate, n, r.Time, want)
				}
			}
			sent := 0
			for i, n := range got.calls {
				last := got.readings[sent+n-1].Time
				if late := got.at[i].Sub(last); late < 0 || late > 10*time.Millisecond {
					t.Fatalf("at %v/s: call %d was %v after its last reading", rate, i, late)
				}
				if sent += n; n > 1000 {
					t.Fatalf("at %v/s: %d readings in a call", rate, n)
				}
			}
		})
	}
}

func TestGeneratorCount(t *testing.T) {
	for _, rate := range []float64{1, 5, 1000, 100_000, source.MaxRate} {
		synctest.Test(t, func(t *testing.T) {
			got := &gather{t: t}
			start := time.Now()
			g := newGenerator(t, source.GeneratorConfig{Rate: rate, Count: 2501})
			if err := g.Run(t.Context(), got.publish); err != nil {
				t.Fatal(err)
			}
			if len(got.readings) != 2501 {
				t.Errorf("at %v/s: %d readings, want 2501", rate, len(got.readings))
			}
			want := time.Duration(2500 / rate * 1e9)
			if took := time.Since(start); took < want || took > want+10*time.Millisecond {
				t.Errorf("at %v/s: it took %v, want %v", rate, took, want)
			}
		})
	}
}

func TestGeneratorGoesOnFromNowAfterAHalt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := &gather{t: t}
		halted := false
		g := newGenerator(t, source.GeneratorConfig{Rate: 10, Count: 20})
		err := g.Run(t.Context(), func(readings ...plotbeam.Reading) error {
			if !halted && len(got.readings) == 10 {
				halted = true
				<-time.After(time.Hour)
			}
			return got.publish(readings...)
		})
		if err != nil || len(got.readings) != 20 {
			t.Fatalf("%d readings, %v", len(got.readings), err)
		}
		if gap := got.readings[11].Time.Sub(got.readings[10].Time); gap < time.Hour-time.Second {
			t.Errorf("the reading after a halt of an hour is %v after the one before", gap)
		}
	})
}

func TestGeneratorValues(t *testing.T) {
	values := func(cfg source.GeneratorConfig) (v []float64) {
		synctest.Test(t, func(t *testing.T) {
			got := &gather{t: t}
			cfg.Count, cfg.Rate = 1000, 100
			if err := newGenerator(t, cfg).Run(t.Context(), got.publish); err != nil {
				t.Fatal(err)
			}
			for _, r := range got.readings {
				if r.Series != string(cfg.Kind) {
					t.Fatalf("series %q of kind %q", r.Series, cfg.Kind)
				}
				v = append(v, r.Value)
			}
		})
		return v
	}
	for _, kind := range []source.Kind{source.Random, source.Sine, source.Walk} {
		a, b := values(source.GeneratorConfig{Kind: kind, Seed: 7}), values(source.GeneratorConfig{Kind: kind, Seed: 7})
		if !slices.Equal(a, b) {
			t.Errorf("%s: the same seed gave other values", kind)
		}
		if kind != source.Sine && slices.Equal(a, values(source.GeneratorConfig{Kind: kind})) {
			t.Errorf("%s: seed 0 is not drawn", kind)
		}
		switch kind {
		case source.Random:
			if slices.Min(a) != 1 || slices.Max(a) != 100 || a[0] != math.Trunc(a[0]) {
				t.Errorf("random: from %v to %v", slices.Min(a), slices.Max(a))
			}
		case source.Sine:
			if a[0] != 0 || math.Abs(a[250]-1) > 1e-9 || math.Abs(a[750]+1) > 1e-9 {
				t.Errorf("sine: %v, %v, %v at 0, 2.5 and 7.5 s", a[0], a[250], a[750])
			}
		}
	}
}

func TestGeneratorRefuses(t *testing.T) {
	for _, cfg := range []source.GeneratorConfig{
		{Rate: -1}, {Rate: math.NaN()}, {Rate: math.Inf(1)}, {Rate: 1e6 + 1}, {Count: -1}, {Kind: "noise"}, {Series: "a\nb"},
	} {
		if _, err := source.NewGenerator(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		} else {
			t.Log(err)
		}
	}
	if _, err := source.ParseKind("walk"); err != nil {
		t.Error(err)
	}
}

func TestGeneratorEndsWithPublish(t *testing.T) {
	broken := errors.New("broken")
	g := newGenerator(t, source.GeneratorConfig{})
	err := g.Run(t.Context(), func(...plotbeam.Reading) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestSimulated(t *testing.T) {
	run := func(seed uint64) *gather {
		got := &gather{t: t}
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute-time.Millisecond)
			defer cancel()
			s, err := source.NewSimulated(source.SimulatedConfig{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Run(ctx, got.publish); err != nil {
				t.Fatal(err)
			}
		})
		return got
	}
	a := run(1)
	if len(a.readings) != 4*50*120 {
		t.Fatalf("%d readings in 2 minutes", len(a.readings))
	}
	if b := run(1); !slices.Equal(a.readings, b.readings) {
		t.Error("the same seed gave other readings")
	}
	lowest, highest := map[string]float64{}, map[string]float64{}
	for _, r := range a.readings {
		if v, ok := lowest[r.Series]; !ok || r.Value < v {
			lowest[r.Series] = r.Value
		}
		if v, ok := highest[r.Series]; !ok || r.Value > v {
			highest[r.Series] = r.Value
		}
	}
	for name, limits := range map[string][2]float64{"temperature": {30, 50}, "voltage": {8, 12.2}, "current": {0, 7}, "vibration": {-12, 12}} {
		if lowest[name] < limits[0] || highest[name] > limits[1] || lowest[name] == highest[name] {
			t.Errorf("%s goes from %v to %v, want within %v", name, lowest[name], highest[name], limits)
		}
	}
	if lowest["voltage"] > 11.5 {
		t.Errorf("no dip of the voltage in 2 minutes: at least %v", lowest["voltage"])
	}
	if _, err := source.NewSimulated(source.SimulatedConfig{Rate: -1}); err == nil {
		t.Error("rate -1 was taken")
	}
}
