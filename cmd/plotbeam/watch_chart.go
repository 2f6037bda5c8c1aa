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

// behind is how old the newest reading of a chart may be before others are
// skipped, to be drawn when there is room.
const behind = 2 * time.Second

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
	v, err := w.viewer(c, behind, func(s viewer.Status) {
		picture.SetStatus(inShort(s) + lossInShort(s))
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

// inShort is a status beside the device's name: the path, how far behind it is,
// and why it is not direct.
func inShort(s viewer.Status) string {
	if s.Phase != viewer.Live || s.State.Activity != plotbeam.Streaming {
		return s.Text
	}
	short := fmt.Sprintf("%s · %d ms", s.Path, s.Lag.Milliseconds())
	if s.Why != "" {
		short += " · " + s.Why
	}
	return short
}

// lossInShort is what a status says of frames that will never come.
func lossInShort(s viewer.Status) string {
	if s.Lost == 0 {
		return ""
	}
	return fmt.Sprintf(" · %d frames lost", s.Lost)
}
