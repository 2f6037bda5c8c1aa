package browser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

const (
	chooseDevices = "Choose devices"
	besideEach    = "Watch several side by side" // a link
)

// counting publishes whole numbers from `first` on, 50 a second, until the test ends.
func counting(t *testing.T, d *device.Device, first int) {
	t.Helper()
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for n := first; ; n++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				d.Publish(plotbeam.Reading{Series: "n", Unit: "V", Value: float64(n)})
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
}

// pane is a script for what the pane of a device shows: its document.
func pane(id string) string {
	return fmt.Sprintf(`document.querySelector('iframe[title="%s, live"]')?.contentDocument`, id)
}

// panes gives the devices that have a pane, in their order.
func (tab *Tab) panes() string {
	tab.t.Helper()
	return strings.Join(Eval[[]string](tab, `[...document.querySelectorAll("iframe")].map(({title}) => title.replace(", live", ""))`), " ")
}

// showsValue waits until a device's pane shows a value within [low, high).
func (tab *Tab) showsValue(id string, low, high int) {
	tab.t.Helper()
	tab.Await(fmt.Sprintf("a value of %s from %d", id, low), fmt.Sprintf(`(shown => shown >= %d && shown < %d)(Number(%s?.querySelector("[aria-label='Values received last'] data")?.textContent ?? NaN))`, low, high, pane(id)))
}

// Several devices live side by side, each with its own values.
func TestSeveralDevices(t *testing.T) {
	b := New(t)
	for i, id := range []plotbeam.DeviceID{"psu", "lab-2", "third"} {
		counting(t, b.Device(device.Config{ID: id}), 1000*(i+1))
	}
	nobody := b.Open("/remote/nobody")
	nobody.Await("all devices", `fetch("/api/devices").then((r) => r.text()).then((text) => ["psu", "lab-2", "third"].every((id) => text.includes(id)))`)
	list := b.Open("/remote") // which would open the only one by itself
	list.AwaitText("link", besideEach, "a way to several", func(text string) bool { return text != "" })
	list.PressNamed("link", besideEach)
	list.Await("what can be chosen", `document.title === "Several devices · Plotbeam" && document.body?.innerText.includes("third") === true`)
	list.PressNamed("checkbox", "psu")
	list.PressNamed("checkbox", "third")
	list.showsValue("psu", 1000, 2000)
	list.showsValue("third", 3000, 4000)
	if path := Eval[string](list, `location.pathname`); path != "/remote/psu+third" {
		t.Errorf("the address is %s", path)
	}
	list.shootAll("several")
	list.Reload()
	list.showsValue("psu", 1000, 2000)
	list.showsValue("third", 3000, 4000)
	if got := list.panes(); got != "psu third" {
		t.Errorf("after a reload the panes are of %s", got)
	}
	list.PressNamed("button", "Remove psu")
	list.PressNamed("DisclosureTriangle", chooseDevices)
	list.PressNamed("checkbox", "lab-2")
	list.showsValue("lab-2", 2000, 3000)
	list.showsValue("third", 3000, 4000)
	if path, got := Eval[string](list, `location.pathname`), list.panes(); path != "/remote/third+lab-2" || got != "third lab-2" {
		t.Errorf("the address is %s, the panes are of %s", path, got)
	}
	list.PressNamed("link", "lab-2")
	list.Await("the device's own page", `location.pathname === "/remote/lab-2" && document.getElementById("device")?.textContent === "lab-2"`)
}
