package browser_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/plotbeam/plotbeam"
	"github.com/plotbeam/plotbeam/device"
)

// choose picks an option of a list by what it says.
func (tab *Tab) choose(list, option string) {
	tab.t.Helper()
	On[bool](tab, "combobox", list, `function () {
		const index = [...this.options].findIndex(({text}) => text === `+strconv.Quote(option)+`);
		if (index < 0) throw new Error([...this.options].map(({text}) => text).join(" | "));
		this.selectedIndex = index;
		return this.dispatchEvent(new Event("change"));
	}`)
}

// enter writes into a field and leaves it.
func (tab *Tab) enter(name, text string) {
	tab.t.Helper()
	tab.Write(name, text)
	tab.key("Tab", 0)
}

func (tab *Tab) value(field string) string {
	tab.t.Helper()
	return On[string](tab, "textbox", field, `function () { return this.value; }`)
}

func (tab *Tab) pressed(button string) string {
	tab.t.Helper()
	return On[string](tab, "button", button, `function () { return this.getAttribute("aria-pressed"); }`)
}

// A series is hidden by its name in the legend, by its number, and in the settings.
func TestHideSeries(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	has := func(names ...string) func(text string) bool {
		return func(text string) bool {
			for _, name := range []string{"ramp", "down", "wave"} {
				want := false
				for _, one := range names {
					want = want || one == name
				}
				if strings.Contains(text, name) != want {
					return false
				}
			}
			return true
		}
	}
	remote.awaitDescribed("all series", has("ramp", "down", "wave"))
	remote.PressNamed("button", "wave")
	remote.awaitDescribed("two series", has("ramp", "down"))
	if p := remote.pressed("wave"); p != "false" {
		t.Errorf("the button of a hidden series is pressed: %s", p)
	}
	remote.key("1", 0)
	remote.awaitDescribed("one series", has("down"))
	remote.PressNamed("button", "Settings")
	for _, name := range []string{"ramp V", "wave A"} {
		remote.PressNamed("checkbox", name)
	}
	remote.key("Escape", 0)
	remote.awaitDescribed("all series again", has("ramp", "down", "wave"))
	if remote.pressed("ramp") != "true" || remote.pressed("wave") != "true" {
		t.Error("the legend does not know what the settings have shown")
	}
}

func TestFixedRange(t *testing.T) {
	b := New(t)
	remote, _ := ramp(b, "/remote/ramp")
	remote.PressNamed("button", "Settings")
	remote.enter("wave from", "-5")
	remote.enter("wave to", "7,5")
	remote.awaitDescribed("the range", func(text string) bool { return strings.Contains(text, "wave: −5 to 7.5 A, fixed") })
	remote.enter("wave to", "-6")
	remote.Await("a word about it", `document.body.innerText.includes("The range of wave must go up")`)
	remote.enter("wave to", "x")
	remote.Await("a word about it", `document.body.innerText.includes("“x” is no number")`)
	remote.enter("wave to", "")
	remote.awaitDescribed("an automatic range", func(text string) bool { return !strings.Contains(text, "fixed") })
	if v := remote.value("wave from"); v != "" {
		t.Errorf("with no upper end, the lower one is %q", v)
	}

	remote.choose("Lanes", "overlaid")
	remote.awaitDescribed("one axis", func(text string) bool { return strings.Contains(text, "ramp, down, wave: ") })
	remote.choose("Lanes", "stacked")
	remote.awaitDescribed("an axis each", func(text string) bool {
		return strings.Contains(text, "ramp: ") && strings.Contains(text, "down: ") && strings.Contains(text, "wave: ")
	})

	shown := func(span string) {
		t.Helper()
		remote.awaitDescribed(span, func(text string) bool { return strings.HasPrefix(text, "Live: "+span+" from") })
	}
	remote.enter("Window", "2,5 s")
	shown("2.5 s")
	remote.enter("Window", "1 h")
	shown("1 h")
	remote.enter("Window", "soon")
	remote.Await("a word about it", `document.body.innerText.includes("The window is a span of time from 1 ms to 7 d")`)
	remote.PressNamed("button", "Reset all")
	shown("10 s")
}

