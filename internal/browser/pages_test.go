package browser_test

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/viewer"
)

// even checks that the times are one interval apart: nothing is lost, repeated or out of order.
func even(t *testing.T, times []float64, interval time.Duration) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; math.Abs(d-float64(interval.Microseconds())) > 1 {
			t.Fatalf("reading %d of %d comes %v µs after the one before, want %v", i, len(times), d, interval)
		}
	}
}

// demoNumbers checks that the values are whole numbers from 1 to 100, and not one number only.
func demoNumbers(t *testing.T, values []float64) {
	t.Helper()
	seen := map[float64]bool{}
	for _, v := range values {
		if v != math.Trunc(v) || v < 1 || v > 100 {
			t.Fatalf("%v is no whole number from 1 to 100", v)
		}
		seen[v] = true
	}
	if len(values) > 20 && len(seen) < 5 {
		t.Errorf("%d numbers, only %d different ones", len(values), len(seen))
	}
}

// start opens the IoT Interface, streaming every so many ms, and gives its device's id.
func start(b *Bench, interval int) (tab *Tab, id string) {
	b.t.Helper()
	tab = b.Open("/")
	tab.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	tab.Fill("interval", strconv.Itoa(interval))
	tab.Press("start")
	tab.Await("the status", `document.getElementById("status").textContent === "Streaming a number every `+strconv.Itoa(interval)+` ms"`)
	return tab, Eval[string](tab, `document.getElementById("remote-link").href.split("/remote/")[1]`)
}

// streaming waits until a Remote Client has so many readings of a series.
func (tab *Tab) streaming(series string, n int) {
	tab.t.Helper()
	tab.Await(strconv.Itoa(n)+" readings of "+series, `(window.received["`+series+`"]?.values.length ?? 0) >= `+strconv.Itoa(n))
}

func TestPageToPage(t *testing.T) {
	b := New(t)
	iot, id := start(b, 5)
	remote := b.Open("/remote/" + id)
	remote.streaming("number", 400)
	got := remote.Received("number")
	even(t, got.Times, 5*time.Millisecond)
	demoNumbers(t, got.Values)
	iot.Await("the remote client in the list", `document.querySelectorAll("#clients li").length === 1 && document.getElementById("client-count").textContent === "1"`)
	own := Eval[string](remote, `document.getElementById("own-id").textContent`)
	iot.Await("its id and path", `(t => t.includes("`+own+`") && /direct · \d+ ms/.test(t))(document.getElementById("clients").innerText)`)

	iot.Press("stop")
	iot.Await("the status", `document.getElementById("status").textContent === "Not streaming now"`)
	remote.Await("the state", `document.getElementById("main").dataset.phase === "stopped"`)
	before := len(remote.Received("number").Values)
	iot.Press("start")
	remote.Await("the state", `document.getElementById("main").dataset.phase === "live"`)
	remote.streaming("number", before+200)
	if Eval[string](remote, `document.getElementById("main").dataset.lost`) != "0" {
		t.Error("frames were lost by Stop and Start")
	}

	closed := time.Now()
	remote.Close()
	iot.AwaitFor(5*time.Second, "the remote client's departure", `document.querySelectorAll("#clients li").length === 0`)
	if took := time.Since(closed); took > time.Second {
		t.Errorf("a closed tab was noticed after %v", took)
	}
}

func TestIntervals(t *testing.T) {
	b := New(t)
	iot := b.Open("/")
	iot.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	for _, bad := range []string{"0", "-5", "soon"} {
		iot.Fill("interval", bad)
		iot.Press("start")
		iot.Await("a reason against "+bad, `document.getElementById("interval-error").textContent.length > 10`)
		if s := Eval[string](iot, `document.getElementById("status").textContent`); s != "Not streaming now" {
			t.Errorf("with interval %s the status is %q", bad, s)
		}
	}
	iot.Fill("interval", "1")
	iot.Press("start")
	iot.Await("1,000 readings a second", `Number(document.getElementById("published").textContent.replace(/\D/g, "")) > 2000`)
	remote := b.Open(Eval[string](iot, `new URL(document.getElementById("remote-link").href).pathname`))
	remote.streaming("number", 3000)
	even(t, remote.Received("number").Times, time.Millisecond)
}

