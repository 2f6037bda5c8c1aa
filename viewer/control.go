package viewer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plotbeam/plotbeam"
)

// answerWithin is how long a device has for an answer to a control.
const answerWithin = 5 * time.Second

var (
	// ErrRefused answers Control with the device's reason.
	ErrRefused = errors.New("refused")
	// ErrNoAnswer answers Control when the device says nothing for 5 s.
	ErrNoAnswer = errors.New("the device does not answer")
)

// Control asks the device to start, to stop or to set its interval, and waits
// until it has done so. What a device allows stands in Status.State.Controls.
func (v *Viewer) Control(ctx context.Context, action plotbeam.Action, interval time.Duration) error {
	answer := make(chan string, 1)
	v.mu.Lock()
	v.asked = max(v.asked+1, time.Now().UnixMicro())
	name := v.asked
	v.answers[name] = answer
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		delete(v.answers, name)
		v.mu.Unlock()
	}()
	m := plotbeam.Message{Type: plotbeam.Control, Device: v.config.Device, Action: action, Interval: interval.Microseconds(), Time: name}
	if err := v.session.Send(m); err != nil {
		return fmt.Errorf("%s %s: %w", action, v.config.Device, err)
	}
	select {
	case why := <-answer:
		if why != "" {
			return fmt.Errorf("%s %s: %w: %s", action, v.config.Device, ErrRefused, why)
		}
		return nil
	case <-time.After(answerWithin):
		return fmt.Errorf("%s %s: %w", action, v.config.Device, ErrNoAnswer)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// answered takes a device's answer to a control.
func (v *Viewer) answered(m plotbeam.Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if answer := v.answers[m.Time]; answer != nil && m.Device == v.config.Device {
		delete(v.answers, m.Time) // its place is for one
		answer <- m.Text
	}
}
