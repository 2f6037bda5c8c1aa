package lab_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// A relay that nobody reads any more is kept for whoever comes back, as long as
// that costs the device little.
func TestIdleRelay(t *testing.T) {
	for _, c := range []struct {
		frames int
		ends   time.Duration
	}{{3, 10 * time.Second}, {9, 0}} {
		lab.Run(t, hub.Config{}, func(t *testing.T, l *lab.Lab) {
			d, _ := hello(t, l.Host(), plotbeam.Message{Role: plotbeam.RoleDevice, ID: "psu"})
			_, leave := l.Host().Viewer(viewer.Config{Device: "psu", Paths: plotbeam.RelayOnly})
			d.await(plotbeam.Read)
			at := plotbeam.Position{Epoch: 1}
			d.say(plotbeam.Message{Type: plotbeam.From, Position: &at})
			synctest.Wait()
			leave()
			d.await(plotbeam.Left)
			begun := time.Now()
			for range c.frames {
				at.Seq++
				if err := d.conn.Write(t.Context(), websocket.MessageBinary, large(t, at)); err != nil {
					t.Fatal(err)
				}
			}
			d.await(plotbeam.Unread)
			if took := time.Since(begun); took < c.ends || took > c.ends+time.Second {
				t.Errorf("with %d frames the device is told to stop after %v, want %v", c.frames, took, c.ends)
			}
		})
	}
}

// large is a frame of 32 KiB.
func large(t *testing.T, at plotbeam.Position) []byte {
	t.Helper()
	var b plotbeam.Batch
	for i := range 4090 {
		if !b.Add(0, plotbeam.Float64, time.Now().UnixMicro()+int64(i), 0.1) {
			t.Fatal("a frame is full")
		}
	}
	return b.Encode(1, at).Wire
}