// Every reading of a Go device at 1,000 a second reaches the page once: 100,000 by value.
func TestGoDeviceToPage(t *testing.T) {
	t.Parallel()
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	remote := b.Open("/remote/psu")
	ready(t, d, 1)
	begun := time.Now().Truncate(time.Microsecond)
	const n = 100_000
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := 0; i < n; {
		<-tick.C
		for due := int(time.Since(begun) / time.Millisecond); i < min(due, n); i++ {
			r := plotbeam.Reading{Series: "n", Unit: "V", Time: begun.Add(time.Duration(i) * time.Millisecond), Value: float64(i)}
			if err := d.Publish(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	drain(t, d)
	remote.streaming("n", n)
	got := remote.Received("n")
	if len(got.Values) != n {
		t.Fatalf("%d readings arrived, want %d", len(got.Values), n)
	}
	for i, v := range got.Values {
		if v != float64(i) || got.Times[i] != float64(begun.UnixMicro()+int64(i)*1000) {
			t.Fatalf("reading %d is %v at %v", i, v, got.Times[i])
		}
	}
}

func ready(t *testing.T, d *device.Device, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.WaitViewers(ctx, n); err != nil {
		t.Fatalf("%d viewers: %v", n, err)
	}
}

func drain(t testing.TB, d *device.Device) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// A series whose newest reading is older than what comes first has its value, too.
func TestLateValues(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	for i, series := range []string{"old", "older", "new"} {
		for n := range 2 {
			if err := d.Publish(plotbeam.Reading{Series: series, Value: float64(10*i + n)}); err != nil {
				t.Fatal(err)
			}
		}
		d.Flush()
	}
	time.Sleep(time.Second) // more than the page's bound allows: the newest comes first
	remote := b.Open("/remote/psu?path=relay")
	remote.Await("every value", `[...document.querySelectorAll("#last .value")].map((value) => value.textContent).join(" ") === "1 11 21"`)
}

func TestPageToGoViewer(t *testing.T) {
	b := New(t)
	_, id := start(b, 2)
	got := make(chan plotbeam.Reading, 10_000)
	b.Viewer(viewer.Config{Device: plotbeam.DeviceID(id), OnFrame: func(f viewer.Frame) {
		for r := range f.Readings() {
			got <- r
		}
	}})
	var times, values []float64
	for len(values) < 1000 {
		select {
		case r := <-got:
			times, values = append(times, float64(r.Time.UnixMicro())), append(values, r.Value)
		case <-time.After(patience):
			t.Fatalf("%d readings within %v", len(values), patience)
		}
	}
	even(t, times, 2*time.Millisecond)
	demoNumbers(t, values)
}

func TestThreeViewersTwoDevices(t *testing.T) {
	b := New(t)
	a, c := b.Device(device.Config{ID: "a"}), b.Device(device.Config{ID: "c"})
	list := b.Open("/remote")
	list.Await("both devices in the list", `document.querySelectorAll("#devices a").length === 2`)
	var tabs []*Tab
	for _, id := range []string{"a", "a", "a", "c"} {
		tabs = append(tabs, b.Open("/remote/"+id))
	}
	ready(t, a, 3)
	ready(t, c, 1)
	for i := range 500 {
		a.Publish(plotbeam.Reading{Series: "n", Value: float64(i)}, plotbeam.Reading{Series: "m", Value: -float64(i)})
		c.Publish(plotbeam.Reading{Series: "n", Value: float64(7000 + i)})
	}
	drain(t, a)
	drain(t, c)
	for i, tab := range tabs {
		tab.streaming("n", 500)
		first := 0.0
		if i == 3 {
			first = 7000
		}
		for j, v := range tab.Received("n").Values {
			if v != first+float64(j) {
				t.Fatalf("viewer %d: reading %d is %v", i, j, v)
			}
		}
	}
}

func TestOnlyDeviceOpensByItself(t *testing.T) {
	b := New(t)
	remote := b.Open("/remote")
	remote.Await("words about no device", `document.body.innerText.includes("No device is live")`)
	d := b.Device(device.Config{ID: "psu"})
	ready(t, d, 1)
	remote.Await("the device's name", `document.getElementById("device").textContent === "psu"`)
}

func TestReload(t *testing.T) {
	b := New(t)
	iot, id := start(b, 5)
	remote := b.Open("/remote/" + id)
	remote.streaming("number", 200)
	remote.Reload()
	remote.streaming("number", 200)
	even(t, remote.Received("number").Times, 5*time.Millisecond)
	iot.Await("one remote client", `document.querySelectorAll("#clients li").length === 1`)

	iot.Reload()
	iot.Await("its own id again", `document.getElementById("remote-link").href.endsWith("/remote/`+id+`")`)
	remote.Await("the state", `document.getElementById("main").dataset.phase === "stopped" || document.getElementById("main").dataset.phase === "connecting"`)
	before := len(remote.Received("number").Values)
	iot.Press("start")
	remote.streaming("number", before+10) // one every 200 ms again
}

func TestSecondTabIsASecondDevice(t *testing.T) {
	b := New(t)
	_, one := start(b, 200)
	_, two := start(b, 200)
	if one == two {
		t.Errorf("both tabs are %s", one)
	}
}

func TestCrashedViewer(t *testing.T) {
	b := New(t)
	iot, id := start(b, 200)
	remote := b.Open("/remote/" + id)
	remote.streaming("number", 3)
	go chromedp.Do(remote.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.Crash, cdp.Empty{}) // never answers
		return err
	}))
	iot.AwaitFor(15*time.Second, "the crashed client's departure", `document.querySelectorAll("#clients li").length === 0`)
}

