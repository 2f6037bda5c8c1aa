package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/cmd/plotbeam/internal/chart"
	"github.com/plotbeam/plotbeam/viewer"
)

// chart draws the readings as they come.
func (w *watching) chart(ctx context.Context, c call) error {
	window := w.since
	if window == 0 {
		window = time.Minute
	}
	picture := chart.New(string(w.device), window)
	if isTerminal(c.stderr) {
		c.log = slog.New(slog.DiscardHandler) // it would be written over the chart
	}
	found := make(chan struct{}) // closed at the first word of the device
	var once sync.Once
	v, err := w.viewer(c, func(s viewer.Status) {
		picture.SetStatus(inShort(s))
		if s.Phase != viewer.Connecting {
			once.Do(func() { close(found) })
		}
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	var drawing sync.WaitGroup
	drawing.Go(func() {
		select {
		case <-found: // before, a missing device would only flicker
			stop(picture.Show(ctx, terminal(c)))
		case <-ctx.Done():
		}
	})
	defer drawing.Wait()
	defer stop(nil)
	var taken uint64
	for r, err := range v.Readings(ctx) {
		if err != nil {
			return err
		}
		picture.Add(r, time.Now())
		if taken++; taken == w.count {
			return nil
		}
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

func terminal(c call) chart.Terminal {
	enableEscapes(c.stdout)
	return chart.Terminal{
		Out:   c.stdout,
		Size:  func() (int, int) { return terminalSize(c.stdout) },
		Color: c.env("NO_COLOR") == "",
	}
}

// inShort is a status beside the device's name.
func inShort(s viewer.Status) string {
	if s.Phase == viewer.Live && s.State.Activity == plotbeam.Streaming {
		return fmt.Sprintf("live · %s · %d ms", s.Path, s.Lag.Milliseconds())
	}
	return s.Text
}
