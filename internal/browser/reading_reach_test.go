package browser_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

const helpSheet = "Keyboard and touch"

func (tab *Tab) enterKeys(text string) {
	for _, c := range text {
		tab.key(string(c), 0)
	}
}

// The help sheet opens by its key and its button, and not by a key that is typed into a field.
func TestHelp(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	remote.key("?", shift)
	text := remote.AwaitText("dialog", helpSheet, "the help", func(text string) bool { return text != "" })
	for _, what := range []string{"Space", "pause", "Pinch sideways", "place mark A or B", "hide or show a series"} {
		if !strings.Contains(text, what) {
			t.Errorf("the help does not say %q", what)
		}
	}
	remote.key(" ", 0) // closes: it presses the button that has the focus
	remote.AwaitText("dialog", helpSheet, "no help", func(text string) bool { return text == "" })
	remote.awaitTime(`to now`) // and pauses nothing
	remote.PressNamed("button", "Help")
	remote.AwaitText("dialog", helpSheet, "the help", func(text string) bool { return text != "" })
	remote.key("Escape", 0)
	remote.AwaitText("dialog", helpSheet, "no help", func(text string) bool { return text == "" })

	remote.PressNamed("button", "Settings")
	On[bool](remote, "textbox", "ramp from", `function () { this.focus(); return true; }`)
	remote.enterKeys("? m l1")
	if got := remote.value("ramp from"); got != "? m l1" {
		t.Errorf("typed into a field: %q", got)
	}
	if remote.there("dialog", helpSheet) {
		t.Error("a question mark that was typed into a field opens the help")
	}
	remote.key("Escape", 0)
	remote.AwaitText("dialog", "View settings", "no settings", func(text string) bool { return text == "" })
	if remote.pressed("ramp") != "true" {
		t.Error("a number that was typed into a field has hidden a series")
	}
	remote.awaitTime(`to now`)
}

// The first key is not lost on a page that has just begun.
func TestEarlyKey(t *testing.T) {
	b := New(t)
	tab, _ := ramp(b, "/remote/ramp")
	tab.Close()
	remote := b.Open("/remote/ramp")
	remote.streaming("ramp", 100)
	remote.key("ArrowLeft", shift)
	remote.awaitTime(`10 s to [89](\.\d+)? s ago|1\d(\.\d+)? s ago`)
}

// fingers says where fingers are now; those that are no longer there are lifted.
func (tab *Tab) fingers(kind input.DispatchTouchEventType, at ...[2]float64) {
	tab.t.Helper()
	points := []*input.TouchPoint{}
	for i, p := range at {
		id := float64(i)
		points = append(points, &input.TouchPoint{X: p[0], Y: p[1], ID: &id})
	}
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		return err
	}))
}

// swipe moves fingers from one place to another, in steps.
func (tab *Tab) swipe(from, to [][2]float64) {
	tab.t.Helper()
	tab.fingers(input.DispatchTouchEventTypeTouchStart, from[0])
	if len(from) > 1 {
		tab.fingers(input.DispatchTouchEventTypeTouchStart, from...)
	}
	for i := 1.0; i <= 10; i++ {
		at := make([][2]float64, len(from))
		for f := range from {
			at[f] = [2]float64{from[f][0] + (to[f][0]-from[f][0])*i/10, from[f][1] + (to[f][1]-from[f][1])*i/10}
		}
		tab.fingers(input.DispatchTouchEventTypeTouchMove, at...)
	}
	tab.fingers(input.DispatchTouchEventTypeTouchEnd)
}

// phone makes the tab one with a touch screen.
func (tab *Tab) phone() {
	tab.t.Helper()
	tab.do(chromedp.EmulateViewport(360, 740), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: 5})
		return err
	}))
}