// A browser without WebRTC watches over the relay, and says why.
func TestNoWebRTC(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "psu"})
	remote := b.Open("/remote/psu", `delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;`)
	remote.AwaitFact("phase", "live")
	d.Publish(plotbeam.Reading{Value: 1})
	remote.streaming("value", 1)
	remote.Await("words about WebRTC", `document.getElementById("why").innerText.includes("no WebRTC")`)
	if path := remote.Fact("path"); path != "relay" {
		t.Errorf("the path is %q", path)
	}
}

func TestNoSuchDevice(t *testing.T) {
	b := New(t)
	remote := b.Open("/remote/nobody")
	remote.Await("words about the device", `document.getElementById("message").innerText.includes("no device nobody")`)
	b.Device(device.Config{ID: "nobody"})
	remote.Await("the device, once it comes", `document.getElementById("main").dataset.phase === "live"`)
}

// A link with what can be no id says what ids look like, at any length.
func TestImpossibleID(t *testing.T) {
	b := New(t)
	for _, id := range []string{"lab%20psu", "-psu", "%D0%B6", strings.Repeat("a", 65), strings.Repeat("%3Cb%3E", 300)} {
		remote := b.Open("/remote/" + id)
		remote.Await("words about ids", `(t => t.includes("No device can have the id") && t.includes("1 to 64 letters, digits"))(document.getElementById("message").innerText)`)
		if over := Eval[int](remote, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("%.20s: %d pixels wider than the screen", id, over)
		}
	}
}

// Five viewers of four series at 1,000 readings a second each do not make the
// device page miss an interval, even while another tab is in front of it.
func TestFiveViewersFourSeries(t *testing.T) {
	b := New(t)
	iot := b.Open("/")
	iot.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	iot.Fill("interval", "1")
	iot.Fill("series", "4")
	iot.Press("start")
	path := Eval[string](iot, `new URL(document.getElementById("remote-link").href).pathname`)
	var tabs []*Tab
	for range 5 {
		tabs = append(tabs, b.Open(path))
	}
	front := tabs[4]
	front.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.BringToFront, cdp.Empty{})
		return err
	}))
	for _, tab := range tabs {
		tab.Await("four series of 5,000 readings each", `Object.values(window.received).length === 4 && Object.values(window.received).every(({values}) => values.length >= 5000)`)
	}
	iot.Press("stop")
	for _, tab := range tabs {
		tab.Await("what was skipped", `(({ phase, skipped, lost }) => phase === "stopped" && skipped === "0" && lost === "0")(document.getElementById("main").dataset)`)
		for _, name := range Eval[[]string](tab, `Object.keys(window.received)`) {
			got := tab.Received(name)
			even(t, got.Times, time.Millisecond)
		}
	}
}
