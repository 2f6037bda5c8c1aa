package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
	"github.com/plotbeam/plotbeam/link"
)

const (
	pixelRate  = 100 // readings/s
	steady     = 5 * time.Second
	historyFor = 60 * time.Second // that a late viewer finds
	historyAt  = 1000             // readings/s of it
	leftEnd    = 128              // px of the canvas that are looked at
	settleFor  = 3 * time.Second  // after a window was made, which is work for the browser
)

// notePixels notes when a reading of another value than the one before comes to
// the page, and when the plot's newest columns show it. The value is 0 or 1, so
// that the line's end is in the upper or in the lower half. The link's channels
// stay with the page, which is the longer way, so that it sees what arrives.
const notePixels = `
window.plotbeamColumns = true;
window.jumps = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...how) {
  if (message.type === "channels") throw new DOMException("they stay here", "DataCloneError");
  post.call(this, message, ...how);
};
let arrived = 0, looked = 0, last, awaited;
const create = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (...of) {
  const channel = create.apply(this, of);
  channel.addEventListener("message", (event) => { arrived = event.timeStamp; });
  return channel;
};
document.addEventListener("plotbeam:columns", ({ detail: { columns } }) => {
  for (const value of columns.flatMap(({ values }) => [...values])) {
    if (last !== undefined && value !== last && awaited === undefined) awaited = { value, arrived };
    last = value;
  }
});
const strip = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const WIDE = 40; // px, of less time than there is between two jumps
function look() {
  requestAnimationFrame(look);
  const before = looked;
  looked = performance.now();
  if (awaited === undefined) return;
  const canvas = document.getElementById("plot");
  const { width, height } = canvas;
  Object.assign(strip.canvas, { width: WIDE, height });
  strip.drawImage(canvas, width - WIDE, 0, WIDE, height, 0, 0, WIDE, height);
  const colour = getComputedStyle(canvas).getPropertyValue("--series-1").match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16));
  const { data } = strip.getImageData(0, 0, WIDE, height);
  const [from, to] = awaited.value === 1 ? [0, height / 3] : [height * 2 / 3, height];
  for (let i = Math.floor(from) * WIDE * 4; i < Math.floor(to) * WIDE * 4; i += 4) {
    if (colour.some((part, k) => Math.abs(data[i + k] - part) > 16)) continue;
    window.jumps.push({ Arrived: awaited.arrived, Before: before, Seen: performance.now() });
    awaited = undefined;
    return;
  }
}
requestAnimationFrame(look);`

// jump is a reading on its way, in ms of the page: when its message came, when
// the page had last looked in vain, and when it has seen it in the canvas. It
// looks once a frame: the reading was on the screen with a picture after the look
// in vain, and at the latest with the next one after the other.
type jump struct{ Arrived, Before, Seen float64 }

// pixel measures the way from a reading's arrival at the page to its pixel, and
// how long a late viewer waits for the whole window.
func pixel(lasting time.Duration, runs int) error {
	browser, stop, err := launch()
	if err != nil {
		return err
	}
	defer stop()
	var t table
	if err := toPixels(browser, lasting, t.note); err != nil {
		return err
	}
	if err := late(browser, runs, t.note); err != nil {
		return err
	}
	return t.print()
}

func toPixels(browser context.Context, lasting time.Duration, note func(name, unit string, value float64)) error {
	value, left := 0.0, 0
	url, end, err := startDevice(pixelRate, func(int) float64 {
		if left--; left < 0 {
			value, left = 1-value, pixelRate/2+rand.IntN(pixelRate/2)
		}
		return value
	})
	if err != nil {
		return err
	}
	defer end()
	tab, shut, err := open(browser, url+"/remote/"+deviceID, notePixels)
	defer shut()
	if err != nil {
		return err
	}
	if _, err := await(tab, `document.querySelector("main").dataset.path === "direct" ? 1 : 0`); err != nil {
		return err
	}
	time.Sleep(steady)
	var jumps []jump
	var marked float64 // ms
	events, err := traceWhile(tab, func() (err error) {
		if marked, err = chromedp.Run(tab, chromedp.Evaluate[float64](`window.jumps = [], performance.mark("`+traceMark+`").startTime`)); err != nil {
			return err
		}
		time.Sleep(lasting)
		jumps, err = chromedp.Run(tab, chromedp.Evaluate[[]jump](`window.jumps`))
		return err
	})
	if err != nil {
		return err
	}
	pictures, err := screenTimes(marked, events)
	if err != nil {
		return err
	}
	if len(jumps) == 0 {
		return errors.New("no reading was seen in the plot")
	}
	seen, earliest, latest := make([]float64, len(jumps)), make([]float64, len(jumps)), make([]float64, len(jumps))
	for i, j := range jumps {
		seen[i], earliest[i], latest[i] = j.Seen-j.Arrived, after(pictures, max(j.Before, j.Arrived))-j.Arrived, after(pictures, j.Seen)-j.Arrived
	}
	for _, of := range []struct {
		name string
		ms   []float64
	}{{"until the canvas has it", seen}, {"until it is on the screen, at the earliest", earliest}, {"until it is on the screen, at the latest", latest}} {
		slices.Sort(of.ms)
		name := fmt.Sprintf("from a reading's arrival %s, %d readings", of.name, len(jumps))
		note(name+", p50", "ms", quantile(of.ms, 0.5))
		note(name+", p99", "ms", quantile(of.ms, 0.99))
	}
	return nil
}

