package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/source"
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
	tab.Await(fmt.Sprintf("a value of %s from %d", id, low), fmt.Sprintf(`(shown => shown >= %d && shown < %d)(Number(%s?.querySelector("[aria-label='Values received last'] .value")?.textContent ?? NaN))`, low, high, pane(id)))
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

// What has ended is shown whole in its pane, too, until somebody chooses a window.
func TestSeveralDevicesEnded(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "counter"})
	for i := range 100 {
		d.Publish(plotbeam.Reading{Series: "n", Value: float64(i)})
	}
	drain(t, d)
	several := b.Open("/remote/counter")
	several.AwaitFact("phase", "ended")
	several = b.Open("/remote/counter+nobody")
	several.Await("the pane to show all", pane("counter")+`?.getElementById("main").dataset.phase === "ended" && `+pane("counter")+`.getElementById("window").value === "all"`)
	several.Await("a second to pass", `performance.now() > 1500`)
	if window := Eval[string](several, pane("counter")+`.getElementById("window").value`); window != "all" {
		t.Errorf("the pane shows %s", window)
	}
}

// panePicture takes the plot of a device's pane as it is on the screen.
func (tab *Tab) panePicture(id string) []byte {
	tab.t.Helper()
	box := Eval[[]float64](tab, fmt.Sprintf(`(() => {
		const frame = document.querySelector('iframe[title="%s, live"]');
		frame.scrollIntoView();
		const outer = frame.getBoundingClientRect(), inner = frame.contentDocument.querySelector("canvas").getBoundingClientRect();
		return [outer.x + inner.x + scrollX, outer.y + inner.y + scrollY, inner.width, inner.height];
	})()`, id))
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	shot, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (page.CaptureScreenshotResult, error) {
		clip := &page.Viewport{X: box[0], Y: box[1], Width: box[2], Height: box[3], Scale: 1}
		return cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: clip})
	})
	if err != nil {
		tab.t.Fatal(err)
	}
	return shot.Data
}

// still reports whether the plot of a device's pane looks the same while half a second of values comes.
func (tab *Tab) still(id string) bool {
	tab.t.Helper()
	before := tab.panePicture(id)
	value := fmt.Sprintf(`Number(%s.querySelector("[aria-label='Values received last'] .value").textContent)`, pane(id))
	tab.Await("values that go on", fmt.Sprintf("%s >= %d", value, Eval[int](tab, value)+25))
	return bytes.Equal(tab.panePicture(id), before)
}

// noLocks leaves a page without what keeps two of a browser's from being the same viewer, as on plain HTTP.
const noLocks = `delete Navigator.prototype.locks;`

// The tools of the page reach into every pane: all stand still, all go on, all show one window.
func TestSeveralDevicesTogether(t *testing.T) {
	b := New(t)
	for i, id := range []plotbeam.DeviceID{"psu", "lab-2"} {
		counting(t, b.Device(device.Config{ID: id}), 1000*(i+1))
	}
	both := []string{"psu", "lab-2"}
	together := b.Open("/remote/psu+lab-2?path=relay", noLocks)
	for i, id := range both {
		together.showsValue(id, 1000*(i+1), 1000*(i+2))
	}
	together.PressNamed("button", "Pause")
	together.AwaitText("button", "Live", "a way back", func(text string) bool { return text != "" })
	for _, id := range both {
		together.Await("the pane of "+id+" to stand still", pane(id)+`?.querySelector("#pause").checkVisibility() === true`)
		for tries := 0; !together.still(id); tries++ { // the values' axis may be settling
			if tries == 10 {
				t.Fatalf("the plot of %s moves", id)
			}
		}
	}
	together.PressNamed("button", "Live")
	together.AwaitText("button", "Pause", "the present", func(text string) bool { return text != "" })
	for _, id := range both {
		if together.still(id) {
			t.Errorf("the plot of %s stands still", id)
		}
	}
	together.choose("Window", "1 min")
	for _, id := range both {
		together.Await("a window of 1 min in the pane of "+id, pane(id)+`.getElementById("window").value === "60000"`)
	}
	if at := Eval[string](together, `location.pathname + location.search`); at != "/remote/psu+lab-2?path=relay&window=1min" {
		t.Errorf("the address is %s", at)
	}
	together.Reload()
	together.showsValue("lab-2", 2000, 3000)
	if window := together.chosen("Window"); window != "1 min" {
		t.Errorf("after a reload the window is %s", window)
	}
	together.Await("the same in a pane", pane("psu")+`.getElementById("window").value === "60000"`)
}

// A pane is as high as what it shows needs, also on a phone: nothing scrolls in it, or beyond its screen.
func TestPanesHaveRoom(t *testing.T) {
	b := New(t)
	publishFrom(t, b.Device(device.Config{ID: "bench-3"}), source.SimulatedConfig{Seed: 7})
	counting(t, b.Device(device.Config{ID: "psu"}), 1000)
	together := b.Open("/remote/bench-3+psu")
	for _, d := range dresses {
		together.wear(d)
		together.showsValue("psu", 1000, 5000)
		together.Await("room for four series, "+d.name, `((root) => root.querySelectorAll("dd .value").length === 4 && root.scrollHeight <= root.clientHeight && root.scrollWidth <= root.clientWidth)(`+pane("bench-3")+`.documentElement)`)
		if over := Eval[int](together, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("%s: %d pixels wider than its screen", d.name, over)
		}
	}
}

// A page has at most 16 panes, whatever its address says, and each device one.
func TestSeveralDevicesHaveALimit(t *testing.T) {
	b := New(t)
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprintf("d%d", i))
	}
	b.Device(device.Config{ID: "one-more"})
	crowd := b.Open("/remote/" + strings.Join(append(ids, ids...), "+"))
	if got := crowd.panes(); got != strings.Join(ids[:16], " ") {
		t.Errorf("the panes are of %s", got)
	}
	crowd.PressNamed("DisclosureTriangle", chooseDevices)
	crowd.Await("the device in the list, and why it cannot be chosen", `document.body.innerText.includes("one-more") && document.body.innerText.includes("at most 16 devices")`)
	crowd.AwaitCan("checkbox", "one-more", false)
	crowd.PressNamed("button", "Remove d3")
	crowd.AwaitCan("checkbox", "one-more", true)
}