// The table of figures says what the device's known values come to.
func TestFigures(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "known"})
	values := []float64{2, 4, 4, 4, 5, 5, 7, 9} // mean 5, standard deviation 2
	remote := b.Open("/remote/known")
	ready(t, d, 1)
	remote.point(1, 1)
	for _, v := range values {
		if err := d.Publish(plotbeam.Reading{Series: "n", Unit: "V", Value: v}); err != nil {
			t.Fatal(err)
		}
	}
	remote.awaitTime(`to now`)
	remote.key(" ", 0)
	if remote.there("table", "Figures") {
		t.Error("the table is there before anyone asks")
	}
	remote.PressNamed("button", "Figures")
	row := func() map[string]string {
		return remote.awaitTable("Figures", "the last value", func(cells map[string]map[string]string) bool { return cells["n (V)"]["Last"] == "9" })["n (V)"]
	}()
	for column, want := range map[string]float64{"Last": 9, "Min": 2, "Max": 9, "Mean": 5, "σ": 2} {
		if got := number(t, row[column]); math.Abs(got-want) > 1e-3 {
			t.Errorf("%s is %s, want %v", column, row[column], want)
		}
	}
	if !strings.HasSuffix(row["Rate"], "/s") {
		t.Errorf("the rate is %s", row["Rate"])
	}
	remote.PressNamed("button", "Figures")
	remote.Await("no table", `document.querySelector("table[aria-label=Figures]").getClientRects().length === 0`)
}

const stubNotifications = `
window.notified = [];
window.Notification = class extends EventTarget {
	static permission = "default";
	static async requestPermission() { return this.permission = "granted"; }
	constructor(title, {body}) { super(); window.notified.push(body); }
};`

// A value beyond its threshold is marked in the legend, said, and notified, once in a while.
func TestThreshold(t *testing.T) {
	b := New(t)
	d := b.Device(device.Config{ID: "oven"})
	publish := func(v float64) {
		if err := d.Publish(plotbeam.Reading{Series: "heat", Unit: "Cel", Value: v}); err != nil {
			t.Fatal(err)
		}
	}
	remote := b.Open("/remote/oven", stubNotifications)
	ready(t, d, 1)
	publish(20)
	remote.streaming("heat", 1)
	remote.point(1, 1)
	remote.awaitTime(`to now`)
	remote.PressNamed("button", "Settings")
	remote.enter("heat alarm above", "80")
	remote.enter("heat alarm below", "-10")
	remote.PressNamed("checkbox", "Notify me when a value goes beyond its limits")
	remote.Await("the grant", `Notification.permission === "granted"`)
	remote.key("Escape", 0)
	publish(79)
	remote.Await("79", `document.getElementById("last").innerText.includes("79")`)
	if Eval[int](remote, `window.notified.length`) != 0 {
		t.Error("notified of a value within the limits")
	}
	publish(83.5)
	publish(70) // a spike is not missed
	remote.Await("a notification", `window.notified.length === 1`)
	if said := Eval[string](remote, `window.notified[0]`); said != "heat is above 80 °C: 83.5 °C" {
		t.Errorf("notified of %q", said)
	}
	remote.Await("a word on the page", `[...document.querySelectorAll("[role=status]")].some((one) => one.innerText === "heat is above 80 °C: 83.5 °C")`)
	publish(-12)
	legend := func(what string, good func(text string) bool) {
		remote.AwaitText("DescriptionList", "Values received last", what, good)
	}
	legend("an alarm", func(text string) bool { return strings.Contains(text, "below −10 °C") })
	publish(20)
	legend("no alarm", func(text string) bool { return !strings.Contains(text, "below") && strings.Contains(text, "20") })
	if n := Eval[int](remote, `window.notified.length`); n != 1 {
		t.Errorf("%d notifications within ten seconds", n)
	}
}

// Where notifications cannot be had, the settings say why.
func TestNoNotifications(t *testing.T) {
	const notify = "Notify me when a value goes beyond its limits"
	b := New(t)
	for script, words := range map[string]string{
		`delete window.Notification`: "This browser has no notifications.",
		stubNotifications + `window.Notification.requestPermission = async () => "denied"`: "Notifications are blocked for this page",
	} {
		remote, _ := ramp(b, "/remote/ramp", script)
		remote.PressNamed("button", "Settings")
		remote.PressNamed("checkbox", notify)
		remote.Await(words, `document.body.innerText.includes(`+strconv.Quote(words)+`)`)
		if On[bool](remote, "checkbox", notify, `function () { return this.checked; }`) {
			t.Error("it is ticked all the same")
		}
		remote.Close()
	}
	// Chrome on Android has them, and throws when they are used.
	remote, _ := ramp(b, "/remote/ramp", stubNotifications+`window.Notification = class { static permission = "granted"; constructor() { throw new TypeError(); } }`)
	remote.PressNamed("button", "Settings")
	remote.PressNamed("checkbox", notify)
	remote.enter("wave alarm above", "0")
	remote.Await("words", `document.body.innerText.includes("This browser shows notifications of installed apps only")`)
}
