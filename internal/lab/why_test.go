package lab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/hub"
	"github.com/plotbeam/plotbeam/internal/lab"
	"github.com/plotbeam/plotbeam/viewer"
)

// A status says why the path is not direct, and why there is none.
func TestWhyNotDirect(t *testing.T) {
	const direct, relay = plotbeam.DirectOnly, plotbeam.RelayOnly
	turn := hub.Config{ICE: lab.TURN}
	noRelay := labHub
	noRelay.NoRelay = true
	for _, c := range []struct {
		name            string
		hub             hub.Config
		device, viewer  plotbeam.Paths
		nat             lab.NAT
		noUDP           bool
		first           bool // another viewer has the only place
		path, why, text string
	}{
		{name: "direct", hub: labHub, path: "direct", why: "", text: "Live from psu"},
		{name: "behind strict NATs", hub: turn, nat: lab.Symmetric, path: "turn", why: "no direct path works, so TURN carries the stream", text: "Live from psu"},
		{name: "asked for", hub: labHub, viewer: relay, path: "relay", why: "you asked for the relay only", text: "Live from psu"},
		{name: "the device's choice", hub: labHub, device: relay, path: "relay", why: "the device streams through the hub only", text: "Live from psu"},
		{name: "no place", hub: labHub, first: true, path: "relay", why: "this device's direct places are taken (it has 1)", text: "Live from psu"},
		{name: "UDP blocked", hub: labHub, noUDP: true, path: "relay", why: "no direct path opens: UDP may be blocked", text: "Live from psu"},
		{name: "direct only, UDP blocked", hub: labHub, viewer: direct, noUDP: true, why: "no direct path opens: UDP may be blocked", text: "psu is there, but no path to it works: no direct path opens: UDP may be blocked; trying again"},
		{name: "no common path", hub: labHub, device: relay, viewer: direct, why: "the device streams through the hub only", text: "no path to it works: the device streams through the hub only; trying again"},
		{name: "no relay", hub: noRelay, viewer: relay, why: "you asked for the relay only", text: "no path to it works: you asked for the relay only, and this hub relays no streams; trying again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lab.Run(t, c.hub, func(t *testing.T, l *lab.Lab) {
				l.Delay(20 * time.Millisecond)
				d, _ := l.HostBehind(c.nat).Device(device.Config{ID: "psu", Paths: c.device, MaxDirect: 1})
				if c.first {
					first, _ := l.Host().Viewer(viewer.Config{Device: "psu", Wait: true})
					ready(t, d, 1)
					stream(t, d, 0, 300)
					if s := first.Status(); s.Path != "direct" {
						t.Fatalf("the first viewer's status is %+v", s)
					}
				}
				host := l.HostBehind(c.nat)
				if c.noUDP {
					host.BlockUDP()
				}
				v, _ := host.Viewer(viewer.Config{Device: "psu", Wait: true, Paths: c.viewer})
				stream(t, d, 0, 2500)
				s := v.Status()
				if s.Path != c.path || s.Why != c.why || !strings.Contains(s.Text, c.text) {
					t.Errorf("path %q because %q, in words %q;\nwant %q because %q, %q", s.Path, s.Why, s.Text, c.path, c.why, c.text)
				}
				if refused := s.NoRelay != ""; refused != (c.hub.NoRelay && c.viewer != direct) {
					t.Errorf("the relay is refused because %q", s.NoRelay)
				}
			})
		})
	}
}
