package browser_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// picture is what the upper part of the plot looks like now.
func (tab *Tab) picture() []byte {
	tab.t.Helper()
	box := tab.plotBox()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	shot, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		got, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Clip: &page.Viewport{X: box.X, Y: box.Y, Width: box.Width, Height: box.Height / 2, Scale: 1},
		})
		return []byte(got.Data), err
	})
	if err != nil {
		tab.t.Fatal(err)
	}
	return shot
}

// changed gives the box, in CSS px, of what differs between two pictures of a size.
func changed(t *testing.T, before, after []byte) (box image.Rectangle) {
	t.Helper()
	a, err := png.Decode(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	b, err := png.Decode(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

// A paused plot stands still while readings go on being taken, and what came
// meanwhile is there afterwards.
func TestPause(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	remote.key("u", 0)
	remote.key("u", 0) // times since the first reading
	remote.key(" ", 0)
	remote.awaitTime(`10 s to the newest|10 s to .* ago`)
	paused := remote.awaitDescribed("a paused view", func(text string) bool { return strings.HasPrefix(text, "Paused") })
	before := remote.picture()
	for begun, same := time.Now(), 0; same < 3; { // until the axes have settled: a busy machine paints less than once in 15 readings
		remote.awaitReadings(15)
		next := remote.picture()
		if same++; !bytes.Equal(before, next) {
			same = 0
		}
		if before = next; time.Since(begun) > patience {
			t.Fatal("the picture of a paused plot does not come to rest")
		}
	}
	remote.awaitReadings(150)
	if now := remote.picture(); !bytes.Equal(before, now) {
		t.Errorf("the picture of a paused plot has changed within %v", changed(t, before, now))
	}
	if after := remote.described(); after != paused {
		t.Errorf("a paused plot shows\n%s\nand then\n%s", paused, after)
	}
	remote.awaitTime(`10 s to [2-9](\.\d+)? s ago`)

	remote.PressNamed("button", "Live")
	remote.awaitTime(`10 s to now`)
	remote.awaitReadings(3)
	if bytes.Equal(before, remote.picture()) {
		t.Error("a live plot stands still")
	}
	if lost := remote.Fact("lost"); lost != "0" {
		t.Errorf("%s frames were lost", lost)
	}
	even(t, remote.Received("ramp").Times, rampStep)
	// What came while it was paused is in the picture, too.
	table := func() map[string]map[string]string {
		x, y := remote.plotBox().at(0.6, 0.5)
		remote.point(x, y)
		return remote.awaitTable(cursors, "values of some time", func(cells map[string]map[string]string) bool { return cells["ramp"]["Cursor"] != "" })
	}
	until := strings.Fields(strings.Split(paused, " to ")[1])[0]
	remote.awaitTable(cursors, "values from the pause", func(map[string]map[string]string) bool {
		return since(t, table()["Time"]["Cursor"]) > since(t, until)
	})
	checkRamp(t, remote.table(cursors), "Cursor")
}

// checkRamp checks the values of a column against its time: "ramp" counts readings.
func checkRamp(t *testing.T, cells map[string]map[string]string, column string) {
	t.Helper()
	want := since(t, cells["Time"][column]) / rampStep.Seconds()
	got := number(t, cells["ramp"][column])
	if math.Abs(math.Floor(want)-got) > 1 { // times are told in milliseconds
		t.Errorf("at %s the ramp is %v, want about %v", cells["Time"][column], got, want)
	}
	if down := number(t, cells["down"][column]); down != 1000-got {
		t.Errorf("ramp and down are %v and %v", got, down)
	}
	if wave := number(t, cells["wave"][column]); wave != math.Mod(got, 2)*2-1 {
		t.Errorf("with ramp at %v, wave is %v", got, wave)
	}
}

// The bar below the plot goes back in time while the stream goes on, and its end is now.
func TestScrub(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	box := On[Box](remote, "slider", timeBar, boxOf)
	x, y := box.at(0.97, 0.5)
	toX, toY := box.at(0.3, 0.5)
	remote.drag(x, y, toX, toY, 0)
	remote.awaitTime(`10 s to (3\d|4\d)(\.\d)? s ago`)
	remote.awaitReadings(60)
	remote.PressNamed("button", "Now")
	remote.awaitTime(`10 s to now`)

	On[bool](remote, "slider", timeBar, `function () { this.focus(); return true; }`)
	remote.key("Home", 0)
	remote.awaitTime(`10 s to (4\d|5\d)(\.\d)? s ago|1 min`)
	words := On[string](remote, "slider", timeBar, `function () { return this.getAttribute("aria-valuetext"); }`)
	if !strings.HasPrefix(words, "10 s to ") || !strings.HasSuffix(words, " ago") {
		t.Errorf("the bar says %q", words)
	}
	remote.key("ArrowRight", shift)
	remote.awaitTime(`10 s to (3\d|4\d)(\.\d)? s ago`)
	remote.key("End", 0)
	remote.awaitTime(`10 s to now`)
	remote.key("ArrowLeft", 0)
	remote.awaitTime(`10 s to 1(\.\d+)? s ago`)
	remote.key("l", 0)
	remote.awaitTime(`10 s to now`)
}

// Wheel and drag change which time is shown, and which values.
func TestZoomAndPan(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	box := remote.plotBox()
	x, y := box.at(0.5, 0.25)
	remote.wheel(x, y, 0, 240, 0)
	words := remote.awaitTime(`^1[1-9](\.\d)? s to now`)
	if !remote.there("combobox", "Window") || !strings.Contains(On[string](remote, "combobox", "Window", `function () { return this.selectedOptions[0].text; }`), " s") {
		t.Errorf("%q is shown, and the list of windows does not say so", words)
	}
	remote.wheel(x, y, 0, -720, 0)
	remote.awaitTime(`^[2-7](\.\d+)? s to now`)
	remote.wheel(x, y, -400, 0, 0) // sideways
	remote.awaitTime(`s ago`)
	remote.click(x, y, 0, 1)
	remote.click(x, y, 0, 2) // a double click
	remote.awaitTime(`to now`)
	if remote.table(cursors)["Time"]["A"] != "" {
		t.Error("a double click has left a mark")
	}

	remote.drag(x, y, x+box.Width/4, y+40, 0)
	remote.awaitTime(`ago`)
	if text := remote.described(); strings.Contains(text, "fixed") {
		t.Errorf("a drag has fixed an axis: %s", text)
	}
	remote.drag(x, y, x, y+60, shift)
	remote.awaitDescribed("an axis that was moved", func(text string) bool { return strings.Count(text, "fixed") == 1 })
	remote.key("0", 0)
	remote.awaitDescribed("automatic ranges", func(text string) bool { return !strings.Contains(text, "fixed") })
	remote.wheel(x, y, 0, -240, shift)
	remote.awaitDescribed("values zoomed", func(text string) bool { return strings.Contains(text, "fixed") })
	remote.key("l", 0)
	remote.key("-", 0)
	remote.awaitTime(`to now`)
	remote.drag(x+100, y, x-100, y, 0) // to the future, which is now
	remote.awaitTime(`to now`)
}

// written says whether the plot has text where it tells a cursor's values: at
// the left, below the title of its first lane.
const written = `((plot) => {
	const ratio = plot.width / plot.clientWidth;
	const box = [60, 34, 140, 60].map((px) => px * ratio);
	const sheet = new OffscreenCanvas(box[2], box[3]).getContext("2d");
	sheet.fillStyle = getComputedStyle(plot).getPropertyValue("--text");
	sheet.fillRect(0, 0, 1, 1);
	const [red, green, blue] = sheet.getImageData(0, 0, 1, 1).data;
	sheet.drawImage(plot, ...box, 0, 0, box[2], box[3]);
	const { data } = sheet.getImageData(0, 0, box[2], box[3]);
	let found = 0;
	for (let i = 0; i < data.length; i += 4) if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) found++;
	return found > 20;
})(document.getElementById("plot"))`

// The readout has the values that the device gave, at the pointer and at marks.
func TestCursors(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	remote.key("u", 0)
	remote.key("u", 0)
	remote.key(" ", 0)
	remote.awaitTime(`the newest|ago`)
	box := remote.plotBox()
	x, y := box.at(0.6, 0.4)
	remote.point(x, y)
	cells := remote.awaitTable(cursors, "the values", func(cells map[string]map[string]string) bool { return cells["ramp"]["Cursor"] != "" })
	checkRamp(t, cells, "Cursor")
	remote.Await("the values in the plot", written)

	remote.click(x-200, y, 0, 1)
	remote.awaitTable(cursors, "mark A", func(cells map[string]map[string]string) bool { return cells["ramp"]["A"] != "" })
	remote.click(x+20, y, 0, 1)
	first := remote.awaitTable(cursors, "mark B", func(cells map[string]map[string]string) bool { return cells["ramp"]["B"] != "" })["ramp"]["B"]
	remote.click(x+100, y, shift, 1)
	cells = remote.awaitTable(cursors, "mark B elsewhere", func(cells map[string]map[string]string) bool { return cells["ramp"]["B"] != first })
	checkRamp(t, cells, "A")
	checkRamp(t, cells, "B")
	delta := func(row string) float64 { return number(t, cells[row]["Δ B − A"]) }
	if got, want := delta("ramp"), number(t, cells["ramp"]["B"])-number(t, cells["ramp"]["A"]); got != want || want <= 0 {
		t.Errorf("the ramp's difference is %v, want %v", got, want)
	}
	if delta("down") != -delta("ramp") {
		t.Errorf("the differences are %v and %v", delta("ramp"), delta("down"))
	}
	apart := seconds(t, cells["Time"]["Δ B − A"])
	if want := since(t, cells["Time"]["B"]) - since(t, cells["Time"]["A"]); math.Abs(apart-want) > 2e-3 {
		t.Errorf("the marks are %v s apart, want %v", apart, want)
	}
	if rate := number(t, cells["1/Δ"]["Δ B − A"]); math.Abs(rate*apart-1) > 1e-3 {
		t.Errorf("1/Δ is %v Hz for %v s", rate, apart)
	}

	// Marks stay where they are in time; the keys place them, too, and Escape takes them away.
	at := cells["Time"]["A"]
	remote.key("ArrowLeft", 0)
	remote.awaitTime(`ago`)
	if again := remote.table(cursors)["Time"]["A"]; again != at {
		t.Errorf("mark A was at %s, and is at %s", at, again)
	}
	remote.key("Escape", 0)
	remote.awaitTable(cursors, "nothing", func(cells map[string]map[string]string) bool { return cells == nil })
	remote.Await("nothing in the plot", `!`+written)
	for range 5 {
		remote.key(",", 0)
	}
	remote.key("a", 0)
	for range 20 {
		remote.key(".", 0)
	}
	remote.key("b", 0)
	cells = remote.awaitTable(cursors, "marks by keys", func(cells map[string]map[string]string) bool { return cells["ramp"]["B"] != "" })
	if apart := seconds(t, cells["Time"]["Δ B − A"]); math.Abs(apart-2) > 0.05 {
		t.Errorf("a fifth of the window is %v s", apart)
	}
	checkRamp(t, cells, "B")
}

func TestUTC(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	if text := remote.described(); strings.Contains(text, "UTC") {
		t.Errorf("without being asked for UTC: %s", text)
	}
	remote.PressNamed("button", "Settings")
	remote.choose("Times", "UTC")
	text := remote.awaitDescribed("UTC", func(text string) bool { return strings.Contains(strings.Split(text, ". ")[0], " UTC") })
	end := strings.Fields(strings.Split(text, " to ")[1])[0]
	told, err := time.Parse("15:04:05.000", end)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	off := time.Date(now.Year(), now.Month(), now.Day(), told.Hour(), told.Minute(), told.Second(), told.Nanosecond(), time.UTC).Sub(now)
	if off.Abs() > 5*time.Second {
		t.Errorf("now is told as %s UTC, and is %v", end, now)
	}
}
