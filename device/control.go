package device

import (
	"context"
	"errors"
	"time"

	"github.com/plotbeam/plotbeam"
)

// controlsWaiting is how many controls wait for OnControl; more are refused.
const controlsWaiting = 16

// Control is what a viewer asks of the device. The device's state allows it.
type Control struct {
	Viewer   plotbeam.ViewerID
	Action   plotbeam.Action
	Interval time.Duration // of a SetInterval
}

// control takes what a viewer asks, and has it done in its turn.
func (d *Device) control(m plotbeam.Message) {
	d.mu.Lock()
	known, allowed := d.viewers[m.Viewer] != nil, d.state.Controls
	d.mu.Unlock()
	if !known {
		return // it has left meanwhile
	}
	err := m.ValidateControl(plotbeam.RoleViewer)
	if err == nil {
		err = allowed.Allow(m.Action, plotbeam.Micros(m.Interval))
	}
	if err == nil {
		select {
		case d.controls <- m:
			return
		default:
			err = errors.New("this device has more to do than it can: try again")
		}
	}
	d.answerControl(m, err)
}

// obey does what viewers ask, one thing after the other.
func (d *Device) obey(ctx context.Context) {
	for {
		select {
		case m := <-d.controls:
			d.answerControl(m, d.config.OnControl(Control{m.Viewer, m.Action, plotbeam.Micros(m.Interval)}))
		case <-ctx.Done():
			return
		}
	}
}

// answerControl tells the viewer that it is done, or why not.
func (d *Device) answerControl(m plotbeam.Message, why error) {
	answer := plotbeam.Message{Type: plotbeam.Control, Viewer: m.Viewer, Time: m.Time}
	if why != nil {
		answer.Text = plotbeam.Cut(why.Error(), plotbeam.MaxRefusal)
	}
	if err := d.session.Send(answer); err != nil {
		d.log.Debug("answer lost", "err", err)
	}
}
