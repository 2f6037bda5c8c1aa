package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
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
	if w.window == 0 {
		w.window = min(max(w.since, chart.ShortestWindow), chart.LongestWindow)
		if w.since == 0 {
			w.window = time.Minute
		}
	} else if !c.given["since"] {
		w.since = w.window
	}
	picture := chart.New(chart.Config{Title: string(w.device), Window: w.window, Range: w.axis})
	if isTerminal(c.stderr) {
		c.log = slog.New(slog.DiscardHandler) // it would be written over the chart
	}
	found := make(chan struct{}) // closed at the first word of the device
	var once sync.Once
	v, err := w.viewer(c, behind, func(s viewer.Status) {
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
			stop(show(ctx, c, picture))
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

// inShort is a status in a line: the path, how long readings are under way, what is
// missing, and why the path is not direct.
func inShort(s viewer.Status) string {
	short := []string{s.Text}
	if s.Phase == viewer.Live && s.State.Activity == plotbeam.Streaming {
		short[0] = s.Path
		if s.Measured {
			short = append(short, fmt.Sprintf("%d ms", s.Lag.Milliseconds()))
		}
	}
	for _, one := range []struct {
		n    uint64
		what string
	}{
		{s.Lost, "lost"}, {s.Missing, "skipped, still to come"}, {s.Bad, "unreadable"},
	} {
		if one.n > 0 {
			short = append(short, counted(one.n, "frame")+" "+one.what)
		}
	}
	if s.Breaks > 0 {
		short = append(short, "started anew "+counted(s.Breaks, "time"))
	}
	if s.Phase == viewer.Live && s.Why != "" {
		short = append(short, s.Why)
	}
	return strings.Join(short, " · ")
}

func counted(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
