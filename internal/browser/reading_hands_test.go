package browser_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

const (
	shownTime = "Time that is shown" // a group: the bar below the plot and its words
	timeBar   = "Time"               // a slider
	cursors   = "Cursors"            // a table over the plot

	rampStep = 50 * time.Millisecond // between readings
	history  = 60 * time.Second      // that the ramp has when a page opens
)

// What a person does to read a plot, and a device that they can check it by.

// Ramp is a device whose values are known: "ramp" counts its readings, "down" is
// 1,000 less them, and "wave" goes from −1 to 1 and back every second reading.
type Ramp struct {
	*device.Device
	begun time.Time // of reading 0
}

// ramp opens a page that watches one, with a minute of history, while it goes on.
func ramp(b *Bench, path string, scripts ...string) (*Tab, *Ramp) {
	b.t.Helper()
	r := &Ramp{Device: b.Device(device.Config{ID: "ramp"}), begun: time.Now().Add(-history).Truncate(rampStep)}
	publish := func(i int) {
		at, n := r.begun.Add(time.Duration(i)*rampStep), float64(i)
		err := r.Publish(
			plotbeam.Reading{Series: "ramp", Unit: "V", Time: at, Value: n},
			plotbeam.Reading{Series: "down", Unit: "V", Time: at, Value: 1000 - n},
			plotbeam.Reading{Series: "wave", Unit: "A", Time: at, Value: float64(i%2*2 - 1)},
		)
		if err != nil {
			b.t.Error(err)
		}
	}
	i := 0
	for ; time.Since(r.begun) >= time.Duration(i)*rampStep; i++ {
		publish(i)
	}
	b.background(func(ctx context.Context) error {
		tick := time.NewTicker(rampStep / 2)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				for ; time.Since(r.begun) >= time.Duration(i)*rampStep; i++ {
					publish(i)
				}
			}
		}
	})
	tab := b.Open(path, scripts...)
	tab.streaming("ramp", 100)
	tab.point(1, 1) // a person is there
	tab.AwaitText("group", shownTime, "a live view", func(text string) bool { return strings.Contains(text, "10 s to now") })
	return tab, r
}

// key presses a key, as the keyboard names it, with modifiers: 8 is Shift.
func (tab *Tab) key(name string, modifiers int64) {
	tab.t.Helper()
	codes := map[string]int64{"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35, "Escape": 27, "Tab": 9, "Enter": 13, " ": 32}
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: name, Modifiers: modifiers, WindowsVirtualKeyCode: codes[name]}
	if len(name) == 1 {
		down.Text = name
	}
	if name == "Enter" {
		down.Text = "\r"
	}
	up := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: name, Modifiers: modifiers, WindowsVirtualKeyCode: codes[name]}
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, down); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, input.DispatchKeyEvent, up)
		return err
	}))
}

// mouse sends one event of it.
func (tab *Tab) mouse(event input.DispatchMouseEventParams) {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchMouseEvent, event)
		return err
	}))
}

const shift = 8 // of a key's or the mouse's modifiers

// point moves the mouse there, and click presses its button there.
func (tab *Tab) point(x, y float64) {
	tab.t.Helper()
	tab.mouse(input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y})
}

func (tab *Tab) click(x, y float64, modifiers, count int64) {
	tab.t.Helper()
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		tab.mouse(input.DispatchMouseEventParams{Type: kind, X: x, Y: y, Button: input.MouseButtonLeft, ClickCount: count, Modifiers: modifiers})
	}
}

// drag presses at one place and releases at another, in steps.
func (tab *Tab) drag(x, y, toX, toY float64, modifiers int64) {
	tab.t.Helper()
	tab.point(x, y)
	tab.mouse(input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMousePressed, X: x, Y: y, Button: input.MouseButtonLeft, Buttons: 1, ClickCount: 1, Modifiers: modifiers})
	for i := 1.0; i <= 8; i++ {
		tab.mouse(input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x + (toX-x)*i/8, Y: y + (toY-y)*i/8, Button: input.MouseButtonLeft, Buttons: 1, Modifiers: modifiers})
	}
	tab.mouse(input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseReleased, X: toX, Y: toY, Button: input.MouseButtonLeft, ClickCount: 1, Modifiers: modifiers})
}

func (tab *Tab) wheel(x, y, dx, dy float64, modifiers int64) {
	tab.t.Helper()
	const some = 1e-6 // px: a zero would be left out, and both are demanded
	tab.mouse(input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseWheel, X: x, Y: y, DeltaX: dx + some, DeltaY: dy + some, Modifiers: modifiers})
}

// Box is where something is on the screen.
type Box struct{ X, Y, Width, Height float64 }