func TestTouch(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	remote.phone()
	remote.awaitTime(`10 s to now`)
	box := remote.plotBox()
	x, y := box.at(0.5, 0.25)

	remote.swipe([][2]float64{{x - 30, y}, {x + 30, y}}, [][2]float64{{x - 90, y}, {x + 90, y}}) // pinch sideways
	remote.awaitTime(`^[2-5](\.\d+)? s to now`)
	remote.swipe([][2]float64{{x, y - 25}, {x, y + 25}}, [][2]float64{{x, y - 60}, {x, y + 60}}) // up and down
	remote.awaitDescribed("values zoomed", func(text string) bool { return strings.Contains(text, "fixed") })
	remote.swipe([][2]float64{{x - 60, y}}, [][2]float64{{x + 100, y}})
	remote.awaitTime(`^[2-5](\.\d+)? s to .* ago`)

	here := [][2]float64{{x, y}}
	remote.swipe(here, here) // a tap
	tapped := remote.awaitTable(cursors, "the values", func(cells map[string]map[string]string) bool { return cells["ramp"]["Cursor"] != "" })["ramp"]["Cursor"]
	remote.fingers(input.DispatchTouchEventTypeTouchStart, [2]float64{x - 60, y})
	remote.awaitTable(cursors, "the cursor where the finger stays", func(cells map[string]map[string]string) bool {
		return cells["ramp"]["Cursor"] != "" && cells["ramp"]["Cursor"] != tapped
	})
	remote.fingers(input.DispatchTouchEventTypeTouchEnd)
	remote.awaitTable(cursors, "mark A", func(cells map[string]map[string]string) bool { return cells["ramp"]["A"] != "" })

	remote.swipe([][2]float64{{x + 50, y}}, [][2]float64{{x + 50, y}})
	remote.swipe([][2]float64{{x + 50, y}}, [][2]float64{{x + 50, y}}) // two taps
	remote.awaitTime(`to now`)
	remote.awaitDescribed("automatic ranges", func(text string) bool { return !strings.Contains(text, "fixed") })

	// Up and down, one finger scrolls the page.
	if Eval[bool](remote, `document.documentElement.scrollHeight > innerHeight`) {
		remote.swipe([][2]float64{{x, y + 60}}, [][2]float64{{x, y - 60}})
		remote.Await("the page to scroll", `scrollY > 0`)
		remote.awaitTime(`to now`)
	}
}

// On a phone nothing is wider than the screen, and what can be pressed is large enough for a finger.
func TestPhone(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	remote.phone()
	small := func(where string) {
		t.Helper()
		type target struct {
			Name          string
			Width, Height float64
		}
		for _, one := range Eval[[]target](remote, `[...document.querySelectorAll("`+where+` :is(button, select, input:not([type=checkbox]), label.tick)")]
			.filter((one) => one.checkVisibility({visibilityProperty: true}))
			.map((one) => { const {width, height} = one.getBoundingClientRect(); return {Name: one.ariaLabel || one.innerText || one.id, Width: width, Height: height}; })
			.filter(({Width, Height}) => Width < 40 || Height < 40)`) {
			t.Errorf("%q is %v px wide and %v high", one.Name, one.Width, one.Height)
		}
		if over := Eval[int](remote, `Math.max(document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll("dialog[open] .sheet-body")].map((one) => one.scrollWidth - one.clientWidth))`); over > 0 {
			t.Errorf("%s: %d pixels wider than the screen", where, over)
		}
	}
	small(".watching")
	small(".tools")
	remote.PressNamed("button", "Figures")
	small(".tools")
	remote.shoot("reading-figures-phone")
	remote.PressNamed("button", "Settings")
	small("dialog[open]")
	remote.shoot("reading-settings-phone")
	remote.key("Escape", 0)
	remote.PressNamed("button", "Help")
	small("dialog[open]")
	remote.shoot("reading-help-phone")
}

