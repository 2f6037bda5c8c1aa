package browser_test

import (
	"os"
	"strings"
	"testing"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

// axeScript is where `npm ci` in web puts it.
const axeScript = "../../web/node_modules/axe-core/axe.min.js"

// fault is what axe finds on a page.
type fault struct {
	ID, Impact, Help string
	Nodes            []string // a selector and what is wrong there
}

// axe looks at the page in every dress, and complains about what is serious or worse.
func (tab *Tab) axe(script, name string) {
	tab.t.Helper()
	for _, dress := range dresses {
		tab.wear(dress)
		tab.Await("what moves to have come", `document.getAnimations().every(({playState, effect}) => playState !== "running" || effect.getComputedTiming().endTime === Infinity)`)
		faults := Eval[[]fault](tab, script+`;
			axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
				.filter(({impact}) => impact === "serious" || impact === "critical")
				.map(({id, impact, help, nodes}) => ({id, impact, help, nodes: nodes.map(({target, failureSummary}) => target + ": " + failureSummary)})))`)
		for _, f := range faults {
			tab.t.Errorf("%s, %s: %s (%s, %s):\n  %s", name, dress.name, f.Help, f.ID, f.Impact, strings.Join(f.Nodes, "\n  "))
		}
	}
}

// axeText reads the script, or skips the test.
func axeText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(axeScript)
	if err != nil {
		if os.Getenv("PLOTBEAM_REQUIRE_BROWSER") != "" {
			t.Fatalf("%v: run npm ci in web", err)
		}
		t.Skip("axe-core is not installed: run npm ci in web")
	}
	return string(text)
}

// TestAxe has axe look at every page in every state: it finds nothing serious.
func TestAxe(t *testing.T) {
	script := axeText(t)
	b := New(t)

	b.Open("/remote").axe(script, "no devices")
	idle := b.Open("/")
	idle.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	idle.axe(script, "idle device")
	idle.Fill("interval", "soon")
	idle.Press("start")
	idle.Await("a reason", `document.getElementById("interval-error").textContent !== ""`)
	idle.stream("Sensors of this device")
	idle.axe(script, "sensors, and a reason")
	idle.Close()

	iot, id := start(b, 50)
	iot.PressNamed("checkbox", allowing)
	stopped := b.Device(device.Config{ID: "stopped", State: plotbeam.State{Activity: plotbeam.Stopped}})
	for i := range 100 {
		stopped.Publish(plotbeam.Reading{Series: "voltage", Unit: "V", Value: float64(i)}, plotbeam.Reading{Series: "current", Unit: "A", Value: float64(-i)})
	}
	live := b.Open("/remote/" + id)
	live.streaming("number", 20)
	live.AwaitText("form", controlling, "the controls", func(text string) bool { return strings.Contains(text, "Start") })
	live.axe(script, "live")
	iot.axe(script, "streaming device")
	live.PressNamed("button", checkConnection)
	diagnosed(live, "Readings come directly.")
	live.axe(script, "the connection")

	list := b.Open("/remote")
	list.Await("the list", `document.querySelectorAll("#devices a").length === 2`)
	list.axe(script, "list")
	sharer := b.Open("/remote/" + id)
	sharer.streaming("number", 20)
	sharer.share()
	sharer.axe(script, "share and export")
	several := b.Open("/remote/stopped+" + id)
	several.PressNamed("DisclosureTriangle", chooseDevices)
	several.showsValue(id, 1, 101)
	several.axe(script, "several devices")
	embedded := b.Open("/remote/" + id + "?embed")
	embedded.streaming("number", 20)
	embedded.AwaitText("link", "Open", "a way out", func(text string) bool { return text != "" })
	embedded.axe(script, "embedded")
	crowded := crowd(b)
	for _, c := range []struct{ name, path, phase string }{
		{"crowded", "/remote/" + crowded, "live"},
		{"stopped", "/remote/stopped", "stopped"},
		{"no device", "/remote/nobody", "no-device"},
		{"no id", "/remote/no%20such%20id", "no-id"},
	} {
		tab := b.Open(c.path)
		tab.AwaitFact("phase", c.phase)
		tab.axe(script, c.name)
	}
}
