package plotbeam_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plotbeam/plotbeam"
)

// Two ends whose clocks differ by hours, on a way that is sometimes slow.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const skew = 3 * time.Hour // how far the device's clock is ahead
		var here, there plotbeam.Clock
		if _, _, known := here.Ahead(); known {
			t.Error("an offset is known before anything was heard")
		}
		shift := func(m plotbeam.Message, by time.Duration) plotbeam.Message {
			// There's own times are skewed on the wire, in both directions.
			m.Time += by.Microseconds()
			return m
		}
		for i := range 20 {
			queue := time.Duration(i%4) * 50 * time.Millisecond
			beat := plotbeam.Message{Type: plotbeam.Beat}
			there.Stamp(&beat)
			beat = shift(beat, skew)
			time.Sleep(40*time.Millisecond + queue)
			here.Hear(beat)
			time.Sleep(7 * time.Millisecond)
			ack := plotbeam.Message{Type: plotbeam.Ack}
			here.Stamp(&ack)
			ack.Echo -= skew.Microseconds()
			time.Sleep(40 * time.Millisecond)
			there.Hear(shift(ack, 0))
		}
		ahead, trip, known := here.Ahead()
		if off := ahead - skew; !known || off.Abs() > trip/2 || trip != 80*time.Millisecond {
			t.Errorf("the other clock is %v ahead by a trip of %v (%v), want %v and 80 ms", ahead, trip, known, skew)
		}
		sent := time.Now().Add(skew).UnixMicro()
		time.Sleep(time.Second)
		if way, _ := here.Way(sent); (way - time.Second).Abs() > 40*time.Millisecond {
			t.Errorf("a message of a second ago was under way for %v", way)
		}
	})
}
