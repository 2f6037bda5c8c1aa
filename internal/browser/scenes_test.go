package browser_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/source"
	"github.com/plotbeam/plotbeam/stream"
	"github.com/plotbeam/plotbeam/viewer"
)

// TestScenes brings every page into every state that people see it in, one after
// the other. In every dress axe finds nothing serious there, no page is wider
// than its screen, and a person may look at the pictures: they are in the folder
// that PLOTBEAM_SCREENSHOTS names.
func TestScenes(t *testing.T) {
	t.Parallel()
	b := New(t)
	list := b.Open("/remote")
	list.Await("words about no device", `document.body.innerText.includes("No device is live")`)
	list.look("no-devices")
	list.Close()
	deviceScenes(b)
	demo := b.Device(device.Config{ID: "bench-3"})
	publishFrom(b.t, demo, source.SimulatedConfig{Seed: 7})
	viewerScenes(b)
	readingScenes(b)
	troubleScenes(b)
}

// deviceScenes are those of the IoT Interface.
func deviceScenes(b *Bench) {
	idle := b.Open("/")
	idle.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	idle.look("iot-idle")
	idle.Fill("interval", "soon")
	idle.Press("start")
	idle.Await("a reason", `document.getElementById("interval-error").textContent !== ""`)
	idle.stream("Sensors of this device")
	idle.look("iot-sensors")
	idle.Close()

	iot, id := start(b, 50)
	iot.PressNamed("checkbox", allowing)
	for range 2 {
		b.Viewer(viewer.Config{Device: plotbeam.DeviceID(id)})
	}
	remote := b.Open("/remote/" + id + "?path=relay")
	remote.AwaitFact("path", "relay")
	remote.AwaitText("form", controlling, "the controls", func(text string) bool { return strings.Contains(text, "Start") })
	remote.streaming("number", 100)
	iot.look("iot")
	remote.look("control")
	iot.Close()
	remote.AwaitFact("phase", "no-device")
	remote.look("offline")
	remote.Close()
}

// viewerScenes are what comes of devices as they are.
func viewerScenes(b *Bench) {
	ended := b.Device(device.Config{ID: "counter"})
	lines, err := source.NewLines(source.LinesConfig{Input: strings.NewReader(count(100_000))})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := lines.Run(b.t.Context(), ended.Publish); err != nil {
		b.t.Fatal(err)
	}
	drain(b.t, ended)
	stopped := b.Device(device.Config{ID: "stopped", State: plotbeam.State{Activity: plotbeam.Stopped}})
	for i := range 100 {
		stopped.Publish(plotbeam.Reading{Series: "n", Unit: "V", Value: float64(i)})
	}
	for _, scene := range []struct {
		name, path, ready string
		scripts           []string
	}{
		{"live", "/remote/bench-3", `window.received.voltage?.values.length > 400 && main.dataset.path === "direct"`, nil},
		{"udp", "/remote/bench-3", `document.getElementById("why").innerText.includes("firewall")`, []string{noUDP}},
		{"ended", "/remote/counter", `main.dataset.phase === "ended" && window.received.value?.values.length >= 100000`, nil},
		{"stopped", "/remote/stopped", `main.dataset.phase === "stopped" && main.dataset.path === "direct" && window.received.n?.values.length >= 100`, nil},
		{"crowded", "/remote/" + crowd(b), `document.querySelectorAll("#last .value").length === 12`, nil},
		{"absent", "/remote/nobody", `document.getElementById("message").innerText.includes("nobody")`, nil},
		{"no-id", "/remote/no%20such%20id", `main.dataset.phase === "no-id"`, nil},
		{"list", "/remote", `document.querySelectorAll("#devices a").length >= 4`, nil},
		{"embedded", "/remote/bench-3?embed", `window.received.voltage?.values.length > 400`, nil},
		{"choice", "/remote/+", `document.body.innerText.includes("bench-3")`, nil},
		{"several", "/remote/bench-3+counter", `[...document.querySelectorAll("iframe")].filter((one) => one.contentDocument?.querySelector("#last .value")?.textContent > "").length === 2`, nil},
	} {
		tab := b.Open(scene.path, scene.scripts...)
		tab.Await(scene.name, scene.ready)
		tab.look(scene.name)
		tab.Close()
	}
}