// Whoever has no pointer comes to every control, and sees where they are.
func TestKeyboardWalk(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp?path=relay") // so that no line of the page goes while it has the focus
	remote.key("ArrowLeft", 0)
	remote.awaitTime(`ago`)
	remote.PressNamed("button", "Figures")
	Eval[bool](remote, `document.activeElement.blur(), true`)
	left := map[string]bool{"ramp": true, "down": true, "wave": true, "Time": true, "Now": true, "Live": true, "Settings": true, "Figures": true, "Share": true, "Help": true, "Window": true}
	for range 60 {
		remote.key("Tab", 0)
		type focus struct {
			Name string
			Seen bool
		}
		at := Eval[focus](remote, `(() => {
			const one = document.activeElement;
			const {outlineStyle, outlineWidth} = getComputedStyle(one);
			const box = one.getBoundingClientRect();
			return {Name: one.ariaLabel || one.labels?.[0]?.innerText || one.innerText.trim(), Seen: one === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && box.width > 0 && box.height > 0)};
		})()`)
		if !at.Seen {
			t.Errorf("nobody sees that %q has the focus", at.Name)
		}
		delete(left, at.Name)
		if len(left) == 0 {
			break
		}
	}
	for name := range left {
		t.Errorf("no way to %q by the keyboard", name)
	}

	// Enter opens the settings; in there the focus stays, and comes back to the button.
	On[bool](remote, "button", "Settings", `function () { this.focus(); return true; }`)
	remote.key("Enter", 0)
	remote.AwaitText("dialog", "View settings", "the settings", func(text string) bool { return text != "" })
	if !Eval[bool](remote, `document.activeElement.closest("dialog") !== null`) {
		t.Error("the focus is not in the settings")
	}
	remote.key("Escape", 0)
	remote.Await("the focus back on the button", `document.activeElement.innerText === "Settings"`)
}

// axe finds nothing serious in what comes when somebody reads the plot, and a person looks at the pictures.
func TestReadingLooks(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp?above=ramp:100")
	look := func(name string) {
		t.Helper()
		remote.look("reading-" + name)
		remote.wear(dresses[0])
	}
	remote.PressNamed("button", "Figures")
	x, y := remote.plotBox().at(0.3, 0.5)
	remote.click(x, y, 0, 1)
	remote.click(x+300, y, shift, 1)
	remote.PressNamed("button", "down")
	look("live")
	remote.key("ArrowLeft", shift)
	remote.awaitTime(`ago`)
	look("paused")
	remote.PressNamed("button", "Settings")
	remote.enter("wave from", "x")
	look("settings")
	remote.key("Escape", 0)
	remote.key("?", shift)
	look("help")
}

// What comes when somebody touches the page moves nothing that was there.
func TestNoShift(t *testing.T) {
	const observe = `window.shifts = []; new PerformanceObserver((list) => window.shifts.push(...list.getEntries().filter(({value}) => value > 1e-3 /* a digit more is no shift */).map(({value, sources}) => value.toFixed(4) + " " + sources.map(({node}) => node?.id || node?.className || node?.nodeName)))).observe({type: "layout-shift", buffered: true});`
	b := New(t)
	_, r := ramp(b, "/remote/ramp")
	ready(t, r.Device, 1)
	for _, d := range []dress{dresses[0], dresses[2]} {
		remote := b.Open("/remote/ramp", observe)
		remote.wear(d)
		remote.streaming("ramp", 1300) // with the values, which are as wide as their digits
		remote.Await("rest", `new Promise((done) => { const n = window.shifts.length; setTimeout(() => done(window.shifts.length === n), 500); })`)
		before := Eval[int](remote, `window.shifts.length`)
		remote.point(1, 1)
		remote.awaitTime(`to now`)
		remote.Await("the next frames", `new Promise((done) => setTimeout(() => done(true), 500))`)
		if moved := Eval[[]string](remote, `window.shifts`); len(moved) > before {
			t.Errorf("%s: moved by the touch: %v", d.name, moved[before:])
		}
		remote.Close()
	}
}
