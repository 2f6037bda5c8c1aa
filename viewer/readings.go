package viewer

import (
	"context"
	"iter"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Readings yields a frame's readings in the order of their times, and within a
// series in the order in which they were published.
func (f Frame) Readings() iter.Seq[plotbeam.Reading] {
	return func(yield func(plotbeam.Reading) bool) {
		next := make([]int, len(f.Columns))
		for {
			first := -1
			for i := range f.Columns {
				if next[i] == f.Columns[i].Count {
					continue
				}
				if first < 0 || f.Columns[i].Offset(next[i]) < f.Columns[first].Offset(next[first]) {
					first = i
				}
			}
			if first < 0 {
				return
			}
			c := &f.Columns[first]
			s := &f.Schema.Series[c.Series]
			r := plotbeam.Reading{
				Time:   time.UnixMicro(f.Time + c.Offset(next[first])).UTC(),
				Series: s.Name,
				Unit:   s.Unit,
				Value:  c.Value(next[first]),
			}
			if !yield(r) {
				return
			}
			next[first]++
		}
	}
}

// Readings runs the viewer and yields every reading. It ends when the loop is
// left or ctx ends; any other end of Run is yielded as the last error. It takes
// the place of Run and of Config.OnFrame.
func (v *Viewer) Readings(ctx context.Context) iter.Seq2[plotbeam.Reading, error] {
	return func(yield func(plotbeam.Reading, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		frames := make(chan Frame)      // unbuffered: the loop's pace is the link's
		taken := make(chan struct{}, 1) // a place for each frame's end
		v.config.OnFrame = func(f Frame) {
			select {
			case frames <- f:
				<-taken
			case <-ctx.Done():
			}
		}
		over := make(chan error, 1)
		go func() { over <- v.Run(ctx) }()
		for {
			select {
			case f := <-frames:
				for r := range f.Readings() {
					if !yield(r, nil) {
						taken <- struct{}{}
						stop()
						<-over
						return
					}
				}
				taken <- struct{}{}
			case err := <-over:
				stop()
				if err != nil {
					yield(plotbeam.Reading{}, err)
				}
				return
			}
		}
	}
}
