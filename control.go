package plotbeam

import (
	"errors"
	"fmt"
	"time"
)

// Action is what a viewer asks of a device in a [Control].
type Action string

const (
	Start       Action = "start"
	Stop        Action = "stop"
	SetInterval Action = "interval" // carries one
)

// LongestInterval is the most that a device may be told to wait between two readings.
const LongestInterval = 24 * time.Hour

// Controls is what a device lets its viewers do from afar. Zero is nothing.
type Controls struct {
	Run      bool  `json:"run,omitempty"`      // start and stop it
	Interval int64 `json:"interval,omitempty"` // µs between two readings, now
	Least    int64 `json:"least,omitempty"`    // µs that viewers may set it to; zero where they may not
	Most     int64 `json:"most,omitempty"`     // likewise
}

// Clean is c without bounds that are none.
func (c Controls) Clean() Controls {
	if c.Least < 1 || c.Most < c.Least || c.Most > LongestInterval.Microseconds() {
		c.Least, c.Most = 0, 0
	}
	if c.Interval < 1 || c.Interval > LongestInterval.Microseconds() {
		c.Interval = 0
	}
	return c
}

// Allow says in words why a device with these controls does not do what a
// viewer asks; nil where it may.
func (c Controls) Allow(action Action, interval time.Duration) error {
	micros := interval.Microseconds()
	switch {
	case action == SetInterval && c.Most == 0:
		return errors.New("this device does not let viewers set its interval")
	case action == SetInterval && (micros < c.Least || micros > c.Most):
		return fmt.Errorf("this device's interval is from %v to %v", Micros(c.Least), Micros(c.Most))
	case action != SetInterval && !c.Run:
		return errors.New("this device does not let viewers start and stop it")
	}
	return nil
}

// ValidateControl checks what a [Control] carries: from a viewer an action, and
// an interval where that needs one; from a device its answer.
func (m Message) ValidateControl(from Role) error {
	switch {
	case from == RoleDevice && len(m.Text) > MaxRefusal:
		return fmt.Errorf("a refusal has at most %d bytes", MaxRefusal)
	case from == RoleDevice:
		return nil
	case m.Action != Start && m.Action != Stop && m.Action != SetInterval:
		return fmt.Errorf("the action %s is none of %s, %s, %s", Quote(string(m.Action)), Start, Stop, SetInterval)
	case m.Action == SetInterval && (m.Interval < 1 || m.Interval > LongestInterval.Microseconds()):
		return fmt.Errorf("an interval is from 1 to %d µs, not %d", LongestInterval.Microseconds(), m.Interval)
	}
	return nil
}
