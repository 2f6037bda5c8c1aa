package browser_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/source"
	"github.com/plotbeam/plotbeam/stream"
	"github.com/plotbeam/plotbeam/viewer"
)

// TestScreenshots takes a picture of every page in every dress, into the folder
// that PLOTBEAM_SCREENSHOTS names, for a person to look at. It fails where a
// page is wider than its screen.
func TestScreenshots(t *testing.T) {
	b := New(t)
	demo := b.Device(device.Config{ID: "bench-3"})
	publishFrom(t, demo, source.SimulatedConfig{Seed: 7})
	ended := b.Device(device.Config{ID: "counter"})
	lines, err := source.NewLines(source.LinesConfig{Input: strings.NewReader(count(100_000))})
	if err != nil {
		t.Fatal(err)
	}
	if err := lines.Run(t.Context(), ended.Publish); err != nil {
		t.Fatal(err)
	}
	drain(t, ended)
	crowded := crowd(b)
	iot, id := start(b, 50)
	for range 3 {
		b.Viewer(viewer.Config{Device: plotbeam.DeviceID(id)})
	}
	pages := map[string]*Tab{
		"iot":     iot,
		"live":    b.Open("/remote/bench-3"),
		"relay":   b.Open("/remote/bench-3?path=relay"),
		"udp":     b.Open("/remote/bench-3", noUDP),
		"ended":   b.Open("/remote/counter"),
		"absent":  b.Open("/remote/nobody"),
		"list":    b.Open("/remote"),
		"crowded": b.Open("/remote/" + crowded),
		"no-id":   b.Open("/remote/no%20such%20id"),
		"doctor":  b.Open("/remote/bench-3"),
		"paused":  b.Open("/remote/bench-3"),
		"xy":      b.Open("/remote/bench-3"),
		"tones":   b.Open("/remote/bench-3"),
	}
	b.Open("/remote/"+id+"?path=relay").AwaitFact("path", "relay") // in the list of the page above
	for _, name := range []string{"live", "relay", "udp", "paused", "xy", "tones"} {
		pages[name].streaming("voltage", 400)
	}
	pages["paused"].PressNamed("button", "Pause")
	pages["paused"].AwaitText("button", "Live", "a way back", func(text string) bool { return text != "" })
	pages["xy"].pick("View", "XY")
	pages["xy"].AwaitText("region", "XY plot", "pairs", func(text string) bool { return strings.Contains(text, "correlation") })
	pages["tones"].pick("View", "Spectrum")
	pages["tones"].pick("Series", "vibration")
	pages["tones"].AwaitText("region", "Spectrum", "a peak", func(text string) bool { return strings.Contains(text, "Peak at") })
	pages["udp"].Await("the reason", `document.getElementById("why").innerText.includes("firewall")`)
	pages["ended"].streaming("value", 100_000)
	pages["absent"].Await("words", `document.getElementById("message").innerText.includes("nobody")`)
	pages["list"].Await("the list", `document.querySelectorAll("#devices a").length >= 3`)
	pages["doctor"].AwaitFact("path", "direct")
	pages["doctor"].PressNamed("button", checkConnection)
	diagnosed(pages["doctor"], "Readings come directly.")
	for name, tab := range pages {
		tab.shootAll(name)
	}
}

// TestScreenshotsOfTrouble takes pictures of what is missing: frames that were
// lost, a silence of the device, a device that has left, and a hub that is gone.
func TestScreenshotsOfTrouble(t *testing.T) {
	b := New(t)
	reins := source.NewReins()
	d := b.Device(device.Config{ID: "bench-3", Limits: stream.Limits{Readings: 100}}) // half a second of them
	publishFrom(t, d, source.SimulatedConfig{Seed: 7, Reins: reins})
	gap := b.Open("/remote/bench-3?path=relay")
	gap.streaming("voltage", 150)
	iot, id := start(b, 50)
	offline := b.Open("/remote/" + id)
	offline.streaming("number", 100)
	iot.Close()
	offline.AwaitFact("phase", "no-device")

	b.Hub.Kill()
	time.Sleep(2 * time.Second)
	b.Hub.Start()
	gap.Await("lost frames", `document.getElementById("main").dataset.lost !== "0"`)
	before := len(gap.Received("voltage").Values)
	gap.streaming("voltage", before+75)
	reins.Halt()
	time.Sleep(1500 * time.Millisecond)
	reins.Go()
	before = len(gap.Received("voltage").Values)
	gap.streaming("voltage", before+75)
	gap.shootAll("gap-live")
	gap.PressNamed("button", "Pause")
	gap.AwaitText("button", "Live", "a way back", func(text string) bool { return text != "" })
	gap.shootAll("gap")
	offline.AwaitFact("phase", "no-device")
	offline.shootAll("offline")
	b.Hub.Kill()
	gap.AwaitFact("phase", "hub-lost")
	gap.shootAll("hub-gone")
}

// dress is what a page is seen in.
type dress struct {
	name          string
	width, height int64
	scheme        string
}

var dresses = []dress{
	{"desktop-light", 1280, 800, "light"}, {"desktop-dark", 1280, 800, "dark"},
	{"phone-light", 360, 740, "light"}, {"phone-dark", 360, 740, "dark"},
}

// wear puts a page into a dress.
func (tab *Tab) wear(d dress) {
	tab.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: d.scheme}}}
	tab.do(chromedp.EmulateViewport(d.width, d.height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, media)
		return err
	}))
	tab.Await("the page to be drawn", `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
}

// shootAll takes a page's pictures.
func (tab *Tab) shootAll(name string) {
	tab.t.Helper()
	for _, d := range dresses {
		tab.wear(d)
		tab.shoot(name + "-" + d.name)
	}
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

func publishFrom(t *testing.T, d *device.Device, c source.SimulatedConfig) {
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

// shoot takes one picture, if a folder for it is named.
func (tab *Tab) shoot(name string) {
	tab.t.Helper()
	if over := Eval[int](tab, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		tab.t.Errorf("%s is %d pixels wider than its screen", name, over)
	}
	folder := os.Getenv("PLOTBEAM_SCREENSHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		tab.t.Error(err)
	}
}
