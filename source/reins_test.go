package source_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/source"
)

// A generator halts, goes on and changes its rate while it runs, and its curve has no step.
func TestReins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reins := source.NewReins()
		g, err := source.NewGenerator(source.GeneratorConfig{Kind: source.Sine, Rate: 10, Reins: reins})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var got []plotbeam.Reading
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- g.Run(ctx, func(readings ...plotbeam.Reading) error {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, readings...)
				return nil
			})
		}()
		count := func() int {
			mu.Lock()
			defer mu.Unlock()
			return len(got)
		}
		made := func(over time.Duration) int {
			before := count()
			time.Sleep(over)
			synctest.Wait()
			return count() - before
		}
		near := func(what string, n, want int) {
			t.Helper()
			if n < want-1 || n > want+1 {
				t.Errorf("%s: %d readings, want about %d", what, n, want)
			}
		}
		near("at 10 a second", made(10050*time.Millisecond), 101)
		reins.Halt()
		if n := made(time.Hour); n != 0 {
			t.Errorf("%d readings while halted", n)
		}
		reins.Halt() // pulled, and nothing new
		if n := made(time.Hour); n != 0 {
			t.Errorf("%d readings while halted twice", n)
		}
		if err := reins.SetRate(100); err != nil {
			t.Fatal(err)
		}
		if n := made(time.Hour); n != 0 {
			t.Errorf("%d readings after another rate while halted", n)
		}
		reins.Go()
		near("at 100 a second", made(10*time.Second), 1000)
		reins.SetRate(1.0 / 3600)
		made(time.Second)
		if n := made(59 * time.Minute); n != 0 {
			t.Errorf("%d readings within an hour's interval", n)
		}
		reins.SetRate(2)
		near("at 2 a second", made(10*time.Second), 20)
		for _, bad := range []float64{0, -1, math.NaN(), 2e6} {
			if reins.SetRate(bad) == nil {
				t.Errorf("rate %v was taken", bad)
			}
		}
		near("after wrong ones", made(10*time.Second), 20)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for i := 1; i < len(got); i++ {
			if !got[i].Time.After(got[i-1].Time) {
				t.Errorf("reading %d of %v comes after one of %v", i, got[i].Time, got[i-1].Time)
			}
			if i < 1100 && math.Abs(got[i].Value-got[i-1].Value) > 0.07 { // 2π/100 at the most
				t.Errorf("reading %d: from %v to %v", i, got[i-1].Value, got[i].Value)
			}
		}
	})
}