// readingScenes are what people open and choose while they watch.
func readingScenes(b *Bench) {
	remote := b.Open("/remote/bench-3")
	remote.streaming("voltage", 400)
	remote.AwaitFact("path", "direct")
	for _, sheet := range []struct{ button, dialog, name string }{
		{"Settings", "View settings", "settings"},
		{"Help", "Keyboard and touch", "help"},
		{sharing, theShare, "share"},
		{checkConnection, theConnection, "doctor"},
	} {
		remote.PressNamed("button", sheet.button)
		remote.AwaitText("dialog", sheet.dialog, "the dialog", func(text string) bool { return text != "" })
		if sheet.dialog == theConnection {
			diagnosed(remote, "Readings come directly.")
		}
		remote.look(sheet.name)
		remote.PressNamed("button", "Close")
	}
	remote.PressNamed("button", "Figures")
	remote.AwaitText("table", "Figures", "the figures", func(text string) bool { return strings.Contains(text, "voltage") })
	remote.look("figures")
	remote.PressNamed("button", "Figures")

	remote.PressNamed("button", "Pause")
	remote.AwaitText("button", "Live", "a way back", func(text string) bool { return text != "" })
	for _, part := range []float64{0.3, 0.6} {
		x, y := remote.plotBox().at(part, 0.5)
		remote.click(x, y, 0, 1)
	}
	remote.AwaitText("table", "Cursors", "both marks", func(text string) bool { return strings.Contains(text, "Δ B − A") })
	remote.look("paused")

	remote.choose("View", "XY")
	remote.AwaitText("region", "XY plot", "pairs", func(text string) bool { return strings.Contains(text, "correlation") })
	remote.look("xy")
	remote.choose("View", "Spectrum")
	remote.choose("Series", "vibration")
	remote.AwaitText("region", "Spectrum", "a peak", func(text string) bool { return strings.Contains(text, "Peak at") && strings.Contains(text, "m/s²") })
	remote.look("spectrum")
	remote.Close()
}

// troubleScenes are frames that were lost, a silence of the device, and a hub that is gone.
func troubleScenes(b *Bench) {
	reins := source.NewReins()
	d := b.Device(device.Config{ID: "bench-4", Limits: stream.Limits{Readings: 100}}) // half a second of them
	publishFrom(b.t, d, source.SimulatedConfig{Seed: 7, Reins: reins})
	remote := b.Open("/remote/bench-4?path=relay")
	remote.streaming("voltage", 150)
	b.Hub.Kill()
	time.Sleep(2 * time.Second) // of which the device keeps a part
	b.Hub.Start()
	remote.Await("lost frames", `document.getElementById("main").dataset.lost !== "0"`)
	remote.awaitReadings(300)
	reins.Halt()
	time.Sleep(1500 * time.Millisecond) // of silence
	reins.Go()
	remote.awaitReadings(300)
	remote.PressNamed("button", "Pause")
	remote.AwaitText("button", "Live", "a way back", func(text string) bool { return text != "" })
	remote.look("gap")
	remote.PressNamed("button", "Live")
	b.Hub.Kill()
	remote.AwaitFact("phase", "hub-lost")
	remote.look("hub-gone")
}

// crowd starts a device with more of everything than a page has room for, and gives its id.
func crowd(b *Bench) string {
	b.t.Helper()
	id := strings.Repeat("long-", 12) + "name"
	d := b.Device(device.Config{ID: plotbeam.DeviceID(id), State: plotbeam.State{Activity: plotbeam.Streaming, Text: strings.Repeat("words and ", 12)}})
	for i := range 12 {
		r := plotbeam.Reading{Series: strings.Repeat("a long name ", 5) + strconv.Itoa(i), Unit: "kilograms per fortnight", Value: -123456.789 * float64(i)}
		if err := d.Publish(r); err != nil {
			b.t.Fatal(err)
		}
	}
	return id
}

// noUDP leaves a page's links without candidates.
const noUDP = `
RTCPeerConnection.prototype.addIceCandidate = async () => {};
Object.defineProperty(RTCPeerConnection.prototype, "onicecandidate", {set() {}});`

// count is the numbers from 1 to n, a line each.
func count(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strconv.Itoa(i+1) + "\n")
	}
	return b.String()
}

func publishFrom(t testing.TB, d *device.Device, c source.SimulatedConfig) {
	t.Helper()
	s, err := source.NewSimulated(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx, d.Publish)
	}()
	t.Cleanup(func() { stop(); <-done })
}
