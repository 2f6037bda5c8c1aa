package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/viewer"
)

// Losses are told when they happen, but not every time; and a new log each time.
func TestNarratorTellsLosses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		n := narrator{console: &console{out: &out}}
		s := viewer.Status{Phase: viewer.Live, State: plotbeam.State{Activity: plotbeam.Streaming}, Text: "Live"}
		n.status(s)
		for range 20 { // two seconds of losses
			s.Lost++
			n.status(s)
			time.Sleep(100 * time.Millisecond) // virtual
		}
		time.Sleep(lossPause)
		n.status(s)
		s.Breaks, s.Lost = 1, 966
		n.status(s)
		n.status(s)
		n.rest(s)
		n.rest(s)
		const want = "1 frame was lost, because the device's log is bounded\n" +
			"19 frames were lost, because the device's log is bounded (20 in all)\n" +
			"The device was started again and its log begins anew: what it had sent before and was not taken is lost\n" +
			"946 frames were lost, because the device's log is bounded (966 in all)\n"
		if out.String() != want {
			t.Errorf("it said\n%swant\n%s", out.String(), want)
		}
	})
}
