package browser_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/deviceorientation"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// spied notes what a page asks of the browser's sensors.
const spied = `
window.asked = [];
const note = (of, name, what) => {
  const before = of[name];
  of[name] = function (...all) { const word = what(all); if (word) asked.push(word); return before.apply(this, all); };
};
note(Geolocation.prototype, "watchPosition", () => "location");
note(Geolocation.prototype, "getCurrentPosition", () => "location");
note(Navigator.prototype, "getBattery", () => "battery");
note(EventTarget.prototype, "addEventListener", ([type]) => /^device(motion|orientation)/.test(type) && type);`

// still notes when the last sensor's box moves though nobody has ticked anything.
const still = `
window.moves = [];
let last = {};
(function look() {
  const boxes = [...document.querySelectorAll("#sensor-list input")];
  const ticked = boxes.filter(({checked}) => checked).length;
  const top = (boxes.at(-1)?.getBoundingClientRect().top ?? 0) + scrollY;
  if (last.ticked === ticked && last.top > 0 && last.top !== top) moves.push(ticked + " ticked: " + last.top + " to " + top);
  last = {ticked, top};
  requestAnimationFrame(look);
})();`

// flatPhone is a phone that lies on a table in Berlin, and turns a little.
func flatPhone(ctx context.Context, target *chromedp.Target) error {
	for kind, at := range map[emulation.SensorType]emulation.SensorReadingXYZ{
		emulation.SensorTypeAccelerometer:      {X: 0.5, Y: 0.25, Z: 9.75},
		emulation.SensorTypeLinearAcceleration: {},
		emulation.SensorTypeGravity:            {Z: 9.8},
		emulation.SensorTypeGyroscope:          {X: 1, Y: 2, Z: 3}, // rad/s
	} {
		if _, err := cdp.Call(ctx, target, emulation.SetSensorOverrideEnabled, emulation.SetSensorOverrideEnabledParams{Enabled: true, Type: kind, Metadata: &emulation.SensorMetadata{Available: true}}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, target, emulation.SetSensorOverrideReadings, emulation.SetSensorOverrideReadingsParams{Type: kind, Reading: &emulation.SensorReading{Xyz: &at}}); err != nil {
			return err
		}
	}
	if _, err := cdp.Call(ctx, target, deviceorientation.SetDeviceOrientationOverride, deviceorientation.SetDeviceOrientationOverrideParams{Alpha: 90, Beta: 2, Gamma: -3}); err != nil {
		return err
	}
	latitude, longitude, accuracy := 52.52, 13.405, 8.0
	_, err := cdp.Call(ctx, target, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: &latitude, Longitude: &longitude, Accuracy: &accuracy})
	return err
}

// permit says what the person answers when a page asks for something.
func (tab *Tab) permit(what string, setting cdpbrowser.PermissionSetting) {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: what}, Setting: setting,
		})
		return err
	}))
}

// stream chooses what the IoT Interface streams.
func (tab *Tab) stream(what string) {
	tab.t.Helper()
	On[bool](tab, "combobox", "What is streamed", `function () {
		this.value = [...this.options].find(({text}) => text === "`+what+`").value;
		return this.dispatchEvent(new Event("change", {bubbles: true}));
	}`)
}

var sensorNames = []string{"Accelerometer", "Gyroscope", "Orientation", "Location", "Battery"}

