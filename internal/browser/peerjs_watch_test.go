package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

// object is what a PeerJS client receives of one reading.
type object struct {
	N      float64
	T      float64 // ms since 1970
	Series string
	Device string
}

// objects gives what a connection has received, which is texts where it is raw.
func objects(tab *Tab, label string) []object {
	tab.t.Helper()
	var all []object
	for _, text := range Eval[[]string](tab, `(app.facts.values[`+quoted(label)+`] ?? []).map((value) => typeof value === "string" ? value : JSON.stringify(value))`) {
		var o object
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			tab.t.Fatalf("%s: %v", text, err)
		}
		all = append(all, o)
	}
	return all
}

// awaitObjects waits for so many.
func awaitObjects(tab *Tab, label string, n int) []object {
	tab.t.Helper()
	tab.Await(fmt.Sprintf("%d readings as %s", n, label), fmt.Sprintf(`app.facts.values[%s]?.length >= %d`, quoted(label), n))
	return objects(tab, label)
}

var awkward = []float64{0, -1, 1.5, -0.1, 1e300, 5e9, -5e9, 255, 65536, 1e-300, 123456789.125, 2147483647, -2147483648}

// A PeerJS client watches a device in Go.
func TestPeerJSWatchesGo(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	events := make(chan device.ViewerEvent, 100)
	d := a.Device(device.Config{ID: "lab-psu", OnViewer: func(e device.ViewerEvent) { events <- e }})
	begun := time.Now().Truncate(time.Millisecond)
	publish := func(series string, values ...float64) {
		for i, v := range values {
			if err := d.Publish(plotbeam.Reading{Time: begun.Add(time.Duration(i) * time.Second), Series: series, Unit: "V", Value: v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	publish("volts", awkward...)
	publish("temperature § long", 1, 2, 3)
	d.Flush()
	watcher := a.Peer("the watcher", nil)
	watcher.AwaitPeer("open")
	for _, serialization := range []string{"json", "binary", "raw"} {
		watcher.Connect("lab-psu", serialization, map[string]any{"serialization": serialization, "metadata": map[string]any{"series": "volts", "since": 60_000}})
		for i, o := range awaitObjects(watcher, serialization, len(awkward)) {
			if want := (object{awkward[i], float64(begun.UnixMilli() + int64(i)*1000), "volts", "lab-psu"}); o != want {
				t.Errorf("%s: received %+v, want %+v", serialization, o, want)
			}
		}
	}
	watcher.Connect("lab-psu", "everything", map[string]any{"metadata": map[string]any{"since": -1}})
	watcher.AwaitPeer("error peer-unavailable") // it has three connections
	Eval[bool](watcher, `app.byLabel("json").close({flush: true}), true`)
	watcher.Await("the end of one", `app.facts.closed.includes("json")`)
	watcher.Connect("lab-psu", "again", nil)
	watcher.AwaitOpen("again")
	if list := d.Viewers(); len(list) != 1 || list[0].ID != "p-the~watcher" || list[0].Path != "direct" {
		t.Errorf("the device's viewers: %+v", list)
	}
	publish("volts", 7)
	if got := awaitObjects(watcher, "again", 1); len(got) != 1 || got[0].N != 7 {
		t.Errorf("who says nothing receives %+v", got)
	}
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	if err := d.Drain(ctx); err != nil {
		t.Errorf("everything has arrived, and still: %v", err)
	}
	watcher.Close()
	for e := range events {
		if e.What == device.ViewerLeft {
			break
		}
	}
}

// Much comes whole and in its order, as fast as the link takes it.
func TestPeerJSWatchesMuch(t *testing.T) {
	needPeerJS(t)
	const many = 20_000
	a := newApps(t, New(t), peerjsFolder)
	d := a.Device(device.Config{ID: "lab-psu"})
	for i := range many {
		if err := d.Publish(plotbeam.Reading{Series: "n", Value: float64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	d.Flush()
	watcher := a.Peer("", nil)
	watcher.AwaitPeer("open")
	watcher.Connect("lab-psu", "x", map[string]any{"metadata": map[string]any{"since": -1}, "reliable": true})
	defer func() {
		if t.Failed() {
			t.Logf("%v", Eval[[]float64](watcher, `[app.facts.values.x?.length, app.facts.values.x?.at(-1)?.n, app.facts.values.x?.findIndex(({n}, i) => n !== i)]`))
			t.Logf("%+v", d.Viewers())
		}
	}()
	watcher.Await("the last of them", fmt.Sprintf(`app.facts.values.x?.at(-1)?.n === %d`, many-1))
	if right := Eval[bool](watcher, fmt.Sprintf(`app.facts.values.x.length === %d && app.facts.values.x.every(({n}, i) => n === i)`, many)); !right {
		t.Errorf("received %d of %d, or in another order", len(objects(watcher, "x")), many)
	}
}

// A device that does not take direct viewers says so, as one that is not there.
func TestPeerJSWatchRefused(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	d := a.Device(device.Config{ID: "lab-psu", Paths: plotbeam.RelayOnly})
	if err := d.Publish(plotbeam.Reading{Series: "n", Value: 1}); err != nil {
		t.Fatal(err)
	}
	watcher := a.Peer("watcher", nil)
	watcher.AwaitPeer("open")
	watcher.Connect("lab-psu", "x", nil)
	watcher.AwaitPeer("error peer-unavailable")
	if list := d.Viewers(); len(list) != 0 {
		t.Errorf("the device's viewers: %+v", list)
	}
	Eval[bool](watcher, `app.call("lab-psu")`)
	watcher.Await("a refused call", `app.facts.peer.filter((fact) => fact === "error peer-unavailable").length === 2`)
}

// A PeerJS client watches a page, which shows it as a connected remote client.
func TestPeerJSWatchesPage(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), peerjsFolder)
	iot := a.Open("/")
	iot.Await("an id", `document.getElementById("main").dataset.id !== undefined && document.getElementById("main").dataset.id !== ""`)
	id := iot.Fact("id")
	iot.Press("start")
	watcher := a.Peer("watcher", nil)
	watcher.AwaitPeer("open")
	for _, serialization := range []string{"json", "binary", "raw"} {
		watcher.Connect(id, serialization, map[string]any{"serialization": serialization, "metadata": map[string]any{"since": -1}})
		for _, o := range awaitObjects(watcher, serialization, 3) {
			if o.N < 1 || o.N > 100 || o.Device != id || o.Series == "" || time.Since(time.UnixMilli(int64(o.T))) > time.Minute {
				t.Errorf("%s: received %+v", serialization, o)
			}
		}
	}
	iot.AwaitFact("clients", "1")
	if text := Eval[string](iot, `document.getElementById("clients").innerText`); !strings.Contains(text, "p-watcher") || !strings.Contains(text, "direct") {
		t.Errorf("the page lists %q", text)
	}
	watcher.Close()
	iot.AwaitFact("clients", "0")
}

// The example that the documentation names works.
func TestPeerJSExample(t *testing.T) {
	needPeerJS(t)
	a := newApps(t, New(t), "../../examples/peerjs")
	d := a.Device(device.Config{ID: "lab-psu"})
	publish := func(n float64) {
		if err := d.Publish(plotbeam.Reading{Series: "volts", Value: n}, plotbeam.Reading{Series: "other", Value: -n}); err != nil {
			t.Fatal(err)
		}
	}
	publish(4.75)
	tab := a.OpenURL(a.site + "/?series=volts&device=lab-psu&hub=" + a.URL)
	tab.Await("a value of the past", `document.getElementById("value").textContent === "4.75"`)
	publish(5.25)
	tab.Await("a new value", `document.getElementById("value").textContent === "5.25"`)
	if text := Eval[string](tab, `document.body.innerText`); !strings.Contains(text, "lab-psu, connected") || !strings.Contains(text, "volts") {
		t.Errorf("the page says %q", text)
	}
	tab.Await("a plot", `document.getElementById("plot").getContext("2d").getImageData(0, 0, 1200, 400).data.some((byte) => byte > 0)`)
	a.Hub.Kill()
	tab.Await("the hub's end", `!peer.open`)
	a.Hub.Start()
	tab.Await("the hub's return", `peer.open`)
	publish(6.5)
	tab.Await("a value after that", `document.getElementById("value").textContent === "6.5"`)
}