// at gives a place within it, by parts of its width and height.
func (box Box) at(x, y float64) (float64, float64) { return box.X + x*box.Width, box.Y + y*box.Height }

const boxOf = `function () { const {x, y, width, height} = this.getBoundingClientRect(); return {X: x, Y: y, Width: width, Height: height}; }`

// plotBox is the picture's.
func (tab *Tab) plotBox() Box {
	tab.t.Helper()
	return Eval[Box](tab, `(`+boxOf+`).call(document.querySelector("canvas[role=img]"))`)
}

// described is what the picture says of itself in words: the time that it shows, then its axes.
func (tab *Tab) described() string {
	tab.t.Helper()
	return Eval[string](tab, `document.querySelector("canvas[role=img]").getAttribute("aria-description") ?? ""`)
}

// awaitDescribed waits until it says so.
func (tab *Tab) awaitDescribed(what string, good func(text string) bool) string {
	tab.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; <-tick.C {
		text := tab.described()
		if good(text) {
			return text
		}
		if time.Since(begun) > patience {
			tab.t.Fatalf("waited %v for %s; the plot describes itself as:\n%s", patience, what, text)
		}
	}
}

// awaitTime waits for words below the plot.
func (tab *Tab) awaitTime(words string) string {
	tab.t.Helper()
	form := regexp.MustCompile(words)
	return tab.AwaitText("group", shownTime, words, form.MatchString)
}

// table reads a table of that name: its cells by row and column heads; nil where none is shown.
func (tab *Tab) table(name string) map[string]map[string]string {
	tab.t.Helper()
	return Eval[map[string]map[string]string](tab, `(() => {
		const table = document.querySelector("table[aria-label=`+name+`]"); // at once, as it may go any moment
		if (table === null || !table.checkVisibility()) return null;
		const shown = (cell) => !cell.hidden;
		const heads = [...table.querySelector("tr").children].filter(shown).map((cell) => cell.textContent);
		return Object.fromEntries([...table.rows].slice(1).filter(shown).map((row) => {
			const cells = [...row.cells].filter(shown).map((cell) => cell.textContent);
			return [row.querySelector(".name")?.textContent ?? cells[0], Object.fromEntries(cells.map((text, i) => [heads[i], text]))];
		}));
	})()`)
}

// awaitTable waits until a table is as it should be.
func (tab *Tab) awaitTable(name, what string, good func(cells map[string]map[string]string) bool) map[string]map[string]string {
	tab.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for begun := time.Now(); ; <-tick.C {
		cells := tab.table(name)
		if good(cells) {
			return cells
		}
		if time.Since(begun) > patience {
			tab.t.Fatalf("waited %v for %s; the table %q says:\n%v", patience, what, name, cells)
		}
	}
}

// number reads a value as the page writes it.
func number(t testing.TB, text string) float64 {
	t.Helper()
	plain := strings.NewReplacer("−", "-", ",", "", "+", "").Replace(text)
	value, err := strconv.ParseFloat(strings.Fields(plain + " ?")[0], 64)
	if err != nil {
		t.Fatalf("%q is no number", text)
	}
	return value
}

// seconds reads a span of time as the page writes it.
func seconds(t testing.TB, text string) float64 {
	t.Helper()
	parts := strings.Fields(strings.ReplaceAll(text, "−", "-"))
	sizes := map[string]float64{"µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600}
	sum := 0.0
	for i := 0; i+1 < len(parts); i += 2 {
		value, err := strconv.ParseFloat(parts[i], 64)
		if size, ok := sizes[parts[i+1]]; err == nil && ok {
			sum += value * size
			continue
		}
		t.Fatalf("%q is no span of time", text)
	}
	return sum
}

// since reads a time of a clock that began at the first reading, in seconds.
func since(t testing.TB, text string) float64 {
	t.Helper()
	sum := 0.0
	for part := range strings.SplitSeq(text, ":") {
		value, err := strconv.ParseFloat(part, 64)
		if err != nil {
			t.Fatalf("%q is no time", text)
		}
		sum = sum*60 + value
	}
	return sum
}

// readingsOf gives how many readings the page says to have counted.
func (tab *Tab) readingsOf() int {
	tab.t.Helper()
	n, err := strconv.Atoi(tab.Fact("readings"))
	if err != nil {
		tab.t.Fatal(err)
	}
	return n
}

// awaitReadings waits until it has counted so many more.
func (tab *Tab) awaitReadings(more int) {
	tab.t.Helper()
	n := tab.readingsOf() + more
	tab.Await(fmt.Sprint(n, " readings"), fmt.Sprintf(`Number(document.getElementById("main").dataset.readings) >= %d`, n))
}