func TestSensorsOfAPhone(t *testing.T) {
	b := New(t)
	iot := b.Open("/", spied, still)
	iot.wear(dresses[2])
	iot.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	iot.do(chromedp.Func(flatPhone))
	iot.permit("geolocation", cdpbrowser.PermissionSettingGranted)
	iot.stream("Sensors of this device")
	iot.PressNamed("button", "Start")
	iot.Await("what is missing", `document.getElementById("sensors-error").textContent === "Choose a sensor first."`)
	if asked := Eval[[]string](iot, `asked`); len(asked) > 0 {
		t.Errorf("before anything was chosen the page asked for %v", asked)
	}
	for _, name := range sensorNames {
		iot.PressNamed("checkbox", name)
	}
	if asked := Eval[[]string](iot, `asked`); !slices.Contains(asked, "location") || !slices.Contains(asked, "devicemotion") || !slices.Contains(asked, "deviceorientation") || !slices.Contains(asked, "battery") {
		t.Errorf("all are chosen, and the page asked for %v", asked)
	}
	for name, words := range map[string]string{
		// Browsers round what motion tells, so that it tells devices apart less.
		"Accelerometer": `x 0\.5, y 0\.3, z 9\.8 m/s²`, "Gyroscope": `x 1(\.00\d+)?, y 2(\.00\d+)?, z 3(\.00\d+)? rad/s`, "Orientation": "alpha 90, beta 2, gamma -3 °",
		"Location": "latitude 52.52 ° N, longitude 13.405 ° E, accuracy 8 m", "Battery": "level 100 %, charging 1",
	} {
		iot.Await(name, `document.getElementById("`+strings.ToLower(name)+`-words").textContent.match(/^`+strings.ReplaceAll(words, "/", `\/`)+`$/) !== null`)
	}
	if moved := Eval[[]string](iot, `moves`); len(moved) > 0 {
		t.Errorf("what comes moves the boxes: %v", moved)
	}
	iot.look("iot-sensors")
	iot.PressNamed("button", "Start")
	iot.Await("the status", `document.getElementById("status").textContent === "Streaming accelerometer, gyroscope, orientation, location, battery every 20 ms"`)
	remote := b.Open(Eval[string](iot, `new URL(document.getElementById("remote-link").href).pathname`))
	remote.streaming("accelerometer z", 50)
	remote.streaming("battery level", 1)
	for series, value := range map[string]float64{"accelerometer z": 9.75, "gyroscope y": 2, "battery level": 100} {
		got := remote.Received(series)
		if len(got.Values) == 0 || math.Abs(got.Values[0]-value) > 0.1 {
			t.Errorf("%s: %v, want %v", series, got.Values[:min(len(got.Values), 3)], value)
		}
	}
	steady(t, remote.Received("accelerometer z"), 20*time.Millisecond)

	iot.PressNamed("checkbox", "Accelerometer") // off again, while the others go on
	iot.Await("the status", `document.getElementById("status").textContent === "Streaming gyroscope, orientation, location, battery every 20 ms"`)
	before := len(remote.Received("accelerometer z").Values)
	more := len(remote.Received("gyroscope x").Values)
	remote.streaming("gyroscope x", more+50)
	if n := len(remote.Received("accelerometer z").Values) - before; n > 3 {
		t.Errorf("%d readings of a sensor that was unticked", n)
	}
	iot.stream("Sine wave") // back to numbers
	remote.streaming("number", 20)
}

// steady checks that readings come no oftener than every interval on average.
func steady(t *testing.T, got Series, interval time.Duration) {
	t.Helper()
	n := len(got.Times)
	if took := got.Times[n-1] - got.Times[0]; took < 0.95*float64(n-1)*float64(interval.Microseconds()) {
		t.Errorf("%d readings within %v µs, want one every %v", n, took, interval)
	}
}

// What is refused, or not there, is said beside it.
func TestSensorsThatAreNotGiven(t *testing.T) {
	b := New(t)
	iot := b.Open("/", `
		delete Navigator.prototype.getBattery;
		DeviceMotionEvent.requestPermission = async () => navigator.userActivation.isActive ? "denied" : "not asked by a press";
		DeviceOrientationEvent.requestPermission = async () => navigator.userActivation.isActive ? "granted" : "not asked by a press";`)
	iot.Await("an id", `document.getElementById("remote-link").href.includes("/remote/")`)
	iot.permit("geolocation", cdpbrowser.PermissionSettingDenied)
	iot.stream("Sensors of this device")
	if iot.Can("checkbox", "Battery") {
		t.Error("a battery that the browser does not show can be chosen")
	}
	words := func(name, want string) {
		t.Helper()
		iot.Await(name+": "+want, `document.getElementById("`+strings.ToLower(name)+`-words").textContent.includes("`+want+`")`)
	}
	words("Battery", "does not have it")
	for _, name := range []string{"Accelerometer", "Location"} {
		iot.PressNamed("checkbox", name)
		words(name, "Refused")
		if On[bool](iot, "checkbox", name, `function () { return this.checked; }`) {
			t.Errorf("%s was refused, and stays ticked", name)
		}
	}
	iot.PressNamed("checkbox", "Orientation")
	words("Orientation", "Waiting")
	Eval[bool](iot, `dispatchEvent(new DeviceOrientationEvent("deviceorientation", {alpha: 10, beta: 20, gamma: 30}))`)
	words("Orientation", "alpha 10, beta 20, gamma 30")
	iot.look("iot-refused")
	iot.PressNamed("button", "Start")
	iot.Await("the status", `document.getElementById("status").textContent === "Streaming orientation every 20 ms"`)
}
