package hub

import (
	"golang.org/x/time/rate"

	"github.com/plotbeam/plotbeam"
)

// control carries what a viewer asks of a device that it watches, and the
// device's answer. Whether the device does it is the device's business.
func (p *peer) control(m plotbeam.Message) error {
	if err := m.ValidateControl(p.role); err != nil {
		p.fail(plotbeam.CodeControl, err.Error(), "see Control in PROTOCOL.md")
		return nil
	}
	if p.role == plotbeam.RoleDevice {
		p.answerControl(m)
		return nil
	}
	if p.orders == nil {
		p.orders = rate.NewLimiter(controlsPerSecond, controlsAtOnce)
	}
	if err := p.wait(p.orders); err != nil {
		return err
	}
	if !p.isWatching(m.Device) {
		p.fail(plotbeam.CodeStranger, "a control for "+plotbeam.Quote(string(m.Device))+", which you do not watch", "watch the device first")
		return nil
	}
	p.hub.bus.postSignal(plotbeam.RoleDevice, string(m.Device), plotbeam.Message{
		Type: plotbeam.Control, Viewer: plotbeam.ViewerID(p.id), Action: m.Action, Interval: m.Interval, Time: m.Time,
	})
	return nil
}

// answerControl passes on a device's answer, unless the viewer has left.
func (p *peer) answerControl(m plotbeam.Message) {
	p.mu.Lock()
	watched := p.viewers[m.Viewer]
	p.mu.Unlock()
	if !watched {
		p.object(plotbeam.CodeStranger, "an answer for "+plotbeam.Quote(string(m.Viewer))+", who is not watching", "wait for the viewer to join")
		return
	}
	p.hub.bus.postSignal(plotbeam.RoleViewer, string(m.Viewer), plotbeam.Message{
		Type: plotbeam.Control, Device: plotbeam.DeviceID(p.id), Time: m.Time, Text: m.Text,
	})
}
