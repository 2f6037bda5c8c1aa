package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/viewer"
)

const (
	publishEvery = 50 * time.Millisecond
	enough       = 4 // readings that were made after the first had come
)

// streams is a device for some seconds, and a viewer of it: first through the
// hub, then directly.
func (d *Doctor) streams(ctx context.Context) (relayAndDirect [2]Check) {
	id := plotbeam.DeviceID("doctor-" + strings.ToLower(rand.Text()[:8]))
	one, err := device.New(device.Config{
		Hub: d.config.Hub, Client: d.config.Client, Link: d.config.Link, Log: d.log, ID: id,
		State: plotbeam.State{Activity: plotbeam.Streaming, Text: "plotbeam doctor looks at the paths; it is gone in a moment"},
	})
	if err != nil {
		return [2]Check{broken("relay", err), broken("direct", err)}
	}
	life, end := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	defer parts.Wait()
	defer end(nil)
	parts.Go(func() { end(one.Run(life)) })
	parts.Go(func() { publish(life, one) })
	relay := d.watch(life, id, plotbeam.RelayOnly)
	direct := d.watch(life, id, plotbeam.DirectOnly)
	return [2]Check{relay.relayCheck(), direct.directCheck()}
}

func broken(name string, err error) Check {
	return Check{Name: name, Outcome: Failed, Text: err.Error()}
}

// publish makes readings until ctx ends.
func publish(ctx context.Context, d *device.Device) {
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	for n := 0.0; ; n++ {
		if d.Publish(plotbeam.Reading{Series: "n", Value: n}) != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// watched is what came over one path.
type watched struct {
	readings int           // but for those that waited for the path to open
	age      time.Duration // of the oldest, as it came: the device has the same clock
	took     time.Duration // until the first came
	status   viewer.Status
	err      error
}

// watch reads over one path until there are enough readings.
func (d *Doctor) watch(ctx context.Context, id plotbeam.DeviceID, paths plotbeam.Paths) (w watched) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	overdue := time.AfterFunc(streamWithin, func() { stop(context.DeadlineExceeded) })
	defer overdue.Stop()
	v, err := viewer.New(viewer.Config{
		Hub: d.config.Hub, Client: d.config.Client, Link: d.config.Link, Log: d.log, Device: id,
		Wait: true, Paths: paths,
		OnStatus: func(s viewer.Status) {
			if paths == plotbeam.RelayOnly && s.NoRelay != "" {
				stop(nil) // there is nothing to wait for
			}
		},
	})
	if err != nil {
		w.err = err
		return w
	}
	begun, opened := time.Now(), time.Time{}
	for r, err := range v.Readings(ctx) {
		if err != nil {
			w.err = err
			break
		}
		now := time.Now()
		if opened.IsZero() {
			opened, w.took = now, now.Sub(begun)
			overdue.Reset(flowWithin)
		}
		if r.Time.Before(opened) {
			continue
		}
		w.readings++
		w.age = max(w.age, now.Sub(r.Time))
		if w.readings == enough {
			break
		}
	}
	w.status = v.Status()
	if opened.IsZero() {
		w.took = time.Since(begun)
	}
	if cause := context.Cause(ctx); w.err == nil && !errors.Is(cause, context.DeadlineExceeded) && !errors.Is(cause, context.Canceled) {
		w.err = cause // of the device's end
	}
	return w
}

func (w watched) relayCheck() Check {
	c := Check{Name: "relay", Outcome: OK, Took: w.took}
	switch {
	case w.status.NoRelay != "":
		c.Outcome, c.Text = None, w.status.NoRelay
	case w.readings >= enough:
		c.Text = fmt.Sprintf("readings come through the hub, %s old", Span(w.age))
	default:
		c.Outcome, c.Text = Failed, w.trouble()
		c.Hint = "the hub took the device and the viewer, but carries nothing: a proxy may hold binary messages back; see `plotbeam serve --verbose`"
	}
	return c
}

func (w watched) directCheck() Check {
	c := Check{Name: "direct", Outcome: OK, Took: w.took}
	switch {
	case w.readings >= enough && w.status.Path == "turn":
		c.Outcome, c.Text = Failed, "readings come, but through TURN only"
		c.Hint = "a firewall on this machine seems to keep its own programs from reaching each other over UDP"
	case w.readings >= enough:
		c.Text = fmt.Sprintf("readings come from this machine to itself, %s old", Span(w.age))
	default:
		c.Outcome, c.Text = Failed, w.trouble()
		c.Hint = "a link does not open even within this machine: let this program receive UDP"
	}
	return c
}

func (w watched) trouble() string {
	switch {
	case w.err != nil:
		return w.err.Error()
	case w.readings > 0:
		return fmt.Sprintf("readings stopped after %d of %d", w.readings, enough)
	}
	return fmt.Sprintf("no reading within %v: %s", streamWithin, w.status.Text)
}