// screenTimes is when pictures were on the screen, in ms of the page, which made
// one mark meanwhile.
func screenTimes(marked float64, events []traceEvent) (pictures []float64, err error) {
	zero := math.NaN() // of the page, in µs of the trace
	for _, e := range events {
		switch e.Name {
		case traceMark:
			zero = e.Time - marked*1e3
		case traceShown:
			pictures = append(pictures, e.Time)
		}
	}
	if math.IsNaN(zero) || len(pictures) == 0 {
		return nil, errors.New("the trace lacks the page's mark, or pictures")
	}
	for i := range pictures {
		pictures[i] = (pictures[i] - zero) / 1e3
	}
	slices.Sort(pictures)
	return pictures, nil
}

// after is the first of ascending moments that is not before another.
func after(moments []float64, moment float64) float64 {
	i, _ := slices.BinarySearch(moments, moment)
	return moments[min(i, len(moments)-1)]
}

// noteFilling notes, for each frame of the page, how far to the left the plot's
// line reaches, once the page has readings. It looks at the left end only, as the
// newest readings come first; a look costs the page 5 ms.
const noteFilling = `
window.filling = [];
const WIDE = %d; // px
const end = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
requestAnimationFrame(function wait() {
  requestAnimationFrame(Number(document.getElementById("main")?.dataset.readings ?? 0) === 0 ? wait : look);
});
function look() {
  requestAnimationFrame(look);
  const canvas = document.getElementById("plot");
  const [red, green, blue] = getComputedStyle(canvas).getPropertyValue("--series-1").match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16));
  const solid = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
  Object.assign(end.canvas, { width: WIDE, height: canvas.height });
  end.drawImage(canvas, 0, 0);
  const found = new Uint32Array(end.getImageData(0, 0, WIDE, canvas.height).data.buffer);
  let leftmost = WIDE;
  for (let y = 0; y < canvas.height; y++) for (let x = 0; x < leftmost; x++) if (found[y * WIDE + x] === solid) leftmost = x;
  window.filling.push({ At: performance.now(), Left: leftmost });
}`

// late measures how long somebody waits for the whole window who opens the page
// of a device that has been streaming for a minute.
func late(browser context.Context, runs int, note func(name, unit string, value float64)) error {
	url, end, err := startDevice(historyAt, func(n int) float64 { return float64(n * 37 % 100) })
	if err != nil {
		return err
	}
	defer end()
	time.Sleep(historyFor)
	for i := range runs + 1 {
		ms, err := lateOnce(browser, url)
		if err != nil {
			return err
		}
		if i > 0 { // Chromium has warmed up
			note("a late viewer sees the window full", "ms after opening the page", ms)
		}
	}
	return nil
}

func lateOnce(browser context.Context, url string) (ms float64, err error) {
	tab, shut, err := open(browser, "about:blank", fmt.Sprintf(noteFilling, leftEnd))
	defer shut()
	if err != nil {
		return 0, err
	}
	time.Sleep(settleFor)
	if err := chromedp.Do(tab, chromedp.Navigate(url+"/remote/"+deviceID)); err != nil {
		return 0, err
	}
	time.Sleep(steady)
	type look struct{ At, Left float64 }
	looks, err := chromedp.Run(tab, chromedp.Evaluate[[]look](`window.filling`))
	if err != nil {
		return 0, err
	}
	if len(looks) == 0 {
		return 0, errors.New("the page did not get the window's readings")
	}
	const near = 12 // px: a hundredth of the window
	full := slices.MinFunc(looks, func(a, b look) int { return cmp.Compare(a.Left, b.Left) }).Left
	if full > leftEnd/2 {
		return 0, errors.New("the plot did not become full")
	}
	for _, l := range looks {
		if l.Left <= full+near {
			return l.At, nil
		}
	}
	panic("the least is not among all")
}

// startDevice starts a hub, and a device with one series that makes so many readings a second.
func startDevice(rate int, value func(n int) float64) (url string, stop func(), err error) {
	url, end, err := startHub()
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop = func() { cancel(); end() }
	d, err := device.New(device.Config{Hub: url, ID: deviceID, Link: link.Config{Loopback: true}})
	if err != nil {
		stop()
		return "", nil, err
	}
	go d.Run(ctx)
	go func() {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case now := <-tick.C:
				d.Publish(plotbeam.Reading{Time: now, Series: "n", Value: value(n)})
			case <-ctx.Done():
				return
			}
		}
	}()
	return url, stop, nil
}
