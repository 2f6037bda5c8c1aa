package browser_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

const (
	allowing     = "Viewers may start, stop and set the interval" // a checkbox
	intervalName = "Interval in milliseconds"                     // a text box of either page
	controlling  = "Control of the device"                        // a form
)

// On calls a function on the one element of that role and name.
func On[T any](tab *Tab, role, name, function string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, func(ctx context.Context, target *chromedp.Target) (zero T, err error) {
		node, err := named(ctx, target, role, name)
		if err != nil {
			return zero, err
		}
		object, err := cdp.Call(ctx, target, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node})
		if err != nil {
			return zero, err
		}
		return chromedp.CallFunctionOn[T](function, func(p *runtime.CallFunctionOnParams) { p.ObjectID = object.Object.ObjectID })(ctx, target)
	})
	if err != nil {
		tab.t.Fatal(err)
	}
	return value
}

// Can reports whether a control is there and can be pressed.
func (tab *Tab) Can(role, name string) bool {
	tab.t.Helper()
	return On[bool](tab, role, name, `function () { return !this.disabled; }`)
}

// AwaitCan waits until it can, or cannot.
func (tab *Tab) AwaitCan(role, name string, want bool) {
	tab.t.Helper()
	for begun := time.Now(); tab.Can(role, name) != want; time.Sleep(30 * time.Millisecond) {
		if time.Since(begun) > patience {
			tab.t.Fatalf("%s %q can be pressed: still %v", role, name, !want)
		}
	}
}

// Write replaces the text in a field as a person does: click, select all, type.
func (tab *Tab) Write(name, text string) {
	tab.t.Helper()
	tab.PressNamed("textbox", name)
	On[bool](tab, "textbox", name, `function () { this.select(); return document.activeElement === this; }`)
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// there reports whether something of that role and name is shown.
func (tab *Tab) there(role, name string) bool { tab.t.Helper(); return tab.Read(role, name) != "" }

func TestControlFromAfar(t *testing.T) {
	b := New(t)
	iot, id := start(b, 50)
	remote := b.Open("/remote/" + id)
	remote.streaming("number", 10)
	if remote.there("form", controlling) {
		t.Error("what nobody has allowed is offered")
	}

	iot.PressNamed("checkbox", allowing)
	remote.AwaitText("form", controlling, "the controls", func(text string) bool { return strings.Contains(text, "Start") })
	if remote.Can("button", "Start") || !remote.Can("button", "Stop") {
		t.Error("while it streams, Start can be pressed or Stop cannot")
	}
	remote.PressNamed("button", "Stop")
	remote.AwaitCan("button", "Start", true)
	iot.Await("the status", `document.getElementById("status").textContent === "Not streaming now"`)
	remote.AwaitFact("phase", "stopped")

	remote.Write(intervalName, "20")
	remote.PressNamed("button", "Set")
	iot.Await("the interval", `document.getElementById("interval").value === "20"`)
	remote.PressNamed("button", "Start")
	remote.AwaitFact("phase", "live")
	iot.Await("the status", `document.getElementById("status").textContent === "Streaming a number every 20 ms"`)
	before := len(remote.Received("number").Values)
	remote.streaming("number", before+50)
	even(t, remote.Received("number").Times[before+5:], 20*time.Millisecond)

	own := Eval[string](remote, `document.getElementById("own-id").textContent`)
	iot.AwaitText("list", "Who came, left and pressed what", "who did what", func(text string) bool {
		for _, what := range []string{"pressed Stop", "set the interval to 20 ms", "pressed Start"} {
			if !strings.Contains(text, what) {
				return false
			}
		}
		return strings.Count(text, own) == 4 // and it came
	})

	for _, bad := range []string{"0", "soon", "", "99999999"} {
		remote.Write(intervalName, bad)
		remote.PressNamed("button", "Set")
		remote.Await("a reason against "+bad, `document.getElementById("control-words").textContent.includes("from 1 to 3600000 ms")`)
	}
	remote.Write(intervalName, "12.5") // in bounds, but this device wants whole ones
	remote.PressNamed("button", "Set")
	remote.Await("the refusal", `document.getElementById("control-words").textContent === "Set did nothing: 12.5 is not a whole number."`)

	remote.look("remote-control")
	iot.look("iot-control")

	iot.PressNamed("checkbox", allowing)
	remote.AwaitCan("button", "Stop", false)
	remote.Await("the reason", `document.getElementById("control-words").textContent.includes("does not allow this any more")`)
	iot.PressNamed("checkbox", allowing)
	remote.AwaitCan("button", "Stop", true)
	b.Hub.Kill()
	remote.AwaitCan("button", "Stop", false)
	remote.Await("the reason", `document.getElementById("control-words").textContent.includes("The hub is not reached")`)
	b.Hub.Start()
	remote.AwaitCan("button", "Stop", true)
}

// A device in Go that allows the interval only, and refuses what it does not like.
func TestControlOfAGoDevice(t *testing.T) {
	b := New(t)
	state := plotbeam.State{Activity: plotbeam.Streaming, Controls: plotbeam.Controls{Interval: 1_500_000, Least: 100, Most: 10_000_000}}
	asked := make(chan device.Control, 10)
	d := b.Device(device.Config{ID: "psu", State: state, OnControl: func(c device.Control) error {
		asked <- c
		return nil
	}})
	if err := d.Publish(plotbeam.Reading{Series: "n", Value: 1}); err != nil {
		t.Fatal(err)
	}
	remote := b.Open("/remote/psu")
	remote.AwaitText("form", controlling, "the interval", func(text string) bool { return strings.Contains(text, "Interval") })
	if remote.there("button", "Start") || remote.there("button", "Stop") {
		t.Error("Start and Stop are shown, which the device does not allow")
	}
	if v := On[string](remote, "textbox", intervalName, `function () { return this.value; }`); v != "1500" {
		t.Errorf("the interval is shown as %q", v)
	}
	remote.Write(intervalName, "0.25")
	remote.PressNamed("button", "Set")
	select {
	case c := <-asked:
		if c.Interval != 250*time.Microsecond || c.Action != plotbeam.SetInterval {
			t.Errorf("the device was asked %+v", c)
		}
	case <-time.After(patience):
		t.Error("the device was asked nothing")
	}
}
