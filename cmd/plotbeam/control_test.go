package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/viewer"
)

// watchFrom starts a viewer of what a command has printed a link to.
func watchFrom(t *testing.T, said *typescript) *viewer.Viewer {
	t.Helper()
	hub := said.await(t, `(?m)^Watch at (http://\S+)/remote/lab$`)
	v, err := viewer.New(viewer.Config{Hub: hub, Device: "lab", Wait: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	t.Cleanup(func() { end(); <-done })
	said.await(t, `viewer \S+ joined`)
	return v
}

// awaitState polls until the viewer sees a state.
func awaitState(t *testing.T, v *viewer.Viewer, good func(plotbeam.State) bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !good(v.Status().State); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the state stays %+v", v.Status().State)
		}
	}
}

func TestAllowControl(t *testing.T) {
	said := &typescript{}
	launch(t, nil, said, "demo", "--allow-control", "--no-open", "--listen", "localhost:0", "--name", "lab")
	v := watchFrom(t, said)
	awaitState(t, v, func(s plotbeam.State) bool {
		return s.Controls == plotbeam.Controls{Run: true, Interval: 20_000, Least: 1000, Most: 3_600_000_000}
	})
	for _, step := range []struct {
		action   plotbeam.Action
		interval time.Duration
		words    string
		good     func(plotbeam.State) bool
	}{
		{plotbeam.Stop, 0, `(?m)^viewer \S+ pressed Stop$`, func(s plotbeam.State) bool { return s.Activity == plotbeam.Stopped }},
		{plotbeam.SetInterval, 250 * time.Millisecond, `(?m)^viewer \S+ set the interval to 250ms$`, func(s plotbeam.State) bool { return s.Controls.Interval == 250_000 }},
		{plotbeam.Start, 0, `(?m)^viewer \S+ pressed Start$`, func(s plotbeam.State) bool { return s.Activity == plotbeam.Streaming }},
	} {
		if err := v.Control(t.Context(), step.action, step.interval); err != nil {
			t.Error(err)
		}
		said.await(t, step.words)
		awaitState(t, v, step.good)
	}
}

func TestControlIsOffUnlessAllowed(t *testing.T) {
	said := &typescript{}
	launch(t, nil, said, "demo", "--no-open", "--listen", "localhost:0", "--name", "lab")
	v := watchFrom(t, said)
	if err := v.Control(t.Context(), plotbeam.Stop, 0); !errors.Is(err, viewer.ErrRefused) || !strings.Contains(err.Error(), "does not let viewers") {
		t.Errorf("Stop is answered by %v", err)
	}
}
